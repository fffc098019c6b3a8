"""Running angles and rotations beside complex numbers, in float64."""

import math

import pytest
import torch
from torch import Tensor

from pocket_narrator.models.kernels.rotation import biased_and_rotated, running_turns

ROWS, HEADS, LENGTH, PAIRS = 2, 3, 40, 4


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def some_starts() -> Tensor:
    starts = torch.rand(ROWS, LENGTH, generator=torch.Generator().manual_seed(2)) < 0.15
    starts[0, 0], starts[1, 0], starts[0, 7:9], starts[1, -1] = True, False, True, True
    return starts


def slow_turns(steps: Tensor, starts: Tensor | None, before: Tensor | None) -> Tensor:
    """One token at a time, without taking off whole turns."""
    sums, total = [], torch.zeros_like(steps[:, :, 0]) if before is None else before[:, :, 0]
    for t in range(steps.shape[2]):
        if starts is not None:
            total = torch.where(starts[:, t, None, None], 0, total)
        total = total + steps[:, :, t]
        sums.append(total)
    return torch.stack(sums, dim=2)


@pytest.mark.parametrize("starts", [None, some_starts()], ids=["one story", "stories"])
@pytest.mark.parametrize("before", [None, 0.4 * normal(ROWS, HEADS, 1, PAIRS, seed=5)], ids=["fresh", "carried"])
def test_turns_are_sums_of_steps_and_their_gradients(starts, before):
    steps = normal(ROWS, HEADS, LENGTH, PAIRS).requires_grad_()
    weights = normal(ROWS, HEADS, LENGTH, PAIRS, seed=1)
    found, expected = running_turns(steps, starts, before), slow_turns(steps, starts, before)
    assert (found.abs() <= 0.5).all()
    difference = (found - expected).detach()
    assert (difference - difference.round()).abs().max() < 1e-10  # but for whole turns
    gradients = torch.autograd.grad((found * weights).sum(), steps)
    wanted_gradients = torch.autograd.grad((expected * weights).sum(), steps)
    for one, wanted in zip(gradients, wanted_gradients, strict=True):
        torch.testing.assert_close(one, wanted, rtol=1e-12, atol=1e-12)


def test_a_story_has_the_same_turns_to_the_last_bit_whatever_stood_before():
    steps = normal(1, 1, 3000, 2).float()
    starts = torch.zeros(1, 3000, dtype=torch.bool)
    starts[0, 2000] = True
    assert torch.equal(running_turns(steps, starts)[:, :, 2000:], running_turns(steps[:, :, 2000:]))


def test_after_many_tokens_a_turn_is_as_exact_as_after_one():
    """Thirds of a turn: every third token is back where it began."""
    steps = torch.full((1, 1, 300_000, 1), 1 / 3, dtype=torch.float64)
    turns = running_turns(steps)[0, 0, 2::3, 0]
    assert turns.abs().max() < 300_000 * 2**-40


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("width", [8, 11])
def test_pairs_are_complex_numbers_that_are_rotated(groups, width):
    x, bias = normal(ROWS, LENGTH, groups, width).requires_grad_(), normal(HEADS, width, seed=1).requires_grad_()
    turns, weights = (
        normal(ROWS, HEADS, LENGTH, PAIRS, seed=2).requires_grad_(),
        normal(ROWS, HEADS, LENGTH, width, seed=3),
    )
    found = biased_and_rotated(x, bias, turns)
    plain = x.repeat_interleave(HEADS // groups, dim=2).transpose(1, 2) + bias[:, None]
    pairs = torch.complex(plain[..., :PAIRS], plain[..., PAIRS : 2 * PAIRS])
    rotated = pairs * torch.exp(2j * math.pi * turns)
    expected = torch.cat([rotated.real, rotated.imag, plain[..., 2 * PAIRS :]], dim=-1)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    inputs = (x, bias, turns)
    gradients = torch.autograd.grad((found * weights).sum(), inputs)
    wanted_gradients = torch.autograd.grad((expected * weights).sum(), inputs)
    for one, wanted in zip(gradients, wanted_gradients, strict=True):
        torch.testing.assert_close(one, wanted, rtol=1e-11, atol=1e-11)
