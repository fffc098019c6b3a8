"""The twin of a story: told again with one decision taken otherwise and all others kept, and where the two texts differ.

Decisions are kept by their sites. Where the twin needs one that the story did not take (another thing has other
adjectives, another trait another branch), it is drawn, always in the same way, and the two are compared only as far as
the first of these after the set-up: from there on they differ for more than one reason.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from pocket_narrator.storyworld.chooser import Chooser
from pocket_narrator.storyworld.otherwise import OtherwiseChooser
from pocket_narrator.storyworld.story import StoryworldStory

_GAP = 2  # words between two differences that are told as one: "behind a stack of wood", "under a bush"
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where the texts differ: `story.text[begin:end]`, with the blank before it, stands where the twin's text goes on at
    `twin_begin` with something else; nothing, with `end` not after `begin`, where the twin alone has words. `forked`: the two
    took unlike decisions there."""

    begin: int
    end: int
    twin_begin: int
    forked: bool


@dataclass(frozen=True, slots=True)
class TwinStory:
    """A twin and where it differs. The first of the stretches tells the set-up, each later one is a pay-off."""

    story: StoryworldStory
    kept: tuple[int | None, ...]
    stretches: tuple[Mismatch, ...]


def tell_twin(story: StoryworldStory, step: int, seed: int, tell: Callable[[Chooser], StoryworldStory]) -> TwinStory:
    """The twin in which decision `step` of the story is another one. `tell` is what has told the story."""
    chooser = OtherwiseChooser(story.trace, step, seed)
    twin = tell(chooser)
    found: list[Mismatch] = []
    for one in _differences(story, twin, chooser.kept, step):
        before = found[-1] if found else None
        if before is not None and len(story.text[before.end : one.begin].split()) <= _GAP:
            found[-1] = replace(before, end=max(before.end, one.end), forked=before.forked or one.forked)
        else:
            found.append(one)
    return TwinStory(twin, tuple(chooser.kept), tuple(found))


def _differences(
    story: StoryworldStory, twin: StoryworldStory, kept: Sequence[int | None], step: int
) -> Iterator[Mismatch]:
    own, others = _Words(story.text), _Words(twin.text)
    pairs = [(i, j) for j, i in enumerate(kept) if i is not None and i >= step]
    pairs.append((len(story.trace), len(twin.trace)))
    told = False  # the set-up
    for (i, j), (next_i, next_j) in pairwise(pairs):
        forked = next_i - i > 1 or next_j - j > 1
        last = next_i == len(story.trace)
        first, end = own.at(story.decided_at[i]), len(own.words) if last else own.at(story.decided_at[next_i])
        twin_first, twin_end = (
            others.at(twin.decided_at[j]),
            len(others.words) if last else others.at(twin.decided_at[next_j]),
        )
        a, b = own.words[first:end], others.words[twin_first:twin_end]
        if a == b:
            continue
        if forked:
            same = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
            yield Mismatch(own.begin(first + same), own.end(end - 1), others.begin(twin_first + same), True)
            if told:
                return
        else:
            for kind, low, high, twin_low, _ in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
                if kind != "equal":
                    begin, twin_begin = own.begin(first + low), others.begin(twin_first + twin_low)
                    yield Mismatch(begin, own.end(first + high - 1), twin_begin, False)
        told = True


class _Words:
    """The words of a text, alike in capitals and small letters, and their places."""

    def __init__(self, text: str) -> None:
        found = list(_WORD.finditer(text))
        self.words = [match.group().casefold() for match in found]
        self._begins = [match.start() for match in found]
        self._ends = [match.end() for match in found]
        self._length = len(text)

    def at(self, place: int) -> int:
        """The number of the word that a place in the text is in or before."""
        return bisect_right(self._ends, place)

    def begin(self, number: int) -> int:
        """Where the blank before a word is, so that the word is spelled with it; the end of the text after its last word."""
        if number >= len(self._begins):
            return self._length
        return max(0, self._begins[number] - 1)

    def end(self, number: int) -> int:
        """Where a word ends; the begin of the text before its first word."""
        return self._ends[number] if number >= 0 else 0
