"""Five hundred damaged checkpoints: every one is noticed, named and passed over."""

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import CheckpointError
from pocket_narrator.run.checkpoint import (
    load_checkpoint,
    load_model_tensors,
    newest_checkpoint,
    save_checkpoint,
)
from tests.training.faults.forgery import FILES

MUTANTS = 500
ALL_FILES = (*FILES, "MANIFEST.json")


def flip_a_bit(folder: Path, chance: random.Random) -> None:
    path, data = pick(folder, chance)
    position = chance.randrange(len(data))
    data[position] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def truncate(folder: Path, chance: random.Random) -> None:
    path, data = pick(folder, chance)
    path.write_bytes(data[: chance.choice([0, 7, len(data) - 1, chance.randrange(len(data))])])


def insert(folder: Path, chance: random.Random) -> None:
    path, data = pick(folder, chance)
    position = chance.choice([0, len(data), chance.randrange(len(data))])
    data[position:position] = chance.choice([b"\n", b" ", b"\x00" * 8, chance.randbytes(4096)])
    path.write_bytes(data)


def zero_a_page(folder: Path, chance: random.Random) -> None:
    path, data = pick(folder, chance)
    begin = chance.randrange(0, len(data), 4096)
    end = min(begin + 4096, len(data))
    data[begin:end] = b"\x00" * (end - begin)
    path.write_bytes(data)


def swap_bytes(folder: Path, chance: random.Random) -> None:
    path, data = pick(folder, chance)
    left, right = chance.randrange(len(data)), chance.randrange(len(data))
    data[left], data[right] = data[right], data[left]
    path.write_bytes(data)


def swap_files(folder: Path, chance: random.Random) -> None:
    left, right = (folder / name for name in chance.sample(ALL_FILES, 2))
    contents = left.read_bytes(), right.read_bytes()
    left.write_bytes(contents[1])
    right.write_bytes(contents[0])


def take_from_another_step(folder: Path, chance: random.Random) -> None:
    name = chance.choice(ALL_FILES)
    shutil.copyfile(folder.with_name("step-0000100") / name, folder / name)


def remove(folder: Path, chance: random.Random) -> None:
    (folder / chance.choice(ALL_FILES)).unlink()


def rename(folder: Path, chance: random.Random) -> None:
    path = folder / chance.choice(ALL_FILES)
    path.rename(path.with_name(chance.choice([path.name + ".bak", path.stem, "x" + path.name])))


def make_a_folder_of_it(folder: Path, chance: random.Random) -> None:
    path = folder / chance.choice(ALL_FILES)
    path.unlink()
    path.mkdir()


def edit_json(folder: Path, chance: random.Random) -> None:
    """Changes one value anywhere in the manifest or the state to a plausible or impossible other one."""
    path = folder / chance.choice(["state.json", "MANIFEST.json"])
    tree = json.loads(path.read_text("utf-8"))
    leaf = tree
    while True:
        key = chance.choice(sorted(leaf))
        if not isinstance(leaf[key], dict):
            break
        leaf = leaf[key]
    if chance.random() < 0.3:
        del leaf[key]
    else:
        leaf[key] = chance.choice([None, True, -1, 0, 100, 1e308, "", "../state.json", [], {}, "0" * 64])
    path.write_text(json.dumps(tree, indent=1, sort_keys=True) + "\n", "utf-8", newline="\n")


MUTATIONS: list[Callable[[Path, random.Random], None]] = [
    *[flip_a_bit] * 4, truncate, insert, zero_a_page, swap_bytes, swap_files, take_from_another_step, remove, rename,
    make_a_folder_of_it, edit_json, edit_json,
]  # fmt: skip


def pick(folder: Path, chance: random.Random) -> tuple[Path, bytearray]:
    path = folder / chance.choice(ALL_FILES)
    return path, bytearray(path.read_bytes())


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def test_five_hundred_mutants(tmp_path: Path) -> None:
    chance = random.Random(20261120)
    generator = torch.Generator().manual_seed(1)
    for step in (100, 200):
        model = {f"layer.{index}.weight": torch.randn(40, 40, generator=generator) for index in range(3)}
        momentum = {name: torch.randn(40, 40, generator=generator) for name in model}
        state = {"step": step, "loss": 1.0 / step, "schedule": {"position": step, "name": "cosine"}}
        save_checkpoint(tmp_path / "original", step, model, {**momentum, "rng.torch": torch.get_rng_state()}, state)
    original = snapshot(tmp_path / "original" / "step-0000200")
    seen: Counter[str] = Counter()
    folder = tmp_path / "mutant"
    victim = folder / "step-0000200"
    shutil.copytree(tmp_path / "original", folder)
    while seen.total() < MUTANTS:
        mutate = chance.choice(MUTATIONS)
        shutil.rmtree(victim)
        shutil.copytree(tmp_path / "original" / victim.name, victim)
        mutate(victim, chance)
        if snapshot(victim) == original:  # zeroed zeros, swapped equals
            continue
        seen[mutate.__name__] += 1
        messages: list[str] = []
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(victim)
        assert any(name in caught.value.what for name in ALL_FILES), caught.value.what
        assert caught.value.hint
        assert newest_checkpoint(folder, messages.append) == folder / "step-0000100"
        assert any(name in messages[0] for name in ALL_FILES)
        try:  # reads the model alone, so that damage to the other files may go unnoticed, but never damage to the model
            weights = load_model_tensors(victim)
        except CheckpointError:
            pass
        else:
            assert all(torch.equal(weights[name], tensor) for name, tensor in model.items())
            assert (victim / "model.safetensors").read_bytes() == original["model.safetensors"]
    assert set(seen) == {mutation.__name__ for mutation in MUTATIONS}
