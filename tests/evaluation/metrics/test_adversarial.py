"""Every metric on a good story and on texts made to mislead it: which values must stand in which order."""

import math
from itertools import pairwise

import pytest

from pocket_narrator.evaluation.metrics.metric import Family, Metric
from pocket_narrator.evaluation.metrics.registry import FAMILIES, METRICS
from pocket_narrator.evaluation.metrics.text import Story
from pocket_narrator.evaluation.metrics.tools import Tools
from tests.evaluation.metrics.texts import LOOP, TEXTS
from tests.evaluation.metrics.tools import TOOLS

KINDS = list(TEXTS)


@pytest.fixture(scope="module")
def values() -> dict[str, dict[str, float | None]]:
    """By metric and kind of text; sums of a metric of sums are made a figure of that one text."""
    found: dict[str, dict[str, float | None]] = {}
    for family in FAMILIES:
        rows = family.measure(list(TEXTS.values()), TOOLS)
        for metric in family.metrics:
            found[metric.name] = {
                kind: _one(metric, row.get(metric.name)) for kind, row in zip(KINDS, rows, strict=True)
            }
    return found


def _one(metric: Metric, value) -> float | None:
    if isinstance(value, list):
        import numpy as np

        assert metric.of_sums is not None
        return float(metric.of_sums(np.array([value]))[0])
    return value


# metric: chains of kinds, each strictly above the next; `=` before a kind: equal to the one before it
ORDERS = {
    "order": ["real > shuffled > copied beginning"],
    "coherence": ["real > shuffled > off the rails > loop > salad"],
    "recurring_names": ["real = shuffled > loop > salad > off the rails"],
    "unity": ["real > shuffled > loop > off the rails"],
    "freshness": ["real = shuffled = salad > loop = copied beginning"],
    "form": ["real = shuffled > salad"],
    "story_quality": ["real > off the rails > shuffled > loop = salad = empty = one word = copied beginning"],
    "words": ["loop > real = shuffled = salad > off the rails > one word > empty"],
    "sentences": ["loop > real > off the rails > one word > empty"],
    "reading_grade": ["salad > real > one word"],
    "dialogue_share": ["real = shuffled > loop = one word = off the rails"],
    "quotes_closed": ["real = shuffled = loop = one word"],
    "well_formed_sentences": ["real = shuffled = loop > salad = one word"],
    "ending": ["real > shuffled = loop = salad = one word = off the rails"],
    "distinct_1": ["real > loop", "salad > real"],
    "distinct_2": ["salad > real > loop"],
    "distinct_3": ["salad > real > loop"],
    "repeated_4grams": ["loop > real = shuffled = salad = off the rails"],
    "loop_share": ["loop > salad > real = shuffled = one word"],
    "repeated_sentences": ["loop > real = shuffled = salad = one word"],
    "mtld": ["real > shuffled > salad > loop"],
    "compression_ratio": ["loop > real > off the rails > one word"],
    "self_bleu_other_beginnings": ["shuffled = real > salad", "shuffled > loop > off the rails"],
    "name_return": ["real = shuffled = copied beginning > loop > off the rails = one word = empty"],
    "late_names": ["off the rails > real = shuffled = loop = empty"],
    "pronoun_consistency": ["real = shuffled"],
    "noun_coverage": ["copied beginning > real = shuffled = salad > loop > one word = empty"],
    "noun_jaccard": ["copied beginning > real = shuffled > loop > one word = empty"],
    "noun_precision": ["copied beginning > loop > real = shuffled > one word = off the rails"],
    "soft_noun_coverage": ["copied beginning > real = shuffled > one word > empty"],
    "soft_noun_coverage_70": ["copied beginning > real = shuffled > one word = empty"],
    "bleu": ["real > shuffled > loop > salad > one word = empty"],
    "sentence_bleu": ["real > shuffled > loop > salad > one word = empty"],
    "chrf": ["real > shuffled > salad > loop > off the rails > one word > empty"],
    "rouge_1_precision": ["real = shuffled = salad = one word > loop > empty"],
    "rouge_1_recall": ["real = shuffled = salad > loop > one word > empty"],
    "rouge_1_f": ["real = shuffled = salad > loop > one word > empty"],
    "rouge_2_precision": ["real > shuffled > loop > salad > one word = empty"],
    "rouge_2_recall": ["real > shuffled > loop > salad > one word = empty"],
    "rouge_2_f": ["real > shuffled > loop > salad > one word = empty"],
    "rouge_l_precision": ["real = one word > shuffled > salad > loop > empty"],
    "rouge_l_recall": ["real > shuffled > loop > salad > one word > empty"],
    "rouge_l_f": ["real > shuffled > loop > salad > one word > empty"],
    "longest_overlap": ["real > shuffled > loop > one word"],
    "longest_overlap_share": ["real = one word > shuffled > loop", "real > off the rails"],
    "nearest_story_share": ["real > shuffled > loop > salad"],
    "seen_8grams": ["real > shuffled > loop > salad = off the rails"],
    "seen_16grams": ["real > shuffled = loop = salad"],
    "seen_32grams": ["real > shuffled = loop = salad"],
    "cohesion_mean": ["real > off the rails"],
    "cohesion_min": ["loop > real"],
    "cohesion_low_share": ["off the rails > real"],
    "acceptability": ["real = shuffled > salad"],
    "earlier_grammar_score": ["one word > real"],
    "earlier_distinct_1": ["one word > real = shuffled > loop > empty"],
    "earlier_distinct_2": ["real = shuffled > loop > empty = one word"],
    "earlier_distinct_3": ["real = shuffled > loop > empty = one word"],
    "earlier_repetition_rate": ["loop > real = shuffled = salad > one word = empty"],
    "earlier_word_count": ["loop > real = shuffled > one word > empty"],
    "earlier_sentence_count": ["loop > real = shuffled > one word > empty"],
    "earlier_coherence": ["loop > real > shuffled"],
    "earlier_bleu_4": ["real > shuffled > loop > salad = one word = empty"],
    "earlier_rouge_1": ["real = shuffled = salad > loop > one word > empty"],
    "earlier_rouge_2": ["real > shuffled > loop > salad > one word = empty"],
    "earlier_rouge_l": ["real > shuffled > loop > salad > one word > empty"],
    "earlier_cohesion_mean": ["loop > real > off the rails"],
    "earlier_cohesion_min": ["loop > copied beginning > real"],
    "earlier_cohesion_low_rate": ["off the rails > real", "off the rails > loop"],
    "earlier_text_quality": ["loop > real > off the rails"],
}
ELSEWHERE = {"self_bleu_same_beginning", "trait_returns", "thing_returns", "goal_returns", "setup_returns"}
"""Metrics that these texts say nothing to: `test_diversity.py` and `test_traits.py`."""


def test_every_metric_is_looked_at():
    assert set(ORDERS) | ELSEWHERE == set(METRICS)


@pytest.mark.parametrize("name", ORDERS)
def test_adversarial_texts_stand_in_order(values, name):
    for chain in ORDERS[name]:
        kinds = chain.replace(" = ", " > =").split(" > ")
        for above, below in pairwise(kinds):
            one = values[name][above.lstrip("=")]
            other = values[name][below.lstrip("=")]
            assert one is not None, above
            assert other is not None, below
            if below[0] == "=":
                assert one == pytest.approx(other), (above, below)
            else:
                assert one > other + 1e-6, (above, below, one, other)


@pytest.mark.parametrize("name", METRICS)
def test_values_stay_in_their_range(values, name):
    metric = METRICS[name]
    for kind, value in values[name].items():
        if value is not None:
            assert math.isfinite(value), kind
            assert metric.low is None or value >= metric.low - 1e-6, kind
            assert metric.high is None or value <= metric.high + 1e-6, kind


def test_metrics_are_told_in_full():
    assert len(METRICS) == sum(len(family.metrics) for family in FAMILIES)
    for metric in METRICS.values():
        assert metric.definition, metric.name
        assert metric.failure, metric.name
        assert metric.source, metric.name


@pytest.mark.parametrize(
    "family", [family for family in FAMILIES if not family.sees_all], ids=lambda family: family.name
)
def test_a_batch_gives_what_single_stories_give(family: Family):
    together = family.measure(list(TEXTS.values()), TOOLS)
    alone = [family.measure([story], TOOLS)[0] for story in TEXTS.values()]
    for one, other in zip(together, alone, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert one[name] == pytest.approx(other[name], abs=1e-5), name


def test_no_story_is_no_error():
    for family in FAMILIES:
        assert family.measure([], TOOLS) == []


def test_a_loop_is_worst_even_without_a_beginning():
    from pocket_narrator.evaluation.metrics import quality

    loop, real = quality.measure([Story(LOOP), Story(TEXTS["real"].whole)], Tools(nouns_by="words"))
    assert loop["story_quality"] == 0
    assert real["story_quality"] > 0.8  # pyright: ignore[reportOptionalOperand]
