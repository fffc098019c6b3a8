"""The suite over told stories: cache, missing extras, tables; and how it ranks real, N-gram and shuffled stories."""

import builtins
import json
import random

import numpy as np
import pytest

from pocket_narrator.errors import CorpusError, how_to_install
from pocket_narrator.evaluation.metrics import form, quality
from pocket_narrator.evaluation.metrics.metric import Family
from pocket_narrator.evaluation.metrics.text import Sample, sentences
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.evaluation.samples import value_cache
from pocket_narrator.evaluation.samples.generate import cut_story
from pocket_narrator.evaluation.samples.measure import (
    describe_measured,
    measure_corpus,
    measure_stories,
    measure_told,
    write_measured,
)
from pocket_narrator.evaluation.samples.value_cache import measure_with_cache
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.models.ngram import NGramModel
from pocket_narrator.recipe.schema import GenerationConfig
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import train_bpe
from tests.evaluation.metrics.texts import LOOP, TEXTS
from tests.evaluation.metrics.tools import TOOLS

TOLD = list(TEXTS.values())
REAL = [make_story(i, 11).text for i in range(140)]


def test_everything_is_measured_with_all_tools(tmp_path):
    found = measure_told(TOLD, [], TOOLS, "full", tmp_path)
    assert found["told"].left_out == {} == found["real"].left_out
    assert found["told"].figures["words"].stories == len(TOLD)
    assert found["told"].figures["mtld"].stories < len(TOLD)
    assert "bleu" in found["told"].figures
    assert "bleu" not in found["real"].figures
    written = json.loads(write_measured(tmp_path, "stories", {"run": "x"}, found).read_text(encoding="utf-8"))
    assert written["protocol"] == {"run": "x"}
    figure = written["sets"]["told"]["figures"]["words"]
    assert figure["value"] == found["told"].figures["words"].value
    values = json.loads((tmp_path / "stories-values.json").read_text(encoding="utf-8"))["told"]
    assert len(values["words"]) == len(TOLD)
    table = "\n".join(describe_measured(found))
    assert "n=7" in table
    assert "higher" in table


def test_tools_that_were_not_given_are_named_and_the_rest_goes_on():
    found = measure_stories(TOLD, Tools(nouns_by="words"), "full")
    assert set(found.left_out) == {"soft_noun_carryover", "memorisation", "cohesion", "grammar", "earlier_text_quality"}
    assert "--embedder" in found.left_out["cohesion"]
    assert "story_quality" in found.figures
    assert "left out: grammar" in "\n".join(describe_measured({"told": found}))


def test_a_missing_extra_is_named_and_the_rest_goes_on(monkeypatch):
    real_import = builtins.__import__

    def without(name, *arguments, **keywords):
        if name.startswith("sacrebleu"):
            raise ImportError(name)
        return real_import(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    found = measure_stories(TOLD, Tools(nouns_by="words"), "quick")
    assert found.left_out == {
        "overlap": "the package 'sacrebleu' is needed for this and is not installed; " + how_to_install("eval")
    }
    assert {"story_quality", "mtld", "earlier_bleu_4"} <= set(found.figures)


def test_one_story_has_no_interval_and_the_table_says_so():
    found = measure_stories(TOLD[:1], TOOLS, "quick")
    assert all(figure.interval is None for figure in found.figures.values())
    table = "\n".join(describe_measured({"told": found}))
    assert "(no interval)" in table
    assert "values of fewer than 8 prompts" in table


def test_no_story_is_refused():
    with pytest.raises(CorpusError, match="no story to evaluate"):
        measure_stories([], TOOLS)


# ---- the cache


def counted(family: Family, calls: list[int]) -> Family:
    def measure(stories, tools):
        calls.append(len(stories))
        return family.measure(stories, tools)

    return Family(family.name, family.version, family.metrics, measure, tools=family.tools, sees_all=family.sees_all)


def test_known_values_are_not_computed_again(tmp_path):
    calls: list[int] = []
    family = counted(form.FAMILY, calls)
    first = measure_with_cache(family, TOLD[:3], TOOLS, tmp_path)
    assert measure_with_cache(family, TOLD[:5], TOOLS, tmp_path)[:3] == first
    assert measure_with_cache(family, TOLD[:5], TOOLS, tmp_path) == form.measure(TOLD[:5], TOOLS)
    assert calls == [3, 2]
    newer = Family(form.FAMILY.name, 99, form.FAMILY.metrics, family.measure)
    measure_with_cache(newer, TOLD[:3], TOOLS, tmp_path)
    assert calls == [3, 2, 3]  # another version: nothing is taken over


def test_values_depend_on_the_tools(tmp_path):
    calls: list[int] = []
    family = counted(quality.FAMILY, calls)
    measure_with_cache(family, TOLD, Tools(nouns_by="words"), tmp_path)
    measure_with_cache(family, TOLD, TOOLS, tmp_path)
    measure_with_cache(family, TOLD, TOOLS, tmp_path)
    assert calls == [len(TOLD), len(TOLD)]


def test_equal_stories_are_computed_once_and_damaged_caches_anew(tmp_path):
    calls: list[int] = []
    family = counted(form.FAMILY, calls)
    measure_with_cache(family, [TOLD[0]] * 4, TOOLS, tmp_path)
    assert calls == [1]
    (tmp_path / "form.json").write_text("{", encoding="utf-8")
    measure_with_cache(family, [TOLD[0]] * 4, TOOLS, tmp_path)
    assert calls == [1, 1]


def test_an_interrupted_measuring_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(value_cache, "STORIES_AT_ONCE", 2)
    monkeypatch.setattr(value_cache, "_SAVE_EVERY", 0.0)
    calls: list[int] = []

    def measure(stories, tools):
        calls.append(len(stories))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return form.measure(stories, tools)

    family = Family("form", 1, form.METRICS, measure)
    with pytest.raises(KeyboardInterrupt):
        measure_with_cache(family, TOLD, TOOLS, tmp_path)
    assert measure_with_cache(family, TOLD, TOOLS, tmp_path) == form.measure(TOLD, TOOLS)
    assert calls == [2, 2, 2, 2, 2]


# ---- what the combined score can tell apart


def ngram_stories(texts: list[str], beginnings: list[str]) -> list[str]:
    """What N-grams of order 5, counted on `texts`, tell after each beginning."""
    tokenizer = train_bpe(texts, 600)
    end = tokenizer.end_of_text
    tokens = [token for text in texts for token in (end, *tokenizer.encode(text))]
    model = NGramModel.train(np.array([*tokens, end], dtype=np.uint16), tokenizer.vocabulary_size, 5, end)
    narrator = Narrator(model, tokenizer, GenerationConfig())
    told = [narrator.tell(beginning, max_tokens=250, seed=seed)[0] for seed, beginning in enumerate(beginnings)]
    return [text[len(beginning) :] for text, beginning in zip(told, beginnings, strict=True)]


def test_real_stories_beat_ngrams_beat_shuffled_stories_beat_loops():
    cut = [story for text in REAL if (story := cut_story(text)) is not None]
    beginnings = [story.beginning for story in cut]
    draw = random.Random(2)
    shuffled = [draw.sample(lines := sentences(text), len(lines)) for text in REAL]
    told = ngram_stories([make_story(i, 12).text for i in range(600)], beginnings)
    sets = {
        "real": [Sample(story.reference or "", story.beginning, group=i) for i, story in enumerate(cut)],
        "N-grams": [
            Sample(text, beginning, group=i) for i, (text, beginning) in enumerate(zip(told, beginnings, strict=True))
        ],
        "shuffled": [Sample(" ".join(lines), group=i) for i, lines in enumerate(shuffled)],
        "loop": [Sample(LOOP, beginning, group=i) for i, beginning in enumerate(beginnings)],
    }
    figures = {
        name: measure_stories(stories, TOOLS, families=["quality"]).figures["story_quality"]
        for name, stories in sets.items()
    }
    for better, worse in (("real", "N-grams"), ("N-grams", "shuffled"), ("shuffled", "loop")):
        above, below = (figures[name].interval or (figures[name].value,) * 2 for name in (better, worse))
        assert above[0] > below[1], (better, worse, figures)


def test_a_corpus_is_measured_whole_and_by_its_second_halves(tmp_path):
    found = measure_corpus([*REAL[:6], "A line."], TOOLS, "quick", tmp_path)
    assert found["whole"].stories == 7
    assert found["second half"].stories == 6
    assert "noun_coverage" not in found["whole"].figures
    assert found["second half"].figures["name_return"].value > 0.5
