"""Recurrences in chunks beside the same token by token, in float64."""

import random

import pytest
import torch
from torch import Tensor

from pocket_narrator.models.kernels.chunked import (
    LOWEST_LOG_DECAY,
    linear_recurrence,
    recurrence_reference,
)

CLOSE = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 3e-2}  # of the largest value
KINDS = ("none", "head", "channel")


class Case:
    """One random call; everything that a mixer can ask for."""

    def __init__(
        self, seed: int, kind: str | None = None, length: int | None = None, strength: float | None = None
    ) -> None:
        pick = random.Random(seed)
        generator = torch.Generator().manual_seed(seed)
        self.kind = kind or pick.choice(KINDS)
        self.rows = pick.randint(1, 3)
        self.length = length or pick.choice([1, 2, 3, 7, 15, 16, 17, 31, 33, 64, 65, 130])
        self.chunk = pick.choice([1, 2, 5, 16, 32, 64])
        groups = pick.randint(1, 3)
        heads = groups * (1 if self.kind == "channel" else pick.randint(1, 3))
        key_width, value_width = pick.choice([1, 3, 8, 16]), pick.choice([1, 2, 8, 17])

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator, dtype=torch.float64)

        shape = (self.rows, self.length)
        self.q, self.k = normal(*shape, groups, key_width), normal(*shape, groups, key_width)
        self.v = normal(*shape, heads, value_width)
        self.grad = normal(*shape, heads, value_width)
        self.grad_last = normal(self.rows, heads, key_width, value_width)
        strength = strength or pick.choice([0.01, 0.5, 3.0])
        self.log_decay = None
        if self.kind != "none":
            decays = (*shape, heads) if self.kind == "head" else (*shape, heads, key_width)
            self.log_decay = -strength * normal(*decays).abs()
            if self.kind == "channel":
                self.log_decay = self.log_decay.clamp(min=LOWEST_LOG_DECAY)
        self.starts = torch.rand(shape, generator=generator) < pick.choice([0.05, 0.3]) if pick.random() < 0.6 else None
        self.initial = normal(self.rows, heads, key_width, value_width) if pick.random() < 0.5 else None

    def run(self, function, dtype: torch.dtype = torch.float64) -> list[Tensor]:
        """Outputs, last states and the gradients of all inputs, in float64; decays and states are never below float32."""
        wide = torch.float32 if dtype == torch.bfloat16 else dtype
        given = [(self.q, dtype), (self.k, dtype), (self.v, dtype), (self.log_decay, wide), (self.initial, wide)]
        q, k, v, log_decay, initial = (
            None if x is None else x.to(kind, copy=True).requires_grad_() for x, kind in given
        )
        options = {} if function is recurrence_reference else {"chunk": self.chunk}
        y, last = function(q, k, v, log_decay, self.starts, initial, **options)
        assert y.dtype == dtype
        assert last.dtype == wide
        inputs = [x for x in (q, k, v, log_decay, initial) if x is not None]
        grads = torch.autograd.grad([y, last], inputs, [self.grad.to(dtype), self.grad_last.to(wide)])
        return [x.detach().double() for x in (y, last, *grads)]

    def rounded(self, dtype: torch.dtype) -> "Case":
        """The same case with inputs that `dtype` holds exactly, so that only the arithmetic differs."""
        for name in ("q", "k", "v", "grad"):
            setattr(self, name, getattr(self, name).to(dtype).double())
        return self


def assert_close(found: list[Tensor], expected: list[Tensor], tolerance: float) -> None:
    for one, wanted in zip(found, expected, strict=True):
        assert one.isfinite().all()
        assert (one - wanted).abs().max() <= tolerance * wanted.abs().max().clamp(min=1)


@pytest.mark.parametrize("seed", range(8))
def test_the_reference_is_the_definition(seed):
    """One number at a time."""
    case = Case(seed, length=6)
    y, last = recurrence_reference(case.q, case.k, case.v, case.log_decay, case.starts, case.initial)
    heads, key_width, value_width = case.grad_last.shape[1:]
    for row in range(case.rows):
        for head in range(heads):
            group = head // (heads // case.q.shape[2])
            for a in range(value_width):
                state = [0.0] * key_width if case.initial is None else case.initial[row, head, :, a].tolist()
                for t in range(case.length):
                    for i in range(key_width):
                        if case.starts is not None and case.starts[row, t]:
                            state[i] = 0.0
                        if case.log_decay is not None:
                            log_decay = case.log_decay[row, t, head]
                            state[i] *= float((log_decay[i] if case.kind == "channel" else log_decay).exp())
                        state[i] += float(case.k[row, t, group, i] * case.v[row, t, head, a])
                    expected = sum(float(case.q[row, t, group, i]) * state[i] for i in range(key_width))
                    assert float(y[row, t, head, a]) == pytest.approx(expected, abs=1e-12)
                assert last[row, head, :, a].tolist() == pytest.approx(state, abs=1e-12)


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("seed", range(60))
def test_chunks_beside_the_reference(seed, dtype):
    case = Case(seed).rounded(dtype)
    assert_close(case.run(linear_recurrence, dtype), case.run(recurrence_reference), CLOSE[dtype])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_gradients(kind, seed):
    case = Case(seed, kind, length=7)
    case.chunk = 3
    case.q, case.k, case.v = case.q[..., :3], case.k[..., :3], case.v[..., :2]
    case.log_decay = case.log_decay[..., :3] if kind == "channel" else case.log_decay
    initial = torch.randn(case.rows, case.v.shape[2], case.q.shape[3], case.v.shape[3], dtype=torch.float64)
    inputs = [x.clone().requires_grad_() for x in (case.q, case.k, case.v, initial)]
    if case.log_decay is None:
        assert torch.autograd.gradcheck(lambda q, k, v, s: linear_recurrence(q, k, v, None, case.starts, s, 3), inputs)
        return
    decay = (0.9 * case.log_decay).clone().requires_grad_()  # away from the bound, where there is no derivative
    assert torch.autograd.gradcheck(
        lambda q, k, v, s, f: linear_recurrence(q, k, v, f, case.starts, s, 3), [*inputs, decay]
    )


@pytest.mark.parametrize("dtype", CLOSE, ids=str)
@pytest.mark.parametrize("kind", ["head", "channel"])
def test_extreme_decays(kind, dtype):
    """Tokens that forget everything beside tokens that forget nothing."""
    for seed in range(6):
        case = Case(seed, kind, length=130).rounded(dtype)
        case.chunk = 64
        lowest = -1e4 if kind == "head" else LOWEST_LOG_DECAY
        chosen = torch.rand(case.log_decay.shape, generator=torch.Generator().manual_seed(seed))
        share = 0.5 if seed % 2 else 0.98
        case.log_decay = torch.where(chosen < share, lowest, torch.where(chosen < 0.99, 0.0, -1e-3)).double()
        # Differences of sums as large as 1e6 are right to 0.1 in float32: the tokens between two that forget fade by a little
        # more or less, beside the reset that either of them is.
        assert_close(
            case.run(linear_recurrence, dtype)[:2], case.run(recurrence_reference)[:2], max(CLOSE[dtype], 1e-3)
        )


def test_channels_that_fade_faster_than_the_bound_fade_at_the_bound():
    case = Case(3, "channel", length=40, strength=50.0)
    case.log_decay = -50 * torch.rand(case.log_decay.shape, dtype=torch.float64)
    found = case.run(linear_recurrence, torch.float32)
    inside = case.log_decay > LOWEST_LOG_DECAY
    case.log_decay = case.log_decay.clamp(min=LOWEST_LOG_DECAY)
    expected = case.run(recurrence_reference)
    expected[5] = expected[5] * inside
    assert_close(found, expected, CLOSE[torch.float32])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_no_output_depends_on_a_later_token_or_an_earlier_story(kind, dtype):
    pick = random.Random(7)
    for seed in range(8):
        case = Case(seed, kind, length=70)
        at = pick.randrange(1, case.length)
        parts = [case.q, case.k, case.v, case.log_decay]
        later = [None if x is None else torch.cat([x[:, :at], -2 * x[:, at:].abs()], dim=1) for x in parts]
        earlier = [None if x is None else torch.cat([-2 * x[:, :at].abs(), x[:, at:]], dim=1) for x in parts]
        starts = torch.zeros(case.rows, case.length, dtype=torch.bool)

        def read(parts, starts, initial, chunk=case.chunk):
            q, k, v = (x.to(dtype) for x in parts[:3])
            decay = None if parts[3] is None else parts[3].float()
            return linear_recurrence(q, k, v, decay, starts, initial, chunk)

        for given in (None, starts):
            before, after = read(parts, given, None), read(later, given, None)
            assert torch.equal(before[0][:, :at], after[0][:, :at])
            assert not torch.equal(before[0][:, at:], after[0][:, at:])
        starts[:, at] = True
        other = torch.randn(case.grad_last.shape)
        before, after = read(parts, starts, None), read(earlier, starts, other)
        assert torch.equal(before[0][:, at:], after[0][:, at:])
        assert torch.equal(before[1], after[1])
        assert not torch.equal(before[0][:, :at], after[0][:, :at])


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_can_be_read_in_pieces(kind):
    for seed in range(6):
        case = Case(seed, kind, length=65)
        whole, last = recurrence_reference(case.q, case.k, case.v, case.log_decay, case.starts, case.initial)
        state, pieces = case.initial, []
        for begin, end in ((0, 1), (1, 30), (30, 31), (31, 65)):
            parts = [
                None if x is None else x[:, begin:end] for x in (case.q, case.k, case.v, case.log_decay, case.starts)
            ]
            piece, state = linear_recurrence(*parts, state, case.chunk)
            pieces.append(piece)
        torch.testing.assert_close(torch.cat(pieces, dim=1), whole, rtol=1e-11, atol=1e-11)
        torch.testing.assert_close(state, last, rtol=1e-11, atol=1e-11)


def test_autocast_does_not_round_the_sums():
    case = Case(2, "head", length=130)
    inputs = [x.float() for x in (case.q, case.k, case.v, case.log_decay)]
    plain = linear_recurrence(*inputs)
    with torch.autocast("cpu", torch.bfloat16):
        found = linear_recurrence(*inputs)
    assert torch.equal(found[0], plain[0])
    assert torch.equal(found[1], plain[1])


def test_float16_does_not_overflow():
    case = Case(4, "channel", length=48)
    case.log_decay = torch.full_like(case.log_decay, LOWEST_LOG_DECAY)
    case.rounded(torch.float16)
    y, _ = linear_recurrence(case.q.half(), case.k.half(), case.v.half(), case.log_decay.float())
    expected, _ = recurrence_reference(case.q, case.k, case.v, case.log_decay)
    assert (y - expected).abs().max() < 2e-3 * expected.abs().max()


@pytest.mark.parametrize("kind", KINDS)
def test_compiles_without_a_break(kind):
    case = Case(5, kind, length=20)
    for starts in (None, torch.rand(case.rows, 20) < 0.1):
        case.starts = starts
        compiled = torch.compile(linear_recurrence, fullgraph=True, backend="aot_eager")
        assert_close(case.run(compiled), case.run(recurrence_reference), CLOSE[torch.float64])
