"""What `narrator recipes` estimates, and by what."""

import itertools
import os
import time

import pytest

from pocket_narrator.cli import recipes


def test_the_speed_is_by_the_time_of_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside other work the clock goes on while the product waits for its turn."""
    ticks = itertools.count(step=0.25)
    monkeypatch.setattr(time, "process_time", lambda: next(ticks))
    monkeypatch.setattr(time, "perf_counter", lambda: pytest.fail("the clock was asked"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    assert recipes.training_flops_per_second() == 3 * 2 * 512**3 / 0.25
