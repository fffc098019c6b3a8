"""Every metric on a good story and on texts made to mislead it: which values must stand in which order."""

import math
import re
from itertools import pairwise

import pytest

from pocket_narrator.evaluation.metrics import diversity, traits
from pocket_narrator.evaluation.metrics.metric import Family, Metric
from pocket_narrator.evaluation.metrics.registry import FAMILIES
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.metrics.tools import Tools
from tests.evaluation.metrics.texts import BEGINNING, ENDING, LOOP, TEXTS, salad, shuffled
from tests.evaluation.metrics.tools import TOOLS

METRICS = {metric.name: metric for family in FAMILIES for metric in family.metrics}

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


# metric: chains of kinds, each strictly above the next or `=` to it; `none:` kinds of which the metric says nothing
ORDERS = {
    "order": ["real = loop = salad > shuffled > copied beginning", "none: empty, one word"],
    "coherence": ["real > shuffled > off the rails > loop > salad"],
    "recurring_names": ["real = shuffled > loop > salad > off the rails"],
    "lasting_names": ["real = shuffled = copied beginning > off the rails", "none: empty, one word"],
    "unity": ["copied beginning > real > shuffled > loop > salad > off the rails", "none: empty, one word"],
    "freshness": ["real = shuffled = salad > loop = copied beginning"],
    "form": ["real = shuffled = loop = off the rails > salad", "none: empty, one word"],
    "story_quality": ["real > off the rails > shuffled > loop = salad = empty = one word = copied beginning"],
    "words": ["loop > real = shuffled = salad > off the rails > one word > empty"],
    "sentences": ["loop > real > off the rails > one word > empty"],
    "reading_grade": ["salad > copied beginning > loop > real = shuffled > off the rails > one word", "none: empty"],
    "dialogue_share": ["real = shuffled > loop = one word = off the rails"],
    "quotes_closed": ["real = shuffled = loop = one word = salad", "none: empty"],
    "well_formed_sentences": ["real = shuffled = loop > salad = one word"],
    "ending": ["real > shuffled = loop = salad = one word = off the rails"],
    "distinct_1": ["shuffled > salad > real > loop", "none: empty, one word, off the rails"],
    "distinct_2": ["salad > shuffled > real > loop", "none: empty, one word, off the rails"],
    "distinct_3": ["salad > shuffled > real > loop", "none: empty, one word, off the rails"],
    "repeated_4grams": ["loop > real = shuffled = salad = off the rails"],
    "loop_share": ["loop > salad > real = shuffled = one word"],
    "repeated_sentences": ["loop > real = shuffled = salad = one word"],
    "mtld": ["real > shuffled > salad > loop", "none: empty, one word, off the rails"],
    "compression_ratio": ["loop > real > shuffled > salad > off the rails > one word", "none: empty"],
    "self_bleu_other_beginnings": ["shuffled = real > salad", "shuffled > loop > off the rails"],
    "name_return": ["real = shuffled = copied beginning > loop > off the rails = one word = empty"],
    "late_names": ["off the rails > real = shuffled = loop = empty"],
    "pronoun_consistency": ["real = shuffled", "none: empty, one word, loop, salad, copied beginning"],
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
    "longest_overlap": ["real > shuffled > loop > salad > one word", "none: empty"],
    "longest_overlap_share": ["real = one word > shuffled > loop", "real > off the rails"],
    "nearest_story_share": ["real > shuffled > loop > salad = off the rails", "none: empty, one word"],
    "seen_8grams": ["real > shuffled > loop > salad = off the rails"],
    "seen_16grams": ["real > shuffled = loop = salad", "none: empty, one word"],
    "seen_32grams": ["real > shuffled = loop = salad", "none: empty, one word, off the rails"],
    "cohesion_mean": ["loop > salad > copied beginning > shuffled > real > off the rails > one word", "none: empty"],
    "cohesion_min": ["loop > salad > copied beginning > shuffled > real", "none: empty"],
    "cohesion_low_share": ["off the rails = salad = one word > shuffled > real > loop", "none: empty"],
    "acceptability": ["one word > off the rails > loop > real = shuffled > salad", "none: empty"],
    "earlier_grammar_score": ["one word > off the rails > real = shuffled = salad > loop", "none: empty"],
    "earlier_distinct_1": ["one word > real = shuffled > loop > empty"],
    "earlier_distinct_2": ["real = shuffled > loop > empty = one word"],
    "earlier_distinct_3": ["real = shuffled > loop > empty = one word"],
    "earlier_repetition_rate": ["loop > real = shuffled = salad > one word = empty"],
    "earlier_word_count": ["loop > real = shuffled > one word > empty"],
    "earlier_sentence_count": ["loop > real = shuffled > one word > empty"],
    "earlier_coherence": ["loop > real > copied beginning > salad > shuffled > off the rails", "none: empty, one word"],
    "earlier_noun_coverage": ["copied beginning > real = shuffled = salad > loop > one word = empty"],
    "earlier_noun_jaccard": ["copied beginning > real = shuffled > loop > one word = empty"],
    "earlier_noun_precision": ["copied beginning > loop > real = shuffled > one word = empty"],
    "earlier_bleu_4": ["real > shuffled > loop > salad = one word = empty"],
    "earlier_rouge_1": ["real = shuffled = salad > loop > one word > empty"],
    "earlier_rouge_2": ["real > shuffled > loop > salad > one word = empty"],
    "earlier_rouge_l": ["real > shuffled > loop > salad > one word > empty"],
    "earlier_cohesion_mean": [
        "loop > copied beginning > real > shuffled > salad > off the rails",
        "none: empty, one word",
    ],
    "earlier_cohesion_min": ["loop > copied beginning > shuffled > real > salad", "none: empty, one word"],
    "earlier_cohesion_low_rate": ["off the rails = shuffled = salad > real > loop", "none: empty, one word"],
    "earlier_text_quality": [
        "loop > copied beginning > real > salad > shuffled > off the rails",
        "none: empty, one word",
    ],
}
SET_UP = {"trait_returns", "thing_returns", "goal_returns", "setup_returns", "setup_by_chance"}
AMONG = {"self_bleu_same_beginning"}
"""Metrics that these texts say nothing to have texts of their own below."""
FEWEST_KINDS = 5


def test_every_metric_is_looked_at():
    assert set(ORDERS) | SET_UP | AMONG == set(METRICS)


def kinds_of(chain: str) -> list[str]:
    return re.split(", | > | = ", chain.removeprefix("none: "))


@pytest.mark.parametrize("name", ORDERS)
def test_adversarial_texts_stand_in_order(values, name):
    assert len({kind for chain in ORDERS[name] for kind in kinds_of(chain)}) >= FEWEST_KINDS
    for chain in ORDERS[name]:
        if chain.startswith("none: "):
            assert {values[name][kind] for kind in kinds_of(chain)} == {None}
            continue
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


def test_set_ups_come_back_or_not():
    setup = traits.SETUPS[0]  # a brave mouse, a drum, a lost sister
    good = " Max was not afraid. He beat his drum until his sister heard it and he found her. "
    texts = {
        "real": good,
        "copied beginning": setup.beginning,
        "shuffled": shuffled(good),
        "loop": "Max beat his drum. " * 12,
        "off the rails": " The humdrum mankind of Friday.",  # parts of words
        "one word": "drum",
        "empty": "",
    }
    rows = traits.measure([Sample(text, setup.beginning) for text in texts.values()], TOOLS)
    parts = {
        kind: [row[f"{part}_returns"] for part in ("trait", "thing", "goal")]
        for kind, row in zip(texts, rows, strict=True)
    }
    assert parts["real"] == parts["copied beginning"] == parts["shuffled"] == [1, 1, 1]
    assert parts["loop"] == parts["one word"] == [0, 1, 0]
    assert parts["off the rails"] == parts["empty"] == [0, 0, 0]
    for row in rows:
        shares = [row[f"{part}_returns"] for part in ("trait", "thing", "goal")]
        assert row["setup_returns"] == pytest.approx(sum(shares) / 3)
        assert 0 <= row["setup_by_chance"] < 0.2


def test_stories_of_one_beginning_are_alike_or_not():
    def alike(*texts: str) -> float:
        rows = diversity.measure_among([Sample(text, BEGINNING) for text in texts], TOOLS)
        scores = [row["self_bleu_same_beginning"] for row in rows]
        return sum(scores) / len(scores)

    rails = TEXTS["off the rails"].text
    copied, mixed, loops = alike(ENDING, ENDING), alike(ENDING, shuffled(ENDING)), alike(LOOP, ENDING)
    assert copied == pytest.approx(1)
    assert copied > mixed > loops > alike(ENDING, salad(ENDING)) > alike(ENDING, rails)
    for text in ("", "Boat"):
        rows = diversity.measure_among([Sample(text, BEGINNING), Sample(ENDING, BEGINNING)], TOOLS)
        assert rows[0]["self_bleu_same_beginning"] is None


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

    loop, real = quality.measure([Sample(LOOP), Sample(TEXTS["real"].whole)], Tools(nouns_by="words"))
    assert loop["story_quality"] == 0
    assert real["story_quality"] > 0.8  # pyright: ignore[reportOptionalOperand]
