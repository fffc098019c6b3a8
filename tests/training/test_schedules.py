"""Learning rates against their closed forms, and at their edges."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocket_narrator.recipe.schema import TrainingConfig
from pocket_narrator.training.schedules import rate_factor

SCHEDULES = ("constant", "cosine", "wsd")


def make_training(**options: object) -> TrainingConfig:
    return TrainingConfig.model_validate({"steps": 100, "warmup_steps": 0, **options})


def factors(training: TrainingConfig) -> list[float]:
    """Of every step of a run, as the loop asks for them."""
    assert training.steps is not None
    return [rate_factor(training, step, step / training.steps) for step in range(training.steps)]


def test_cosine() -> None:
    found = factors(make_training(schedule="cosine", final_rate=0.1))
    assert found == pytest.approx([0.1 + 0.45 * (1 + math.cos(math.pi * step / 100)) for step in range(100)])
    assert found[0] == 1.0
    assert found[50] == pytest.approx(0.55)


def test_warmup_stable_decay() -> None:
    found = factors(make_training(schedule="wsd", final_rate=0.0, decay_fraction=0.25, warmup_steps=10))
    assert found[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert found[10:76] == [1.0] * 66
    assert found[75:] == pytest.approx([(100 - step) / 25 for step in range(75, 100)])


def test_constant() -> None:
    assert factors(make_training(schedule="constant")) == [1.0] * 100
    assert factors(make_training(schedule="constant", warmup_steps=4))[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_without_warmup_the_first_step_has_the_peak_rate(schedule: str) -> None:
    assert factors(make_training(schedule=schedule))[0] == 1.0


@pytest.mark.parametrize(("schedule", "end"), [("constant", 1.0), ("cosine", 0.2), ("wsd", 0.2)])
def test_the_end_of_the_run_is_at_the_floor(schedule: str, end: float) -> None:
    training = make_training(schedule=schedule, final_rate=0.2)
    assert rate_factor(training, 100, 1.0) == pytest.approx(end)
    assert factors(training)[-1] == pytest.approx(end, abs=0.02)


@pytest.mark.parametrize("schedule", ["cosine", "wsd"])
def test_rates_never_rise_after_the_warmup(schedule: str) -> None:
    found = factors(make_training(schedule=schedule, warmup_steps=7))
    assert all(later <= earlier for earlier, later in itertools.pairwise(found[7:]))


def test_a_warmup_longer_than_the_run_is_only_begun() -> None:
    found = factors(make_training(schedule="constant", steps=5, warmup_steps=50))
    assert found == [0.02, 0.04, 0.06, 0.08, 0.1]


@given(
    schedule=st.sampled_from(SCHEDULES),
    step=st.integers(0, 10**6),
    progress=st.floats(-1.0, 2.0),
    warmup=st.integers(0, 1000),
    final=st.floats(0, 1),
    decay=st.floats(0, 1, exclude_min=True),
)
def test_rates_are_between_nothing_and_the_peak(
    schedule: str, step: int, progress: float, warmup: int, final: float, decay: float
) -> None:
    training = make_training(schedule=schedule, warmup_steps=warmup, final_rate=final, decay_fraction=decay)
    assert 0.0 <= rate_factor(training, step, progress) <= 1.0 + 1e-12
