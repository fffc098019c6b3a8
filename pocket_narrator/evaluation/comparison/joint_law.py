"""L(N, D) = E + A / N^a + B / D^b through runs that differ in parameters N and in training tokens D.

Approach 3 of Hoffmann et al. 2022 (section 3.3, equations 2 and 3): the Huber loss between logarithms of loss, summed over
runs, least over several starts. Where the entropy of the corpus is known it is E, the end that no model gets below, and
two numbers for parameters and two for tokens are left. Minimised by Levenberg-Marquardt steps with Huber's weights, many
starts and drawn sets of figures at once.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from pocket_narrator.evaluation.comparison.power_law import EXPONENTS, at_a_bound, draw_deviations

HUBER = 1e-3  # of Hoffmann et al.: deviations of log L beyond it count by their size, not their square
_STEPS = 150
_LEAST_SHARE = 1e-6  # of the loss, that a term or the floor may have
_FIRST_EXPONENTS = (0.08, 0.2, 0.45, 1.0)
_DRAWN_FIRST_EXPONENTS = (0.15, 0.6)  # beside the fit itself


@dataclass(frozen=True)
class JointLaw:
    """Legend: N: parameters, D: training tokens."""

    parameter_factor: float
    parameter_exponent: float
    token_factor: float
    token_exponent: float
    floor: float

    def at(self, parameters: np.ndarray | float, tokens: np.ndarray | float) -> np.ndarray:
        of_parameters = self.parameter_factor * np.power(np.asarray(parameters, np.float64), -self.parameter_exponent)
        of_tokens = self.token_factor * np.power(np.asarray(tokens, np.float64), -self.token_exponent)
        return self.floor + of_parameters + of_tokens

    @property
    def optimal_exponent(self) -> float:
        """Of compute C, in the parameters for which C buys the lowest loss: N grows as C^(b / (a + b)), tokens with the
        rest (Hoffmann et al. 2022, equation 4)."""
        return self.token_exponent / (self.parameter_exponent + self.token_exponent)

    def ends_at_a_bound(self, parameters: np.ndarray, tokens: np.ndarray) -> bool:
        """Whether an exponent ended at a bound of the search, or a term at nothing."""
        without = [
            self.parameter_factor * parameters.min() ** -self.parameter_exponent,
            self.token_factor * tokens.min() ** -self.token_exponent,
        ]
        least = 10 * _LEAST_SHARE * float(self.at(parameters, tokens).mean())
        return min(without) < least or at_a_bound(self.parameter_exponent) or at_a_bound(self.token_exponent)


def fit_joint_law(parameters: np.ndarray, tokens: np.ndarray, ys: np.ndarray, entropy: float | None) -> JointLaw:
    """All float64 [runs], positive, the ys (bits per byte) above `entropy`, which is the floor; fitted where None."""
    logs_2S, centres = _centred_logs(parameters, tokens)
    starts_BK = _starts(logs_2S, ys, entropy, _FIRST_EXPONENTS)
    found_BK, losses_B = _descend(logs_2S, np.broadcast_to(ys, (len(starts_BK), len(ys))), starts_BK, entropy)
    return _law(found_BK[losses_B.argmin()], centres, entropy)


def draw_joint_laws(
    parameters: np.ndarray, tokens: np.ndarray, ys: np.ndarray, law: JointLaw, entropy: float | None
) -> list[JointLaw]:
    """Laws through values drawn around `law`, which was fitted to `ys`; none where it goes through all points whatever."""
    logs_2S, centres = _centred_logs(parameters, tokens)
    log_fitted = np.log(law.at(parameters, tokens))
    freedom = len(ys) - (5 if entropy is None else 4)
    drawn_RS = np.exp(log_fitted + draw_deviations(np.log(ys) - log_fitted, freedom))
    if not len(drawn_RS):
        return []
    starts_BK = np.vstack([_numbers(law, centres, entropy), _starts(logs_2S, ys, entropy, _DRAWN_FIRST_EXPONENTS)])
    repeated_ys = np.repeat(drawn_RS, len(starts_BK), axis=0)
    found_BK, losses_B = _descend(logs_2S, repeated_ys, np.tile(starts_BK, (len(drawn_RS), 1)), entropy)
    best_R = losses_B.reshape(len(drawn_RS), -1).argmin(1)
    found_RK = found_BK.reshape(len(drawn_RS), len(starts_BK), -1)[np.arange(len(drawn_RS)), best_R]
    return [_law(numbers_K, centres, entropy) for numbers_K in found_RK]


def _centred_logs(parameters: np.ndarray, tokens: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Near 0, so that a term's factor is its size in the middle of the runs and hardly depends on its exponent."""
    logs_2S = np.log(np.stack([parameters, tokens]).astype(np.float64))
    centres = logs_2S.mean(1)
    return logs_2S - centres[:, None], (float(centres[0]), float(centres[1]))


# The K numbers that are searched: logarithms of A, a, B, b at the centre and, where it is not known, of E.


def _law(numbers_K: np.ndarray, centres: tuple[float, float], entropy: float | None) -> JointLaw:
    a, b = float(np.exp(numbers_K[1])), float(np.exp(numbers_K[3]))
    floor = float(np.exp(numbers_K[4])) if entropy is None else entropy
    factors = [
        float(np.exp(numbers_K[k] + exponent * centre))
        for k, exponent, centre in zip((0, 2), (a, b), centres, strict=True)
    ]
    return JointLaw(factors[0], a, factors[1], b, floor)


def _numbers(law: JointLaw, centres: tuple[float, float], entropy: float | None) -> np.ndarray:
    a, b = law.parameter_exponent, law.token_exponent
    found = [
        np.log(law.parameter_factor) - a * centres[0],
        np.log(a),
        np.log(law.token_factor) - b * centres[1],
        np.log(b),
    ]
    return np.array(found if entropy is not None else [*found, np.log(law.floor)])


def _starts(logs_2S: np.ndarray, ys: np.ndarray, entropy: float | None, exponents: tuple[float, ...]) -> np.ndarray:
    """For each pair of exponents the factors (and floor) of linear least squares, made positive."""
    starts = []
    for a, b in product(exponents, repeat=2):
        columns = [np.exp(-a * logs_2S[0]), np.exp(-b * logs_2S[1])]
        columns += [np.ones_like(ys)] if entropy is None else []
        solved = np.linalg.lstsq(np.stack(columns, 1), ys - (entropy or 0.0), rcond=None)[0]
        solved = np.log(np.clip(solved, 0.02 * (ys.min() - (entropy or 0.0)), ys.max()))
        starts.append([solved[0], np.log(a), solved[1], np.log(b), *solved[2:]])
    return np.array(starts)


def _descend(
    logs_2S: np.ndarray, ys_BS: np.ndarray, numbers_BK: np.ndarray, entropy: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """B descents at once, each from its own start to its own figures: the numbers found, and their Huber losses."""
    lows_K = np.log([_LEAST_SHARE * ys_BS.min(), EXPONENTS[0]] * 2 + [_LEAST_SHARE * ys_BS.min()] * (entropy is None))
    highs_K = np.log([ys_BS.max(), EXPONENTS[1]] * 2 + [ys_BS.max()] * (entropy is None))
    log_ys_BS = np.log(ys_BS)
    numbers_BK = np.clip(numbers_BK, lows_K, highs_K)
    residuals_BS, slopes_BSK = _residuals(logs_2S, log_ys_BS, numbers_BK, entropy)
    losses_B, damping_B = _huber(residuals_BS), np.full(len(ys_BS), 1e-2)
    for _ in range(_STEPS):
        weights_BS = np.minimum(1.0, HUBER / np.maximum(np.abs(residuals_BS), 1e-300))
        weighted_BKS = (slopes_BSK * weights_BS[..., None]).transpose(0, 2, 1)
        normal_BKK, gradient_BK = weighted_BKS @ slopes_BSK, (weighted_BKS @ residuals_BS[..., None])[..., 0]
        diagonal_BK = np.einsum("bkk->bk", normal_BKK)
        damped_BKK = normal_BKK + np.eye(len(lows_K)) * (damping_B[:, None] * diagonal_BK + 1e-12)[:, :, None]
        steps_BK = np.linalg.solve(damped_BKK, gradient_BK[..., None])[..., 0]
        tried_BK = np.clip(numbers_BK - np.clip(steps_BK, -1.0, 1.0), lows_K, highs_K)
        tried_residuals_BS, tried_slopes_BSK = _residuals(logs_2S, log_ys_BS, tried_BK, entropy)
        tried_losses_B = _huber(tried_residuals_BS)
        better_B = tried_losses_B < losses_B
        damping_B = np.clip(np.where(better_B, damping_B / 5, damping_B * 4), 1e-12, 1e12)
        numbers_BK = np.where(better_B[:, None], tried_BK, numbers_BK)
        residuals_BS = np.where(better_B[:, None], tried_residuals_BS, residuals_BS)
        slopes_BSK = np.where(better_B[:, None, None], tried_slopes_BSK, slopes_BSK)
        losses_B = np.where(better_B, tried_losses_B, losses_B)
    return numbers_BK, losses_B


def _residuals(
    logs_2S: np.ndarray, log_ys_BS: np.ndarray, numbers_BK: np.ndarray, entropy: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """log of the law - log of the figures, and how it changes with each number."""
    a_B1, b_B1 = np.exp(numbers_BK[:, 1:2]), np.exp(numbers_BK[:, 3:4])
    of_parameters_BS = np.exp(numbers_BK[:, 0:1] - a_B1 * logs_2S[0])
    of_tokens_BS = np.exp(numbers_BK[:, 2:3] - b_B1 * logs_2S[1])
    floor_B1 = np.exp(numbers_BK[:, 4:5]) if entropy is None else np.full_like(a_B1, entropy)
    total_BS = of_parameters_BS + of_tokens_BS + floor_B1
    slopes = [of_parameters_BS, -a_B1 * logs_2S[0] * of_parameters_BS, of_tokens_BS, -b_B1 * logs_2S[1] * of_tokens_BS]
    if entropy is None:
        slopes.append(np.broadcast_to(floor_B1, total_BS.shape))
    return np.log(total_BS) - log_ys_BS, np.stack(slopes, 2) / total_BS[..., None]


def _huber(residuals_BS: np.ndarray) -> np.ndarray:
    sizes_BS = np.abs(residuals_BS)
    return np.where(sizes_BS <= HUBER, 0.5 * sizes_BS**2, HUBER * (sizes_BS - 0.5 * HUBER)).sum(1)
