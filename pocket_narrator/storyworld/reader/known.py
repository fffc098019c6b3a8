"""Whether a sentence is one that StoryWorld tells at all, of anybody, in any state."""

from __future__ import annotations

from pocket_narrator.storyworld.dials import Dials
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.reader.lookahead import longest_plain
from pocket_narrator.storyworld.reader.teller import GivenText, ReadingChooser, ReadingTeller
from pocket_narrator.storyworld.reader.tolerance import happen_anyway, values_of
from pocket_narrator.storyworld.reader.vocabulary import Sentence, all_sentences
from pocket_narrator.storyworld.telling.template import render

_MOST_CHARACTERS = 1_000  # of a sentence; those of StoryWorld have under 300
_MOST_FORMS = 30
_MOST_TRIALS = 100
_MOST_TEMPLATES = 12


def wording_of(text: str, plot: str, dials: Dials) -> Sentence | None:
    """A sentence of the wordings that tells the text, with whatever words in the place of forms; one of the plot where there is one."""
    if len(text) > _MOST_CHARACTERS:
        return None
    given = GivenText(text, is_whole=False, dials=dials)
    possible = [one for one in all_sentences() if one.may_tell(given.lower)]
    possible.sort(key=lambda one: (one.plot != plot, -len(longest_plain(one.source))))
    return next((one for one in possible[:_MOST_TEMPLATES] if _tells(one, given)), None)


def _tells(sentence: Sentence, given: GivenText) -> bool:
    plot = PLOTS[sentence.plot]
    teller = ReadingTeller(plot.name, plot.roles, given)
    teller.world.make(plot.start)
    start = teller.save(None)
    teller.tolerance = _MOST_FORMS
    teller.chooser.casts_all = False

    def act(teller: ReadingTeller) -> None:
        happen_anyway(sentence.beat, teller)
        teller.world.single = _AnyValue(teller.world.single, teller.chooser)
        teller.begin_sentence()
        try:
            render(sentence.parts, teller)
        except (AssertionError, KeyError):  # such as somebody who is nowhere
            teller.miss(0)

    end = len(given.text)
    for state, _ in teller.tellings(start, act, _MOST_TRIALS):
        if state.length == end:
            return True
    return teller.farthest == end  # the wording goes on in the next sentence


class _AnyValue(dict[tuple[str, ...], str]):
    """The state of a world in which feelings and traits are whatever is told of them."""

    def __init__(self, single: dict[tuple[str, ...], str], chooser: ReadingChooser) -> None:
        super().__init__(single)
        self._chooser = chooser

    def __missing__(self, key: tuple[str, ...]) -> str:
        values = values_of(key[0])
        if not values:
            raise KeyError(key)
        self[key] = values[self._chooser.branch(len(values))]
        return self[key]
