"""`narrator train` killed while it writes, and started again ends with the bits of a run that nobody disturbed."""

import random
from collections import Counter
from pathlib import Path

import pytest

from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.loading import write_recipe
from tests.narrator_process import NarratorProcess, narrator
from tests.small_runs import assert_same_run, small_recipe

STEPS_A_KILL = 14
EARLY, LATE = (
    (1, 5),
    (30, 100),
)  # changes of the disk: before the first step; after the first checkpoint, within 14 steps


def kill_again_and_again(base: Path, kills: int, seed: int = 7) -> None:
    """Every fourth process dies before it has trained; the others training, most of them within a save."""
    chance = random.Random(seed)
    steps = STEPS_A_KILL * kills
    options = {"steps": steps, "optimizer": "muon", "evaluate_every": 7, "sample_every": 11, "checkpoint_every": 3}
    write_text(base / "recipe.yaml", write_recipe(small_recipe(base, "killed", {"dropout": 0.1}, **options)))
    arguments = ("train", "recipe.yaml", "--stories", "0", "--run")
    whole = narrator(*arguments, "whole", cwd=base)
    assert whole.returncode == 0, whole.stderr
    said, early = "", 0
    for kill in range(kills):
        early += kill % 4 == 3
        change = chance.randint(*(EARLY if kill % 4 == 3 else LATE))
        process = NarratorProcess(*arguments, "killed", cwd=base, dies_before=change)
        assert process.wait().returncode != 0, f"kill {kill}: it ended by itself"
        said += process.stderr()
    finished = narrator(*arguments, "killed", cwd=base)
    assert finished.returncode == 0, finished.stderr
    said += finished.stderr
    assert "Traceback" not in said
    assert "damaged" not in said
    assert_same_run(base / "killed", base / "whole")
    counted = Counter((record["step"], "loss" in record) for record in read_json_lines(base / "killed/metrics.jsonl"))
    assert set(counted.values()) == {1}
    lives = said.count("going on from step")
    assert lives >= kills - early
    print(f"{kills} kills, {lives} lives that went on from a checkpoint, {steps} steps: the same bits")


def test_three_kills(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, kills=3)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("kills", "seed"), [(10, 1), (25, 2)])
def test_more_kills(kills: int, seed: int, tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, kills, seed)
