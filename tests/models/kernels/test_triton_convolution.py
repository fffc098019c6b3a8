"""The Triton form of the short convolution beside the reference in float64, through the operator and its gradient."""

import pytest
import torch

from pocket_narrator.models.kernels.convolution import (
    native_convolution,
    short_convolution,
    short_convolution_reference,
)
from tests.models.kernels.test_convolution import make_case, run
from tests.models.kernels.triton_mode import (
    DEVICE,
    INTERPRETED,
    compile_without_gpu,
    needs_triton,
    on_device,
    run_interpreted,
    runs_triton,
)

CLOSE = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 2e-2}  # of the largest value
convolve = on_device(short_convolution)


@pytest.mark.slow
@needs_triton
def test_in_tritons_interpreter():
    run_interpreted(__file__)


def refuse_difference_from_reference(case, grad, dtype: torch.dtype) -> None:
    case[0], grad = case[0].to(dtype).double(), grad.to(dtype).double()
    case[4] = None if case[4] is None else case[4].to(dtype).double()
    expected = run(short_convolution_reference, case, grad, torch.float64)
    for found, wanted in zip(run(convolve, case, grad, dtype), expected, strict=True):
        assert found.shape == wanted.shape
        if wanted.numel():
            assert (found - wanted).abs().max() <= CLOSE[dtype] * wanted.abs().max().clamp(min=1)


@runs_triton
@pytest.mark.parametrize("seed", range(15 if INTERPRETED else 40))
def test_beside_the_reference(seed):
    refuse_difference_from_reference(*make_case(seed), torch.float32)


@runs_triton
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("seed", range(3 if INTERPRETED else 20))
def test_half_precision_beside_the_reference(seed, dtype):
    refuse_difference_from_reference(*make_case(100 + seed), dtype)


@runs_triton
def test_many_pieces():
    generator = torch.Generator().manual_seed(0)
    x, grad = (torch.randn(2, 37, 70, generator=generator).double() for _ in range(2))
    starts = torch.rand(2, 37, generator=generator) < 0.1
    case = [
        x,
        torch.randn(70, 4, generator=generator).double(),
        None,
        starts,
        torch.randn(2, 3, 70, generator=generator).double(),
    ]
    refuse_difference_from_reference(case, grad, torch.float32)


@runs_triton
def test_slices_and_calls_without_gradient():
    wide = torch.randn(2, 20, 100).to(DEVICE)
    weight = torch.randn(40, 4).to(DEVICE)
    sliced = short_convolution(wide[..., 30:70], weight, None)
    assert torch.equal(sliced, short_convolution(wide[..., 30:70].contiguous(), weight, None))
    with torch.no_grad():
        assert torch.equal(sliced, short_convolution(wide[..., 30:70], weight, None))


@runs_triton
def test_the_operator_is_well_formed():
    case, _ = make_case(11)
    given = [None if x is None else x.to(DEVICE) for x in case]
    given = [x.float().requires_grad_() if x is not None and x.is_floating_point() else x for x in given]
    torch.library.opcheck(native_convolution, tuple(given))


@pytest.mark.slow
@needs_triton
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_it_compiles_for_a_gpu(dtype, monkeypatch):
    from pocket_narrator.models.kernels.triton import convolution as triton_convolution

    x, weight, bias, starts = (
        torch.randn(2, 64, 128).to(dtype),
        torch.randn(128, 4),
        torch.randn(128),
        torch.zeros(2, 64) > 1,
    )
    arguments = (x, weight, bias, starts, None)
    for name, call in (
        ("_forward_kernel", lambda: triton_convolution.forward(*arguments)),
        ("_backward_kernel", lambda: triton_convolution.backward(x, *arguments)),
    ):
        assert len(compile_without_gpu(name, triton_convolution, call, monkeypatch).asm["cubin"]) > 0
