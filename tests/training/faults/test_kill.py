"""Processes killed in the middle of what they write: what is on the disk is always a whole checkpoint and a consistent record."""

import multiprocessing
import os
import random
from pathlib import Path

import pytest
import torch

from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.files.temporary_files import is_temporary
from pocket_narrator.run.checkpoint import load_checkpoint, newest_checkpoint
from pocket_narrator.run.directory import RunDirectory
from tests.training.faults import saving_process

MOST_CHANGES = 90  # of the disk, some steps of training


def kill_again_and_again(base: Path, kills: int) -> None:
    context = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
    if os.name != "nt":
        context.set_forkserver_preload([saving_process.__name__])
    (base / "tokenizer.json").write_text("{}")
    chance = random.Random(7)
    step_before = in_the_middle = 0
    for _ in range(kills):
        listener, started = context.Pipe(duplex=False)
        process = context.Process(
            target=saving_process.save_until_killed, args=(base, started, chance.randint(1, MOST_CHANGES))
        )
        process.start()
        started.close()
        resumed_at = listener.recv()
        assert (resumed_at or 0) == step_before
        process.join()
        assert process.exitcode != 0
        in_the_middle += any(is_temporary(path) for path in (base / "run" / "checkpoints").iterdir())
        step_before = check(base / "run")
    assert step_before > 0
    assert in_the_middle > kills // 3, "too few kills have struck a save"
    print(f"{kills} kills, {in_the_middle} of them in the middle of a save, {step_before} steps")


def check(path: Path) -> int:
    """The step that a restart will go on from, after everything on the disk was looked at."""
    newest = newest_checkpoint(path / "checkpoints", report=saving_process.complain)
    if newest is None:
        return 0
    checkpoint = load_checkpoint(newest)
    step = checkpoint.step
    assert checkpoint.state == {"step": step}
    for name, tensor in saving_process.tensors_of(step).items():
        assert torch.equal(checkpoint.model[name], tensor)
        assert torch.equal(checkpoint.optimizer[name], saving_process.tensors_of(-step)[name])
    steps = [record["step"] for record in read_json_lines(path / "metrics.jsonl", report=saving_process.complain)]
    assert steps[:step] == list(range(1, step + 1))
    assert steps[step:] in ([], [step + 1])
    stored = RunDirectory.read(path, report=saving_process.complain)
    assert load_checkpoint(stored.checkpoint).step <= step
    return step


def test_twenty_five_kills(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, kills=25)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_thousand_kills(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, kills=1000)
