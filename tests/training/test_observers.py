"""What looks at a training: it comes after the checkpoint, and whatever goes wrong with it, the training goes on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import PromptError
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import checkpoint_step, load_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.training.observers import Observers
from pocket_narrator.workbench import from_recipe
from tests.small_runs import assert_same_run, small_recipe


class Crash(BaseException):
    """Nothing catches it: the process dies, as far as the run can tell."""


def train(
    recipe: Recipe, folder: Path, run: str, report: Callable[[str], object] = lambda _: None
) -> from_recipe.TrainingOutcome:
    return from_recipe.train(recipe, folder / run, folder / "data", report=report)


def watched_by(monkeypatch: pytest.MonkeyPatch, **looks: Callable) -> None:
    """Puts other observers in the place of some of the workbench's."""
    usual = from_recipe._observers
    monkeypatch.setattr(from_recipe, "_observers", lambda *given: replace(usual(*given), **looks))


def raising(error: BaseException) -> Callable:
    def look(_: object) -> object:
        raise error

    return look


def dying_in(patch: pytest.MonkeyPatch, name: str, saved: Path) -> None:
    """The process dies in an observer, once the checkpoint `saved` is there."""
    make = from_recipe._observers

    def other(*given: object) -> Observers:
        usual = make(*given)

        def die(model: torch.nn.Module) -> object:
            if saved.exists():
                raise Crash
            return getattr(usual, name)(model)

        return replace(usual, **{name: die})

    patch.setattr(from_recipe, "_observers", other)


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(run / "checkpoints" / "step-0000012").model


def records(run: Path, name: str = "metrics.jsonl") -> list[dict]:
    return list(read_json_lines(run / name, report=pytest.fail))


@pytest.mark.parametrize("error", [PromptError("the prompt is empty"), RuntimeError("two\nlines"), MemoryError()])
def test_a_story_that_cannot_be_told_stops_nothing(error: Exception, tmp_path: Path, monkeypatch) -> None:
    recipe = small_recipe(tmp_path)
    train(recipe, tmp_path, "whole")
    told: list[str] = []
    watched_by(monkeypatch, sample=raising(error))
    result = train(recipe, tmp_path, "run", told.append).result
    assert result.finished
    failures = [line for line in told if "failed" in line]
    assert len(failures) == 1  # though there were three
    assert failures[0].startswith("step 5: the sample failed (")
    assert "the training goes on" in failures[0]
    assert [r["step"] for r in records(tmp_path / "run") if r.get("failed") == "sample"] == [5, 10, 12]
    assert records(tmp_path / "run", "samples.jsonl") == []
    one, other = weights(tmp_path / "run"), weights(tmp_path / "whole")
    assert all(torch.equal(one[name], other[name]) for name in other)


def test_an_evaluation_that_fails_stops_nothing_and_leaves_the_best_alone(tmp_path: Path, monkeypatch) -> None:
    recipe = small_recipe(tmp_path)
    told: list[str] = []
    watched_by(monkeypatch, evaluate=raising(ValueError("no")))
    assert train(recipe, tmp_path, "run", told.append).result.finished
    assert [line for line in told if "failed" in line] == [
        "step 4: the evaluation failed (ValueError: no); the training goes on"
    ]
    assert [r["step"] for r in records(tmp_path / "run") if r.get("failed") == "evaluation"] == [4, 8, 12]
    with RunDirectory.open_or_create(
        tmp_path / "run", recipe, tmp_path / "run" / "tokenizer.json", RunDirectory.read(tmp_path / "run", "last").data
    ) as run:
        assert run.best() is None
    steps = sorted(checkpoint_step(path) or 0 for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert steps == [9, 12]


def test_a_failed_look_is_not_made_again_when_the_run_goes_on(tmp_path: Path, monkeypatch) -> None:
    recipe = small_recipe(tmp_path)
    watched_by(monkeypatch, sample=raising(ValueError("no")))
    train(recipe, tmp_path, "run")
    before = (tmp_path / "run" / "metrics.jsonl").read_bytes()
    told: list[str] = []
    train(recipe, tmp_path, "run", told.append)
    assert (tmp_path / "run" / "metrics.jsonl").read_bytes() == before
    assert not any("sample failed" in line for line in told)


@pytest.mark.parametrize("look", ["evaluate", "sample"])
def test_the_checkpoint_is_there_before_anything_looks_and_the_look_is_made_up_for(
    look: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small_recipe(tmp_path, evaluate_every=6, sample_every=6, checkpoint_every=6)
    train(recipe, tmp_path, "whole")
    for at, name in ((6, "early"), (12, "late")):
        saved = tmp_path / name / "checkpoints" / f"step-{at:07d}"
        with monkeypatch.context() as patch:
            dying_in(patch, look, saved)
            with pytest.raises(Crash):
                train(recipe, tmp_path, name)
        told: list[str] = []
        assert train(recipe, tmp_path, name, told.append).result.finished
        assert any(line.startswith((f"going on from step {at}", f"this run is finished: {at}")) for line in told)
        assert_same_run(tmp_path / name, tmp_path / "whole")


def test_an_ngram_is_saved_before_it_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = small_recipe(tmp_path, "counted").model_dump(mode="json")
    recipe = Recipe.model_validate({**tree, "model": {"kind": "ngram", "order": 3}, "training": None})
    whole = train(recipe, tmp_path, "whole").run
    with monkeypatch.context() as patch:
        watched_by(patch, sample=raising(Crash()))
        with pytest.raises(Crash):
            train(recipe, tmp_path, "run")
    assert (tmp_path / "run" / "checkpoints" / "step-0000001").is_dir()
    train(recipe, tmp_path, "run")
    assert records(tmp_path / "run", "samples.jsonl") == records(whole, "samples.jsonl")
    assert (tmp_path / "run" / "best.json").read_bytes() == (whole / "best.json").read_bytes()
    told: list[str] = []
    with monkeypatch.context() as patch:
        watched_by(patch, evaluate=raising(ValueError("no")), sample=raising(ValueError("no")))
        assert train(recipe, tmp_path, "failing", told.append).result.finished
    assert sum("failed" in line for line in told) == 2
