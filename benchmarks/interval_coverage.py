"""Which bootstrap interval holds the truth in 95 % of experiments, with few stories? Simulated, seeds 0, 1, 2, ...

    python benchmarks/interval_coverage.py --experiments 1000

`percentile`: the plain one. `expanded`: read off further out, as this project does (Hesterberg 2015). `BCa`: corrected
for bias and acceleration (Efron 1987). `studentised`: bootstrap t, by the delta method's standard error (Hall 1988). In
brackets the mean width beside that of Student's t interval.
"""

import argparse
import math
from collections import Counter
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from pocket_narrator.evaluation.statistics.bootstrap import interval_levels
from pocket_narrator.evaluation.statistics.student_t import quantile

RESAMPLES = 600
SIZES = (2, 5, 8, 10, 20, 32, 80, 200)
TAIL = 0.025
NORMAL = NormalDist()
Sample = tuple[np.ndarray, np.ndarray, float]  # numerators, denominators, the true ratio


def bounded(random: np.random.Generator, n: int) -> Sample:
    return (random.beta(5, 2, n) + random.beta(5, 2, n)) / 2, np.ones(n), 5 / 7


def yes_or_no(random: np.random.Generator, n: int) -> Sample:
    return (random.random(n) < 0.3) * 1.0, np.ones(n), 0.3


def nats_a_token(random: np.random.Generator, n: int) -> Sample:
    tokens = random.integers(5, 300, n).astype(float)
    return tokens * random.normal(2, 0.4, n), tokens, 2.0


def bits_a_byte(random: np.random.Generator, n: int) -> Sample:
    lengths = np.exp(random.normal(5, 0.6, n))
    return lengths * np.exp(random.normal(0, 0.3, n) - 0.045), lengths, 1.0


def skewed(random: np.random.Generator, n: int) -> Sample:
    return random.exponential(1, n), np.ones(n), 1.0


CASES: tuple[Callable[[np.random.Generator, int], Sample], ...] = (
    bounded,
    yes_or_no,
    nats_a_token,
    bits_a_byte,
    skewed,
)


def intervals(a: np.ndarray, b: np.ndarray) -> dict[str, tuple[float, float]]:
    """Of sum(a) / sum(b), by name."""
    n, random = len(a), np.random.default_rng(0)
    drawn = random.integers(0, n, (RESAMPLES, n)) + np.arange(RESAMPLES)[:, None] * n
    times = np.bincount(drawn.ravel(), minlength=RESAMPLES * n).reshape(RESAMPLES, n).astype(float)
    sums_b = times @ b
    ratios, ratio = times @ a / sums_b, float(a.sum() / b.sum())
    residuals = a - ratio * b
    error = math.sqrt((residuals**2).sum()) / b.sum()
    variances = (times @ (a * a) - 2 * ratios * (times @ (a * b)) + ratios**2 * (times @ (b * b))) / sums_b**2
    usable = variances > 1e-18
    t = (ratios[usable] - ratio) / np.sqrt(variances[usable])
    low_t, high_t = np.quantile(t, [TAIL, 1 - TAIL]) if len(t) > 10 else (0.0, 0.0)
    far = error * math.sqrt(n / (n - 1)) * quantile(1 - TAIL, n - 1)
    return {
        "percentile": tuple(np.quantile(ratios, [TAIL, 1 - TAIL])),
        "expanded": tuple(np.quantile(ratios, interval_levels(n))),
        "BCa": tuple(np.quantile(ratios, bca_levels(a, b, ratios, ratio))),
        "studentised": (ratio - high_t * error, ratio - low_t * error),
        "t": (ratio - far, ratio + far),
    }


def bca_levels(a: np.ndarray, b: np.ndarray, ratios: np.ndarray, ratio: float) -> list[float]:
    below = (ratios < ratio).mean() + 0.5 * (ratios == ratio).mean()
    bias = NORMAL.inv_cdf(min(max(below, 1e-4), 1 - 1e-4))
    jackknife = (a.sum() - a) / (b.sum() - b)
    deviations = jackknife.mean() - jackknife
    spread = (deviations**2).sum()
    acceleration = (deviations**3).sum() / (6 * spread**1.5) if spread > 0 else 0.0
    ends = [bias + NORMAL.inv_cdf(TAIL), bias + NORMAL.inv_cdf(1 - TAIL)]
    return [NORMAL.cdf(bias + end / (1 - acceleration * end)) for end in ends]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=1000)
    experiments = parser.parse_args().experiments
    names = ("percentile", "expanded", "BCa", "studentised", "t")
    print(f"| figure | stories | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}")
    for case in CASES:
        for n in SIZES:
            held, width = Counter(), Counter()
            for seed in range(experiments):
                a, b, truth = case(np.random.default_rng(seed), n)
                for name, (low, high) in intervals(a, b).items():
                    held[name] += low <= truth <= high
                    width[name] += high - low
            cells = [f"{100 * held[name] / experiments:.1f} ({width[name] / width['t']:.2f})" for name in names]
            print(f"| {case.__name__} | {n} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
