"""The mixers side by side at a million parameters: bits per byte at equal minutes and at equal tokens.

python benchmarks/mixer_table.py --train train.txt --valid valid.txt [--minutes 3.5] [--seeds 0,1,2] [--storyworld-seeds 0]
    [--only RECIPE,..] [--threads 2] [--runs runs/mixers] [--json FILE]

Trains every recipe of FAMILY with every seed on the text given, and on the embedded corpus, each run for the same minutes;
runs that are finished are not made again, so an interrupted table goes on. At equal minutes: the finished model, on the whole
validation split, in float32. At equal tokens: the evaluations that training makes at intervals (the same 200 stories for
all), read off at the number of tokens at which the slowest mixer begins its decay, so that all are still at their peak rate.
"""

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from contestants import environment_of
from machine import describe_machine

from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.loading import load_recipe, write_recipe

FAMILY = (
    "softmax-1m",
    "linear-1m",
    "gated-linear-1m",
    "gated-delta-1m",
    "gated-delta-2-steps-1m",
    "mamba-1m",
    "mamba2-1m",
    "mamba3-1m",
    "narrative-1m",
    "narrative-1m-no-router",
    "narrative-1m-no-cross-track",
    "narrative-1m-one-scale",
    "hybrid-1m",
)


@dataclass(frozen=True)
class Cell:
    """One finished run."""

    recipe: str
    corpus: str
    seed: int
    parameters: int
    tokens: int
    tokens_per_second: float
    bits_per_byte: float  # of the finished model
    interval: tuple[float, float]  # 95 %, over stories
    curve: list[tuple[int, float]]  # tokens, bits per byte of the evaluations in training


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=3.5)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--storyworld-seeds", default="0")
    parser.add_argument("--only", default=",".join(FAMILY))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=Path, default=Path("runs/mixers"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    machine = describe_machine()
    print(f"{machine}\n{arguments.minutes:g} minutes of training a run, threads: {arguments.threads}\n", flush=True)
    files = {"kind": "files", "train": str(arguments.train.resolve()), "validation": str(arguments.valid.resolve())}
    corpora = [(files, "files", arguments.seeds), ({"kind": "storyworld"}, "storyworld", arguments.storyworld_seeds)]
    cells: list[Cell] = []
    for corpus, name, seeds in corpora:
        for seed in (int(seed) for seed in seeds.split(",") if seed):
            for recipe in arguments.only.split(","):
                cells.append(train(recipe, corpus, name, seed, arguments))
                print(
                    json.dumps({k: v for k, v in asdict(cells[-1]).items() if k != "curve"}),
                    file=sys.stderr,
                    flush=True,
                )
                if arguments.json:
                    result = {
                        "machine": machine,
                        "minutes": arguments.minutes,
                        "threads": arguments.threads,
                        "runs": [asdict(cell) for cell in cells],
                    }
                    write_text(arguments.json, json.dumps(result, indent=2) + "\n")
    for _, name, _ in corpora:
        some = [cell for cell in cells if cell.corpus == name]
        if some:
            print("\n".join(table(name, some)) + "\n")


def train(name: str, corpus: dict, corpus_name: str, seed: int, arguments: argparse.Namespace) -> Cell:
    """One run, made or gone on with where it is not finished."""
    recipe = load_recipe([name])
    tree = recipe.model_dump() | {"corpus": corpus}
    tree["training"] |= {"minutes": arguments.minutes, "seed": seed}
    run = arguments.runs / f"{corpus_name}-{name}-{seed}"
    source = arguments.runs / f"{corpus_name}-{name}-{seed}.yaml"
    if not (run / "evaluation" / "likelihood.json").is_file():
        write_text(source, write_recipe(type(recipe).model_validate(tree)))
        command = [
            sys.executable,
            "-m",
            "pocket_narrator.cli.main",
            "train",
            str(source),
            "--run",
            str(run),
            "--stories",
            "0",
        ]
        environment = environment_of(is_peer=False) | {"OMP_NUM_THREADS": str(arguments.threads)}
        subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
    evaluation = json.loads((run / "evaluation" / "likelihood.json").read_text(encoding="utf-8"))
    records = list(read_json_lines(run / "metrics.jsonl"))
    tokens_at = {record["step"]: record["tokens"] for record in records if "tokens" in record}
    curve = [
        (tokens_at[record["step"]], record["validation_bits_per_byte"])
        for record in records
        if "validation_bits_per_byte" in record and record["step"] in tokens_at
    ]
    likelihood, protocol = evaluation["likelihood"], evaluation["protocol"]
    return Cell(
        name,
        corpus_name,
        seed,
        protocol["parameters"],
        protocol["training_tokens"],
        statistics.median(record["tokens_per_second"] for record in records if "tokens_per_second" in record),
        likelihood["bits_per_byte"],
        tuple(likelihood["bits_per_byte_interval"]),
        curve,
    )


def table(corpus: str, cells: list[Cell]) -> list[str]:
    decay = load_recipe([FAMILY[0]]).training.decay_fraction
    equal_tokens = int(min(cell.tokens for cell in cells) * (1 - decay))
    lines = [
        f"{corpus}: n = {len({cell.seed for cell in cells})} seeds; equal tokens: {equal_tokens:,}",
        "",
        "| recipe | parameters | tokens/s | tokens seen | bits per byte at equal minutes | over seeds | 95 % over stories | at equal tokens |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(cell.recipe for cell in cells):
        some = [cell for cell in cells if cell.recipe == name]
        final = [cell.bits_per_byte for cell in some]
        early = [at_tokens(cell.curve, equal_tokens) for cell in some]
        spread = f"{min(final):.4f} to {max(final):.4f}" if len(final) > 1 else "-"
        low, high = (statistics.mean(cell.interval[side] for cell in some) for side in (0, 1))
        row = [
            name,
            f"{some[0].parameters:,}",
            f"{statistics.median(cell.tokens_per_second for cell in some):,.0f}",
            f"{statistics.mean(cell.tokens for cell in some):,.0f}",
            f"{statistics.mean(final):.4f}",
            spread,
            f"{low:.4f} to {high:.4f}",
            f"{statistics.mean(early):.4f} ({min(early):.4f} to {max(early):.4f})",
        ]
        lines.append(f"| {' | '.join(row)} |")
    return lines


def at_tokens(curve: list[tuple[int, float]], tokens: int) -> float:
    """The curve at a number of tokens, straight between two evaluations."""
    return float(np.interp(tokens, [point[0] for point in curve], [point[1] for point in curve]))


if __name__ == "__main__":
    main()
