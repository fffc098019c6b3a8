"""The Triton form of the selective scan beside the reference in float64, through the operator and its gradient."""

import pytest
import torch

from pocket_narrator.models.kernels.selective_scan import (
    GPU_CHUNK,
    native_scan,
    selective_scan,
    selective_scan_reference,
)
from tests.models.kernels.test_selective_scan import Case, refuse_difference
from tests.models.kernels.triton_mode import (
    DEVICE,
    INTERPRETED,
    compile_without_gpu,
    needs_triton,
    on_device,
    run_interpreted,
    runs_triton,
)

CLOSE = {torch.float32: 1e-5, torch.float16: 4e-3, torch.bfloat16: 2e-2}  # of the largest value
scan = on_device(selective_scan)


def refuse_difference_from_reference(case: Case, dtype: torch.dtype) -> None:
    case.rounded(dtype)
    refuse_difference(case.run(scan, dtype), case.run(selective_scan_reference, torch.float64), CLOSE[dtype])


@pytest.mark.slow
@needs_triton
def test_in_tritons_interpreter():
    run_interpreted(__file__)


@runs_triton
@pytest.mark.parametrize("seed", range(8 if INTERPRETED else 60))
def test_beside_the_reference(seed):
    length = [1, 8, 17, 27][seed % 4] if INTERPRETED else None
    refuse_difference_from_reference(Case(2000 + seed, length=length), torch.float32)


@runs_triton
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("seed", range(2 if INTERPRETED else 20))
def test_half_precision_beside_the_reference(seed, dtype):
    refuse_difference_from_reference(Case(3000 + seed, length=9 if INTERPRETED else None), dtype)


@runs_triton
@pytest.mark.parametrize("groups", [[32, 32], [33, 3]], ids=str)
def test_blocks_that_are_full_and_blocks_that_are_not(groups):
    case = Case(2, length=11, channels=sum(groups), state=16)
    case.groups = groups
    B, T = case.grad_y.shape[:2]
    for name in ("inputs", "outputs"):
        case.tensors[name] = torch.randn(B, T, len(groups), 16, dtype=torch.float64)
    refuse_difference_from_reference(case, torch.float32)


@runs_triton
def test_long_rows_and_many_channels():
    case = Case(3, length=70 if INTERPRETED else 2000, channels=32 if INTERPRETED else 1000, state=16)
    refuse_difference_from_reference(case, torch.float32)


@runs_triton
def test_steps_of_a_wider_dtype_are_read_as_they_are():
    generator = torch.Generator().manual_seed(0)
    u, inputs, outputs = (torch.randn(2, 9, *shape, generator=generator).bfloat16() for shape in ([20], [1, 4], [1, 4]))
    delta, rates = torch.rand(2, 9, 20, generator=generator), -torch.rand(20, 1, generator=generator)
    found = []
    for function, dtype in ((scan, torch.float32), (selective_scan_reference, torch.float64)):
        step = delta.to(dtype, copy=True).requires_grad_()
        rest = (None, None, None, None, None, [20], False)
        y, _ = function(
            *(x if dtype == torch.float32 else x.double() for x in (u,)), step, rates, inputs, outputs, *rest
        )
        y.float().square().sum().backward()
        found.append(step.grad.double())
    assert (found[0] - found[1]).abs().max() < 1e-2 * found[1].abs().max()


@runs_triton
@pytest.mark.parametrize("seed", range(4))
def test_without_gradients_the_same_comes_out(seed):
    case = Case(seed, length=5)
    given = {name: None if tensor is None else tensor.float() for name, tensor in case.tensors.items()}
    initial = given.pop("initial")
    arguments = (*given.values(), case.starts, initial, case.groups, case.softplus)
    with torch.no_grad():
        quick = scan(*arguments)
    for fast, slow in zip(quick, scan(*arguments), strict=True):
        assert torch.equal(fast, slow)


@runs_triton
def test_the_same_call_gives_the_same_bits():
    case = Case(8, length=9).rounded(torch.float32)
    first = case.run(scan, torch.float32)
    again = case.run(scan, torch.float32)
    assert all(torch.equal(first[name], again[name]) for name in first)


@runs_triton
def test_slices_of_wider_tensors_are_read_in_place():
    wide = torch.randn(2, 17, 200).to(DEVICE)
    u, gate, delta = wide[..., :40], wide[..., 40:80], wide[..., 80:120]
    inputs, outputs = wide[:, :, None, 120:136], wide[:, :, None, 136:152]
    rates = -torch.rand(40, 16).to(DEVICE)
    sliced = selective_scan(u, delta, rates, inputs, outputs, gate=gate)
    copied = selective_scan(*(x.contiguous() for x in (u, delta, rates, inputs, outputs)), gate=gate.contiguous())
    assert torch.equal(sliced[0], copied[0])


@runs_triton
def test_a_step_of_zero_holds_the_state():
    zeros, initial, read = torch.zeros(1, 50, 16), torch.randn(1, 16, 16), torch.randn(1, 50, 1, 16)
    rates = -torch.rand(16, 16) - 1
    arguments = (torch.randn(1, 50, 16), zeros, rates, read, read, None, None, None, None, initial, [16], False)
    assert torch.equal(scan(*arguments)[1], initial)


@runs_triton
def test_small_steps_keep_their_digits():
    """softplus(-12) is 6e-6: log(1 + exp(x)) in float32 would lose all but two of its digits."""
    delta = torch.linspace(-20, 20, 64).view(1, 1, 64)
    ones = torch.ones(1, 1, 1, 1)
    _, last = scan(torch.ones(1, 1, 64), delta, -torch.ones(64, 1), ones, ones, *[None] * 5, [64], True)
    expected = torch.nn.functional.softplus(delta.double(), threshold=100)
    assert ((last.double() - expected) / expected).abs().max() < 1e-6


@runs_triton
def test_the_operator_is_well_formed():
    case = Case(1007, length=9).rounded(torch.float32)
    given = {
        name: None if tensor is None else tensor.float().to(DEVICE).requires_grad_()
        for name, tensor in case.tensors.items()
    }
    initial = given.pop("initial")
    starts = None if case.starts is None else case.starts.to(DEVICE)
    torch.library.opcheck(native_scan, (*given.values(), starts, initial, case.groups, case.softplus))


def call_without_gpu(gate: bool, one_rate: bool, E: int, dtype: torch.dtype):
    """Arguments of both passes, at the shape of a training step."""
    B, T, N = 2, 256, 16
    u, delta, z = (torch.randn(B, T, E).to(dtype) for _ in range(3))
    read = torch.randn(B, T, 1, N).to(dtype)
    rates, channels = -torch.rand(E, 1 if one_rate else N), torch.rand(E)
    starts = torch.zeros(B, T, dtype=torch.bool)
    return (u, delta, rates, read, read, channels, z if gate else None, channels if gate else None, starts), [E]


@pytest.mark.slow
@needs_triton
@pytest.mark.parametrize(
    ("gate", "one_rate", "E", "dtype"),
    [(True, False, 512, torch.bfloat16), (False, True, 512, torch.float32), (True, False, 40, torch.float16)],
    ids=str,
)
def test_it_compiles_for_a_gpu(gate, one_rate, E, dtype, monkeypatch):
    from pocket_narrator.models.kernels.triton import scan as triton_scan

    tensors, groups = call_without_gpu(gate, one_rate, E, dtype)
    compiled = compile_without_gpu(
        "forward_kernel", triton_scan, lambda: triton_scan.forward(*tensors, None, groups, gate, keep=True), monkeypatch
    )
    assert len(compiled.asm["cubin"]) > 0
    kept = torch.zeros(2, 256 // GPU_CHUNK, 16, E)
    compiled = compile_without_gpu(
        "backward_kernel",
        triton_scan,
        lambda: triton_scan.backward(tensors[0], None, *tensors, kept, groups, gate),
        monkeypatch,
    )
    assert len(compiled.asm["cubin"]) > 0
