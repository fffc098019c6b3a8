"""Checkpoints: exact round trips, replacement, discovery, pruning."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch

from pocket_narrator.errors import CheckpointError
from pocket_narrator.run.checkpoint import (
    load_checkpoint,
    load_model_tensors,
    newest_checkpoint,
    prune,
    save_checkpoint,
)
from tests.training.faults.forgery import sign

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
DTYPES += [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]


def make_tensors(seed: int = 0) -> dict[str, torch.Tensor]:
    """Every type, and the awkward shapes: a scalar, empty, odd lengths, not contiguous, with a gradient."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {f"of.{dtype}": (torch.randn(3, 5, generator=generator) * 9).to(dtype) for dtype in DTYPES}
    tensors["scalar"] = torch.tensor(float("nan"))
    tensors["empty"] = torch.empty(4, 0, 3)
    tensors["transposed"] = torch.randn(7, 3, generator=generator).T
    tensors["strided"] = torch.arange(11)[::2]
    tensors["näme \"with' everything/.."] = torch.randn(1, generator=generator).requires_grad_()
    return tensors


def raw_bytes(tensor: torch.Tensor) -> bytes:
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def assert_same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> None:
    assert set(left) == set(right)
    for name, tensor in left.items():
        other = right[name]
        assert (tensor.dtype, tensor.shape) == (other.dtype, other.shape), name
        assert raw_bytes(tensor) == raw_bytes(other), name


def save(folder: Path, step: int) -> Path:
    return save_checkpoint(folder, step, make_tensors(step), make_tensors(step + 1), {"step": step, "loss": 1 / 3})


def test_a_checkpoint_comes_back_bit_for_bit(tmp_path: Path) -> None:
    state = {"position": 2**60, "rate": 0.1 + 0.2, "none": None, "nested": {"list": [1, True, "ä"]}}
    random_states = {"rng.torch": torch.get_rng_state(), "momentum": torch.full((2, 2), -0.0)}
    path = save_checkpoint(tmp_path, 500, make_tensors(), random_states, state)
    assert path == tmp_path / "step-0000500"
    assert sorted(os.listdir(tmp_path)) == ["step-0000500"]
    for verify in (True, False):
        checkpoint = load_checkpoint(path, verify)
        assert (checkpoint.step, checkpoint.state) == (500, state)
        assert_same(checkpoint.model, make_tensors())
        assert_same(checkpoint.optimizer, random_states)
    assert_same(load_model_tensors(path), make_tensors())


def test_loaded_tensors_have_memory_of_their_own(tmp_path: Path) -> None:
    model = load_checkpoint(save(tmp_path, 1)).model
    model["of.torch.float32"].zero_()
    assert_same(load_checkpoint(tmp_path / "step-0000001").model, make_tensors(1))
    assert len({tensor.untyped_storage().data_ptr() for tensor in model.values() if tensor.numel()}) == len(model) - 1
    assert all(tensor.data_ptr() % 64 == 0 for tensor in model.values())


def test_the_safetensors_library_reads_what_we_write_and_we_read_what_it_writes(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, 1, make_tensors(), {}, {})
    assert_same(safetensors.torch.load_file(path / "model.safetensors"), make_tensors())
    theirs = {name: tensor.detach().contiguous() for name, tensor in make_tensors().items()}
    safetensors.torch.save_file(theirs, path / "model.safetensors")
    sign(path)
    assert_same(load_model_tensors(path), make_tensors())


def test_saving_the_same_step_again_replaces_it(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, 7, {"a": torch.zeros(3)}, {}, {"try": 1})
    path = save_checkpoint(tmp_path, 7, {"a": torch.ones(3)}, {}, {"try": 2})
    assert load_checkpoint(path).state == {"try": 2}
    assert os.listdir(tmp_path) == [path.name]


def test_what_shares_memory_is_refused(tmp_path: Path) -> None:
    weight = torch.randn(4, 4)
    with pytest.raises(AssertionError, match="'embedding' and 'head' share memory"):
        save_checkpoint(tmp_path, 1, {"embedding": weight, "head": weight}, {}, {})
    with pytest.raises(AssertionError, match="share memory"):
        save_checkpoint(tmp_path, 1, {}, {"a": weight[1:], "b": weight.T}, {})
    save_checkpoint(tmp_path, 1, {"upper": weight[:2], "lower": weight[2:]}, {"copy": weight}, {})


@pytest.mark.parametrize("state", [{"betas": (0.9, 0.95)}, {1: 2}])
def test_a_state_that_json_would_change_is_refused(tmp_path: Path, state: dict) -> None:
    with pytest.raises(AssertionError, match="survive JSON"):
        save_checkpoint(tmp_path, 1, {}, {}, state)
    assert os.listdir(tmp_path) == []


def test_a_state_that_json_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        save_checkpoint(tmp_path, 1, {}, {}, {"loss": float("nan")})


def test_the_newest_undamaged_checkpoint_is_found(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path / "nothing") is None
    assert newest_checkpoint(tmp_path) is None
    for step in (90, 100, 12_345_678):
        save(tmp_path, step)
    (tmp_path / "step-99999999999").write_text("no folder")
    (tmp_path / "step-0000101.bak").mkdir()
    (tmp_path / "step-101").mkdir()
    messages: list[str] = []
    assert newest_checkpoint(tmp_path, messages.append) == tmp_path / "step-12345678"
    assert len(messages) == 1
    assert "step-99999999999" in messages[0]


def test_a_damaged_checkpoint_is_named_passed_over_and_kept(tmp_path: Path) -> None:
    for step in (1, 2):
        save(tmp_path, step)
    damaged = tmp_path / "step-0000002" / "optimizer.safetensors"
    data = bytearray(damaged.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    messages: list[str] = []
    assert newest_checkpoint(tmp_path, messages.append) == tmp_path / "step-0000001"
    assert "step-0000002/optimizer.safetensors is not what was saved" in messages[0]
    assert damaged.read_bytes() == data
    with pytest.raises(CheckpointError, match=r"optimizer\.safetensors"):
        load_checkpoint(damaged.parent)
    assert_same(load_model_tensors(damaged.parent), make_tensors(2))


def test_with_every_checkpoint_damaged_nobody_starts_from_nothing(tmp_path: Path) -> None:
    (save(tmp_path, 1) / "MANIFEST.json").unlink()
    with pytest.raises(CheckpointError, match="none of the 1 checkpoints") as caught:
        newest_checkpoint(tmp_path, report=lambda _: None)
    assert "MANIFEST.json is missing" in str(caught.value)
    assert "hint" in str(caught.value)


def test_a_checkpoint_of_another_step_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path, 1).rename(tmp_path / "step-0000002")
    with pytest.raises(CheckpointError, match="belongs to step 1"):
        load_checkpoint(path)


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "step-0000001", save(tmp_path, 3) / "model.safetensors"):
        with pytest.raises(CheckpointError, match="is no checkpoint"):
            load_checkpoint(path)


def test_a_writer_that_died_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    save(tmp_path, 1)
    aside = save(tmp_path, 2).rename(tmp_path / ".step-0000002.old-123-0123abcd")
    found = newest_checkpoint(tmp_path)
    assert found == aside
    assert_same(load_checkpoint(found).model, make_tensors(2))
    save(tmp_path, 3)
    assert sorted(os.listdir(tmp_path)) == ["step-0000001", "step-0000002", "step-0000003"]
    assert_same(load_checkpoint(tmp_path / "step-0000002").model, make_tensors(2))


def test_what_was_replaced_does_not_come_back(tmp_path: Path) -> None:
    path = save(tmp_path, 2)
    shutil.copytree(path, tmp_path / ".step-0000002.old-123-0123abcd")
    (path / "state.json").unlink()
    save(tmp_path, 1)
    with pytest.raises(CheckpointError):
        load_checkpoint(path)
    assert sorted(os.listdir(tmp_path)) == ["step-0000001", "step-0000002"]


def test_prune_keeps_what_it_is_told_and_the_newest(tmp_path: Path) -> None:
    for step in range(1, 6):
        save(tmp_path, step)
    (tmp_path / "notes.txt").write_text("mine")
    assert prune(tmp_path, keep={2, 77}) == [1, 3, 4]
    assert sorted(os.listdir(tmp_path)) == ["notes.txt", "step-0000002", "step-0000005"]
    assert prune(tmp_path, keep=set()) == [2]
    assert newest_checkpoint(tmp_path) == tmp_path / "step-0000005"


def test_prune_removes_nothing_while_the_newest_cannot_be_read_back(tmp_path: Path) -> None:
    save(tmp_path, 1)
    (save(tmp_path, 2) / "state.json").write_text("{}\n")
    with pytest.raises(CheckpointError, match=r"state\.json has 3 bytes"):
        prune(tmp_path, keep=set())
    assert sorted(os.listdir(tmp_path)) == ["step-0000001", "step-0000002"]


def test_every_byte_of_the_manifest_counts(tmp_path: Path) -> None:
    path = save(tmp_path, 1)
    manifest = path / "MANIFEST.json"
    original = manifest.read_bytes()
    for position in range(len(original)):
        for bit in (0, 5):
            mutant = bytearray(original)
            mutant[position] ^= 1 << bit
            manifest.write_bytes(mutant)
            with pytest.raises(CheckpointError):
                load_checkpoint(path)
    respelled = json.dumps(json.loads(original))
    manifest.write_text(respelled)
    with pytest.raises(CheckpointError, match="not spelled"):
        load_checkpoint(path)


MEASURE = """
import resource, sys, torch
from pathlib import Path
from pocket_narrator.run.checkpoint import load_checkpoint, save_checkpoint, newest_checkpoint
unit = 1 if sys.platform == "darwin" else 1024
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
folder = Path(sys.argv[1])
if sys.argv[2] == "load":
    before = peak()
    load_checkpoint(newest_checkpoint(folder))
else:
    tensors = {f"w{i}": torch.ones(2**20) for i in range(24)}
    before = peak()
    save_checkpoint(folder, 1, tensors, {}, {})
print(peak() - before)
"""


@pytest.mark.skipif(os.name == "nt", reason="measures with the resource module")
def test_memory_stays_below_twice_the_file(tmp_path: Path) -> None:
    size = 24 * 4 * 2**20
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    extra = {}
    for task in ("save", "load"):
        command = [sys.executable, "-c", MEASURE, str(tmp_path), task]
        extra[task] = int(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
    assert extra["save"] < 0.5 * size
    assert extra["load"] < 1.5 * size


def test_a_checkpoint_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    """Nobody is told to delete it. The refusal is put in place of the disk's, which lets root read everything."""
    save(tmp_path, 1)

    def refuse(path: str, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pocket_narrator.run.manifest.open", refuse, raising=False)
    said: list[str] = []
    with pytest.raises(CheckpointError) as caught:
        newest_checkpoint(tmp_path, said.append)
    assert "may not be read by this user" in caught.value.what
    assert caught.value.hint == "give yourself the right to read it, or ask whoever owns it"
    assert "damaged" not in said[0]
