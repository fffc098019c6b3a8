"""What is read off the runs of long_stories.py: the endpoint, the comparisons and the verdicts that docs/long-stories.md fixes."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pocket_narrator.evaluation.memory.figures import DISTANCES, Answers, span, used_bits
from pocket_narrator.evaluation.memory.taken import read_taken_exams
from pocket_narrator.evaluation.statistics.paired import Scores, compare, figure_interval, holm
from pocket_narrator.files.json_lines import read_json_lines

ARMS = (
    "mamba",
    "mamba2",
    "mamba3",
    "gated-linear",
    "gated-delta",
    "attention",
    "narrative",
    "narrative-channels",
    "narrative-single-scale",
    "narrative-unordered-scales",
    "narrative-no-router",
    "narrative-no-exchange",
    "narrative-step-writes",
)
GATE_ARM, GATE = "mamba", 0.20  # share of the bits at distances under NEAR
NEAR, FAR = 256, 1000  # tokens: below; beyond
HELPS, SAME = 0.05, 0.03  # share of the available bits
COMPARED = (
    ("narrative", "mamba"),  # the question; the rest, secondary, is corrected after Holm
    *(("narrative", other) for other in ("mamba2", "mamba3", "gated-linear", "gated-delta", "narrative-channels")),
    *(("narrative-channels", other) for other in ("mamba", *ARMS[8:])),
)


@dataclass(frozen=True)
class Examined:
    """One arm: the answers of every seed to the same questions."""

    answers: list[Answers]

    def scores(self, beyond: float = -1, below: float = float("inf")) -> Scores:
        """Bits used and available, chronicle by chronicle, of the questions at these distances; chronicles with none are left out."""
        first = self.answers[0]
        asked_Q = (first.distance_Q > beyond) & (first.distance_Q < below)
        stories, story_Q = np.unique(first.story_Q, return_inverse=True)

        def sums(values_Q: np.ndarray) -> np.ndarray:
            return np.bincount(story_Q, np.where(asked_Q, values_Q, 0.0), len(stories))

        available_S = sums(first.available_Q)
        used_KS = np.stack([sums(used_bits(one.log_ratio_Q)) for one in self.answers])
        return Scores(used_KS[:, available_S > 0], available_S[available_S > 0])

    def right(self, beyond: float) -> float:
        """Share of the questions beyond a distance with a log-ratio above 0, where 0 counts half; the mean over seeds."""
        asked_Q = self.answers[0].distance_Q > beyond
        ratios = np.concatenate([one.log_ratio_Q[asked_Q] for one in self.answers])
        return float(((ratios > 0) + 0.5 * (ratios == 0)).mean())


def examined(folder: Path, arms: Sequence[str], seeds: Sequence[int]) -> dict[str, Examined]:
    """RunError where one has not sat the exam, or was asked other questions."""
    runs = {arm: [folder / f"{arm}-{seed}" for seed in seeds] for arm in arms}
    taken = read_taken_exams([run for of_arm in runs.values() for run in of_arm])
    return {arm: Examined([taken.answers[run] for run in of_arm]) for arm, of_arm in runs.items()}


def gate(folder: Path, seeds: Sequence[int]) -> float:
    """The share of the bits at distances under NEAR that GATE_ARM uses, the mean over its seeds."""
    return float(examined(folder, [GATE_ARM], seeds)[GATE_ARM].scores(below=NEAR).figures_K.mean())


def verdict(value: float, interval: tuple[float, float] | None) -> str:
    """`helps`, `hurts`, `no help` or `undecided`, of a difference in the share of the available bits with its 95 % interval."""
    if interval is None:
        return "undecided"
    low, high = interval
    if low > 0 and value >= HELPS:
        return "helps"
    if high < 0 and value <= -HELPS:
        return "hurts"
    return "no help" if low > -SAME and high < SAME else "undecided"


def analyse(folder: Path, arms: Sequence[str], seeds: Sequence[int]) -> dict:
    """Everything that is printed, as what JSON holds."""
    found = examined(folder, arms, seeds)
    speed = {arm: median_speed(folder, arm, seeds) for arm in arms}
    by_arm = {arm: of_arm(folder, arm, seeds, found[arm], speed[GATE_ARM] / speed[arm]) for arm in arms}
    pairs = [(ours, theirs) for ours, theirs in COMPARED if ours in found and theirs in found]
    differences = [compare(found[ours].scores(FAR), found[theirs].scores(FAR)) for ours, theirs in pairs]
    secondary = [n for n, pair in enumerate(pairs) if pair != COMPARED[0]]
    adjusted = dict(zip(secondary, holm([differences[n].p for n in secondary]), strict=True))
    compared = [
        {
            "ours": ours,
            "theirs": theirs,
            "difference": one.value,
            "interval": one.interval,
            "p": one.p,
            "p_holm": adjusted.get(n),
            "verdict": verdict(one.value, one.interval),
        }
        for n, ((ours, theirs), one) in enumerate(zip(pairs, differences, strict=True))
    ]
    far = found[GATE_ARM].scores(FAR)
    asked = {"chronicles": len(far.denominators_S), "bits_beyond": float(far.denominators_S.sum())}
    return {"gate": gate(folder, seeds), "asked": asked, "arms": by_arm, "comparisons": compared}


def of_arm(folder: Path, arm: str, seeds: Sequence[int], found: Examined, step_time: float) -> dict:
    likelihoods = [
        json.loads((folder / f"{arm}-{seed}/evaluation/likelihood.json").read_text(encoding="utf-8")) for seed in seeds
    ]
    far = found.scores(FAR)
    return {
        "parameters": likelihoods[0]["protocol"]["parameters"],
        "share_beyond": far.figures_K.tolist(),
        "share_beyond_interval": figure_interval(far),
        "right_beyond": found.right(FAR),
        "share_near": found.scores(below=NEAR).figures_K.tolist(),
        "share_by_distance": by_distance(found),
        "bits_per_byte": [one["likelihood"]["bits_per_byte"] for one in likelihoods],
        "step_time": step_time,
    }


def by_distance(found: Examined) -> dict[str, float]:
    """The mean share over seeds, group by group as in the exam's own table."""
    shares = {}
    for low, high in zip(DISTANCES, (*DISTANCES[1:], float("inf")), strict=True):
        scores = found.scores(low - 1, high)
        if len(scores.denominators_S):
            shares[span(low)] = float(scores.figures_K.mean())
    return shares


def median_speed(folder: Path, arm: str, seeds: Sequence[int]) -> float:
    """Tokens a second, over all seeds."""
    records = [record for seed in seeds for record in read_json_lines(folder / f"{arm}-{seed}/metrics.jsonl")]
    return statistics.median(record["tokens_per_second"] for record in records if "tokens_per_second" in record)


def describe(result: dict) -> list[str]:
    """The tables, as Markdown."""
    asked = result["asked"]
    lines = [
        "",
        f"beyond {FAR:,} tokens: {asked['bits_beyond']:,.0f} bits are available in {asked['chronicles']} chronicles; under {NEAR}: the gate",
        "",
        f"| arm | parameters | bits used beyond {FAR:,} | 95 % over chronicles | seeds | right | under {NEAR} | bits per byte | step, Mamba = 1 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for arm, one in result["arms"].items():
        shares, near = one["share_beyond"], one["share_near"]
        row = [
            arm,
            f"{one['parameters']:,}",
            f"{statistics.mean(shares):.1%}",
            spell(one["share_beyond_interval"]),
            f"{min(shares):.1%} to {max(shares):.1%}",
            f"{one['right_beyond']:.1%}",
            f"{statistics.mean(near):.1%}",
            f"{statistics.mean(one['bits_per_byte']):.4f}",
            f"{one['step_time']:.2f}",
        ]
        lines.append(f"| {' | '.join(row)} |")
    lines += [
        "",
        "| ours | theirs | difference, points | 95 %, over seeds and chronicles | p | p after Holm | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in result["comparisons"]:
        corrected = "-" if one["p_holm"] is None else f"{one['p_holm']:.3f}"
        row = [
            one["ours"],
            one["theirs"],
            f"{100 * one['difference']:+.1f}",
            spell(one["interval"]),
            f"{one['p']:.3f}",
            corrected,
            one["verdict"],
        ]
        lines.append(f"| {' | '.join(row)} |")
    groups = list(next(iter(result["arms"].values()))["share_by_distance"])
    lines += ["", f"| arm | {' | '.join(groups)} |", "|---" * (len(groups) + 1) + "|"]
    for arm, one in result["arms"].items():
        lines.append(f"| {arm} | {' | '.join(format(one['share_by_distance'][group], '.0%') for group in groups)} |")
    return lines


def spell(interval: Sequence[float] | None) -> str:
    return "too few" if interval is None else f"{100 * interval[0]:+.1f} to {100 * interval[1]:+.1f}"
