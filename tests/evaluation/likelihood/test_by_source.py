"""Mixtures are measured source by source: by `narrator evaluate`, and at the end of `narrator train`."""

import sys
from pathlib import Path

import numpy as np
import pytest

from pocket_narrator.cli.main import main
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.evaluation.likelihood.scores import score_stories, summarise, summarise_by_source
from pocket_narrator.files.atomic import write_text
from pocket_narrator.recipe.loading import write_recipe
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.loading import load_trained
from pocket_narrator.tokens.prepare import prepare
from tests.evaluation.tiny_run import make_run
from tests.narrator_process import narrator
from tests.small_runs import small_recipe, write_stories


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nonsense = "{weight: 2, corpus: {kind: files, train: stories.txt}}"
    world = "{corpus: {kind: storyworld, stories: 60, validation_stories: 6}}"
    return make_run(f"corpus={{kind: mixture, sources: {{nonsense: {nonsense}, world: {world}}}}}")


def test_each_source_has_the_figures_of_its_own_stories(run, monkeypatch, capsys) -> None:
    found = evaluate_run(run)
    trained = load_trained(run)
    store = prepare(trained.recipe).validation
    assert store.meta.sources == ("nonsense", "world")
    for source, name in enumerate(store.meta.sources):
        alone = np.flatnonzero(store.story_sources == source)
        expected = summarise(score_stories(trained.model, store, alone.tolist()))
        assert found.by_source[name].stories == len(alone) > 0
        assert found.by_source[name].loss == pytest.approx(expected.loss, rel=1e-5)
        assert found.by_source[name].bytes == expected.bytes
    assert sum(one.tokens for one in found.by_source.values()) == found.likelihood.tokens
    monkeypatch.setattr(sys, "argv", ["narrator", "evaluate", str(run)])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    lines = capsys.readouterr().out.splitlines()
    (line,) = (line for line in lines if line.startswith("world "))
    assert line.split()[1] == "6"
    assert f"{found.by_source['world'].bits_per_byte:.4f}" in line


def test_a_source_without_stories_among_these_is_left_out(run) -> None:
    store = prepare(load_trained(run).recipe).validation
    some = np.flatnonzero(store.story_sources == 1)
    scores = score_stories(load_trained(run).model, store, some.tolist())
    by_source = summarise_by_source(scores, store.story_sources[some], store.meta.sources)
    assert list(by_source) == ["world"]
    assert by_source["world"] == summarise(scores)
    assert list(evaluate_run(run, stories=1).by_source) == ["nonsense"]


def test_without_a_mixture_nothing_is_told_apart(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert evaluate_run(make_run()).by_source == {}


def test_training_ends_with_the_figures_of_each_source(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        write_stories(tmp_path / f"{name}.txt", 40, seed)
    files = {name: {"corpus": {"kind": "files", "train": f"{name}.txt"}} for name in ("a", "b")}
    changed = small_recipe(tmp_path).model_dump() | {"corpus": {"kind": "mixture", "sources": files}}
    write_text(tmp_path / "recipe.yaml", write_recipe(Recipe.model_validate(changed)))
    done = narrator("train", "recipe.yaml", "--stories", "0", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "train sources: a 0.0 MB (" in done.stderr
    assert [line.split("on")[1].split(",")[0].strip() for line in done.stdout.splitlines() if "nats/token" in line] == [
        "2 of a",
        "2 of b",
    ]
