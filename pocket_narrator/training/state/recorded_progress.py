"""How far a training had come when a checkpoint was saved, as its `state.json` has it."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pocket_narrator.errors import CheckpointError


@dataclass(frozen=True)
class RecordedProgress:
    """`tokens` trained on, `seconds` of work, looks that were `pending`, the `best` step so far with its figure, and the `kernels` that
    computed it (their `name`, and the `sha256` of their library; earlier versions did not say)."""

    tokens: int
    seconds: float
    pending: list[str]
    best: list | None
    kernels: dict[str, str | None] | None


def read_progress(state: Mapping[str, Any], checkpoint: Path) -> RecordedProgress:
    """Of the checkpoint's state. CheckpointError where that is not what a training writes."""
    tokens, seconds = state.get("tokens"), state.get("seconds")
    pending, best, random = state.get("pending", []), state.get("best"), state.get("random")
    kernels = state.get("kernels")
    wrong = [
        name
        for name, fits in (
            ("tokens", type(tokens) is int and tokens >= 0),
            ("seconds", isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds >= 0),
            ("pending", isinstance(pending, list) and all(isinstance(look, str) for look in pending)),
            ("best", best is None or _is_best(best)),
            ("random", isinstance(random, dict) and _lengths(random) == (3, 5)),
            ("kernels", kernels is None or _are_kernels(kernels)),
            ("scaler", state.get("scaler") is None or isinstance(state["scaler"], dict)),
        )
        if not fits
    ]
    if wrong:
        raise _not_ours(f": {', '.join(wrong)}", checkpoint)
    assert isinstance(tokens, int)
    assert isinstance(seconds, (int, float))
    return RecordedProgress(tokens, float(seconds), pending, best, kernels)


@contextmanager
def restoring(checkpoint: Path) -> Iterator[None]:
    """For what is made of a checkpoint's other values: tensors and numbers of too many shapes to look at each before it is used."""
    try:
        yield
    except torch.OutOfMemoryError:  # a RuntimeError too, but the checkpoint's fault in nothing
        raise
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise _not_ours(f" ({reason})", checkpoint) from error


def _not_ours(what: str, checkpoint: Path) -> CheckpointError:
    return CheckpointError(
        f"the state of this checkpoint is not what a training writes{what}",
        where=str(checkpoint),
        hint="restore it from a copy; without this folder the training goes on from the checkpoint before it",
    )


def _is_best(best: object) -> bool:
    """Whether it is a step and its figure."""
    if not (isinstance(best, list) and len(best) == 2 and type(best[0]) is int):
        return False
    return isinstance(best[1], float) and math.isfinite(best[1])


def _are_kernels(kernels: object) -> bool:
    """Whether it says what they are, as `native.identity` does."""
    if not isinstance(kernels, dict) or set(kernels) != {"name", "sha256"}:
        return False
    return isinstance(kernels["name"], str) and isinstance(kernels["sha256"], str | None)


def _lengths(random: Mapping[str, Any]) -> tuple[int, ...]:
    """Of the states of Python's and NumPy's generators."""
    return tuple(len(one) if isinstance(one := random.get(name), list) else 0 for name in ("python", "numpy"))
