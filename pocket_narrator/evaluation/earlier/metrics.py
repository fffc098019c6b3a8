"""The earlier project's definitions under its names, flaws and all, so that its figures can be told again.

Each has a corrected form elsewhere in this room; `docs/metrics.md` has the two side by side. Never rank by these.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from pocket_narrator.evaluation.metrics.carryover import nouns_of_both
from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.overlap import longest_common_subsequence
from pocket_narrator.evaluation.metrics.text import Sample, ngrams

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

MOST_SENTENCES = 50
_WORD = re.compile(r"\b\w+\b")
_SPLIT = re.compile(r"(?<=[.!?])\s+")


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Of what was told; overlap only where there is a reference."""
    lines = [earlier_sentences(story.text) for story in stories]
    nouns = iter(tools.nouns.nouns([line for own in lines for line in own]))
    found: list[Values] = []
    for story, own, (before, after) in zip(stories, lines, nouns_of_both(stories, tools), strict=True):
        said = tuple(_WORD.findall(story.text.lower()))
        reference = None if story.reference is None else tuple(_WORD.findall(story.reference.lower()))
        found.append(
            {
                **{f"earlier_distinct_{order}": _distinct(said, order) for order in (1, 2, 3)},
                "earlier_repetition_rate": 1 - len(set(said)) / len(said) if said else 0.0,
                "earlier_word_count": float(len(said)),
                "earlier_sentence_count": float(_sentence_count(story.text)),
                "earlier_coherence": earlier_coherence([next(nouns) for _ in own]),
                **(_carryover(before, after) if story.beginning else {}),
                "earlier_bleu_4": None if reference is None else bleu(said, reference),
                "earlier_rouge_1": None if reference is None else _recall(said, reference, 1),
                "earlier_rouge_2": None if reference is None else _recall(said, reference, 2),
                "earlier_rouge_l": None
                if reference is None
                else longest_common_subsequence(said, reference) / max(len(reference), 1),
            }
        )
    return found


def _carryover(before: frozenset[str], after: frozenset[str]) -> dict[str, float]:
    """0 where there is no noun to carry over."""
    both = len(before & after)
    return {
        "earlier_noun_coverage": both / len(before) if before else 0.0,
        "earlier_noun_jaccard": both / len(before | after) if before | after else 0.0,
        "earlier_noun_precision": both / len(after) if after else 0.0,
    }


def earlier_sentences(text: str) -> list[str]:
    """Split after `. ! ?` and a blank; single characters left out, at most 50."""
    return [line for line in _SPLIT.split(text.strip()) if len(line) >= 2][:MOST_SENTENCES]


def _distinct(said: tuple[str, ...], order: int) -> float:
    grams = ngrams(said, order)
    return len(set(grams)) / len(grams) if grams else 0.0


def _sentence_count(text: str) -> int:
    return max(sum(text.count(mark) for mark in ".!?"), 1) if text.strip() else 0


def earlier_coherence(entities: Sequence[frozenset[str]]) -> float | None:
    """Mean Jaccard of neighbours; two empty sets count as alike."""
    if len(entities) < 2:
        return None
    pairs = pairwise(entities)
    scores = [1.0 if not one | other else len(one & other) / len(one | other) for one, other in pairs]
    return sum(scores) / len(scores)


def bleu(said: tuple[str, ...], reference: tuple[str, ...]) -> float:
    """Without smoothing: 0 where any order has no match."""
    logs = 0.0
    for order in range(1, 5):
        ours, theirs = Counter(ngrams(said, order)), Counter(ngrams(reference, order))
        matches = sum((ours & theirs).values())
        if not matches:
            return 0.0
        logs += math.log(matches / sum(ours.values())) / 4
    brevity = math.exp(1 - len(reference) / len(said)) if len(said) <= len(reference) else 1.0
    return brevity * math.exp(logs)


def _recall(said: tuple[str, ...], reference: tuple[str, ...], order: int) -> float:
    theirs = Counter(ngrams(reference, order))
    matches = sum((Counter(ngrams(said, order)) & theirs).values())
    return matches / max(sum(theirs.values()), 1)


def _metric(name: str, definition: str, high: float | None, failure: str) -> Metric:
    return Metric(f"earlier_{name}", definition, "the earlier project", 0, high, "neither", failure)


METRICS = (
    *(
        _metric(f"distinct_{order}", f"different {order}-grams / {order}-grams of the whole text", 1, "falls with length")
        for order in (1, 2, 3)
    ),
    _metric("repetition_rate", "1 - distinct_1", 1, "grows with length; knows no n-gram and no loop"),
    _metric("word_count", "runs of letters, digits and _", None, "`don't` counts two"),
    _metric("sentence_count", "number of the marks . ! ?", None, "`...` counts three"),
    _metric("coherence", "mean Jaccard of the nouns of neighbouring sentences", 1, "a loop has 1; two sentences without nouns too"),
    _metric("noun_coverage", "share of the prompt's nouns that come again", 1, "0 where the prompt has no noun"),
    _metric("noun_jaccard", "nouns of both / nouns of either", 1, "0 where neither has a noun"),
    _metric("noun_precision", "share of the continuation's nouns that the prompt has", 1, "0 where there is none"),
    _metric("bleu_4", "BLEU-4 of each story without smoothing, mean", 1, "nearly always 0"),
    _metric("rouge_1", "share of the reference's words that the story has", 1, "long texts win"),
    _metric("rouge_2", "share of the reference's word pairs that the story has", 1, "long texts win"),
    _metric("rouge_l", "longest common subsequence / length of the reference", 1, "long texts win"),
)  # fmt: skip
FAMILY = Family("earlier", 2, METRICS, measure, tools=("nouns",))
