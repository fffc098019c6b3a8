"""Trackers: the record always, real mirrors where they are installed, and a broken mirror harms nothing."""

import importlib.util
import json
import math
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from pocket_narrator.errors import MissingExtraError, how_to_install
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.schema import Recipe, TrackingConfig
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.tracking import trackers
from pocket_narrator.tracking.trackers import Mirror, open_trackers, require_trackers
from pocket_narrator.tracking.wandb import RunFacts, has_wandb_key
from tests.offline_wandb import read_history, read_records, read_summary

FACTS = RunFacts(90, 10, 64, 300, 12_345, "cpu")
INSTALL = how_to_install("track")
needs_wandb = pytest.mark.skipif(importlib.util.find_spec("wandb") is None, reason=f"needs wandb: {INSTALL}")
needs_tensorboard = pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason=f"needs tensorboard: {INSTALL}"
)


@pytest.fixture(autouse=True)
def home_without_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("WANDB_")] + ["NETRC"]:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


def make_recipe(**tracking: bool) -> Recipe:
    tree = {"name": "run", "corpus": {"kind": "storyworld"}, "training": {"steps": 10}, "tracking": tracking}
    return Recipe.model_validate(tree)


def open_run(tmp_path: Path, recipe: Recipe) -> RunDirectory:
    (tmp_path / "tokenizer.json").write_text("{}")
    return RunDirectory.open_or_create(tmp_path / "run", recipe, tmp_path / "tokenizer.json", {})


def log_steps(tmp_path: Path, recipe: Recipe, steps: range) -> list[str]:
    """Logs a loss of 8/step and a sample at each step; returns what was reported."""
    messages: list[str] = []
    with open_run(tmp_path, recipe) as run, open_trackers(run, recipe, FACTS, steps[0], messages.append) as all_of_them:
        for step in steps:
            all_of_them.log(step, {"loss": 8 / step, "tokens_per_second": 1000.0 + step})
            all_of_them.text(step, "prompt 1", f"Once upon a time, {step} foxes met.")
    return messages


def assert_recorded(tmp_path: Path, steps: range) -> None:
    metrics = list(read_json_lines(tmp_path / "run" / "metrics.jsonl", pytest.fail))
    assert metrics == [{"step": step, "loss": 8 / step, "tokens_per_second": 1000.0 + step} for step in steps]
    samples = list(read_json_lines(tmp_path / "run" / "samples.jsonl", pytest.fail))
    text = "Once upon a time, {} foxes met."
    assert samples == [{"step": step, "name": "prompt 1", "text": text.format(step)} for step in steps]


def test_the_record_is_always_kept(tmp_path: Path) -> None:
    assert log_steps(tmp_path, make_recipe(), range(1, 4)) == []
    assert_recorded(tmp_path, range(1, 4))
    assert not {"wandb", "tensorboard"} & {path.name for path in (tmp_path / "run").iterdir()}


def first_step(path: Path) -> int:
    return read_history(path)[0]["_step"]


@needs_wandb
@pytest.mark.slow
def test_a_real_offline_wandb_run_holds_what_was_logged(tmp_path: Path) -> None:
    recipe = make_recipe(wandb=True)
    said = f"W&B has no key here and stays offline; to upload later: wandb sync {tmp_path / 'run'}/wandb/offline-run-*"
    assert log_steps(tmp_path, recipe, range(1, 6)) == [said]
    assert log_steps(tmp_path, recipe, range(6, 9)) == [said]
    assert_recorded(tmp_path, range(1, 9))
    run_id = json.loads((tmp_path / "run" / "data.json").read_text())["run_id"]
    # W&B's own process goes on writing for a while, so that the time of a file says nothing of their order.
    files = sorted((tmp_path / "run" / "wandb").glob("offline-run-*/*.wandb"), key=first_step)
    assert [path.name for path in files] == [f"run-{run_id}.wandb"] * 2
    for path, steps in zip(files, (range(1, 6), range(6, 9)), strict=True):
        history = read_history(path)
        assert [row["_step"] for row in history] == list(steps)
        assert [row["train/loss"] for row in history] == [8 / step for step in steps]
        assert [row["train/perplexity"] for row in history] == pytest.approx([math.exp(8 / step) for step in steps])
        assert [row["samples/input"] for row in history] == ["Once upon a time"] * len(steps)
        assert [row["samples/prediction"] for row in history] == [f", {step} foxes met." for step in steps]
        table = path.parent / "files" / history[-1]["samples/table/path"]
        rows = json.loads(table.read_text(encoding="utf-8"))
        assert rows["columns"] == ["step", "input", "prediction"]
        assert rows["data"] == [[s, "Once upon a time", f", {s} foxes met."] for s in range(1, steps[-1] + 1)]
        summary = read_summary(path)
        assert summary["training/num_model_params"] == 12_345
        assert (summary["data/train_size"], summary["data/val_size"]) == (90, 10)
    started = next(record.run for record in read_records(files[0]) if record.HasField("run"))
    assert (started.run_id, started.project, started.display_name) == (run_id, "pocket-narrator", "run")
    configuration = {item.key: json.loads(item.value_json) for item in started.config.update}
    assert configuration["trainer/steps"] == 10
    assert configuration["data/kind"] == "storyworld"
    assert configuration["model/mamba/expand"] == 2
    artifacts = [
        record.request.log_artifact.artifact for record in read_records(files[0]) if record.HasField("request")
    ]
    stored = [record.artifact for record in read_records(files[0]) if record.HasField("artifact")] + artifacts
    assert any(artifact.name == "run-tokenizer" and artifact.type == "tokenizer" for artifact in stored)


@needs_wandb
def test_an_evaluation_during_training_has_the_earlier_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    recipe = make_recipe(wandb=True)
    messages: list[str] = []
    with open_run(tmp_path, recipe) as run, open_trackers(run, recipe, FACTS, report=messages.append) as all_of_them:
        for step, loss in ((10, 3.0), (20, 2.0)):
            values = {
                "loss": loss,
                "learning_rate": 1e-3,
                "gradient_norm": 0.5,
                "tokens": 8 * step,
                "seconds": step / 2,
            }
            all_of_them.log(step, values)
        validation = {"validation_loss": 2.5, "validation_perplexity": math.exp(2.5), "validation_bits_per_byte": 1.25}
        all_of_them.log(20, validation)
    assert messages == []
    (path,) = (tmp_path / "run" / "wandb").glob("offline-run-*/*.wandb")
    first, second = read_history(path)
    assert (first["train/lr"], first["train/grad_norm"], first["epoch/number"]) == (1e-3, 0.5, 80 / 64)
    assert "epoch/val_loss" not in first
    assert second["epoch/loss_avg"] == 2.5
    assert second["epoch/perplexity_avg"] == second["epoch/val_perplexity"] == pytest.approx(math.exp(2.5))
    assert second["epoch/val_bits_per_byte"] == 1.25
    summary = read_summary(path)
    assert summary["training/best_val_loss"] == 2.5
    assert summary["training/final_val_perplexity"] == pytest.approx(math.exp(2.5))
    assert summary["training/total_duration_seconds"] == 10
    assert (summary["training/device"], summary["training/vocab_size"]) == ("cpu", 300)


@needs_wandb
def test_wandb_mode_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    assert log_steps(tmp_path, make_recipe(wandb=True), range(1, 3)) == []
    assert not list((tmp_path / "run").rglob("*.wandb"))


UNREACHABLE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from pocket_narrator.tracking import wandb
from tests.tracking import test_trackers
wandb.PATIENCE_S = 2
print(*test_trackers.log_steps(Path(sys.argv[1]), test_trackers.make_recipe(wandb=True), range(1, 4)), sep="\\n")
"""


@needs_wandb
def test_a_wandb_server_that_cannot_be_reached_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    command = [sys.executable, "-c", UNREACHABLE, str(tmp_path), str(Path(__file__).parents[2])]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=200
    )  # it does not go on for ever
    assert done.stdout.count("W&B is switched off for the rest of this run") == 1
    assert_recorded(tmp_path, range(1, 4))


@needs_tensorboard
def test_tensorboard_holds_what_was_logged_and_hides_what_was_wound_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.summary.writer import event_file_writer

    recipe = make_recipe(tensorboard=True)
    assert log_steps(tmp_path, recipe, range(1, 6)) == []
    # Event files are put in order by the second in their names: the next one's is a second later.
    now = time.time() + 1
    monkeypatch.setattr(event_file_writer, "time", SimpleNamespace(time=lambda: now))
    with open_run(tmp_path, recipe) as run:
        run.truncate_after(3)
    assert log_steps(tmp_path, recipe, range(4, 8)) == []
    assert_recorded(tmp_path, range(1, 8))
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    losses = [(event.step, event.value) for event in events.Scalars("loss")]
    assert losses == [(step, pytest.approx(8 / step)) for step in range(1, 8)]
    texts = [event.tensor_proto.string_val[0].decode() for event in events.Tensors("prompt 1/text_summary")]
    assert texts[-1] == "Once upon a time, 7 foxes met."


@needs_tensorboard
def test_a_mirror_that_cannot_be_opened_is_reported_once(tmp_path: Path) -> None:
    recipe = make_recipe(tensorboard=True)
    with open_run(tmp_path, recipe) as run:
        (run.path / "tensorboard").write_text("in the way")
    messages = log_steps(tmp_path, recipe, range(1, 4))
    assert len(messages) == 1
    assert "TensorBoard is switched off" in messages[0]
    assert_recorded(tmp_path, range(1, 4))


@needs_tensorboard
def test_a_mirror_that_fails_later_is_reported_once(tmp_path: Path) -> None:
    recipe = make_recipe(tensorboard=True)
    messages: list[str] = []
    with open_run(tmp_path, recipe) as run, open_trackers(run, recipe, FACTS, report=messages.append) as all_of_them:
        all_of_them.log(1, {"loss": 1.0})
        all_of_them.log(2, {"loss": "not a number"})  # type: ignore[dict-item]
        all_of_them.log(3, {"loss": 3.0})
    assert len(messages) == 1
    assert len(list(read_json_lines(tmp_path / "run" / "metrics.jsonl"))) == 3


@pytest.mark.parametrize("package", ["wandb", "tensorboard"])
def test_a_missing_package_is_said_before_any_work(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingExtraError, match=rf"'{package}' is needed(.|\n)*pip install .*{package}"):
        require_trackers(TrackingConfig.model_validate({package: True}))
    require_trackers(TrackingConfig())


def test_a_key_is_found_where_wandb_looks(home_without_keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = "machine api.wandb.ai login user password 0123\n"
    assert not has_wandb_key()
    (home_without_keys / "_netrc").write_text(entry)
    assert has_wandb_key()
    (home_without_keys / ".netrc").write_text("machine")  # malformed
    assert has_wandb_key()
    monkeypatch.setenv("NETRC", str(home_without_keys / "nothing"))
    assert not has_wandb_key()
    (home_without_keys / "nothing").write_text(entry)
    assert has_wandb_key()
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org")
    assert not has_wandb_key()
    monkeypatch.setenv("WANDB_API_KEY", "0123")
    assert has_wandb_key()


class Stubborn:
    """A mirror whose `log` fails, and whose `close` ends when it is told to."""

    def __init__(self) -> None:
        self.closing, self.may_close = threading.Event(), threading.Event()

    def log(self, step: int, values: dict[str, float]) -> None:
        raise OSError("no space")

    def text(self, step: int, name: str, text: str) -> None:
        pass

    def close(self) -> None:
        self.closing.set()
        self.may_close.wait()


def test_a_mirror_that_failed_is_closed_and_nobody_waits_for_it() -> None:
    stubborn, told = Stubborn(), []
    mirror = Mirror("mine", lambda: stubborn, told.append)
    mirror.log(1, {})
    mirror.log(2, {})
    mirror.close()
    assert stubborn.closing.wait(60)
    assert told == ["mine is switched off for the rest of this run (no space); metrics.jsonl goes on"]
    stubborn.may_close.set()


def test_a_mirror_that_does_not_close_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers, "CLOSING_S", 0.01)
    stubborn, told = Stubborn(), []
    Mirror("mine", lambda: stubborn, told.append).close()
    assert told == [
        "mine is switched off for the rest of this run (it was not closed within 0.01 s); metrics.jsonl goes on"
    ]
    stubborn.may_close.set()
