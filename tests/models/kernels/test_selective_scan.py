"""The selective scan: the reference beside its definition, and the C form beside the reference in float64."""

import random

import pytest
import torch
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.selective_scan import native_scan, selective_scan, selective_scan_reference

needs_c = pytest.mark.skipif(not native.available(), reason=native.status())
CLOSE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}  # of the largest value
NAMES = ("u", "delta", "rates", "inputs", "outputs", "skip", "gate", "bias", "initial")


class Case:
    """One random call; every option that a mixer can ask for."""

    def __init__(
        self, seed: int, length: int | None = None, channels: int | None = None, state: int | None = None
    ) -> None:
        pick, generator = random.Random(seed), torch.Generator().manual_seed(seed)
        B, T = pick.randint(1, 3), length or pick.choice([1, 2, 15, 16, 17, 31, 33, 64, 100])
        E = channels or pick.choice([1, 3, 16, 17, 40, 64])
        N = state or pick.choice([1, 4, 16, 16, 16, 23])
        G = pick.choice([1, 1, 2, 3]) if E >= 3 else 1

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator, dtype=torch.float64)

        def maybe(tensor: Tensor) -> Tensor | None:
            return tensor if pick.random() < 0.6 else None

        cuts = sorted(pick.sample(range(1, E), G - 1))
        self.groups = [end - begin for begin, end in zip([0, *cuts], [*cuts, E], strict=True)]
        self.softplus = pick.random() < 0.7
        delta = 2 * normal(B, T, E) - 1
        self.tensors: dict[str, Tensor | None] = {
            "u": normal(B, T, E),
            "delta": delta if self.softplus else delta.abs() * pick.choice([0.01, 1.0]),
            "rates": -torch.exp(normal(E, pick.choice([1, N, N]))),
            "inputs": normal(B, T, G, N),
            "outputs": normal(B, T, G, N),
            "skip": maybe(normal(E)),
            "gate": maybe(normal(B, T, E)),
            "bias": maybe(normal(E) if self.softplus else normal(E).abs() * 0.1),
            "initial": maybe(normal(B, N, E)),
        }
        self.starts = torch.rand(B, T, generator=generator) < 0.15 if pick.random() < 0.5 else None
        self.grad_y, self.grad_last = normal(B, T, E), normal(B, N, E)

    def rounded(self, dtype: torch.dtype) -> "Case":
        """With inputs that `dtype` holds exactly, so that only the arithmetic differs."""
        for name in ("u", "delta", "inputs", "outputs", "gate"):
            tensor = self.tensors[name]
            self.tensors[name] = None if tensor is None else tensor.to(dtype).double()
        self.grad_y = self.grad_y.to(dtype).double()
        return self

    def run(self, function, dtype: torch.dtype) -> dict[str, Tensor]:
        """Outputs and gradients, in float64. Parameters and states are float32 where the rest is bf16."""
        single = torch.float64 if dtype == torch.float64 else torch.float32
        given = {}
        for name, tensor in self.tensors.items():
            kind = dtype if name in ("u", "delta", "inputs", "outputs", "gate") else single
            given[name] = None if tensor is None else tensor.to(kind, copy=True).requires_grad_()
        initial = given.pop("initial")
        y, last = function(*given.values(), self.starts, initial, self.groups, self.softplus)[:2]
        assert y.dtype == dtype
        assert last.dtype == single
        torch.autograd.backward([y, last], [self.grad_y.to(dtype), self.grad_last.to(single)])
        found = {name: tensor.grad for name, tensor in {**given, "initial": initial}.items() if tensor is not None}
        return {name: tensor.detach().double() for name, tensor in {"y": y, "last": last, **found}.items()}


def definition(u, delta, rates, inputs, outputs, skip, gate, bias, starts, initial, groups, softplus):
    """Row by row, token by token, channel by channel."""
    B, T, E = u.shape
    N = inputs.shape[-1]
    group_of = [group for group, size in enumerate(groups) for _ in range(size)]
    ys, lasts = [], []
    for b in range(B):
        state = [torch.zeros(N, dtype=u.dtype) if initial is None else initial[b, :, e] for e in range(E)]
        for t in range(T):
            for e in range(E):
                if starts is not None and starts[b, t]:
                    state[e] = torch.zeros(N, dtype=u.dtype)
                d = delta[b, t, e] + (0 if bias is None else bias[e])
                d = torch.log1p(torch.exp(d)) if softplus else d
                state[e] = torch.exp(d * rates[e]) * state[e] + d * u[b, t, e] * inputs[b, t, group_of[e]]
                y = (state[e] * outputs[b, t, group_of[e]]).sum()
                y = y + (0 if skip is None else skip[e] * u[b, t, e])
                ys.append(y if gate is None else y * gate[b, t, e] * torch.sigmoid(gate[b, t, e]))
        lasts.append(torch.stack(state, dim=1))
    return torch.stack(ys).view(B, T, E), torch.stack(lasts)


def refuse_difference(found: dict[str, Tensor], expected: dict[str, Tensor], close: float) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        error = (tensor - expected[name]).abs().max() / expected[name].abs().max().clamp(min=1)
        assert error <= close, f"{name}: {error}"


@pytest.mark.parametrize("seed", range(12))
def test_the_reference_is_the_definition(seed):
    case = Case(seed, length=random.Random(seed).choice([1, 2, 7]), channels=5)
    refuse_difference(case.run(selective_scan_reference, torch.float64), case.run(definition, torch.float64), 1e-10)


@pytest.mark.parametrize("seed", range(6))
def test_gradients_of_the_reference(seed):
    case = Case(seed, length=4, channels=3, state=2)
    given = {name: tensor.requires_grad_() for name, tensor in case.tensors.items() if tensor is not None}

    def run(*tensors):
        every = dict.fromkeys(NAMES) | dict(zip(given, tensors, strict=True))
        initial = every.pop("initial")
        return selective_scan_reference(*every.values(), case.starts, initial, case.groups, case.softplus)

    assert torch.autograd.gradcheck(run, tuple(given.values()))


@needs_c
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("seed", range(60))
def test_the_c_form_beside_the_reference(seed, dtype):
    case = Case(1000 + seed).rounded(dtype)
    refuse_difference(case.run(selective_scan, dtype), case.run(selective_scan_reference, torch.float64), CLOSE[dtype])


@needs_c
@pytest.mark.parametrize("seed", range(4))
def test_long_rows_and_many_channels(seed):
    case = Case(seed, length=700, channels=200, state=16).rounded(torch.float32)
    expected = case.run(selective_scan_reference, torch.float64)
    refuse_difference(case.run(selective_scan, torch.float32), expected, CLOSE[torch.float32])


@needs_c
@pytest.mark.parametrize("seed", range(8))
def test_without_gradients_the_same_comes_out(seed):
    case = Case(seed)
    given = {name: None if tensor is None else tensor.float() for name, tensor in case.tensors.items()}
    initial = given.pop("initial")
    arguments = (*given.values(), case.starts, initial, case.groups, case.softplus)
    with torch.no_grad():
        quick = selective_scan(*arguments)
    for fast, slow in zip(quick, selective_scan(*arguments), strict=True):
        assert torch.equal(fast, slow)


@needs_c
def test_slices_of_wider_tensors_are_read_in_place():
    case = Case(5, length=33, channels=40, state=16)
    wide = torch.randn(2, 33, 200)
    u, gate, delta = wide[..., :40], wide[..., 40:80], wide[..., 80:120]
    inputs, outputs = wide[..., 120:136, None].transpose(2, 3), wide[..., 136:152, None].transpose(2, 3)
    rates = -torch.rand(40, 16)
    sliced = selective_scan(u, delta, rates, inputs, outputs, gate=gate)
    copied = selective_scan(*(x.contiguous() for x in (u, delta, rates, inputs, outputs)), gate=gate.contiguous())
    assert torch.equal(sliced[0], copied[0])
    del case


@needs_c
def test_a_held_state_is_held_for_ever():
    T = 5000
    zeros = torch.zeros(1, T, 16)
    initial = torch.randn(1, 16, 16)
    read = torch.randn(1, T, 1, 16)
    _, last = selective_scan(
        torch.randn(1, T, 16), zeros, -torch.rand(16, 16) - 1, read, read, initial=initial, softplus=False
    )
    assert torch.equal(last, initial)


@needs_c
def test_states_far_apart_in_time_scale():
    """Decays from 1 - 1e-6 to 0 in one row, in float32, beside float64."""
    case = Case(3, length=2000, channels=16, state=16)
    case.groups, case.starts, case.softplus = [16], None, False
    case.tensors |= {"bias": None, "delta": torch.logspace(-6, 3, 16, dtype=torch.float64).expand(1, 2000, 16)}
    case.tensors |= {"rates": -torch.linspace(0.5, 2, 256, dtype=torch.float64).view(16, 16), "initial": None}
    for name in ("u", "inputs", "outputs", "gate"):
        tensor = case.tensors[name]
        case.tensors[name] = (
            None if tensor is None else tensor[:1, ..., :16][..., :1, :] if tensor.ndim == 4 else tensor[:1]
        )
    case.grad_y, case.grad_last = case.grad_y[:1], case.grad_last[:1]
    case.rounded(torch.float32)
    expected = case.run(selective_scan_reference, torch.float64)
    found = case.run(selective_scan, torch.float32)
    for name in ("y", "last", "u", "inputs", "outputs"):
        channels = (tensor.amax((0, 1)) if tensor.ndim == 3 else tensor.amax() for tensor in (expected[name].abs(),))
        assert ((found[name] - expected[name]).abs().amax((0, 1)) <= 1e-4 * next(channels).clamp(min=1e-3)).all(), name


@needs_c
def test_the_operator_is_well_formed():
    case = Case(1007).rounded(torch.float32)
    given = {name: None if tensor is None else tensor.float().requires_grad_() for name, tensor in case.tensors.items()}
    initial = given.pop("initial")
    arguments = (*given.values(), case.starts, initial, case.groups, case.softplus)
    torch.library.opcheck(native_scan, arguments)


@needs_c
def test_nan_is_not_hidden():
    u = torch.randn(1, 40, 16)
    u[0, 20, 3] = float("nan")
    row = torch.randn(1, 40, 1, 16)
    y, last = selective_scan(u, torch.zeros(1, 40, 16), -torch.ones(16, 16), row, row)
    assert y[0, :20].isfinite().all()
    assert y[0, 20:, 3].isnan().all()
    assert last[0, :, 3].isnan().all()
    assert y[..., torch.arange(16) != 3].isfinite().all()
