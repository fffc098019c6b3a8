"""Every call of a save fails once: what was saved before stays, nothing is left behind, and the message helps."""

import errno
import itertools
import os
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import CheckpointError, NarratorError
from pocket_narrator.files.temporary_files import clean_up
from pocket_narrator.run.checkpoint import load_checkpoint, newest_checkpoint, save_checkpoint
from tests.training.faults.failing_disk import FailingDisk

FAULTS = {
    "disk full": (errno.ENOSPC, False),
    "disk stays full": (errno.ENOSPC, True),
    "broken disk": (errno.EIO, False),
    "short write": (None, False),
}


def save(folder: Path, step: int, value: float) -> Path:
    tensors = {"a": torch.full((300, 70), value), "b": torch.tensor(value)}
    return save_checkpoint(folder, step, tensors, {"rng.torch": torch.arange(9)}, {"value": value})


def value_of(path: Path) -> float:
    checkpoint = load_checkpoint(path)
    values = {checkpoint.state["value"], checkpoint.model["b"].item(), *checkpoint.model["a"].unique().tolist()}
    assert len(values) == 1, "a mixture of two checkpoints"
    return values.pop()


def newest_value(folder: Path) -> float:
    path = newest_checkpoint(folder, report=pytest.fail)
    assert path is not None
    return value_of(path)


def save_on(disk: FailingDisk, folder: Path, step: int, value: float) -> CheckpointError | None:
    """The error of a save on a failing disk, None if it went through."""
    with disk:
        try:
            save(folder, step, value)
        except CheckpointError as error:
            return error
    return None


@pytest.mark.parametrize("fault", FAULTS)
def test_a_new_step(tmp_path: Path, fault: str) -> None:
    """Step 200 after step 100, with call 1, 2, 3, ... failing until none is left to fail."""
    number, stays = FAULTS[fault]
    errors = []
    for nth in itertools.count(1):
        folder = tmp_path / str(nth)
        save(folder, 100, 1.0)
        disk = FailingDisk(nth, number, stays)
        error = save_on(disk, folder, 200, 2.0)
        value = newest_value(folder)
        assert value == 2.0 or error is not None
        assert value_of(folder / "step-0000100") == 1.0
        clean_up(folder)
        assert set(os.listdir(folder)) <= {"step-0000100", "step-0000200"}
        assert newest_value(folder) == value
        if error is not None:
            errors.append(error)
            assert ("disk full while saving step 200" in error.what) == (number == errno.ENOSPC)
            assert f"the checkpoint of step {100 if value == 1.0 else 200} is intact" in error.what
            assert "it goes on from step" in str(error)
        if not disk.hit:
            break
    assert error is None
    assert disk.calls["write"] >= 4
    assert disk.calls["fsync"] >= 6  # four files, the folder, and the folder above
    assert (len(errors) > 15) == (number is not None)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_same_step_again(tmp_path: Path, fault: str) -> None:
    """The only checkpoint there is is replaced: at any moment there is the old one or the new one."""
    number, stays = FAULTS[fault]
    save(tmp_path, 100, 0.0)
    old = 0.0
    for nth in itertools.count(1):
        disk = FailingDisk(nth, number, stays)
        error = save_on(disk, tmp_path, 100, float(nth))
        value = newest_value(tmp_path)
        assert value == nth or (value == old and error is not None)
        clean_up(tmp_path)
        assert os.listdir(tmp_path) == ["step-0000100"]
        assert newest_value(tmp_path) == value
        old = value
        if not disk.hit:
            break
    assert error is None


def test_the_very_first_save(tmp_path: Path) -> None:
    with FailingDisk(5, errno.ENOSPC), pytest.raises(CheckpointError, match="no checkpoint has been saved before"):
        save(tmp_path / "checkpoints", 100, 1.0)
    assert os.listdir(tmp_path / "checkpoints") == []


@pytest.mark.skipif(os.name == "nt", reason="limits the size of files with the resource module")
def test_a_limit_that_the_operating_system_itself_enforces(tmp_path: Path) -> None:
    import resource

    save(tmp_path, 400, 1.0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(NarratorError) as caught:
            save(tmp_path, 500, 2.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "disk full while saving step 500; the checkpoint of step 400 is intact" in str(caught.value)
    assert os.listdir(tmp_path) == ["step-0000400"]
    assert newest_value(tmp_path) == 1.0
