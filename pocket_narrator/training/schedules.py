"""The learning rate over a run, as a factor of the peak rate."""

import math

from pocket_narrator.recipe.schema import Training


def rate_factor(training: Training, step: int, progress: float) -> float:
    """The factor for step `step` (from 0) when the share `progress` of the run is done; in [0, 1].

    Warm-up is linear over `warmup_steps`. Then: constant; cosine (Loshchilov & Hutter 2017) down to `final_rate`; or
    wsd (Hu et al. 2024): stable, then linear down to `final_rate` over the last `decay_fraction` of the run.
    """
    warmup = min(1.0, (step + 1) / training.warmup_steps) if training.warmup_steps else 1.0
    return warmup * _shape(training, min(max(progress, 0.0), 1.0))


def _shape(training: Training, progress: float) -> float:
    floor = training.final_rate
    if training.schedule == "cosine":
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress))
    if training.schedule == "wsd":
        left = (1 - progress) / training.decay_fraction
        return floor + (1 - floor) * min(1.0, left)
    return 1.0
