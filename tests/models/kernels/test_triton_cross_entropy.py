"""The Triton form of softmax, loss and gradient beside the reference in float64."""

import pytest
import torch

from pocket_narrator.models.kernels.cross_entropy import IGNORE, linear_cross_entropy, losses_and_gradient_reference
from tests.models.kernels.test_cross_entropy_kernel import loss_and_gradients, make_case, plain
from tests.models.kernels.triton_mode import (
    DEVICE,
    INTERPRETED,
    compile_without_gpu,
    needs_triton,
    run_interpreted,
    runs_triton,
)

CLOSE = {torch.float32: 1e-6, torch.float16: 1e-3, torch.bfloat16: 8e-3}
SIZES = [(1, 64), (37, 64), (64, 64), (4099, 4160)] + ([] if INTERPRETED else [(50_257, 50_304)])


@pytest.mark.slow
@needs_triton
def test_in_tritons_interpreter():
    run_interpreted(__file__)


def make_logits(rows: int, columns: int, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(columns)
    logits = (5 * torch.randn(rows, columns, generator=generator)).to(dtype)
    return logits, torch.randint(0, 1_000_000, (rows,), generator=generator)


@runs_triton
@pytest.mark.parametrize("dtype", list(CLOSE), ids=str)
@pytest.mark.parametrize(("vocabulary_size", "columns"), SIZES)
@pytest.mark.parametrize("scale", [0.0, 0.25])
def test_beside_the_reference(vocabulary_size, columns, scale, dtype):
    from pocket_narrator.models.kernels.triton.cross_entropy import losses_and_gradient

    logits, targets = make_logits(5, columns, dtype)
    targets = targets % vocabulary_size
    targets[2] = IGNORE
    losses, gradient = losses_and_gradient_reference(logits[:, :vocabulary_size].double(), targets, scale)
    given = logits.to(DEVICE, copy=True)
    found = losses_and_gradient(given, targets.to(DEVICE), vocabulary_size, scale, IGNORE)
    torch.testing.assert_close(found.cpu().double(), losses, rtol=1e-6, atol=1e-5)
    if scale == 0:
        assert torch.equal(given.cpu(), logits)
        return
    torch.testing.assert_close(given.cpu()[:, :vocabulary_size].double(), gradient, rtol=CLOSE[dtype], atol=1e-6)
    assert not given[:, vocabulary_size:].any()


@runs_triton
def test_extreme_logits():
    from pocket_narrator.models.kernels.triton.cross_entropy import losses_and_gradient

    never = -float("inf")
    logits = torch.tensor([[never, 1e4, -1e4, 0.0], [never, never, 3.0, never]]).to(DEVICE)
    targets = torch.tensor([1, 2]).to(DEVICE)
    losses = losses_and_gradient(logits, targets, 4, 1.0, IGNORE)
    assert losses.tolist() == [0, 0]
    assert not logits.any()


@pytest.mark.skipif(INTERPRETED or not torch.cuda.is_available(), reason="no GPU")
def test_the_whole_loss_on_a_gpu():
    x, weight, targets = make_case(3000, 4099)
    expected = loss_and_gradients(plain, x, weight, targets, torch.float64)
    given = (x.to(DEVICE), weight.to(DEVICE), targets.to(DEVICE))
    for got, wanted in zip(loss_and_gradients(linear_cross_entropy, *given, torch.float32), expected, strict=True):
        torch.testing.assert_close(got.cpu(), wanted, rtol=1e-4, atol=1e-5 * wanted.abs().max().item())


@pytest.mark.slow
@needs_triton
def test_it_compiles_for_a_gpu(monkeypatch):
    from pocket_narrator.models.kernels.triton import cross_entropy as triton_cross_entropy

    logits, targets = make_logits(4, 50_304, torch.bfloat16)
    compiled = compile_without_gpu(
        "_kernel",
        triton_cross_entropy,
        lambda: triton_cross_entropy.losses_and_gradient(logits, targets % 50_257, 50_257, 1.0, IGNORE),
        monkeypatch,
    )
    assert len(compiled.asm["cubin"]) > 0
