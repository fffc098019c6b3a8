"""Training and telling with two versions of the compiled kernels in turns, quiet and with one busy process beside them.

python benchmarks/pool_speed.py --old CHECKOUT [--new CHECKOUT] [--only "train quick,tell llama-9m int8"] [--conditions quiet,busy]
    [--repeats 5] [--threads 2] [--seconds 4] [--json FILE]

CHECKOUT is a folder of this repository at some commit, and --new by default the one that this file is in: `git worktree add OLD COMMIT` makes
one. Each contestant is a process of its own that imports the package from there. Both are asked for a turn of about `seconds` after one
another, so that a drifting machine hurts both alike, and only one of them computes at a time. `busy`: a process that does nothing but count
runs beside both. A training step is forward, loss, backward and optimizer, as `narrator train` does them, on random tokens; telling is
greedy, its beginnings of 10 tokens included, and counts the tokens of all stories. Each contestant sets for torch's OpenMP what its `narrator`
sets; with GOMP_SPINCOUNT=300000, libgomp's default, given to this script both do without.
Prebuilt kernels beside compiled ones (docs/install.md): --old CHECKOUT --old-kernels compiled --new FOLDER --new-kernels x86-64-v4-bf16, where
FOLDER is a wheel, unpacked (`python -m zipfile -e`). There new by old is to be at least 0.9.
Bars: new by old at least 0.97 in every row where it is quiet, and at least 3 where it is busy.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from contestants import add_options, answer_of, contestant, ended, environment_of, take_turns, turn_of
from machine import describe_machine

ROOT = Path(__file__).resolve().parents[1]
VOCABULARY, CONTEXT, PROMPT = 10_000, 256, 10
TRAINED: dict[str, dict[str, Any]] = {
    "9m": {"preset": "gpt2", "layers": "attention*8", "width": 256, "heads": 8, "context": CONTEXT},
    "llama": {
        "preset": "llama", "layers": "attention*8", "width": 512, "heads": 8, "context": CONTEXT, "feed_forward_width": 1376,
    },
    "mamba-6m": {"preset": "mamba", "layers": "mamba*8", "width": 256, "context": CONTEXT},
}  # fmt: skip
TOLD: dict[str, dict[str, Any]] = {
    "llama-9m": {"preset": "llama", "layers": "attention*8", "width": 256, "heads": 8, "context": CONTEXT},
    "mamba-6m": {"preset": "mamba", "layers": "mamba*8", "width": 256, "context": CONTEXT},
}
STEP_TOKENS = 8192  # of the shapes of TRAINED
ROWS = [
    "train quick",
    *[f"train {shape}" for shape in TRAINED],
    *[f"tell {shape} {precision} {batch}" for shape in TOLD for precision in ("int8", "bf16", "fp32") for batch in (1, 32)],
]  # fmt: skip
BARS = {"quiet": 0.97, "busy": 3.0}

Turn = Callable[[], int]  # some work; returns its tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", type=Path)
    parser.add_argument("--new", type=Path, default=ROOT)
    parser.add_argument("--old-kernels", default="", help="as POCKET_NARRATOR_KERNELS has it")
    parser.add_argument("--new-kernels", default="")
    parser.add_argument("--conditions", default=",".join(BARS))
    parser.add_argument("--seconds", type=float, default=4)
    add_options(parser)
    parser.add_argument("--row", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.row:
        compete(arguments.row, arguments.threads, arguments.seconds)
        return
    if arguments.old is None or not (arguments.old / "pocket_narrator").is_dir():
        parser.error("--old CHECKOUT: a folder of this repository at another commit")
    print(f"{describe_machine()}, {arguments.threads} threads\n")
    print(
        "| row | beside it | old, tokens/s | new, tokens/s | new by old | least and most of the turns | others' cores | bar |"
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    turns: dict[str, dict[str, list[dict[str, float]]]] = {}
    for row in (row for row in ROWS if row.startswith(tuple(arguments.only.split(",")))):
        for condition, found in measure(row, arguments):
            turns[f"{row}, {condition}"] = found
            print(table_row(row, condition, found), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(turns, indent=2) + "\n", encoding="utf-8")


def measure(row: str, arguments: argparse.Namespace) -> Iterator[tuple[str, dict[str, list[dict[str, float]]]]]:
    """Of each condition the turns of both."""
    with ExitStack() as stack:
        both = {
            name: stack.enter_context(of_checkout(checkout.resolve(), kernels, row, arguments))
            for name, checkout, kernels in (
                ("old", arguments.old, arguments.old_kernels),
                ("new", arguments.new, arguments.new_kernels),
            )
        }
        for condition in arguments.conditions.split(","):
            found: dict[str, list[dict[str, float]]] = {name: [] for name in both}
            with ExitStack() as beside:
                if condition == "busy":
                    beside.enter_context(ended([sys.executable, "-c", "while True: pass"]))
                for number in range(arguments.repeats):
                    for name in sorted(both, reverse=number % 2 == 0):  # each goes first as often
                        found[name].append(turn_of(both[name]))
            yield condition, found


@contextmanager
def of_checkout(
    checkout: Path, kernels: str, row: str, arguments: argparse.Namespace
) -> "Iterator[subprocess.Popen[str]]":
    """A process that is ready for its first turn."""
    command = [sys.executable, __file__, "--row", row, "--threads", str(arguments.threads)]
    command += ["--seconds", str(arguments.seconds)]
    environment = environment_of(is_peer=False)
    environment |= {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": str(arguments.threads)}
    if kernels:
        environment["POCKET_NARRATOR_KERNELS"] = kernels
    with contestant(command, env=environment, cwd=checkout) as process:
        made_by = answer_of(process)["package"]
        assert Path(made_by).is_relative_to(checkout), f"{made_by} is not of {checkout}"
        yield process


def table_row(row: str, condition: str, found: dict[str, list[dict[str, float]]]) -> str:
    old, new = (statistics.median(turn["rate"] for turn in found[name]) for name in ("old", "new"))
    pairs = [b["rate"] / a["rate"] for a, b in zip(found["old"], found["new"], strict=True)]
    others = max(turn["others"] for turns in found.values() for turn in turns)
    ratio, bar = new / old, BARS[condition]
    verdict = f"{bar:g}: {'met' if ratio >= bar else 'missed'}"
    cells = [row, condition, f"{old:,.0f}", f"{new:,.0f}", f"{ratio:.2f}", f"{min(pairs):.2f} to {max(pairs):.2f}"]
    return f"| {' | '.join(cells)} | {others:.2f} | {verdict} |"


# ---- in a contestant's process


def compete(row: str, threads: int, seconds: float) -> None:
    from pocket_narrator.process.allocator import keep_freed_memory

    keep_freed_memory()
    with suppress(ImportError):  # of a checkout that does not have it
        from pocket_narrator.process.openmp import wait_briefly

        wait_briefly()
    import torch

    import pocket_narrator
    from pocket_narrator.models.kernels import native

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    if not native.available():
        raise SystemExit(native.status())
    verb, *words = row.split()
    turn = training(*words) if verb == "train" else telling(*words)
    turn()
    take_turns({"package": pocket_narrator.__file__}, turn, seconds, warm_up=turn)  # the other one has had the cores


def training(shape: str) -> Turn:
    """One step, in the precision that is the fastest here."""
    import torch

    from pocket_narrator.models.stack import DecoderStack
    from pocket_narrator.recipe.loading import load_recipe
    from pocket_narrator.recipe.schema import Recipe
    from pocket_narrator.training.machine.precision import choose_machine
    from pocket_narrator.training.optimizers import Optimizers

    training = {"steps": 1, "device": "cpu", "batch_tokens": STEP_TOKENS}
    if shape == "quick":
        recipe, vocabulary = load_recipe("storyworld-quick", ["training.device=cpu"]), 2048
    else:
        sizes = {"name": "benchmark", "corpus": {"kind": "storyworld"}, "model": TRAINED[shape], "training": training}
        recipe, vocabulary = Recipe.model_validate(sizes), VOCABULARY
    machine = choose_machine(recipe.training)
    model = DecoderStack(recipe.model, vocabulary).train()
    optimizers = Optimizers(model, recipe.training)
    rows, length = recipe.training.batch_tokens // recipe.model.context, recipe.model.context

    def turn() -> int:
        tokens = torch.randint(vocabulary, (rows, length + 1))
        with machine.autocast():
            loss = model.loss(tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()) / (rows * length)
        loss.backward()
        optimizers.step()
        return rows * length

    return turn


def telling(shape: str, precision: str, batch: str, tokens: int = 50) -> Turn:
    from pocket_narrator.generation.engine import Engine
    from pocket_narrator.generation.sampling import SamplingOptions
    from pocket_narrator.models.stack import DecoderStack
    from pocket_narrator.recipe.schema import ModelConfig

    stack = DecoderStack(ModelConfig(**TOLD[shape]), VOCABULARY).eval()
    engine = Engine(stack, 0, int(batch), precision)  # type: ignore[arg-type]
    options = SamplingOptions(temperature=0, max_tokens=tokens)

    def turn() -> int:
        engine.end_of_text = 0
        for row in range(int(batch)):
            engine.submit([3 + (7 * place + 13 * row) % 200 for place in range(1, PROMPT)], options)
        engine.end_of_text = -1  # no story ends by itself
        told = 0
        while not engine.is_idle:
            told += len(engine.step())
        return told

    return turn


if __name__ == "__main__":
    main()
