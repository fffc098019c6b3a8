"""Do the intervals of `narrator scaling` hold the truth in 95 % of experiments? Simulated, seeds 0, 1, 2, ...

    python benchmarks/scaling_coverage.py --experiments 1000
    python benchmarks/scaling_coverage.py --experiments 200 --draws 200 --only "joint, 3 x 3"

Each experiment draws the figures of some runs around a known law, fits them as the command does, and looks whether the
interval of each number, and of a prediction at ten times the largest run, holds the true one. Experiments whose fit is
refused are counted and left out. The joint law is measured on grids of parameters and tokens.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pocket_narrator.evaluation.comparison import power_law
from pocket_narrator.evaluation.comparison.joint_law import JointLaw, draw_joint_laws, fit_joint_law
from pocket_narrator.evaluation.comparison.power_law import PowerLaw, draw_power_laws, fit_power_law, interval_of_draws

LAW = PowerLaw(factor=50.0, exponent=0.3, floor=1.0)
JOINT = JointLaw(20.0, 0.34, 60.0, 0.28, floor=0.2)
SMALLEST = 1e5
NUMBERS = ("exponent", "exponent of tokens", "floor", "prediction")


class Experiment(NamedTuple):
    truth: dict[str, float]
    draws: dict[str, list[float]]  # by number; none where the fit is refused


def one_axis(random: np.random.Generator, sizes: int, span: float, deviation: float) -> Experiment:
    """`sizes` runs whose sizes span a factor, with normal deviations in bits per byte."""
    xs = np.geomspace(SMALLEST, SMALLEST * span, sizes)
    far = 10 * xs[-1]
    truth = {"exponent": LAW.exponent, "floor": LAW.floor, "prediction": float(LAW.at(far))}
    ys = LAW.at(xs) + random.normal(0, deviation, sizes)
    law = fit_power_law(xs, ys, with_floor=True)
    if law.ends_at_a_bound():
        return Experiment(truth, {})
    found = draw_power_laws(xs, ys, law, with_floor=True, least=0.0)
    draws = {
        "exponent": [one.exponent for one in found],
        "floor": [one.floor for one in found],
        "prediction": [float(one.at(far)) for one in found],
    }
    return Experiment(truth, draws)


def joint(random: np.random.Generator, each: int, span: float, deviation: float, known: bool) -> Experiment:
    """`each` sizes of parameters times as many of tokens, both spanning a factor, with relative deviations."""
    sizes = np.geomspace(1, span, each)
    parameters, tokens = np.repeat(SMALLEST * sizes, each), np.tile(20 * SMALLEST * sizes, each)
    far = 10 * parameters[-1], 10 * tokens[-1]
    truth = {
        "exponent": JOINT.parameter_exponent,
        "exponent of tokens": JOINT.token_exponent,
        "prediction": float(JOINT.at(*far)),
    }
    ys = JOINT.at(parameters, tokens) * np.exp(random.normal(0, deviation, len(parameters)))
    entropy = JOINT.floor if known else None
    law = fit_joint_law(parameters, tokens, ys, entropy)
    if law.ends_at_a_bound(parameters, tokens):
        return Experiment(truth, {})
    found = draw_joint_laws(parameters, tokens, ys, law, entropy)
    draws = {
        "exponent": [one.parameter_exponent for one in found],
        "exponent of tokens": [one.token_exponent for one in found],
        "prediction": [float(one.at(*far)) for one in found],
    }
    if not known:
        truth["floor"], draws["floor"] = JOINT.floor, [one.floor for one in found]
    return Experiment(truth, draws)


def cases(experiments: int) -> Iterator[tuple[str, Iterator[Experiment]]]:
    def seeds() -> Iterator[np.random.Generator]:
        return map(np.random.default_rng, range(experiments))

    for sizes in (5, 6, 8):
        for span, deviation in ((10, 0.003), (100, 0.003), (1000, 0.003)):
            runs = (one_axis(random, sizes, span, deviation) for random in seeds())
            yield f"{sizes} sizes, {span}-fold, deviation {deviation}", runs
    for each in (3, 4):
        for known in (True, False):
            runs = (joint(random, each, 30, 0.003, known) for random in seeds())
            yield f"joint, {each} x {each}, 30-fold, floor {'known' if known else 'free'}", runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=power_law.DRAWS_OF_A_LAW, help="of an interval")
    parser.add_argument("--only", default="", help="only the rows whose name begins so")
    given = parser.parse_args()
    experiments, power_law.DRAWS_OF_A_LAW = given.experiments, given.draws
    print(f"| runs | refused | {' | '.join(NUMBERS)} |\n|---|---|{'---|' * len(NUMBERS)}")
    for name, runs in cases(experiments):
        if not name.startswith(given.only):
            continue
        held, refused, looked_at = Counter(), 0, set()
        for experiment in runs:
            refused += not experiment.draws
            for number, values in experiment.draws.items():
                low, high = interval_of_draws(values) or (0.0, 0.0)
                looked_at.add(number)
                held[number] += low <= experiment.truth[number] <= high
        kept = experiments - refused
        cells = [f"{100 * held[number] / kept:.1f}" if number in looked_at else "" for number in NUMBERS]
        print(f"| {name} | {refused} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
