"""Time that counts as training: what was worked, and not what the process stood still."""

from pathlib import Path

import pytest

from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.run.checkpoint import checkpoint_step
from pocket_narrator.training import loop
from pocket_narrator.training.loop import Trainer
from pocket_narrator.training.machine.work_clock import REMEMBERED, WorkClock
from pocket_narrator.workbench.from_recipe import train
from tests.small_runs import assert_same_run, small_recipe


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1024.0

    def __call__(self) -> float:
        return self.now


def clocked(stretches: list[tuple[str, float]], seconds: float = 0.0) -> tuple[WorkClock, list[float]]:
    """A clock after some stretches, and what was left out of each."""
    time = Time()
    clock = WorkClock(seconds, time)
    left_out = []
    for kind, took in stretches:
        time.now += took
        left_out.append(clock.end_stretch(kind)[1])
    return clock, left_out


def test_ordinary_stretches_add_up() -> None:
    clock, left_out = clocked([("step", 0.5), ("step", 1.5), ("look", 7.0), ("step", 0.75)], seconds=100.0)
    assert clock.seconds == 109.75
    assert left_out == [0, 0, 0, 0]


def test_a_standstill_counts_as_a_usual_stretch() -> None:
    clock, left_out = clocked([*[("step", 0.5)] * 9, ("step", 3600.5), ("step", 0.5)])
    assert clock.seconds == 11 * 0.5
    assert left_out[9] == 3600.0


def test_the_first_of_a_kind_counts_in_full() -> None:
    """Compiling, or a first evaluation, may take any time."""
    clock, _ = clocked([("step", 40.0), ("step", 0.5), ("evaluation", 60.0)])
    assert clock.seconds == 100.5


def test_a_machine_that_has_become_slow_works() -> None:
    """For a few steps it looks like a standstill, then it is the usual speed."""
    clock, left_out = clocked([*[("step", 1.0)] * 50, *[("step", 10.0)] * 100])
    assert sum(bool(left) for left in left_out) <= REMEMBERED // 2 + 1
    assert clock.seconds > 50 + 0.85 * 1000


def test_short_hindrances_count() -> None:
    """Steps of milliseconds are held up by other programs."""
    clock, left_out = clocked([*[("step", 0.005)] * 20, ("step", 0.9)])
    assert left_out[-1] == 0
    assert clock.seconds == pytest.approx(1.0)


def test_what_has_not_ended_counts_for_a_slow_one_at_most() -> None:
    time = Time()
    clock = WorkClock(10.0, time)
    for _ in range(3):
        time.now += 2.0
        clock.end_stretch("step")
    time.now += 3.0
    assert clock.so_far() == 19.0
    time.now += 10_000.0
    assert clock.so_far() == 26.0  # five times the usual
    clock.start()
    assert clock.so_far() == 16.0


def timed(monkeypatch: pytest.MonkeyPatch, time: Time, stops_in: int | None = None) -> None:
    """Steps take a sixteenth of a second of `time`; the process stands still for an hour in one of them."""
    monkeypatch.setattr(loop, "WorkClock", lambda seconds=0.0: WorkClock(seconds, time))
    train_step = Trainer._train_step

    def step(self: Trainer) -> object:
        time.now += 0.0625 if self.step != stops_in else 3600.0
        return train_step(self)

    monkeypatch.setattr(Trainer, "_train_step", step)


def test_an_hour_of_standing_still_changes_nothing_of_a_run_by_the_clock(tmp_path: Path) -> None:
    ends = {}
    for name, stops_in in (("whole", None), ("stopped", 13)):
        told: list[str] = []
        recipe = small_recipe(tmp_path, name, minutes=0.025, schedule="wsd", final_rate=0.0, sample_every=100)
        with pytest.MonkeyPatch.context() as patch:
            timed(patch, Time(), stops_in)
            result = train(recipe, tmp_path / name, tmp_path / "data", report=told.append).result
        assert result.finished
        assert result.seconds == 1.5
        said = [line for line in told if "stood still" in line]
        assert all(line.startswith("step 14: the process stood still for 1 h 00 min") for line in said)
        assert len(said) == (stops_in is not None)
        records = list(read_json_lines(tmp_path / name / "metrics.jsonl"))
        rates = [(r["step"], r["learning_rate"], round(r["tokens_per_second"], 3)) for r in records if "loss" in r]
        ends[name] = (result.step, rates)
    assert ends["stopped"] == ends["whole"]
    assert ends["whole"][0] == 24


def test_checkpoints_come_by_the_clock_and_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = {"evaluate_every": 100, "sample_every": 100, "checkpoint_every": 100}
    train(small_recipe(tmp_path, **far), tmp_path / "whole", tmp_path / "data", report=lambda _: None)
    timed(monkeypatch, Time())
    recipe = small_recipe(tmp_path, **far, checkpoint_minutes=0.3 / 60)

    class Crash(BaseException):
        pass

    def crash(self: Trainer, step=Trainer._train_step) -> object:
        if self.step == 11:
            raise Crash
        return step(self)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_train_step", crash)
        with pytest.raises(Crash):
            train(recipe, tmp_path / "run", tmp_path / "data", report=lambda _: None)
    steps = sorted(checkpoint_step(path) or 0 for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert steps == [5, 10]
    told: list[str] = []
    train(recipe, tmp_path / "run", tmp_path / "data", report=told.append)
    assert any(line.startswith("going on from step 10") for line in told)
    assert_same_run(tmp_path / "run", tmp_path / "whole")
