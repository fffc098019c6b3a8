"""The fused head and loss beside plain float64 torch."""

import pytest
import torch
import torch.nn.functional as F

from pocket_narrator.models.kernels import cross_entropy
from pocket_narrator.models.kernels.cross_entropy import IGNORE, linear_cross_entropy, linear_log_probs


def make_case(tokens: int, vocabulary_size: int, width: int = 24, seed: int = 0):
    """Hidden states, head and targets (a third of them ignored) of random numbers that bfloat16 holds."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(tokens, width, generator=generator).bfloat16().double()
    weight = (torch.randn(vocabulary_size, width, generator=generator) * 0.3).bfloat16().double()
    targets = torch.randint(vocabulary_size, (tokens,), generator=generator)
    targets[torch.rand(tokens, generator=generator) < 0.3] = IGNORE
    return x, weight, targets


def loss_and_gradients(function, x, weight, targets, dtype):
    x, weight = x.to(dtype, copy=True).requires_grad_(), weight.to(dtype, copy=True).requires_grad_()
    loss = function(x, weight, targets)
    (3 * loss).backward()
    return loss.detach().double(), x.grad.double(), weight.grad.double()


def plain(x, weight, targets):
    return F.cross_entropy(x @ weight.T, targets, ignore_index=IGNORE, reduction="sum")


@pytest.mark.parametrize("vocabulary_size", [1, 2, 37, 64, 257, 1000, 4099])
@pytest.mark.parametrize("tokens", [1, 5, 127, 128, 300])
def test_loss_and_gradients(tokens, vocabulary_size, kernels, monkeypatch):
    monkeypatch.setattr(cross_entropy, "CHUNK_ELEMENTS", 128 * 64)  # several chunks
    monkeypatch.setattr(cross_entropy, "FEWEST_ROWS", 128)
    x, weight, targets = make_case(tokens, vocabulary_size)
    expected = loss_and_gradients(plain, x, weight, targets, torch.float64)
    found = loss_and_gradients(linear_cross_entropy, x, weight, targets, torch.float32)
    for got, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-5 * wanted.abs().max().item())


@pytest.mark.parametrize("vocabulary_size", [37, 1000])
def test_bfloat16_products(vocabulary_size, kernels):
    x, weight, targets = make_case(300, vocabulary_size)
    expected = loss_and_gradients(plain, x, weight, targets, torch.float64)
    with torch.autocast("cpu", torch.bfloat16):
        found = loss_and_gradients(linear_cross_entropy, x, weight, targets, torch.float32)
    assert found[0].item() == pytest.approx(expected[0].item(), rel=2e-3)
    for got, wanted in zip(found[1:], expected[1:], strict=True):
        assert (got - wanted).abs().max() < 2e-2 * wanted.abs().max()


def test_only_the_gradients_that_are_asked_for(kernels):
    x, weight, targets = make_case(20, 37)
    _, expected_x, expected_weight = loss_and_gradients(plain, x, weight, targets, torch.float64)
    one = x.float().requires_grad_()
    linear_cross_entropy(one, weight.float(), targets).backward()
    torch.testing.assert_close(3 * one.grad.double(), expected_x, rtol=1e-4, atol=1e-4)
    other = weight.float().requires_grad_()
    linear_cross_entropy(x.float(), other, targets).backward()
    torch.testing.assert_close(3 * other.grad.double(), expected_weight, rtol=1e-4, atol=1e-4)


def test_gradients_are_slopes():
    """By differences; torch's gradcheck runs one backward pass twice, for which the gradients are not kept."""
    x, weight, targets = make_case(6, 11, width=3)
    _, grad_x, grad_weight = loss_and_gradients(linear_cross_entropy, x, weight, targets, torch.float64)
    step = 1e-5
    for tensor, gradient in ((x, grad_x), (weight, grad_weight)):
        flat, slopes = tensor.view(-1), gradient.view(-1)
        for at in range(len(flat)):
            value = flat[at].item()
            flat[at] = value + step
            above = linear_cross_entropy(x, weight, targets)
            flat[at] = value - step
            below = linear_cross_entropy(x, weight, targets)
            flat[at] = value
            assert slopes[at].item() == pytest.approx(3 * (above - below).item() / (2 * step), abs=1e-7)


@pytest.mark.parametrize("vocabulary_size", [2, 37, 257])
def test_log_probs(vocabulary_size, kernels):
    x, weight, targets = make_case(150, vocabulary_size)
    every = F.log_softmax(x @ weight.T, dim=-1)
    expected = torch.where(targets == IGNORE, 0.0, every.gather(1, targets.clamp(min=0)[:, None])[:, 0])
    found = linear_log_probs(x.float(), weight.float(), targets)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)
    assert (found[targets == IGNORE] == 0).all()


def test_probabilities_of_all_tokens_sum_to_one(kernels):
    x, weight, _ = make_case(4, 37)
    each = [linear_log_probs(x.float(), weight.float(), torch.full((4,), token)) for token in range(37)]
    torch.testing.assert_close(torch.stack(each).exp().sum(0), torch.ones(4), rtol=1e-5, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_large_logits_do_not_overflow(dtype, kernels):
    x, weight, targets = make_case(50, 37)
    found = linear_log_probs((1e4 * x).to(dtype), weight.to(dtype), targets)
    assert found.isfinite().all()
    assert (found <= 0).all()


def test_all_targets_ignored(kernels):
    x, weight, targets = make_case(10, 37)
    loss, grad_x, grad_weight = loss_and_gradients(
        linear_cross_entropy, x, weight, torch.full_like(targets, IGNORE), torch.float32
    )
    assert loss == 0
    assert not grad_x.any()
    assert not grad_weight.any()
