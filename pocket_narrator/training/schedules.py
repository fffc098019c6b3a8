"""The learning rate over a run, as a factor of the peak rate."""

import math

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.failures import one_message
from pocket_narrator.plugins.origin import names_of_caller
from pocket_narrator.plugins.signature import place_of_definition
from pocket_narrator.plugins.target import Target, resolve
from pocket_narrator.recipe.kinds.tables import SCHEDULES
from pocket_narrator.recipe.schema import TrainingConfig


def rate_factor(training: TrainingConfig, step: int, progress: float) -> float:
    """The factor for step `step` (from 0) when the share `progress` of the run is done: 0 or more, and at most 1 of those built in.

    Warm-up is linear over `warmup_steps`; then comes the schedule's shape. PluginError where that is no finite number from 0 on,
    which only a schedule that was added can give.
    """
    warmup = min(1.0, (step + 1) / training.warmup_steps) if training.warmup_steps else 1.0
    target = SCHEDULES.find(training.schedule)
    assert target is not None
    what = f"the schedule '{training.schedule}'"
    origin = SCHEDULES.origin(training.schedule)
    with one_message(what, None if origin is None else origin.path):
        shape = resolve(target, what)(training, min(max(progress, 0.0), 1.0))
    if not isinstance(shape, int | float) or not math.isfinite(shape) or shape < 0:
        raise PluginError(
            f"{what} gives {shape!r:.40} at the share {progress:.3g} of the run",
            where=None if origin is None else place_of_definition(resolve(target, what)),
            expected="a finite number, 0 or more: a factor of the peak rate",
            hint="let it `return` the factor" if shape is None else None,
        )
    return warmup * shape


def constant(training: TrainingConfig, progress: float) -> float:
    """1 all along."""
    return 1.0


def cosine(training: TrainingConfig, progress: float) -> float:
    """Down to `final_rate` by half a cosine (Loshchilov & Hutter 2017)."""
    floor = training.final_rate
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress))


def wsd(training: TrainingConfig, progress: float) -> float:
    """Stable, then linear down to `final_rate` over the last `decay_fraction` of the run (Hu et al. 2024)."""
    floor = training.final_rate
    left = (1 - progress) / training.decay_fraction
    return floor + (1 - floor) * min(1.0, left)


def register_schedule(name: str, shape: Target) -> None:
    """Makes a schedule known as `training.schedule=NAME`: called with the recipe's section `training` and the share of the run
    that is done, in [0, 1], it gives the factor of the peak rate; the warm-up comes on top. PluginError for a name that is taken."""
    SCHEDULES.register(name, shape, names_of_caller())
