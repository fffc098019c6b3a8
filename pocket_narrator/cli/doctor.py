"""`narrator doctor`: which fast paths this machine has, and whether they are right."""

import platform
from typing import TYPE_CHECKING

import typer

from pocket_narrator import __version__
from pocket_narrator.allocator import keep_freed_memory

if TYPE_CHECKING:
    from pocket_narrator.models.kernels.self_test import Check

SLOW_OR_WRONG = 1  # the exit code


def doctor() -> None:
    """Check every fast kernel against its plain torch form, on this machine. Exit code 1 where one is wrong or missing."""
    keeps_memory = keep_freed_memory()
    import torch

    from pocket_narrator.models.kernels import native
    from pocket_narrator.models.kernels.self_test import check_kernels
    from pocket_narrator.training.precision import multiplies_bf16

    threads = torch.get_num_threads()
    bf16 = multiplies_bf16(torch.device("cpu"))
    print(
        f"pocket-narrator {__version__}, Python {platform.python_version()}, torch {torch.__version__}, {platform.platform()}"
    )
    print(
        f"CPU: {platform.machine()}, {threads} threads, bf16 products: {'yes' if bf16 else 'no, training is in fp32'}"
    )
    print(f"freed memory: {'kept' if keeps_memory else 'returned to the system; large tensors cost page faults'}")
    native.forget_verdict()
    in_use = native.available()
    print(f"kernels: {native.status()}")
    if in_use:
        print(f"rounded weights are multiplied in tiles (AMX): {'yes' if native.has_tiles() else 'no, in vectors'}")
    print()
    checks = check_kernels()
    print("\n".join(describe(checks, in_use)))
    problems = []
    if not in_use:
        problems.append("the kernels run in plain torch, several times slower: " + native.status())
        problems.append("stories are told by torch in fp32, without the decoder: bf16 and int8 are refused")
    problems += [
        f"{check.kernel} ({_name(check)}) is wrong by {check.error:.1e}" for check in checks if not check.passed
    ]
    if torch.cuda.is_available():
        on_gpu = check_kernels("cuda")
        print(f"\n{torch.cuda.get_device_name()}")
        print("\n".join(describe(on_gpu, True)))
        problems += [f"{c.kernel} ({_name(c)}) is wrong on the GPU by {c.error:.1e}" for c in on_gpu if not c.passed]
    if problems:
        print("\n" + "\n".join(f"problem: {problem}" for problem in problems))
        raise typer.Exit(SLOW_OR_WRONG)
    print("\nall fast kernels are in use, and right")


def describe(checks: "list[Check]", fast: bool) -> list[str]:
    """A table: each kernel's form, its error, and its speed beside plain torch, in words under it."""
    lines = [f"{'kernel':<22}{'dtype':<7}{'form':<7}{'error':>9}{'allowed':>10}{'speed':>9}"]
    for check in checks:
        speed = f"{check.reference_seconds / check.seconds:.1f}x" if fast else "1x"
        verdict = "" if check.passed else "  WRONG"
        lines.append(
            f"{check.kernel:<22}{_name(check):<7}{'fast' if fast else 'torch':<7}{check.error:>9.1e}{check.limit:>10.0e}"
            f"{speed:>9}{verdict}"
        )
    if fast:
        lines += [
            "",
            "speed: how many times as fast as plain torch in fp32, forward and backward together, on 192 tokens. Below 1x is no",
            "fault: on so few, calling a kernel and rounding to bf16 weigh more than the work; a training step has thousands.",
        ]
    return lines


def _name(check: "Check") -> str:
    return {"float32": "fp32", "bfloat16": "bf16", "int8": "int8"}[str(check.dtype).removeprefix("torch.")]
