"""The loop: exact resume in every combination, and a loss that means what it says."""

import itertools
import math
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from pocket_narrator.errors import CheckpointError, NarratorError
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import ModelConfig, Recipe
from pocket_narrator.run.checkpoint import checkpoint_step, load_checkpoint, save_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.tokens.batches import BatchOrder
from pocket_narrator.tokens.prepare import prepare
from pocket_narrator.tracking.trackers import Trackers
from pocket_narrator.training import loop
from pocket_narrator.training.loop import Trainer
from pocket_narrator.training.machine.precision import Machine
from pocket_narrator.training.optimizers import Optimizers
from pocket_narrator.training.schedules import rate_factor
from pocket_narrator.workbench import from_recipe
from tests.small_runs import assert_same_run, damage, everything_in, small_recipe, write_stories

PLACES = ("inside an epoch", "at its end", "in the second")
FACTORS = {
    "optimizer": ("adamw", "muon"),
    "accumulation": (1, 2),
    "dropout": (0.0, 0.1),
    "precision": ("fp32", "bf16"),
    "rows": ("packed", "story", "window"),
}


def covering_selection() -> list[dict]:
    """Eight of the 48 combinations in which every two levels of different factors meet."""
    two_level = [levels for levels in FACTORS.values() if len(levels) == 2]
    picked = [
        pick for pick in itertools.product(*two_level) if sum(map(list.index, map(list, two_level), pick)) % 2 == 0
    ]
    # A pick and its opposite, which is as far from the end as it is from the beginning, have the same rows.
    rows = ("packed", "story", "window", "packed", "packed", "window", "story", "packed")
    return [dict(zip(FACTORS, (*pick, row), strict=True)) for pick, row in zip(picked, rows, strict=True)]


CASES = covering_selection()


def recipe_of(folder: Path, case: dict, name: str = "small", **training: object) -> Recipe:
    options = {key: value for key, value in case.items() if key != "dropout"}
    return small_recipe(folder, name, {"dropout": case.get("dropout", 0.0)}, **{**options, **training})


def train(recipe: Recipe, folder: Path, run: str | None = None) -> from_recipe.TrainingOutcome:
    """With the tokens of `folder/data`, into `folder/<run>`; nothing of an earlier call helps, and its generators mislead."""
    random.seed(1234)
    np.random.seed(1234)
    torch.manual_seed(1234)
    return from_recipe.train(recipe, folder / (run or recipe.name), folder / "data", report=lambda _: None)


class Crash(BaseException):
    """Nothing catches it."""


@contextmanager
def crashing_at(micro_batch: int) -> Iterator[None]:
    """The process dies, as far as the run can tell, when it computes its n-th loss in training."""
    loss, left = DecoderStack.loss, iter(range(micro_batch - 1, -1, -1))

    def fatal(self: DecoderStack, *arguments: torch.Tensor) -> torch.Tensor:
        if next(left) == 0:
            raise Crash
        return loss(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DecoderStack, "loss", fatal)
        with pytest.raises(Crash):
            yield


@contextmanager
def signalled_in(step: int, number: int = signal.SIGTERM) -> Iterator[None]:
    """A signal that arrives while the loop computes a step."""
    train_step = Trainer._train_step

    def interrupted(self: Trainer) -> torch.Tensor:
        if self.step == step - 1:
            signal.raise_signal(number)
        return train_step(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "_train_step", interrupted)
        yield


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, Path]]:
    """A folder with prepared text, and the run of each case from beginning to end."""
    folder = tmp_path_factory.mktemp("runs")
    runs = {}
    for number, case in enumerate(CASES):
        trained = train(recipe_of(folder, case), folder, f"whole-{number}")
        assert trained.result.finished
        runs[number] = trained.run
    return folder, runs


# ---- exact resume


def test_the_selection_covers_every_two_levels() -> None:
    assert len(CASES) == 8
    for (one, levels), (other, other_levels) in itertools.combinations(FACTORS.items(), 2):
        met = {(case[one], case[other]) for case in CASES}
        assert met == set(itertools.product(levels, other_levels)), (one, other)


def step_of(place: str, recipe: Recipe, folder: Path) -> int:
    """The step that a place in the run is."""
    prepared = prepare(recipe, folder / "data")
    training, context = recipe.training, recipe.model.context
    order = BatchOrder(prepared.train, context, training.batch_tokens // context, training.rows, training.seed)
    epoch_end = math.ceil(order.steps_per_epoch)
    assert training.steps is not None
    assert 3 <= epoch_end <= training.steps // 2
    return {"inside an epoch": 2, "at its end": epoch_end, "in the second": epoch_end + 2}[place]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: "-".join(str(v) for v in CASES[n].values()))
def test_an_interrupted_run_ends_with_the_same_bits(
    number: int, place: str, uninterrupted: tuple[Path, dict[int, Path]]
) -> None:
    folder, whole = uninterrupted
    recipe = recipe_of(folder, CASES[number])
    run, stop = f"stopped-{number}-{place}", step_of(place, recipe, folder)
    with signalled_in(stop):
        result = train(recipe, folder, run).result
    assert (result.step, result.finished) == (stop, False)
    assert checkpoint_step(max((folder / run / "checkpoints").iterdir())) == stop
    assert train(recipe, folder, run).result.finished
    assert_same_run(folder / run, whole[number])


@pytest.mark.parametrize("micro_batch", [2, 5, 6, 7, 14, 17, 24])
def test_a_crash_inside_a_step_costs_nothing_but_time(
    micro_batch: int, uninterrupted: tuple[Path, dict[int, Path]]
) -> None:
    folder, whole = uninterrupted
    number = next(n for n, case in enumerate(CASES) if case["accumulation"] == 2 and case["dropout"])
    recipe = recipe_of(folder, CASES[number])
    run = f"crashed-{micro_batch}"
    with crashing_at(micro_batch):
        train(recipe, folder, run)
    train(recipe, folder, run)
    assert_same_run(folder / run, whole[number])


@pytest.mark.parametrize(
    ("moment", "call"),
    [
        *[("set_best", call) for call in (1, 2, 3)],
        *[("text", call) for call in (1, 3)],
        *[("log", call) for call in (1, 2, 4, 5)],
        *[("save_checkpoint", call) for call in (1, 2, 4, 6)],
        *[("prune", call) for call in (1, 2, 4, 6)],
    ],
)
def test_a_crash_between_two_records_leaves_nothing_out(
    moment: str, call: int, uninterrupted: tuple[Path, dict[int, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dies just before the n-th call of each function by which a step is recorded."""
    folder, whole = uninterrupted
    owners = {"set_best": RunDirectory, "log": Trackers, "text": Trackers}
    owner = owners.get(moment, loop)
    original, calls = getattr(owner, moment), itertools.count(1)

    def fatal(*arguments: object) -> object:
        if next(calls) == call:
            raise Crash
        return original(*arguments)

    recipe, run = recipe_of(folder, CASES[0]), f"{moment}-{call}"
    with monkeypatch.context() as patch:
        patch.setattr(owner, moment, fatal)
        with pytest.raises(Crash):
            train(recipe, folder, run)
    train(recipe, folder, run)
    assert_same_run(folder / run, whole[0])


def test_a_loss_scale_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fp16 belongs on a GPU; the arithmetic is the same here. The first scale is far too high, and falls step by step."""

    class Scaled(Machine):
        def scaler(self) -> torch.amp.GradScaler:
            return torch.amp.GradScaler("cpu", init_scale=2.0**24, growth_interval=3)

    monkeypatch.setattr(from_recipe, "choose_machine", lambda _: Scaled(torch.device("cpu"), torch.float16))
    recipe = small_recipe(tmp_path)
    train(recipe, tmp_path, "whole")
    for step in (2, 7):
        with signalled_in(step):
            train(recipe, tmp_path)
    train(recipe, tmp_path)
    assert_same_run(tmp_path / "small", tmp_path / "whole")
    scaler = everything_in(tmp_path / "whole")["scaler"]
    assert isinstance(scaler, dict)
    assert 1.0 < scaler["scale"] < 2.0**24


def test_many_interruptions_are_like_none(uninterrupted: tuple[Path, dict[int, Path]]) -> None:
    folder, whole = uninterrupted
    recipe = recipe_of(folder, CASES[-1])
    for step in (1, 2, 3, 5, 8, 11):
        with signalled_in(step, signal.SIGINT):
            assert train(recipe, folder, "often").result.step == step
    assert train(recipe, folder, "often").result.finished
    assert_same_run(folder / "often", whole[len(CASES) - 1])


def test_another_seed_shows(uninterrupted: tuple[Path, dict[int, Path]]) -> None:
    """The comparison that all of the above rests on can fail."""
    folder, whole = uninterrupted
    train(recipe_of(folder, CASES[0], seed=1), folder, "other-seed")
    one, other = everything_in(folder / "other-seed"), everything_in(whole[0])
    differing = {key for key in one if one[key] != other[key]}
    assert {
        "embedding.weight",
        "optimizer embedding.weight.exp_avg",
        "optimizer rng.torch",
        "random",
        "metrics",
    } < differing
    with pytest.raises(AssertionError):
        assert_same_run(folder / "other-seed", whole[0])


def test_two_checkpoints_are_kept_and_the_older_one_helps_out(
    uninterrupted: tuple[Path, dict[int, Path]],
) -> None:
    folder, whole = uninterrupted
    recipe = recipe_of(folder, CASES[0])
    with signalled_in(10):
        train(recipe, folder, "damaged")
    saved = sorted((folder / "damaged" / "checkpoints").iterdir())
    assert [checkpoint_step(path) for path in saved] == [8, 9, 10]  # the best, the last one due, and the one on demand
    damage(saved[-1] / "model.safetensors")
    told: list[str] = []
    trained = from_recipe.train(recipe, folder / "damaged", folder / "data", report=told.append)
    assert trained.result.finished
    assert any("a damaged checkpoint is passed over" in line and "model.safetensors" in line for line in told)
    assert any(line.startswith("going on from step 9") for line in told)
    assert_same_run(folder / "damaged", whole[0])


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path, steps=4)
    with signalled_in(2):
        train(recipe, tmp_path)
    path = tmp_path / "small" / "checkpoints" / "step-0000002"
    checkpoint = load_checkpoint(path)
    wider = {key: torch.cat([value, value]) for key, value in checkpoint.model.items()}
    save_checkpoint(path.parent, 2, wider, checkpoint.optimizer, checkpoint.state)
    with pytest.raises(CheckpointError, match="the weights do not fit"):
        train(recipe, tmp_path)


# ---- how long


def test_a_run_may_be_given_minutes(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path, minutes=0.02, schedule="wsd", final_rate=0.0)
    with signalled_in(2):
        first = train(recipe, tmp_path).result
    assert not first.finished
    result = train(recipe, tmp_path).result
    assert result.finished
    assert result.step > 2
    assert 1.2 <= result.seconds < 10
    again = train(recipe, tmp_path).result  # the time is up, over all lives
    assert (again.finished, again.step) == (True, result.step)
    rates = [
        record["learning_rate"] for record in read_json_lines(tmp_path / "small/metrics.jsonl") if "loss" in record
    ]
    assert rates[-1] < 0.2 * max(rates)


def test_records_have_the_rate_that_was_used_and_the_speed_of_training(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(loop, "LOG_EVERY", 1)
    recipe = small_recipe(tmp_path, schedule="cosine", learning_rate=0.01, rows="window")
    train(recipe, tmp_path)
    records = [record for record in read_json_lines(tmp_path / "small/metrics.jsonl") if "loss" in record]
    assert [record["step"] for record in records] == list(range(1, 13))
    for step, record in enumerate(records):
        assert record["learning_rate"] == 0.01 * rate_factor(recipe.training, step, step / 12)
        assert record["tokens_per_second"] > 0
    assert records[-1]["tokens"] > 11 * 256
    assert records[-1]["tokens"] == everything_in(tmp_path / "small")["tokens"]


# ---- the loss is true


def losses(folder: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Of every step."""
    monkeypatch.setattr(loop, "LOG_EVERY", 1)
    train(recipe, folder)
    return [record["loss"] for record in read_json_lines(folder / recipe.name / "metrics.jsonl") if "loss" in record]


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_single_batch_is_learned_by_heart(optimizer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_stories(tmp_path / "train.txt", 4, seed=3)
    recipe = small_recipe(
        tmp_path, steps=120, rows="window", optimizer=optimizer, learning_rate=0.02, evaluate_every=1000,
        sample_every=1000, checkpoint_every=1000,
    )  # fmt: skip
    found = losses(tmp_path, recipe, monkeypatch)
    assert found[0] > 5
    assert found[-1] < 0.1


@pytest.mark.parametrize("preset", ["gpt2", "llama"])
@pytest.mark.parametrize("vocabulary_size", [300, 4096])
def test_before_training_the_loss_is_log_v(preset: str, vocabulary_size: int) -> None:
    shape = {"preset": preset, "layers": "attention*4", "width": 128, "heads": 4, "context": 64}
    torch.manual_seed(0)
    stack = DecoderStack(ModelConfig.model_validate(shape), vocabulary_size)
    tokens = torch.randint(vocabulary_size, (16, 65))
    loss = stack.loss(tokens[:, :-1], tokens[:, 1:]).item() / tokens[:, 1:].numel()
    assert loss == pytest.approx(math.log(vocabulary_size), rel=0.02)


@pytest.mark.parametrize("rows", ["packed", "story"])
def test_accumulation_gives_the_same_update(rows: str, tmp_path: Path) -> None:
    for accumulation in (1, 4):
        recipe = small_recipe(tmp_path, f"x{accumulation}", steps=2, rows=rows, accumulation=accumulation)
        train(recipe, tmp_path)
    one, four = (load_checkpoint(tmp_path / name / "checkpoints" / "step-0000002").model for name in ("x1", "x4"))
    for name, expected in one.items():
        torch.testing.assert_close(four[name], expected, rtol=0, atol=1e-6)


def test_bf16_follows_fp32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        losses(
            tmp_path,
            small_recipe(tmp_path, precision, steps=30, learning_rate=0.01, precision=precision),
            monkeypatch,
        )
        for precision in ("fp32", "bf16")
    ]
    assert found[0] != found[1]
    np.testing.assert_allclose(found[1], found[0], rtol=0.02)
    assert found[0][-1] < 0.8 * found[0][0]


def test_recomputed_activations_train_to_the_same_bits(tmp_path: Path) -> None:
    for name, recompute in (("kept", False), ("again", True)):
        train(small_recipe(tmp_path, name, {"dropout": 0.1}, activation_checkpointing=recompute), tmp_path)
    assert_same_run(tmp_path / "again", tmp_path / "kept")


def test_isolated_stories_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        losses(
            tmp_path,
            small_recipe(tmp_path, f"isolated-{isolate}", learning_rate=0.01, isolate_stories=isolate),
            monkeypatch,
        )
        for isolate in (False, True)
    ]
    assert found[0] != found[1]
    assert found[1][-1] < 0.9 * found[1][0]


@pytest.mark.parametrize("log_every", [1, 10])
def test_a_loss_that_is_no_number_ends_the_run_before_it_is_saved(
    log_every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LOG_EVERY", log_every)
    recipe = small_recipe(tmp_path, optimizer="muon", clip=None, warmup_steps=0)
    set_rate = Optimizers.set_rate_factor  # no recipe may have a rate with which it is certain
    monkeypatch.setattr(Optimizers, "set_rate_factor", lambda self, factor: set_rate(self, 1e32 * factor))
    with pytest.raises(NarratorError, match="has diverged") as raised:
        train(recipe, tmp_path)
    assert "train slower: training.learning_rate=0.0003 training.muon_learning_rate=0.007" in str(raised.value)
    assert list((tmp_path / "small" / "checkpoints").iterdir()) == []


# ---- torch.compile


@pytest.mark.slow
def test_compiled_layers_train_like_eager_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [losses(tmp_path, small_recipe(tmp_path, f"compile-{on}", compile=on), monkeypatch) for on in ("off", "on")]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4)


def test_without_a_compiler_training_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "there-is-no-such-compiler")
    told: list[str] = []
    recipe = small_recipe(tmp_path, compile="on", steps=2)
    assert from_recipe.train(recipe, tmp_path / "small", tmp_path / "data", report=told.append).result.finished
    assert any(line.startswith("torch.compile: not used, there is no C++ compiler") for line in told)
