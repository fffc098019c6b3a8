"""The watch on the speed speaks when it should, and only then."""

from pocket_narrator.training.machine.slowdown import PATIENCE, SlowdownWatch


def said(speeds):
    watch = SlowdownWatch()
    return [index for index, speed in enumerate(speeds) if watch.look(speed) is not None]


def test_a_steady_run_and_a_drifting_one_are_left_alone():
    assert said([1000.0] * 20) == []
    assert said([1000.0, 700.0, 500.0, 420.0] * 5) == []


def test_one_slow_record_is_chance_and_three_are_not():
    assert said([1000.0, 300.0, 300.0, 900.0, 300.0, 900.0]) == []
    assert said([1000.0] + [300.0] * 10) == [PATIENCE]


def test_it_speaks_again_after_a_recovery():
    assert said([1000.0, *[100.0] * 4, 1000.0, *[100.0] * 4]) == [3, 8]


def test_both_speeds_are_named():
    watch = SlowdownWatch()
    found = [watch.look(speed) for speed in (22_619.0, 872.0, 871.0, 870.0)]
    assert "870 tokens/s, from 22,619" in (found[-1] or "")
