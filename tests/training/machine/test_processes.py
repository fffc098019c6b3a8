"""One run trained by several processes: as torchrun starts them, on the CPU."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import RecipeError
from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.loading import write_recipe
from pocket_narrator.run.checkpoint import load_checkpoint, newest_checkpoint
from pocket_narrator.training.machine.processes import Processes, join_processes
from tests.narrator_process import Done, NarratorProcess, narrator
from tests.small_runs import assert_same_run, newest_step, small_recipe

STREAMING = {"layers": "mamba*2", "positions": "none"}


def environment(rank: int, count: int, port: int) -> dict[str, str]:
    """What torchrun tells a process."""
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "MASTER_PORT": port}
    return {"MASTER_ADDR": "127.0.0.1", **{name: str(value) for name, value in place.items()}}


def start(count: int, *arguments: str, cwd: Path) -> list[NarratorProcess]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return [NarratorProcess(*arguments, cwd=cwd, environment=environment(n, count, port)) for n in range(count)]


def together(count: int, *arguments: str, cwd: Path) -> list[Done]:
    return [process.wait() for process in start(count, *arguments, cwd=cwd)]


def prepare_recipe(folder: Path, model: dict | None = None, **training: object) -> tuple[str, ...]:
    """The arguments that train it, but for the folder of the run."""
    write_text(folder / "recipe.yaml", write_recipe(small_recipe(folder, "many", model, **training)))
    return ("train", "recipe.yaml", "--stories", "0", "--run")


def losses(run: Path) -> dict[tuple[int, str], float]:
    records = read_json_lines(run / "metrics.jsonl", report=pytest.fail)
    return {(r["step"], key): r[key] for r in records for key in ("loss", "validation_loss") if key in r}


def weights(run: Path) -> dict[str, torch.Tensor]:
    path = newest_checkpoint(run / "checkpoints", report=pytest.fail)
    assert path is not None
    return load_checkpoint(path).model


def assert_close(found: Path, expected: Path) -> None:
    assert losses(found) == pytest.approx(losses(expected), rel=1e-6)
    torch.testing.assert_close(weights(found), weights(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("model", [None, STREAMING], ids=["packed", "stream"])
def test_a_step_is_the_same_for_any_number_of_processes(model: dict | None, tmp_path: Path) -> None:
    arguments = prepare_recipe(tmp_path, model, accumulation=4, rows="packed" if model is None else "stream")
    assert narrator(*arguments, "1", cwd=tmp_path).returncode == 0
    for count in (2, 4):
        first, *others = together(count, *arguments, str(count), cwd=tmp_path)
        assert first.returncode == 0, first.stderr
        assert f"{count} processes" in first.stderr
        assert "bits per byte" in first.stdout
        assert [other for other in others if other != Done(0, "", "")] == []
        assert_close(tmp_path / str(count), tmp_path / "1")


def test_one_is_killed_and_all_go_on_to_the_same_bits(tmp_path: Path) -> None:
    model = {**STREAMING, "dropout": 0.1}
    arguments = prepare_recipe(tmp_path, model, rows="stream", steps=60, accumulation=2, evaluate_every=20)
    assert [done.returncode for done in together(2, *arguments, "whole", cwd=tmp_path)] == [0, 0]
    for victim in (1, 0):
        before = newest_step(tmp_path / "killed")
        processes = start(2, *arguments, "killed", cwd=tmp_path)
        processes[victim].wait_until(lambda before=before: newest_step(tmp_path / "killed") >= before + 6)
        processes[victim].kill()
        other = processes[1 - victim].wait()
        assert other.returncode == 2
        assert ("another process of this training has ended" in other.stderr) == (victim == 1)
        assert "Traceback" not in other.stderr
    assert [done.returncode for done in together(2, *arguments, "killed", cwd=tmp_path)] == [0, 0]
    assert_same_run(tmp_path / "killed", tmp_path / "whole")


def test_another_number_of_processes_goes_on(tmp_path: Path) -> None:
    arguments = prepare_recipe(tmp_path, STREAMING, rows="stream", steps=40, accumulation=2, evaluate_every=20)
    assert narrator(*arguments, "whole", cwd=tmp_path).returncode == 0
    processes = start(2, *arguments, "stopped", cwd=tmp_path)
    processes[0].wait_until(lambda: newest_step(tmp_path / "stopped") >= 6)
    processes[1].terminate()  # the signal of one is enough for all
    first, other = (process.wait() for process in processes)
    assert (first.returncode, other.returncode) == (130, 130)
    assert "stopped and saved at step" in first.stdout
    assert other.stdout == ""
    assert narrator(*arguments, "stopped", cwd=tmp_path).returncode == 0
    assert_close(tmp_path / "stopped", tmp_path / "whole")


def test_micro_batches_that_do_not_divide(tmp_path: Path) -> None:
    """20 rows in 5 micro-batches; two processes with 10 rows each have 5 of 2 and not 3 of 4, 4 and 2."""
    arguments = prepare_recipe(tmp_path, STREAMING, rows="stream", batch_tokens=640, accumulation=5)
    assert narrator(*arguments, "1", cwd=tmp_path).returncode == 0
    assert [done.returncode for done in together(2, *arguments, "2", cwd=tmp_path)] == [0, 0]
    assert_close(tmp_path / "2", tmp_path / "1")


def test_by_the_clock_of_the_first(tmp_path: Path) -> None:
    arguments = prepare_recipe(tmp_path, minutes=0.02)
    assert [done.returncode for done in together(2, *arguments, "run", cwd=tmp_path)] == [0, 0]
    assert newest_step(tmp_path / "run") >= 1


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["training.batch_tokens=480"], "15 rows a step cannot be shared by 2 processes"),
        (["model={kind: ngram, order: 3}", "training=null"], "an N-gram model is counted by one process"),
        (["corpus.train=nowhere.txt"], "nowhere.txt"),
    ],
    ids=["rows", "ngram", "corpus"],
)
def test_what_cannot_be_trained_together_is_said_once(overrides: list[str], message: str, tmp_path: Path) -> None:
    arguments = prepare_recipe(tmp_path)
    first, other = together(2, *arguments, "run", *overrides, cwd=tmp_path)
    assert (first.returncode, other.returncode) == (2, 2)
    assert message in first.stderr
    assert "Traceback" not in first.stderr
    # torch itself may say that the other process has gone, with its own frames.
    assert "error:" not in other.stderr
    assert "Traceback" not in other.stderr


@pytest.mark.parametrize("rank", [0, 2])
def test_more_processes_than_gpus(rank: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one sees it as well: it is the one that speaks."""
    for name, value in environment(rank, 3, 1).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with (
        pytest.raises(RecipeError, match="more processes on this machine than GPUs, of which there are 2"),
        join_processes(on_gpu=True),
    ):
        pass


def test_alone_nothing_is_exchanged() -> None:
    alone = Processes()
    tensor = torch.ones(3)
    alone.add_tensors([tensor])
    assert tensor.tolist() == [1, 1, 1]
    assert alone.add_up(2**53 - 1.0, 0.5) == [2**53 - 1.0, 0.5]
    assert alone.gather({"a": tensor})["a"] is tensor
    assert alone.in_turn(lambda: 7) == 7


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_started_by_torchrun(tmp_path: Path) -> None:
    """And ended by it: where one dies, no other is left waiting."""
    arguments = prepare_recipe(tmp_path, steps=2000, accumulation=2)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    # Not --run, which torchrun takes for an option of its own that begins so.
    command = [*launch, "-m", "pocket_narrator.cli.main", *arguments[:-1]]
    short = [*command, "name=whole", "training.steps=12"]
    whole = subprocess.run(short, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert whole.returncode == 0, whole.stderr
    process = subprocess.Popen([*command, "name=killed"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while newest_step(tmp_path / "runs" / "killed") < 6:
        assert process.poll() is None
        time.sleep(0.1)
    workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True)
    os.kill(int(workers.stdout.split()[-1]), signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode not in (0, None), said
