"""What an ideal reader gains: the exact probability of a pay-off after the story and after its twin, by the simulator.

Where both took the same decisions up to a pay-off and tell it in other words, it cannot come after the twin, and one bit is
there to be had. Where they part (another trait, another branch) both branches may begin alike: then every way of going on
from the sentence before is told again, as long as its text agrees, and the probabilities of those that agree are summed.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence

from pocket_narrator.storyworld.chooser import Chooser, Weights
from pocket_narrator.storyworld.story import StoryworldStory

Tell = Callable[[Chooser], StoryworldStory]
_SENTENCE = re.compile(r'[.!?]"?\s')


class _Trying(Chooser):
    """Takes given options, then always the first; remembers which others there were, and their probabilities."""

    __slots__ = ("_given", "offered")

    def __init__(self, given: Sequence[str]) -> None:
        super().__init__(0, 0)
        self._given = given
        self.offered: list[tuple[Sequence[str], Sequence[float]]] = []

    def choose(self, site: str, options: Sequence[str], weights: Weights | None = None) -> int:
        if len(options) == 1:
            return 0
        at = len(self.trace)
        position = list(options).index(self._given[at]) if at < len(self._given) else 0
        probabilities = [1 / len(options)] * len(options) if weights is None else weights.probabilities
        self.offered.append((options, probabilities))
        self.trace.append((site, options[position], probabilities[position]))
        return position


def available_bits(
    story: StoryworldStory, twin: StoryworldStory, span: tuple[int, int], twin_begin: int, tell: Tell
) -> float:
    """What an ideal reader gains from the words of a span of the story, which might come at `twin_begin` of the twin, too:
    1 + log2 of the probability that it is the story and not the twin which they have followed."""
    begin, end = span
    words = story.text[begin:end]
    after_twin = probability_of(twin, twin_begin, words, tell)
    if after_twin == 0:
        return 1.0
    return 1 - math.log2(1 + after_twin / probability_of(story, begin, words, tell))


def probability_of(story: StoryworldStory, at: int, words: str, tell: Tell) -> float:
    """P(words | story.text[:at]), exact but for what the sentences before the last one leave open."""
    before = story.text[:at].casefold()
    target = before + words.casefold()
    sentence = max((match.end() for match in _SENTENCE.finditer(before)), default=0)
    agreeing = following = 0.0
    waiting = [([option for _, option, _ in story.trace[: bisect_left(story.decided_at, sentence)]], 1.0)]
    while waiting:
        given, probability = waiting.pop()
        chooser = _Trying(given)
        told = tell(chooser)
        open_at = len(given)  # the first decision that is still open: its text, and all after it, is not settled
        whole = open_at >= len(told.trace)
        text = (told.text if whole else told.text[: told.decided_at[open_at]].rstrip()).casefold()
        if not whole and len(text) < len(target) and target.startswith(text):
            options, probabilities = chooser.offered[open_at]
            waiting += [([*given, o], probability * p) for o, p in zip(options, probabilities, strict=True)]
        elif text.startswith(before):
            following += probability
            agreeing += probability * text.startswith(target)
    return agreeing / following
