"""A few rows at a time are all rows at once."""

import pytest
import torch
from torch import Tensor

from pocket_narrator.models.kernels import rows as rows_module
from pocket_narrator.models.kernels.rows import by_rows


def mixed(x: Tensor, mask: Tensor | None, factor: Tensor, state: Tensor | None, gain: Tensor) -> tuple[Tensor, Tensor]:
    """Something with every kind of input, that treats each row alone."""
    y = x if mask is None else x.masked_fill(mask[..., None], 0)
    total = (y * gain).cumsum(1) @ factor.mT
    if state is not None:
        total = total + state[:, None]
    return total.sin(), total[:, -1] * 2


@pytest.mark.parametrize("few", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("with_state", [False, True])
def test_outputs_and_gradients(few, with_state, monkeypatch):
    monkeypatch.setattr(rows_module, "TOKENS_OF_A_THREAD", few * 5)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    x, factor = torch.randn(7, 5, 4, dtype=torch.float64), torch.randn(7, 3, 4, dtype=torch.float64)
    state, gain = torch.randn(7, 3, dtype=torch.float64) if with_state else None, torch.randn(4, dtype=torch.float64)
    mask = torch.rand(7, 5) < 0.3
    found = []
    for function in (lambda *given: by_rows(mixed, given[:4], given[4:]), mixed):
        inputs = [None if part is None else part.clone().requires_grad_() for part in (x, factor, state, gain)]
        one, two = function(inputs[0], mask, *inputs[1:])
        with torch.no_grad():
            assert torch.equal(function(inputs[0], mask, *inputs[1:])[0], one)
        (one.square().sum() + two.sum()).backward()
        found.append([one, two, *(part.grad for part in inputs if part is not None)])
    for here, there in zip(*found, strict=True):
        torch.testing.assert_close(here, there, rtol=1e-12, atol=1e-12)


def test_an_output_that_nobody_uses_and_an_input_without_gradient():
    x, factor, gain = torch.randn(3, 5, 4), torch.randn(3, 3, 4), torch.randn(4, requires_grad=True)
    by_rows(mixed, (x, None, factor, None), (gain,))[1].sum().backward()
    expected = torch.autograd.grad(mixed(x, None, factor, None, gain)[1].sum(), gain)[0]
    torch.testing.assert_close(gain.grad, expected)


def test_autocast_is_off_inside():
    seen = []

    def look(x: Tensor) -> tuple[Tensor, ...]:
        seen.append(torch.is_autocast_enabled("cpu"))
        return (x * 2,)

    x = torch.randn(2, 3, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        by_rows(look, (x,))[0].sum().backward()
    assert seen == [False, False]
