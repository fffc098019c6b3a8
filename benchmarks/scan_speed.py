"""The selective scan alone, forward and backward, beside the matrix products of its block at the same shape, in one run.

python benchmarks/scan_speed.py [--device cpu|cuda] [--precision bf16|fp32] [--width 256] [--expand 2] [--state 16]
    [--tokens 8192] [--context 256] [--threads 2] [--repeats 7] [--no-reference] [--json FILE]

The products are those of one Mamba block (in-projection, selection, steps, out-projection). The bar: the scan, forward +
backward, takes at most their time. On a GPU, mamba_ssm's selective_scan_fn (where it can be imported) and the bytes that a
scan has to move at the speed of a copy stand beside it. The contestants live in one process and take turns. On the CPU a
turn in which other processes used more than 5 % of a core is dropped and repeated.
"""

import argparse
import importlib.util
import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from machine import FOREIGN_LIMIT, OtherProcesses, describe_machine, wait_for_quiet
from torch import Tensor

from pocket_narrator.files.atomic import write_text
from pocket_narrator.models.kernels import gpu, native
from pocket_narrator.models.kernels.convolution import short_convolution
from pocket_narrator.models.kernels.selective_scan import selective_scan, selective_scan_reference

CONVOLUTION = 4  # tokens that the short convolution sees
TURN_SECONDS = 0.4  # a turn repeats a contestant's step for about so long, after one to warm up
GPU_STEPS = 20  # of a turn on a GPU
SLEEP_CYCLES = 100_000_000  # of the GPU: long enough to launch the steps of a turn


@dataclass(frozen=True)
class Shape:
    """One Mamba layer and a batch for it. Legend: E channels, N state, R step rank."""

    width: int
    E: int
    N: int
    R: int
    rows: int
    context: int
    device: str
    dtype: torch.dtype

    def normal(self, *sizes: int) -> Tensor:
        """[rows, context, *sizes], with a gradient."""
        return torch.randn(self.rows, self.context, *sizes, device=self.device).to(self.dtype).requires_grad_()

    def parameter(self, *sizes: int) -> Tensor:
        """In float32, between 0 and 1."""
        return torch.rand(*sizes, device=self.device).requires_grad_()


@dataclass
class Contestant:
    """Something that is timed: a function of tensors, all of which get gradients."""

    name: str
    function: Callable[..., Tensor | Sequence[Tensor]]
    tensors: Sequence[Tensor]
    turns: int
    forward_seconds: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # forward + backward
    dropped: int = 0

    def outputs(self) -> Sequence[Tensor]:
        found = self.function(*self.tensors)
        return [found] if isinstance(found, Tensor) else found

    def forward(self) -> None:
        with torch.no_grad():
            self.outputs()

    def forward_and_backward(self) -> None:
        outputs = self.outputs()
        torch.autograd.backward(outputs, [y.detach() for y in outputs])  # any gradient does
        for tensor in self.tensors:
            tensor.grad = None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def row(self, products: float) -> str:
        spread = (max(self.seconds) - min(self.seconds)) / self.median
        forward = 1e3 * statistics.median(self.forward_seconds)
        turns = f"{len(self.seconds)} ({self.dropped})"
        return f"| {self.name} | {forward:.3f} | {1e3 * self.median:.3f} | {spread:.1%} | {self.median / products:.2f} | {turns} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=["cpu", "cuda"])
    parser.add_argument("--precision", default="bf16", choices=["bf16", "fp32"])
    for name, default in (("width", 256), ("expand", 2), ("state", 16), ("tokens", 8192), ("context", 256)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--threads", type=int, default=2, help="on the CPU")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument(
        "--no-reference", action="store_true", help="without the plain torch scan: it takes seconds a step"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.tokens % given.context:
        parser.error("--tokens must be a multiple of --context")
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    E, R, rows = given.expand * given.width, math.ceil(given.width / 16), given.tokens // given.context
    dtype = {"bf16": torch.bfloat16, "fp32": torch.float32}[given.precision]
    shape = Shape(given.width, E, given.state, R, rows, given.context, given.device, dtype)
    machine = describe(given.device)
    print(f"{machine}\n{shape}\n")
    contestants = make_contestants(shape, given.repeats, not given.no_reference)
    for number in range(3 * given.repeats + 5):
        for contestant in contestants:
            if len(contestant.seconds) < contestant.turns:
                take_turn(contestant, number, given.device)
    if not all(contestant.seconds for contestant in contestants):
        raise SystemExit("other processes used the machine in every turn of a contestant")
    products, scan = contestants[:2]
    print("| contestant | forward, ms | forward + backward, ms | spread | of the products | turns (dropped) |")
    print("|---|---|---|---|---|---|")
    for contestant in contestants:
        print(contestant.row(products.median))
    ratio = scan.median / products.median
    print(
        f"\nscan, forward + backward: {ratio:.2f} of the products' time (bar: 1 at most: {'met' if ratio <= 1 else 'missed'})"
    )
    limits = bandwidth_limits(shape) if given.device == "cuda" else None
    if limits:
        print(
            f"moving its inputs, outputs and gradients once takes {1e3 * limits[0]:.3f} ms forward and {1e3 * sum(limits):.3f} ms "
            f"forward + backward at the speed of a copy; the scan runs at {sum(limits) / scan.median:.0%} of that limit"
        )
    if given.json:
        kept = [
            {name: getattr(c, name) for name in ("name", "forward_seconds", "seconds", "dropped")} for c in contestants
        ]
        result = {"machine": machine, "shape": str(shape), "contestants": kept, "limits": limits}
        write_text(given.json, json.dumps(result, indent=2) + "\n")


def describe(device: str) -> str:
    if device == "cpu":
        return f"{describe_machine()}, {torch.get_num_threads()} threads, {native.status()}"
    form = "Triton kernels" if gpu.triton_takes(torch.zeros(1, device=device)) else "torch kernels: no Triton"
    return f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {form}"


def make_contestants(shape: Shape, turns: int, with_reference: bool) -> list[Contestant]:
    """The products first, then the scan."""
    E, N, R, width = shape.E, shape.N, shape.R, shape.width
    sizes = ((width, 2 * E), (E, R + 2 * N), (R, E), (E, width))
    weights = [torch.randn(there, here, device=shape.device).to(shape.dtype).requires_grad_() for here, there in sizes]
    inputs = [shape.normal(here) for here, _ in sizes]

    def products(*tensors: Tensor) -> list[Tensor]:
        return [F.linear(x, weight) for x, weight in zip(tensors[:4], tensors[4:], strict=True)]

    activations = [shape.normal(E), shape.normal(E), shape.normal(E), shape.normal(1, N), shape.normal(1, N)]
    parameters = [shape.parameter(E, N), shape.parameter(E), shape.parameter(E)]

    def scan(u, delta, gate, inputs, outputs, rates, skip, bias) -> Tensor:
        return selective_scan(u, delta, -rates, inputs, outputs, skip, gate, bias)[0]

    def reference(u, delta, gate, inputs, outputs, rates, skip, bias) -> Tensor:
        return selective_scan_reference(u, delta, -rates, inputs, outputs, skip, gate, bias, None, None, [E], True)[0]

    made = [
        Contestant("matrix products", products, [*inputs, *weights], turns),
        Contestant("selective scan", scan, [*activations, *parameters], turns),
        Contestant(
            "short convolution",
            short_convolution,
            [shape.normal(E), shape.parameter(E, CONVOLUTION), shape.parameter(E)],
            turns,
        ),
    ]
    if importlib.util.find_spec("mamba_ssm") and shape.device == "cuda":
        made.append(mamba_ssm(shape, turns))
    if with_reference:
        made.append(Contestant("scan in plain torch", reference, [*activations, *parameters], min(turns, 2)))
    return made


def mamba_ssm(shape: Shape, turns: int) -> Contestant:
    """The peer's kernel on tensors in its own layout, channels before tokens."""
    from mamba_ssm.ops.selective_scan_interface import selective_scan_fn  # type: ignore[import-not-found]

    def scan(u, delta, gate, inputs, outputs, rates, skip, bias) -> Tensor:
        return selective_scan_fn(u, delta, -rates, inputs, outputs, skip, gate, bias, delta_softplus=True)

    def normal(channels: int) -> Tensor:
        return shape.normal(channels).detach().transpose(1, 2).contiguous().requires_grad_()

    E, N = shape.E, shape.N
    tensors: list[Any] = [normal(E), normal(E), normal(E), normal(N), normal(N)]
    return Contestant(
        "mamba_ssm", scan, [*tensors, shape.parameter(E, N), shape.parameter(E), shape.parameter(E)], turns
    )


def take_turn(contestant: Contestant, number: int, device: str) -> None:
    others = OtherProcesses()
    forward, both = (step_seconds(step, device) for step in (contestant.forward, contestant.forward_and_backward))
    foreign = others.cores() if device == "cpu" else None
    if foreign is not None and foreign > FOREIGN_LIMIT:
        print(f"turn {number + 1}, {contestant.name}: others used {foreign:.2f} of a core: dropped", flush=True)
        contestant.dropped += 1
        wait_for_quiet()
        return
    contestant.forward_seconds.append(forward)
    contestant.seconds.append(both)


def step_seconds(step: Callable[[], object], device: str) -> float:
    """Seconds a step, over many, after one to warm up. On a GPU the time from the first kernel to the last one: the GPU is
    held until all are launched, so that launching is not what is measured."""
    started = time.perf_counter()
    step()
    if device == "cpu":
        steps = max(1, int(TURN_SECONDS / (time.perf_counter() - started)))
        started = time.perf_counter()
        for _ in range(steps):
            step()
        return (time.perf_counter() - started) / steps
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    torch.cuda._sleep(SLEEP_CYCLES)
    begin.record()
    for _ in range(GPU_STEPS):
        step()
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) / 1e3 / GPU_STEPS


def bandwidth_limits(shape: Shape) -> tuple[float, float]:
    """Seconds that a copy needs to move as many bytes as the forward and the backward pass have to: u, delta, gate, inputs and
    outputs in, y out; and all of them in with y's gradient, and gradients of all of them out."""
    wide, narrow = shape.rows * shape.context * shape.E, shape.rows * shape.context * shape.N
    x = torch.empty(2**29, dtype=torch.bfloat16, device=shape.device)
    copied = torch.empty_like(x)
    bytes_a_second = 2 * x.nbytes / step_seconds(lambda: copied.copy_(x), shape.device)
    forward, backward = 4 * wide + 2 * narrow, 7 * wide + 4 * narrow
    seconds = shape.dtype.itemsize / bytes_a_second
    return forward * seconds, backward * seconds


if __name__ == "__main__":
    main()
