"""Overlap with how the story really went on. Many good stories follow one beginning: reported, never ranked by."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pocket_narrator.errors import MissingExtraError
from pocket_narrator.evaluation.metrics.metric import Family, Metric, Value, Values
from pocket_narrator.evaluation.metrics.text import Sample, ngrams

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

_ORDERS = 4
_ROUGE_WORD = re.compile(r"[a-z0-9]+")


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """BLEU and chrF by the package sacrebleu, ROUGE by hand; stories without a reference have none."""
    try:
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
    except ImportError:
        raise MissingExtraError("sacrebleu", "eval") from None
    bleu, chrf = BLEU(effective_order=True), CHRF()
    found: list[Values] = []
    for story in stories:
        if story.reference is None or not story.reference.strip():
            found.append({metric.name: None for metric in METRICS})
            continue
        sentence = bleu.sentence_score(story.text, [story.reference])
        sums = [*sentence.counts, *sentence.totals, sentence.sys_len, sentence.ref_len]
        values: dict[str, Value] = {
            "bleu": [float(value) for value in sums],
            "sentence_bleu": min(sentence.score, 100.0),  # a copy has 100 and a rounding error
            "chrf": chrf.sentence_score(story.text, [story.reference]).score,
        }
        found.append(values | _rouge(story.text, story.reference))
    return found


def _rouge(text: str, reference: str) -> dict[str, Value]:
    """ROUGE-1, -2 and -L with the words of the package rouge-score (lower case, letters a-z and digits, no stemmer)."""
    ours, theirs = (tuple(_ROUGE_WORD.findall(one.lower())) for one in (text, reference))
    matches = {"rouge_l": (longest_common_subsequence(ours, theirs), len(ours), len(theirs))}
    for order in (1, 2):
        counts = [Counter(ngrams(items, order)) for items in (ours, theirs)]
        matches[f"rouge_{order}"] = ((counts[0] & counts[1]).total(), counts[0].total(), counts[1].total())
    values: dict[str, Value] = {}
    for name, (both, of_ours, of_theirs) in matches.items():
        precision, recall = both / max(of_ours, 1), both / max(of_theirs, 1)
        values[f"{name}_precision"], values[f"{name}_recall"] = precision, recall
        values[f"{name}_f"] = 2 * precision * recall / (precision + recall) if both else 0.0
    return values


def longest_common_subsequence(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Its length, with a row of the table as the bits of one integer (Hyyro 2004)."""
    places: dict[str, int] = {}
    for i, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << i
    full = (1 << len(one)) - 1
    row = full
    for word in other:
        kept = row & places.get(word, 0)
        row = (row + kept | row - kept) & full
    return len(one) - row.bit_count()


def corpus_bleu(sums_RK: np.ndarray) -> np.ndarray:
    """BLEU [R], 0 to 100, of summed clipped counts and totals of orders 1 to 4, and lengths of texts and references.

    An order without a match counts as half a match, halved again for each further one (`exp` smoothing, as sacrebleu).
    """
    counts, totals = sums_RK[:, :_ORDERS], sums_RK[:, _ORDERS : 2 * _ORDERS]
    length, reference = sums_RK[:, -2], sums_RK[:, -1]
    misses = np.cumsum(counts == 0, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precisions = np.where(counts > 0, counts / totals, 1 / (2.0**misses * totals))
        brevity = np.where(length < reference, np.exp(1 - reference / length), 1.0)
        scores = 100 * brevity * np.exp(np.log(precisions).mean(axis=1))
    return np.where((totals > 0).all(axis=1) & (counts > 0).any(axis=1), scores, 0.0)


_FAILURE = "a good story that goes another way scores like a bad one"
METRICS = (
    Metric("bleu", "BLEU-4 of all stories together, as sacrebleu counts (13a)", "Papineni 2002; Post 2018", 0, 100,
           "neither", _FAILURE, corpus_bleu),
    Metric("sentence_bleu", "BLEU-4 of each story, smoothed (`exp`), mean", "Chen & Cherry 2014; Post 2018", 0, 100,
           "neither", _FAILURE),
    Metric("chrf", "F2 of character 1- to 6-grams of each story, mean", "Popovic 2015", 0, 100, "neither", _FAILURE),
    *(
        Metric(f"{name}_{part}", f"{label}: {text}", "Lin 2004", 0, 1, "neither", failure)
        for name, label in (("rouge_1", "words"), ("rouge_2", "word pairs"), ("rouge_l", "longest common subsequence"))
        for part, text, failure in (
            ("precision", "share of the story that the reference has", "short texts win"),
            ("recall", "share of the reference that the story has", "long texts win"),
            ("f", "harmonic mean of precision and recall", _FAILURE),
        )
    ),
)  # fmt: skip
FAMILY = Family("overlap", 1, METRICS, measure, extra="eval")
