"""An N-gram's run: a run directory like any other, and what does not fit is refused."""

import os
import shutil
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import CheckpointError, NarratorError, RunError
from pocket_narrator.evaluation.inside.inspection import inspect_run
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.generation.bench import bench
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.models.ngram import NGramModel, UnboundedNGram, model
from pocket_narrator.recipe.schema import NGramConfig, Recipe
from pocket_narrator.run.checkpoint import load_model_tensors
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.run.loading import load_trained
from pocket_narrator.training import ngram
from pocket_narrator.workbench import from_recipe
from tests.small_runs import damage, small_recipe

CHECKPOINT = Path("checkpoints/step-0000001")


def ngram_recipe(folder: Path, order: int = 3, name: str = "small", unbounded: bool = False) -> Recipe:
    stack = small_recipe(folder, name).model_dump()
    return Recipe.model_validate(
        {**stack, "model": {"kind": "ngram", "order": order, "unbounded": unbounded}, "training": None}
    )


def train(folder: Path, recipe: Recipe) -> from_recipe.TrainingOutcome:
    return from_recipe.train(recipe, folder / "runs" / recipe.name, folder / "data", report=lambda _: None)


def recipe_of(run: Path) -> Recipe:
    return RunIdentity.load(run).recipe


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ngram")
    train(folder, ngram_recipe(folder))
    train(folder, ngram_recipe(folder, name="unbounded", unbounded=True))
    return folder


@pytest.fixture
def copy(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(folder, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


def test_bench_measures_no_ngram(folder: Path) -> None:
    with pytest.raises(NarratorError, match="small is no decoder stack"):
        bench("small", load_trained(folder / "runs" / "small").model, [1], [16], ["fp32"])


@pytest.mark.parametrize(("name", "kind"), [("small", NGramModel), ("unbounded", UnboundedNGram)])
def test_a_run_tells_and_is_measured(folder: Path, name: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    run = folder / "runs" / name
    assert type(load_trained(run).model) is kind
    records = list(read_json_lines(run / "metrics.jsonl"))
    assert records[0]["tokens"] > records[0]["ngrams_3"] > records[0]["ngrams_2"]
    assert records[1]["validation_bits_per_byte"] > 0
    evaluation = evaluate_run(run)
    assert evaluation.protocol.training_flops == 0
    assert 0 < evaluation.likelihood.bits_per_byte < 8
    narrator = Narrator.load(run)
    options = [
        {},
        {"temperature": 0.0},
        {"top_k": 3},
        {"top_p": 0.5},
        {"min_p": 0.2},
        {"repetition_penalty": 1.3},
        {"no_repeat_ngram": 2},
    ]
    for option in options:
        told = narrator.tell("The cat", stories=3, seed=4, max_tokens=12, **option)
        assert told == Narrator.load(run).tell("The cat", stories=3, seed=4, max_tokens=12, **option)
        assert all(len(story) > 12 for story in told)
    assert narrator.tell("The cat", seed=1) != narrator.tell("The cat", seed=2)


def test_what_was_counted_is_what_is_loaded(folder: Path) -> None:
    recipe = ngram_recipe(folder, name="again")
    train(folder, recipe)
    runs = [folder / "runs" / name / CHECKPOINT for name in ("small", "again")]
    files = [sorted(path.name for path in run.iterdir()) for run in runs]
    assert files[0] == files[1]
    assert (runs[0] / "model.safetensors").read_bytes() == (runs[1] / "model.safetensors").read_bytes()
    one, other = (load_model_tensors(run) for run in runs)
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_a_finished_run_is_left_alone_and_points_to_its_checkpoint_again(copy: Path) -> None:
    run = copy / "runs" / "small"
    before, best = (run / "metrics.jsonl").read_bytes(), (run / "best.json").read_bytes()
    (run / "best.json").unlink()  # as if the process had died right after it had saved
    again = train(copy, recipe_of(run))
    assert again.result.finished
    assert (run / "metrics.jsonl").read_bytes() == before
    assert (run / "best.json").read_bytes() == best


def test_a_run_that_died_while_counting_begins_anew(copy: Path) -> None:
    run = copy / "runs" / "small"
    kept = load_model_tensors(run / CHECKPOINT)
    shutil.move(run / CHECKPOINT, run / "checkpoints" / f".step-0000001.tmp-{os.getpid()}-0123abcd")  # half written
    (run / "best.json").unlink()
    train(copy, recipe_of(run))
    again = load_model_tensors(run / CHECKPOINT)
    assert all(torch.equal(tensor, again[name]) for name, tensor in kept.items())
    assert len(list(read_json_lines(run / "metrics.jsonl"))) == 2
    assert [path.name for path in (run / "checkpoints").iterdir()] == [CHECKPOINT.name]


def test_a_damaged_checkpoint_is_refused(copy: Path) -> None:
    damage(copy / "runs" / "small" / CHECKPOINT / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        load_trained(copy / "runs" / "small")


def test_a_stack_is_no_ngram_and_an_ngram_no_stack(copy: Path) -> None:
    stack = small_recipe(copy, "stack", steps=2)
    train(copy, stack)
    ngrams, stacks = copy / "runs" / "small" / CHECKPOINT, copy / "runs" / "stack" / "checkpoints" / "step-0000002"
    shutil.rmtree(ngrams)
    shutil.copytree(stacks, ngrams.with_name("step-0000002"))
    (copy / "runs" / "small" / "best.json").unlink()
    with pytest.raises(CheckpointError, match="no N-gram of order 3 over 300 tokens"):
        load_trained(copy / "runs" / "small")
    shutil.rmtree(stacks)
    shutil.copytree(copy / "runs" / "unbounded" / CHECKPOINT, stacks.with_name(CHECKPOINT.name))
    (copy / "runs" / "stack" / "best.json").unlink()
    with pytest.raises(CheckpointError, match="the weights do not fit the run's recipe"):
        load_trained(copy / "runs" / "stack")


@pytest.mark.parametrize("part", ["order_2.first", "order_3.shorter", "order_3.tokens", "order_1.probabilities"])
def test_tables_that_point_outside_are_refused(folder: Path, part: str) -> None:
    tensors = load_model_tensors(folder / "runs" / "small" / CHECKPOINT)
    end_of_text = int(tensors["end_of_text"])
    NGramModel.from_tensors(tensors, 3, 300, end_of_text, "here")
    changed = tensors[part].clone()
    changed = (
        changed[1:] if part == "order_1.probabilities" else torch.full_like(changed.int(), 10**6).to(changed.dtype)
    )
    with pytest.raises(CheckpointError, match=f"{part} (points outside|is of another length)"):
        NGramModel.from_tensors({**tensors, part: changed}, 3, 300, end_of_text, "here")
    for order, vocabulary_size, end in (
        (2, 300, end_of_text),
        (4, 300, end_of_text),
        (3, 301, end_of_text),
        (3, 300, 7),
    ):
        with pytest.raises(CheckpointError, match="no N-gram"):
            NGramModel.from_tensors(tensors, order, vocabulary_size, end, "here")


def test_another_recipe_does_not_go_on_with_a_run(copy: Path) -> None:
    recipe = recipe_of(copy / "runs" / "small")
    assert isinstance(recipe.model, NGramConfig)
    recipe = recipe.model_copy(update={"model": NGramConfig(kind="ngram", order=4)})
    with pytest.raises(RunError, match=r"model\.order: 3 in the run, 4 now"):
        train(copy, recipe)


def test_what_means_nothing_for_an_ngram_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    run = folder / "runs" / "small"
    with pytest.raises(RunError, match="nothing to inspect in an N-gram"):
        inspect_run(run)
    for options in ({"precision": "bf16"}, {"stride": 8}):
        with pytest.raises(RunError, match="mean nothing for an N-gram"):
            evaluate_run(run, **options)


def test_too_much_text_is_refused_before_counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngram, "MOST_TOKENS", 100)
    with pytest.raises(NarratorError, match=r"the training text has [0-9,]+ tokens"):
        train(tmp_path, ngram_recipe(tmp_path))
    monkeypatch.undo()

    def no_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(model, "count_ngrams", no_memory)
    with pytest.raises(NarratorError, match="not enough memory to count"):
        train(tmp_path, ngram_recipe(tmp_path))
