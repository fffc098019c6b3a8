"""A state with a right checksum and wrong values is refused, and says which."""

from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import CheckpointError
from pocket_narrator.training.state.random_state import save_random_state
from pocket_narrator.training.state.recorded_progress import read_progress, restoring

STATE = {
    "tokens": 512,
    "seconds": 1.5,
    "pending": ["sample"],
    "best": [3, 2.5],
    "random": save_random_state()[1],
    "scaler": None,
    "kernels": {"name": "gcc", "sha256": "0123"},
}


def test_what_was_written_is_read() -> None:
    found = read_progress(STATE, Path("step-3"))
    assert (found.tokens, found.seconds, found.pending, found.best) == (512, 1.5, ["sample"], [3, 2.5])
    assert found.kernels == {"name": "gcc", "sha256": "0123"}
    torchs = {"name": "torch", "sha256": None}
    assert read_progress(STATE | {"kernels": torchs}, Path("step-3")).kernels == torchs
    early = {name: value for name, value in STATE.items() if name not in ("pending", "kernels")} | {"best": None}
    assert read_progress(early, Path("step-3")).pending == []
    assert read_progress(early, Path("step-3")).kernels is None


@pytest.mark.parametrize("name", STATE)
@pytest.mark.parametrize("wrong", ["x", [[]], {}, True, -1, 1.5, None])
def test_what_nobody_writes_is_refused(name: str, wrong: object) -> None:
    if (name, wrong) in (("seconds", 1.5), ("best", None), ("scaler", None), ("scaler", {}), ("kernels", None)):
        return
    with pytest.raises(CheckpointError, match=name):
        read_progress(STATE | {name: wrong}, Path("step-3"))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("best", [3, "x"]),
        ("best", [3, float("nan")]),
        ("best", [3, None]),
        ("random", {"python": [], "numpy": []}),
        ("kernels", {"name": "gcc", "sha256": 1}),
    ],
)
def test_what_is_half_right_is_refused(name: str, wrong: object) -> None:
    with pytest.raises(CheckpointError, match=name):
        read_progress(STATE | {name: wrong}, Path("step-3"))


@pytest.mark.parametrize(
    "error", [KeyError("rng.torch"), RuntimeError("size mismatch"), ValueError("a state of 3 words")]
)
def test_what_cannot_be_restored_is_the_checkpoints_fault(error: Exception) -> None:
    with pytest.raises(CheckpointError, match="is not what a training writes") as caught, restoring(Path("step-3")):
        raise error
    assert caught.value.where == "step-3"


def test_a_full_memory_is_not_the_checkpoints_fault() -> None:
    with pytest.raises(torch.OutOfMemoryError), restoring(Path("step-3")):
        raise torch.OutOfMemoryError("CUDA out of memory")
