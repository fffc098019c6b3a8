"""The narrative mixer's own kernels beside plain torch in float64."""

import random

import pytest
import torch
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.tracks import (
    native_read,
    native_steps,
    track_read,
    track_read_reference,
    track_steps,
    track_steps_reference,
)

pytestmark = pytest.mark.skipif(not native.available(), reason=native.status())
CLOSE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}


def make_case(seed: int, dtype: torch.dtype) -> tuple[list[int], list[Tensor], Tensor | None, list[Tensor], Tensor]:
    """Widths; two tensors [B, T, E]; weights; three [E]; a gradient: in float64, as `dtype` holds them."""
    pick, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    widths = [pick.choice([1, 3, 16, 17, 32, 48]) for _ in range(pick.randint(1, 4))]
    shape = (pick.randint(1, 3), pick.choice([1, 2, 33, 70]), sum(widths))

    def normal(*size: int) -> Tensor:
        return torch.randn(*size, generator=generator, dtype=torch.float64)

    weights = normal(*shape[:2], len(widths)).abs() if pick.random() < 0.7 else None
    rows = [normal(*shape).to(dtype).double() for _ in range(3)]
    return widths, rows[:2], weights, [normal(shape[2]) for _ in range(3)], rows[2]


def run(function, tensors: list[Tensor | None], dtypes: list[torch.dtype], grad: Tensor, *rest) -> list[Tensor]:
    given = [
        None if x is None else x.to(dtype, copy=True).requires_grad_() for x, dtype in zip(tensors, dtypes, strict=True)
    ]
    out = function(*given, *rest)
    assert out.dtype == dtypes[0]
    out.backward(grad.to(dtypes[0]))
    return [x.double() for x in (out.detach(), *(x.grad for x in given if x is not None and x.grad is not None))]


def refuse_difference(found: list[Tensor], expected: list[Tensor], close: float) -> None:
    for one, other in zip(found, expected, strict=True):
        assert (one - other).abs().max() <= close * other.abs().max().clamp(min=1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("seed", range(25))
def test_reading(seed, dtype):
    widths, (y, gate), weights, (gain, *_), grad = make_case(seed, dtype)
    news = y.roll(1, -1) if seed % 2 else None

    def of(function):
        return lambda y, gate, gain, weights, news: function(y, gate, gain, weights, widths, 1e-6, news)

    wide, single = [torch.float64] * 5, [dtype, dtype, torch.float32, torch.float32, dtype]
    expected = run(of(track_read_reference), [y, gate, gain, weights, news], wide, grad)
    refuse_difference(run(of(track_read), [y, gate, gain, weights, news], single, grad), expected, CLOSE[dtype])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("seed", range(25))
def test_steps(seed, dtype):
    widths, (raw, _), weights, (bias, low, span), grad = make_case(seed, dtype)
    slowest, fastest = low, low + span.abs()

    def of(function):
        return lambda raw, bias, weights: function(raw, bias, slowest.to(bias), fastest.to(bias), weights, widths)

    wide, single = [torch.float64] * 3, [dtype, torch.float32, torch.float32]
    expected = run(of(track_steps_reference), [raw, bias, weights], wide, grad)
    refuse_difference(run(of(track_steps), [raw, bias, weights], single, grad), expected, CLOSE[dtype])


def test_the_operators_are_well_formed():
    widths, (y, gate), _, vectors, _ = make_case(3, torch.float32)
    y, gate, a, b, c = (x.float().requires_grad_() for x in (y, gate, *vectors))
    weights = torch.rand(*y.shape[:2], len(widths), requires_grad=True)
    for news in (None, torch.rand_like(y, requires_grad=True)):
        torch.library.opcheck(native_read, (y, gate, a, weights, news, widths, 1e-6))
    torch.library.opcheck(native_steps, (y, a, b.detach(), c.detach(), weights, widths))
