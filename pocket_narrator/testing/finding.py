"""What is said of one property of a mixer: passed, failed (at which token, by how much) or skipped (why)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one property.

    what: what was seen, where it failed; why, where it was skipped. token: counted from 0. error: the largest
    difference, as a share of the largest number that was expected. cause: what usually leads to it. setting: the sizes and the dtype in
    which it was seen.
    """

    name: str
    outcome: Outcome
    what: str = ""
    token: int | None = None
    error: float | None = None
    cause: str = ""
    setting: str = ""


class Broken(Exception):
    """Raised by a probe: the property does not hold."""

    def __init__(self, what: str, token: int | None = None, error: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.token = token
        self.error = error


class NotTested(Exception):
    """Raised by a probe that has nothing to test here, with the reason."""


def expect_same(found: Tensor, expected: Tensor, what: str, tolerance: float, first: int = 0) -> None:
    """Broken where two outputs [B, T, C] differ by more than `tolerance` times the largest number in `expected`.

    what: what it would mean, in words. first: the number of the first token, for the message. Outputs [B, C] are of the
    token `first`.
    """
    expect_shape(found, tuple(expected.shape), what)
    if found.ndim == 2:
        found, expected = found[:, None], expected[:, None]
    if found.numel() == 0:
        return
    expect_finite(found, what, first)
    expect_finite(expected, what, first)
    errors_T = (found - expected).abs().amax(dim=(0, 2))
    scale = max(expected.abs().max().item(), 1e-12)
    wrong = torch.nonzero(~(errors_T <= tolerance * scale))
    if len(wrong):
        raise Broken(what, first + int(wrong[0]), errors_T.max().item() / scale)


def expect_shape(found: object, expected: tuple[int, ...], what: str) -> None:
    """Broken where something is no tensor of this shape."""
    if not isinstance(found, Tensor):
        raise Broken(f"{what}: {type(found).__name__} instead of a tensor")
    if tuple(found.shape) != expected:
        raise Broken(f"{what}: the shape is {list(found.shape)} instead of {list(expected)}")


def expect_finite(found_BTC: Tensor, what: str, first: int = 0) -> None:
    """Broken at the first token with NaN or infinity."""
    finite = found_BTC.isfinite()
    if not finite.all():
        token = first + int(torch.nonzero(~finite.all(dim=2).all(dim=0))[0])
        raise Broken(f"{what}: NaN or infinity", token)
