"""L(x) = floor + factor * x^-exponent (Kaplan et al. 2020; with the floor, Hoffmann et al. 2022), and how far off it may be.

For a given exponent the rest is linear least squares, so one search over the exponent finds the best fit; nothing has to
be started from a guess.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

EXPONENTS = (0.005, 3.0)  # that are searched; a fit at one of them is none
DRAWS_OF_A_LAW = 500
_GRID = np.geomspace(*EXPONENTS, 400)
_TAIL = 0.025


@dataclass(frozen=True)
class PowerLaw:
    """Legend: x: parameters, tokens or FLOPs."""

    factor: float
    exponent: float
    floor: float

    def at(self, x: np.ndarray | float) -> np.ndarray:
        return self.floor + self.factor * np.power(np.asarray(x, dtype=np.float64), -self.exponent)

    def ends_at_a_bound(self) -> bool:
        """Whether the search ended at one: then the best law lies beyond, or there is none."""
        return not self.factor or at_a_bound(self.exponent)


def at_a_bound(exponent: float) -> bool:
    return not 1.01 * EXPONENTS[0] < exponent < EXPONENTS[1] / 1.01


def fit_power_law(xs: np.ndarray, ys: np.ndarray, with_floor: bool, least: float = 0.0) -> PowerLaw:
    """Least squares of ys over xs (positive); the factor is never negative, the floor never under `least`, which is the
    floor where none is fitted."""
    return fit_power_laws(xs, ys[None], with_floor, least)[0]


def fit_power_laws(xs: np.ndarray, ys_BS: np.ndarray, with_floor: bool, least: float = 0.0) -> list[PowerLaw]:
    """The same through B rows of ys."""
    centre = math.exp(float(np.log(xs).mean()))  # x^-a near 1, so that the sums are well conditioned
    above_BS, rows = ys_BS - least, np.arange(len(ys_BS))
    exponents_BE = _GRID[None]
    for points in (201, 51, 0):  # each time around the best so far, and finer
        falls_BES = (xs / centre) ** -exponents_BE[:, :, None]
        factor_BE, floor_BE = _linear(falls_BES, above_BS[:, None], with_floor)
        errors_BE = ((floor_BE[..., None] + factor_BE[..., None] * falls_BES - above_BS[:, None]) ** 2).sum(2)
        best_B = errors_BE.argmin(1)
        exponent_B = np.broadcast_to(exponents_BE, errors_BE.shape)[rows, best_B]
        if points:
            step = exponents_BE[0, 1] / exponents_BE[0, 0]
            exponents_BE = exponent_B[:, None] * np.geomspace(1 / step, step, points)
    factor_B = factor_BE[rows, best_B] * centre**exponent_B
    columns = zip(factor_B.tolist(), exponent_B.tolist(), (least + floor_BE[rows, best_B]).tolist(), strict=True)
    return [PowerLaw(*numbers) for numbers in columns]


def _linear(falls_BES: np.ndarray, ys_B1S: np.ndarray, with_floor: bool) -> tuple[np.ndarray, np.ndarray]:
    """The best factor and floor, none negative, for each exponent."""
    plain_BE = np.maximum(0.0, (falls_BES * ys_B1S).sum(2) / (falls_BES**2).sum(2))
    if not with_floor:
        return plain_BE, np.zeros_like(plain_BE)
    spread_BES = falls_BES - falls_BES.mean(2, keepdims=True)
    mean_B1 = ys_B1S.mean(2)
    factor_BE = (spread_BES * ys_B1S).sum(2) / (spread_BES**2).sum(2)
    floor_BE = mean_B1 - factor_BE * falls_BES.mean(2)
    rises_BE, below_BE = factor_BE < 0, floor_BE < 0
    factor_BE = np.where(rises_BE, 0.0, np.where(below_BE, plain_BE, factor_BE))
    return factor_BE, np.where(rises_BE, mean_B1, np.where(below_BE, 0.0, floor_BE))


def draw_power_laws(xs: np.ndarray, ys: np.ndarray, law: PowerLaw, with_floor: bool, least: float) -> list[PowerLaw]:
    """Laws through values drawn around `law`, which was fitted to `ys`; none where it goes through all points whatever."""
    freedom = len(xs) - (3 if with_floor else 2)
    fitted = law.at(xs)
    drawn_RS = fitted + draw_deviations(ys - fitted, freedom)
    return fit_power_laws(xs, drawn_RS, with_floor, least) if len(drawn_RS) else []


def draw_deviations(residuals: np.ndarray, freedom: int) -> np.ndarray:
    """Deviations as these may be drawn anew: float64 [DRAWS_OF_A_LAW, points], or [0, points] without freedom.

    Normal ones, whose size is itself drawn: it was guessed from `freedom` degrees of freedom, points beyond what was
    fitted. So they are distributed as Student's t of as many, and plain percentiles of what is fitted to them are
    intervals of the right width also for few points. Drawing the residuals themselves is too narrow there: two or three
    degrees of freedom hold no far residual.
    """
    if freedom < 1:
        return np.empty((0, len(residuals)))
    random = np.random.default_rng(0)
    size_R = np.sqrt((residuals**2).sum() / random.chisquare(freedom, DRAWS_OF_A_LAW))
    return size_R[:, None] * random.standard_normal((DRAWS_OF_A_LAW, len(residuals)))


def interval_of_draws(values: Sequence[float] | np.ndarray) -> tuple[float, float] | None:
    """95 %; None where nothing could be drawn."""
    if not len(values):
        return None
    low, high = np.quantile(values, [_TAIL, 1 - _TAIL])
    return float(low), float(high)
