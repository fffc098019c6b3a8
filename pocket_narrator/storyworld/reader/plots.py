"""Where reading begins: every plot with its start, and which plots a text can be a whole story of, by words that those must have."""

from __future__ import annotations

from functools import cache

from pocket_narrator.storyworld.plot import Beat, Plot
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.reader.following import Way, linked
from pocket_narrator.storyworld.reader.given import GivenText
from pocket_narrator.storyworld.reader.lookahead import longest_plain
from pocket_narrator.storyworld.reader.teller import ReadingTeller
from pocket_narrator.storyworld.story import plots_without

_LEAST_LETTERS = 4  # of words by which a wording is known


def ways_of_plots(given: GivenText) -> list[Way]:
    """The beginning of each plot; of a text that is read as a whole, only of those that it can be a story of."""
    names = plots_without(given.dials.held_out_plots)
    decided = [("plot", name, 1.0 / len(names)) for name in names]
    return [
        way_of(PLOTS[decision[1]], given, (decision,))
        for decision in decided
        if not given.is_whole or can_be_whole(PLOTS[decision[1]], given)
    ]


def way_of(plot: Plot, given: GivenText, trace: tuple) -> Way:
    """The beginning of a plot, decided as the trace says."""
    teller = ReadingTeller(plot.name, plot.roles, given)
    teller.world.make(plot.start)
    teller.chooser.trace = list(trace)
    teller.decided_at = [0] * len(trace)
    return Way(teller, teller.save(None), linked(plot.steps))


def support(plot: Plot, given: GivenText) -> float:
    """The share of the beats that the plot always has for which there are words in the text."""
    beats = _necessary(plot.name)
    return sum(any(words in given.lower for words in beat) for beat in beats) / max(len(beats), 1)


def can_be_whole(plot: Plot, given: GivenText) -> bool:
    """Whether every beat that the plot always has can be told in this text, as far as words say it."""
    return all(any(words in given.lower for words in beat) for beat in _necessary(plot.name))


@cache
def _necessary(name: str) -> tuple[tuple[str, ...], ...]:
    """For each beat that is always told: the longest stretch of plain words of each of its wordings."""
    found = []
    for beat in PLOTS[name].steps:
        if isinstance(beat, Beat) and beat.choice is not None and beat.choice.site.startswith(f"{name}/"):
            stretches = tuple(longest_plain(source) for source in beat.choice.options)
            if all(len(words) >= _LEAST_LETTERS for words in stretches):
                found.append(stretches)
    return tuple(found)
