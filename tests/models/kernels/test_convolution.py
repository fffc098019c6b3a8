"""The short convolution: the reference beside torch's own, and the C form beside the reference in float64."""

import itertools
import random

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.convolution import (
    native_convolution,
    short_convolution,
    short_convolution_reference,
)

needs_c = pytest.mark.skipif(not native.available(), reason=native.status())


def make_case(seed: int) -> tuple[list[Tensor | None], Tensor]:
    """x, weight, bias, starts, before in float64, and a gradient."""
    pick, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    B, T, E, K = (
        pick.randint(1, 3),
        pick.choice([1, 2, 3, 4, 5, 16, 33]),
        pick.choice([1, 5, 16, 17, 48]),
        pick.choice([1, 2, 4, 4, 7]),
    )

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator).double()

    starts = torch.rand(B, T, generator=generator) < 0.3 if pick.random() < 0.6 else None
    bias = normal(E) if pick.random() < 0.6 else None
    before = normal(B, K - 1, E) if pick.random() < 0.6 else None
    return [normal(B, T, E), normal(E, K), bias, starts, before], normal(B, T, E)


def run(function, case: list[Tensor | None], grad: Tensor, dtype: torch.dtype) -> list[Tensor]:
    given = []
    for place, tensor in enumerate(case):
        if tensor is None or place == 3:
            given.append(tensor)
        else:
            kind = dtype if place in (0, 4) else torch.promote_types(dtype, torch.float32)
            given.append(tensor.to(kind, copy=True).requires_grad_())
    y = function(*given)
    y.backward(grad.to(dtype))
    grads = [
        x.grad if x.grad is not None else torch.zeros_like(x) for x in given if x is not None and x.is_floating_point()
    ]
    return [y.detach().double(), *(x.double() for x in grads)]


def test_without_starts_it_is_torchs_convolution():
    (x, weight, _, _, _), _ = make_case(2)
    bias = torch.randn(x.shape[2]).double()
    padded = F.pad(x.transpose(1, 2), (weight.shape[1] - 1, 0))
    expected = F.silu(F.conv1d(padded, weight[:, None], bias, groups=x.shape[2])).transpose(1, 2)
    torch.testing.assert_close(short_convolution_reference(x, weight, bias, None, None), expected)


@pytest.mark.parametrize("seed", range(10))
def test_stories_of_a_row_do_not_meet(seed):
    (x, weight, bias, _, before), _ = make_case(seed)
    starts = torch.rand(x.shape[:2]) < 0.3
    whole = short_convolution_reference(x, weight, bias, starts, before)
    for row in range(len(x)):
        cuts = [0, *starts[row].nonzero().flatten().tolist(), x.shape[1]]
        for index, (begin, end) in enumerate(itertools.pairwise(cuts)):
            if begin == end:
                continue
            first = index == 0 and before is not None
            alone = short_convolution_reference(
                x[row : row + 1, begin:end], weight, bias, None, before[row : row + 1] if first else None
            )
            torch.testing.assert_close(whole[row, begin:end], alone[0])


@needs_c
@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)], ids=str)
@pytest.mark.parametrize("seed", range(40))
def test_the_c_form_beside_the_reference(seed, dtype, close):
    case, grad = make_case(seed)
    case[0], grad = case[0].to(dtype).double(), grad.to(dtype).double()
    case[4] = None if case[4] is None else case[4].to(dtype).double()
    expected = run(short_convolution_reference, case, grad, torch.float64)
    for found, wanted in zip(run(short_convolution, case, grad, dtype), expected, strict=True):
        assert (found - wanted).abs().max() <= close * wanted.abs().max().clamp(min=1) if wanted.numel() else True


@needs_c
def test_the_operator_is_well_formed():
    case, _ = make_case(11)
    given = [x.float().requires_grad_() if x is not None and x.is_floating_point() else x for x in case]
    torch.library.opcheck(native_convolution, tuple(given))
