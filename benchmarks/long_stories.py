"""Long stories, decided: trains the arms of docs/long-stories.md, lets them sit the memory exam, and prints the tables fixed there.

python benchmarks/long_stories.py [--tokens 1500000] [--jobs 2] [--runs runs/long-stories] [--json FILE] [--only ARM,..]
    [--past-the-gate] [--tiny]

Everything is read back from the runs: what is finished is never made again, what was killed goes on from its last checkpoint, so the
same command is given until it is done. Learning rates first, then every arm with every seed. Mamba is trained and examined before the
others: where it does not pass the gate nothing else is trained. Each job is one thread. --tiny: a few minutes, to try the machinery; its
figures mean nothing.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import long_stories_tables as tables
from machine import describe_machine

from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.loading import load_recipe, write_recipe
from pocket_narrator.recipe.schema import Recipe

FIRST_RATES = (4e-3, 8e-3, 16e-3)
MORE_RATES = 2  # tried after these, where the best ones so far say
SWEEP_SHARE = 8  # a rate is tried on an eighth of the tokens, with a schedule of its own
LAST_SHARE = 0.2  # of the steps: what a rate's training loss is the mean of
SEEDS = (0, 1, 2)
EXAM_STORIES = 30
PATIENCE_S = 10
TINY_ARMS = "mamba,narrative,narrative-channels,narrative-single-scale"
TINY = {
    "corpus": {"chapters": 8, "stories": 60, "validation_stories": 10, "world": {"decoration": 0, "lexicon": 0.1}},
    "tokenizer": {"vocabulary_size": 300},
    "model": {"width": 32, "context": 128},
    "training": {"batch_tokens": 256, "warmup_steps": 2},
}


@dataclass(frozen=True)
class Plan:
    """What is run, and where."""

    folder: Path
    tokens: int
    jobs: int
    seeds: tuple[int, ...]
    is_tiny: bool

    def recipe(self, arm: str, tokens: int, rate: float, seed: int) -> Recipe:
        """An arm's recipe for so many tokens: the schedule runs to its end, and the held-out chronicles are looked at then alone."""
        recipe = load_recipe([f"long-{arm}-1m"])
        tree = recipe.model_dump()
        if self.is_tiny:
            for section, values in TINY.items():
                tree[section] |= values
            tree["model"]["layers"] = tree["model"]["layers"].split("*")[0] + "*2"
        steps = max(4, tokens // tree["training"]["batch_tokens"])
        tree["training"] |= {"steps": steps, "learning_rate": rate, "seed": seed, "evaluate_every": steps}
        tree["training"]["warmup_steps"] = min(tree["training"]["warmup_steps"], steps // 4)
        tree["training"]["checkpoint_every"] = max(1, min(100, steps // 4))
        return type(recipe).model_validate(tree)

    def sweep_run(self, arm: str, rate: float) -> Path:
        return self.folder / "rates" / f"{arm}-{rate:g}"

    def run(self, arm: str, seed: int) -> Path:
        return self.folder / f"{arm}-{seed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, help="that each model is trained on; default: 1,500,000")
    parser.add_argument("--jobs", type=int, default=2, help="runs at once, one thread each")
    parser.add_argument("--runs", type=Path, help="default: runs/long-stories, with --tiny runs/long-stories-tiny")
    parser.add_argument("--json", type=Path, help="default: long-stories.json in the folder of --runs")
    parser.add_argument("--only", help=f"arms, Mamba among them; default: {','.join(tables.ARMS)}")
    parser.add_argument("--past-the-gate", action="store_true", help="go on where Mamba has not passed it")
    parser.add_argument("--tiny", action="store_true")
    given = parser.parse_args()
    arms = (given.only or (TINY_ARMS if given.tiny else ",".join(tables.ARMS))).split(",")
    if unknown := sorted(set(arms) - set(tables.ARMS)):
        parser.error(f"there is no arm {', '.join(unknown)}; there are {', '.join(tables.ARMS)}")
    if tables.GATE_ARM not in arms:
        parser.error(f"--only needs {tables.GATE_ARM} among its arms: the others are held against it")
    folder = given.runs or Path("runs/long-stories-tiny" if given.tiny else "runs/long-stories")
    tokens = given.tokens or (10_240 if given.tiny else 1_500_000)
    plan = Plan(folder, tokens, given.jobs, SEEDS[:2] if given.tiny else SEEDS, given.tiny)
    refuse_other_plan(plan)
    print(
        f"{describe_machine()}\n{len(arms)} arms, {tokens:,} tokens each, seeds {plan.seeds}, {plan.jobs} at once",
        flush=True,
    )
    others = [arm for arm in arms if arm != tables.GATE_ARM]
    print(estimate(plan, arms), flush=True)
    finish(plan, [tables.GATE_ARM])
    share = tables.gate(plan.folder, plan.seeds)
    passed = share >= tables.GATE
    print(
        f"gate: {tables.GATE_ARM} uses {share:.1%} of the bits at distances under 256 tokens; {tables.GATE:.0%} are asked for",
        flush=True,
    )
    if not passed and not (given.past_the_gate or given.tiny):
        raise SystemExit("The sizes are wrong: nothing else is trained. Give more --tokens, with another --runs.")
    finish(plan, others)
    result = tables.analyse(plan.folder, arms, plan.seeds)
    result = {
        "machine": describe_machine(),
        "tokens": tokens,
        "seeds": plan.seeds,
        "rates": rates_tried(plan, arms),
        **result,
    }
    path = given.json or folder / "long-stories.json"
    write_text(path, json.dumps(result, indent=2) + "\n")
    print("\n".join(tables.describe(result)))
    print(f"\nwritten to {path}" + ("; --tiny: these figures mean nothing" if given.tiny else ""))


def refuse_other_plan(plan: Plan) -> None:
    """The runs of a folder are all of one plan: SystemExit where it holds those of another."""
    told = {"tokens": plan.tokens, "seeds": list(plan.seeds), "tiny": plan.is_tiny}
    path = plan.folder / "plan.json"
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found != told:
            raise SystemExit(
                f"{plan.folder} holds runs of another plan: {found}. Give another --runs, or what it was begun with."
            )
        return
    plan.folder.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(told) + "\n")


def finish(plan: Plan, arms: list[str]) -> None:
    """The rates of some arms, their runs, and their exams; nothing that is there already."""
    if not arms:
        return
    first = plan.recipe(arms[0], plan.tokens, FIRST_RATES[0], 0)
    write_text(plan.folder / "stories.yaml", write_recipe(first))
    refuse_failure(narrator(plan.folder / "stories.log", "prepare", str(plan.folder / "stories.yaml")))
    with ThreadPoolExecutor(plan.jobs) as pool:
        rates = dict(zip(arms, pool.map(lambda arm: best_rate(plan, arm), arms), strict=True))
        list(
            pool.map(
                lambda item: train_and_examine(plan, item[0], rates[item[0]], item[1]),
                [(a, s) for s in plan.seeds for a in arms],
            )
        )


def sweep(plan: Plan, arm: str) -> dict[float, float]:
    """The losses of as many rates for every arm: three, then those that the best so far lies beside."""
    tried = {rate: sweep_loss(plan, arm, rate) for rate in FIRST_RATES}
    for _ in range(MORE_RATES):
        rate = next_rate(tried)
        tried[rate] = sweep_loss(plan, arm, rate)
    return tried


def best_rate(plan: Plan, arm: str) -> float:
    tried = sweep(plan, arm)
    return min(tried, key=lambda rate: tried[rate])


def next_rate(tried: dict[float, float]) -> float:
    """Beyond the best rate where that is at an edge; else between it and the better one of its neighbours."""
    rates = sorted(tried)
    place = rates.index(min(tried, key=lambda rate: tried[rate]))
    if place == 0:
        return rates[0] / 2
    if place == len(rates) - 1:
        return rates[-1] * 2
    neighbour = min(rates[place - 1], rates[place + 1], key=lambda rate: tried[rate])
    return float(f"{math.sqrt(rates[place] * neighbour):.3g}")


def sweep_loss(plan: Plan, arm: str, rate: float) -> float:
    """Mean training loss over the last steps, nats a token: every chronicle is new to the model. Infinite where it diverged."""
    run, recipe = plan.sweep_run(arm, rate), plan.recipe(arm, plan.tokens // SWEEP_SHARE, rate, 0)
    if not train(run, recipe):
        return math.inf
    steps = recipe.stack()[1].steps
    assert steps is not None
    records = [
        r for r in read_json_lines(run / "metrics.jsonl") if "loss" in r and r["step"] > (1 - LAST_SHARE) * steps
    ]
    return statistics.mean(record["loss"] for record in records)


def train_and_examine(plan: Plan, arm: str, rate: float, seed: int) -> None:
    run = plan.run(arm, seed)
    if not train(run, plan.recipe(arm, plan.tokens, rate, seed)):
        raise SystemExit(f"{run} diverged at the rate {rate:g}, which had not in the sweep; see {run}.log")
    if not (run / "evaluation" / "memory.json").is_file():
        stories = 10 if plan.is_tiny else EXAM_STORIES
        exam = ("--suite", "memory", "--which", "last", "--stories", str(stories))
        refuse_failure(narrator(Path(f"{run}.log"), "evaluate", str(run), *exam))
        print(f"{time.strftime('%H:%M:%S')} examined {run.name}", flush=True)


def train(run: Path, recipe: Recipe) -> bool:
    """Makes a run, or goes on with it; whether it came to its end without diverging."""
    source, log, diverged = (Path(f"{run}.{ending}") for ending in ("yaml", "log", "diverged"))
    if diverged.is_file():
        return False
    if (run / "evaluation" / "likelihood.json").is_file():
        return True
    run.parent.mkdir(parents=True, exist_ok=True)
    write_text(source, write_recipe(recipe))
    command = ("train", str(source), "--run", str(run), "--stories", "0")
    while (failed := narrator(log, *command)) is not None:
        if "diverged" in failed:
            write_text(diverged, "")
            return False
        if "another process is training" not in failed:
            raise SystemExit(failed)
        time.sleep(PATIENCE_S)  # a job of a killed script, which goes on without it
    print(f"{time.strftime('%H:%M:%S')} trained {run.relative_to(run.parents[1])}", flush=True)
    return True


def narrator(log: Path, *arguments: str) -> str | None:
    """One command on one thread; what it said, where it fails. The log is added to."""
    environment = os.environ | {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    command = [sys.executable, "-m", "pocket_narrator.cli.main", *arguments]
    with open(log, "ab") as said:
        begin = said.tell()
        done = subprocess.run(command, env=environment, stdout=said, stderr=said, check=False)
    if done.returncode == 0:
        return None
    text = log.read_bytes()[begin:].decode("utf-8", "replace")
    return f"narrator {' '.join(arguments)}\n{text[-2000:]}"


def refuse_failure(failed: str | None) -> None:
    if failed is not None:
        raise SystemExit(failed)


def rates_tried(plan: Plan, arms: list[str]) -> dict[str, dict[str, float | None]]:
    """Of each arm the loss at each rate, None where it diverged."""
    found: dict[str, dict[str, float | None]] = {}
    for arm in arms:
        tried = sweep(plan, arm)
        found[arm] = {f"{rate:g}": loss if math.isfinite(loss) else None for rate, loss in sorted(tried.items())}
    return found


def estimate(plan: Plan, arms: list[str]) -> str:
    """How long all of it takes from the beginning, from a few steps of every arm on this machine, one thread."""
    import torch

    from pocket_narrator.models.stack import DecoderStack

    torch.set_num_threads(1)
    seconds = 0.0
    for arm in arms:
        model, training = plan.recipe(arm, plan.tokens, FIRST_RATES[0], 0).stack()
        stack = DecoderStack(model, 1024)
        tokens = torch.randint(1024, (training.batch_tokens // model.context, model.context + 1))
        times = []
        for _ in range(3):
            began = time.perf_counter()
            stack.loss(tokens[:, :-1], tokens[:, 1:]).backward()
            times.append(time.perf_counter() - began)
        a_token = min(times) / training.batch_tokens
        trained = plan.tokens * (len(plan.seeds) + (len(FIRST_RATES) + MORE_RATES) / SWEEP_SHARE)
        seconds += a_token * trained
        print(f"  {arm}: {1 / a_token:,.0f} tokens/s", flush=True)
    return (
        f"training alone: about {seconds / plan.jobs / 60:.0f} minutes in all; starting, scoring and exams come on top"
    )


if __name__ == "__main__":
    main()
