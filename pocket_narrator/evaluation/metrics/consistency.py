"""Does a story keep its people apart: the same names to the end, and the same pronoun for each of them?"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.text import Sample, names, sentences, words

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

_SHE = frozenset({"she", "her", "hers", "herself"})
_HE = frozenset({"he", "him", "his", "himself"})
_LATE = 0.75  # of the sentences: a name that first comes after it comes too late to matter
_QUOTED = re.compile(r"[\"\u201c][^\"\u201c\u201d]*[\"\u201d]?")


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Of beginning and continuation together."""
    return [
        {
            "name_return": name_return(story),
            "late_names": late_names(story.whole),
            "pronoun_consistency": pronoun_consistency(story.whole),
        }
        for story in stories
    ]


def name_return(story: Sample) -> float | None:
    """Share of the beginning's names that come again in the continuation; of the first half's in the second, where there
    is no beginning. None without names."""
    if story.beginning:
        first = {name for line in names(story.whole)[: len(sentences(story.beginning))] for name in line}
        later = set(re.findall(r"\b[A-Z]\w+", story.text))
    else:
        told = names(story.text)
        half = len(told) // 2
        first = {name for line in told[:half] for name in line}
        later = {name for line in told[half:] for name in line}
    return len(first & later) / len(first) if first else None


def late_names(text: str) -> float | None:
    """Share of the names whose first mention is in the last quarter of the sentences; None without names."""
    told = names(text)
    first: dict[str, int] = {}
    for number, line in enumerate(told):
        for name in line:
            first.setdefault(name, number)
    return sum(number >= _LATE * len(told) for number in first.values()) / len(first) if first else None


def pronoun_consistency(text: str) -> float | None:
    """Of all he/she pronouns that can only mean one name, the share that agrees with most of that name's pronouns.

    A pronoun can only mean one name where its sentence, up to there and outside quotes, has exactly that name, or none
    while the sentence before it has exactly that name. Names with fewer than two such pronouns say nothing; None where
    nothing does.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    told = names(text)
    known = {name for line in told for name in line}
    before: set[str] = set()
    for line in sentences(text):
        outside = _QUOTED.sub(" ", line)
        here: set[str] = set()
        for word in re.findall(r"[^\W_]+", outside):
            lower = word.lower()
            if word in known:
                here.add(word)
            elif lower in _SHE or lower in _HE:
                meant = here or before
                if len(meant) == 1:
                    votes[next(iter(meant))]["she" if lower in _SHE else "he"] += 1
        before = here or (before if not words(outside) else set())
    counted = [counter for counter in votes.values() if sum(counter.values()) >= 2]
    total = sum(sum(counter.values()) for counter in counted)
    return sum(max(counter.values()) for counter in counted) / total if total else None


METRICS = (
    Metric("name_return", "share of the prompt's names that come again (of the first half's, without a prompt)", "ours",
           0, 1, "higher", "a copied prompt has 1"),
    Metric("late_names", "share of names first mentioned in the last quarter of the sentences", "ours", 0, 1, "lower",
           "a text without names has no value"),
    Metric("pronoun_consistency", "share of unambiguous he/she pronouns that agree with most of their name's", "ours",
           0.5, 1, "higher", "a person spoken about in a sentence of somebody else's is misread"),
)  # fmt: skip
FAMILY = Family("consistency", 1, METRICS, measure)
