"""Training speed beside nanoGPT's and llama2.c's own models, in one run.

python benchmarks/training_speed.py --nanogpt DIR --llama2c DIR [--shapes 9m,30m,llama] [--repeats 5] [--ours-compile] [--json FILE]

DIR are checkouts of karpathy/nanoGPT and karpathy/llama2.c; their model.py is imported from there. A step is forward,
loss, backward and AdamW over 8,192 random tokens, on two threads. Every contestant is a process of its own, which stays
alive; the contestants of a shape take turns, and only one computes at a time. Peers run under the allocator setting that
suits them best; ours sets its own. A turn in which other processes used more than 5 % of a core is dropped and repeated.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from contestants import THREADS, environment_of, give_memory_back, import_model
from machine import FOREIGN_LIMIT, OtherProcesses, describe_machine, peak_bytes, wait_for_quiet

from pocket_narrator.files.atomic import write_text

STEP_TOKENS = 8192
WARMUP_STEPS = 2  # at the beginning of every turn
TURN_STEPS = 3


@dataclass(frozen=True)
class Shape:
    """One size of model, and what we want to reach with it."""

    peer: Literal["nanoGPT", "llama2.c"]
    width: int
    layers: int
    heads: int
    vocabulary: int
    context: int
    feed_forward_width: int | None
    goal: float  # times the speed of the best peer row
    goal_fp32: float | None = None  # times the speed of the best fp32 peer row
    goal_gigabytes: float | None = None  # at most, resident


SHAPES = {
    "9m": Shape("nanoGPT", 256, 8, 8, 10_000, 256, None, goal=1.4, goal_fp32=3.0),
    "30m": Shape("nanoGPT", 384, 6, 6, 50_257, 128, None, goal=1.25, goal_gigabytes=2.5),
    "llama": Shape("llama2.c", 512, 8, 8, 10_000, 256, 1376, goal=1.2),
}


@dataclass(frozen=True)
class Contestant:
    """One row of the table."""

    shape: str
    name: str
    precision: Literal["auto", "bf16", "fp32"]
    compiled: bool
    checkout: str | None  # none: ours

    def describe(self) -> str:
        return f"{self.name} {self.precision}{', compiled' if self.compiled else ''}"


@dataclass
class Row:
    """What was measured of a contestant."""

    contestant: Contestant
    parameters: int
    tokens_per_second: list[float] = field(default_factory=list)  # of the turns that were kept
    foreign: list[float | None] = field(default_factory=list)  # cores used by others; none: not known here
    dropped: int = 0
    peak_bytes: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.tokens_per_second)

    @property
    def spread(self) -> float:
        return (max(self.tokens_per_second) - min(self.tokens_per_second)) / self.median


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nanogpt", type=Path)
    parser.add_argument("--llama2c", type=Path)
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--ours-compile", action="store_true", help="ours runs with compiled layers as well")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    shapes = arguments.shapes.split(",")
    checkouts = {"nanoGPT": arguments.nanogpt, "llama2.c": arguments.llama2c}
    for shape in shapes:
        if shape not in SHAPES:
            parser.error(f"there is no shape {shape}; there is {', '.join(SHAPES)}")
        checkout = checkouts[SHAPES[shape].peer]
        if checkout is None or not (checkout / "model.py").is_file():
            parser.error(
                f"shape {shape} needs --{SHAPES[shape].peer.lower().replace('.', '')} DIR, with a model.py in it"
            )
    machine = describe_machine()
    print(
        f"{machine}\n{STEP_TOKENS:,} tokens a step, {THREADS} threads, {TURN_STEPS} steps a turn after {WARMUP_STEPS} to warm up\n"
    )
    print("| shape | contestant | parameters | tokens/s | spread | of the best peer | peak memory | turns (dropped) |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    rows: list[Row] = []
    for shape in shapes:
        checkout = str(checkouts[SHAPES[shape].peer].resolve())
        measured = measure(contestants_of(shape, checkout, arguments.ours_compile), arguments.repeats)
        best = max(row.median for row in measured if row.contestant.checkout)
        for row in measured:
            print(table_row(row, best), flush=True)
        rows += measured
    print()
    for shape in shapes:
        print(f"{shape}: {compare_with_goals(SHAPES[shape], [row for row in rows if row.contestant.shape == shape])}")
    if arguments.json:
        results = [{**asdict(row), "median": row.median, "spread": row.spread} for row in rows]
        write_text(arguments.json, json.dumps({"machine": machine, "rows": results}, indent=2) + "\n")


def contestants_of(shape: str, checkout: str, ours_compile: bool) -> list[Contestant]:
    peer = SHAPES[shape].peer
    ours = [Contestant(shape, "pocket-narrator", "auto", compiled, None) for compiled in (False, True)]
    return [
        *ours[: 2 if ours_compile else 1],
        Contestant(shape, peer, "bf16", True, checkout),
        Contestant(shape, peer, "bf16", False, checkout),
        Contestant(shape, peer, "fp32", False, checkout),
    ]


def measure(contestants: list[Contestant], repeats: int) -> list[Row]:
    """The contestants take turns until each has `repeats` clean ones; SystemExit where one gets none in a long while."""
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(Process(contestant)) for contestant in contestants]
        rows = [Row(process.contestant, process.parameters) for process in processes]
        refuse_different_sizes(rows)
        for number in range(3 * repeats + 5):
            for process, row in zip(processes, rows, strict=True):
                if len(row.tokens_per_second) < repeats:
                    take_turn(process, row, number)
    for row in rows:
        if not row.tokens_per_second:
            raise SystemExit(f"{row.contestant.describe()}: other processes used the machine in every turn")
    return rows


def take_turn(process: "Process", row: Row, number: int) -> None:
    answer = process.turn()
    speed, foreign = answer["tokens_per_second"], answer["foreign"]
    row.peak_bytes = max(row.peak_bytes, answer["peak_bytes"])
    is_clean = foreign is None or foreign <= FOREIGN_LIMIT
    note = "" if foreign is None else f", others used {foreign:.2f} of a core"
    verdict = "" if is_clean else ": dropped"
    label = f"{row.contestant.shape}, {row.contestant.describe()}"
    print(f"turn {number + 1}, {label}: {speed:,.0f} tokens/s{note}{verdict}", file=sys.stderr, flush=True)
    if is_clean:
        row.tokens_per_second.append(speed)
        row.foreign.append(foreign)
    else:
        row.dropped += 1
        wait_for_quiet()


def refuse_different_sizes(rows: list[Row]) -> None:
    counts = [row.parameters for row in rows]
    if max(counts) > 1.01 * min(counts):
        sizes = ", ".join(f"{row.contestant.describe()} {row.parameters:,}" for row in rows)
        raise SystemExit(f"the parameter counts differ by more than 1 %: {sizes}")


def table_row(row: Row, best_peer: float) -> str:
    cells = [
        row.contestant.shape,
        row.contestant.describe(),
        f"{row.parameters:,}",
        f"{row.median:,.0f}",
        f"{100 * row.spread:.1f} %",
        f"{row.median / best_peer:.2f}x",
        f"{row.peak_bytes / 1e9:.2f} GB" if row.peak_bytes else "-",
        f"{len(row.tokens_per_second)} ({row.dropped})",
    ]
    return f"| {' | '.join(cells)} |"


def compare_with_goals(shape: Shape, rows: list[Row]) -> str:
    ours = max((row for row in rows if not row.contestant.checkout), key=lambda row: row.median)
    peers = [row for row in rows if row.contestant.checkout]
    goals = [(ours.median / max(row.median for row in peers), shape.goal, "the best peer")]
    if shape.goal_fp32 is not None:
        fp32 = max(row.median for row in peers if row.contestant.precision == "fp32")
        goals.append((ours.median / fp32, shape.goal_fp32, "its best fp32"))
    parts = [f"{ratio:.2f}x {of} (goal {goal:g}x: {_met(ratio >= goal)})" for ratio, goal, of in goals]
    if shape.goal_gigabytes is not None:
        gigabytes, goal = ours.peak_bytes / 1e9, shape.goal_gigabytes
        parts.append(f"{gigabytes:.2f} GB (goal {goal:g} GB at most: {_met(0 < gigabytes <= goal)})")
    return ", ".join(parts)


def _met(is_met: bool) -> str:
    return "met" if is_met else "missed"


class Process:
    """A contestant's process: built and warmed up when `__init__` returns, then idle between turns."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--contestant", json.dumps(asdict(contestant))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment_of(is_peer=contestant.checkout is not None),
        )
        try:
            built = self._answer()
            self.parameters: int = built["parameters"]
            self.contestant = replace(contestant, precision=built["precision"])  # now that `auto` is known
        except BaseException:
            self.__exit__()
            raise

    def turn(self) -> dict[str, Any]:
        """Lets the process compute for one turn."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # `_answer` says why
            self._process.stdin.write("go\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        code = self._process.wait()
        self._errors.seek(0)
        tail = "".join(self._errors.readlines()[-15:])
        label = f"{self.contestant.shape}, {self.contestant.describe()}"
        raise SystemExit(f"{tail}\n{label}: ended with exit code {code}")

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()


# ---- in a contestant's process


def compete(contestant: Contestant) -> None:
    """Builds and warms up, then answers each line of stdin with one turn."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a peer prints must not stand among the answers
    if contestant.checkout is None:
        from pocket_narrator.process.allocator import keep_freed_memory
        from pocket_narrator.process.openmp import wait_briefly

        keep_freed_memory()
        wait_briefly()
    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    shape = SHAPES[contestant.shape]
    parameters, precision, train = (build_peer if contestant.checkout else build_ours)(shape, contestant)

    def step() -> None:
        tokens = torch.randint(shape.vocabulary, (STEP_TOKENS // shape.context, shape.context + 1))
        train(tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous())

    def say(answer: dict[str, Any]) -> None:
        give_memory_back()
        print(json.dumps(answer), file=answers, flush=True)

    step()  # compiles
    say({"parameters": parameters, "precision": precision})
    for _ in sys.stdin:
        for _ in range(WARMUP_STEPS):  # they take the memory again
            step()
        others = OtherProcesses()
        started = time.perf_counter()
        for _ in range(TURN_STEPS):
            step()
        seconds = time.perf_counter() - started
        speed = TURN_STEPS * STEP_TOKENS / seconds
        say({"tokens_per_second": speed, "foreign": others.cores(), "peak_bytes": peak_bytes()})


Train = Callable[[Any, Any], None]  # one step on (inputs, targets)


def build_ours(shape: Shape, contestant: Contestant) -> tuple[int, str, Train]:
    """Parameters, arithmetic and training step of our stack, made of the parts that `narrator train` uses."""
    from pocket_narrator.models.stack import DecoderStack
    from pocket_narrator.recipe.schema import Recipe
    from pocket_narrator.training.machine.precision import choose_machine, compile_layers
    from pocket_narrator.training.optimizers import Optimizers

    recipe = Recipe.model_validate(
        {
            "name": "benchmark",
            "corpus": {"kind": "storyworld"},
            "model": {
                "preset": "gpt2" if shape.peer == "nanoGPT" else "llama",
                "layers": f"attention*{shape.layers}",
                "width": shape.width,
                "heads": shape.heads,
                "context": shape.context,
                "feed_forward_width": shape.feed_forward_width,
            },
            "training": {
                "steps": 1,
                "batch_tokens": STEP_TOKENS,
                "device": "cpu",
                "precision": contestant.precision,
                "compile": "on" if contestant.compiled else "off",
            },
        }
    )
    machine = choose_machine(recipe.training)
    model = DecoderStack(recipe.model, shape.vocabulary).train()
    optimizers = Optimizers(model, recipe.training)
    compile_layers(model, recipe, 0.0, machine, report=print)
    print(machine.describe())

    def train(inputs: Any, targets: Any) -> None:
        with machine.autocast():
            loss = model.loss(inputs, targets) / targets.numel()
        loss.backward()
        optimizers.step()

    precision = {"bfloat16": "bf16", "float32": "fp32"}[str(machine.dtype).removeprefix("torch.")]
    return sum(parameter.numel() for parameter in model.parameters()), precision, train


def build_peer(shape: Shape, contestant: Contestant) -> tuple[int, str, Train]:
    """Parameters, arithmetic and training step of a peer: its own model, loss and optimizer, used as its own train.py does."""
    import torch

    assert contestant.checkout is not None
    module = import_model(Path(contestant.checkout))
    if shape.peer == "nanoGPT":
        settings = dict(n_layer=shape.layers, n_head=shape.heads, n_embd=shape.width, block_size=shape.context)
        model = module.GPT(module.GPTConfig(**settings, vocab_size=shape.vocabulary, dropout=0.0, bias=True))
    else:
        settings = dict(n_layers=shape.layers, n_heads=shape.heads, n_kv_heads=shape.heads, dim=shape.width)
        settings |= dict(hidden_dim=shape.feed_forward_width, max_seq_len=shape.context)
        model = module.Transformer(module.ModelArgs(**settings, vocab_size=shape.vocabulary, dropout=0.0))
    model.train()
    optimizer = model.configure_optimizers(0.1, 1e-3, (0.9, 0.95), "cpu")
    forward = torch.compile(model) if contestant.compiled else model
    is_bf16 = contestant.precision == "bf16"

    def train(inputs: Any, targets: Any) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
            answer = forward(inputs, targets)
            loss = answer[1] if shape.peer == "nanoGPT" else model.last_loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return sum(parameter.numel() for parameter in model.parameters()), contestant.precision, train


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contestant"]:
        compete(Contestant(**json.loads(sys.argv[2])))
    else:
        main()
