"""The gated delta rule, in chunks and in C: beside the definition in float64, and beside the public reference in transformers."""

import random

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels.delta import delta_recurrence, delta_reference

CLOSE = {torch.float64: 1e-11, torch.float32: 2e-5, torch.bfloat16: 3e-2}  # of the largest value


class Case:
    """One random call; everything that the mixer can ask for."""

    def __init__(self, seed: int, beta_range: float | None = None, strength: float | None = None) -> None:
        pick = random.Random(seed)
        generator = torch.Generator().manual_seed(seed)
        self.chunk = pick.choice([1, 2, 5, 16, 32, 64])
        rows, heads, steps = pick.randint(1, 3), pick.randint(1, 3), pick.choice([1, 1, 2, 3])
        length = pick.choice([1, 2, 3, 7, 15, 16, 17, 31, 33, 64, 65, 130])
        K, V = pick.choice([1, 3, 8, 16]), pick.choice([1, 2, 8, 17])

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator, dtype=torch.float64)

        q, k = normal(rows, length, heads, K), F.normalize(normal(rows, length, steps, heads, K), dim=-1)
        v, logits = normal(rows, length, steps, heads, V), 3 * normal(rows, length, steps, heads)
        beta = (beta_range or pick.choice([1.0, 2.0])) * logits.sigmoid()
        log_decay = -(strength or pick.choice([1e-3, 0.1, 3.0])) * normal(rows, length, heads).abs()
        initial = normal(rows, heads, K, V) if pick.random() < 0.5 else None
        self.inputs = [q, k, v, beta, log_decay, initial]
        self.starts = None
        if pick.random() < 0.6:
            self.starts = torch.rand((rows, length), generator=generator) < pick.choice([0.05, 0.3])
        self.grads = normal(rows, length, heads, V), normal(rows, heads, K, V)

    def run(self, function, dtype: torch.dtype = torch.float64) -> list[Tensor]:
        """Outputs, last states and the gradients of all inputs, in float64; choices and states are never below float32."""
        wide = torch.float32 if dtype == torch.bfloat16 else dtype
        kinds = [dtype, dtype, dtype, wide, wide, wide]
        pairs = zip(self.inputs, kinds, strict=True)
        given = [None if x is None else x.to(kind, copy=True).requires_grad_() for x, kind in pairs]
        options = {} if function is delta_reference else {"chunk": self.chunk}
        y, last = function(*given[:5], self.starts, given[5], **options)
        assert y.dtype == dtype
        assert last.dtype == wide
        grads = [self.grads[0].to(dtype), self.grads[1].to(wide)]
        found = torch.autograd.grad([y, last], [x for x in given if x is not None], grads)
        return [x.detach().double() for x in (y, last, *found)]


def assert_close(found: list[Tensor], expected: list[Tensor], tolerance: float) -> None:
    for one, wanted in zip(found, expected, strict=True):
        assert one.isfinite().all()
        assert (one - wanted).abs().max() <= tolerance * wanted.abs().max().clamp(min=1)


@pytest.mark.parametrize("seed", range(60))
def test_chunks_are_the_definition(seed):
    case = Case(seed)
    assert_close(case.run(delta_recurrence), case.run(delta_reference), CLOSE[torch.float64])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("seed", range(60, 80))
def test_in_less_precision(seed, dtype, kernels):
    case = Case(seed)
    case.inputs[:3] = [x.to(dtype).double() for x in case.inputs[:3]]  # so that only the arithmetic differs
    case.grads = case.grads[0].to(dtype).double(), case.grads[1]
    assert_close(case.run(delta_recurrence, dtype), case.run(delta_reference), CLOSE[dtype])


def test_one_key_alone_is_the_papers_formula():
    """S = f S - b k^T (k f S) + b k^T v (eq. 10), with matrices written out."""
    k, q = F.normalize(torch.randn(3, dtype=torch.float64), dim=0), torch.randn(3, dtype=torch.float64)
    v, state = torch.randn(2, dtype=torch.float64), torch.randn(3, 2, dtype=torch.float64)
    f, b = 0.7, 1.4
    expected = (torch.eye(3) - b * torch.outer(k, k)) @ (f * state) + b * torch.outer(k, v)
    decay, beta = torch.full((1, 1, 1), f, dtype=torch.float64).log(), torch.full((1, 1, 1, 1), b, dtype=torch.float64)
    y, last = delta_recurrence(
        q.view(1, 1, 1, 3), k.view(1, 1, 1, 1, 3), v.view(1, 1, 1, 1, 2), beta, decay, initial=state.view(1, 1, 3, 2)
    )
    torch.testing.assert_close(last[0, 0], expected)
    torch.testing.assert_close(y[0, 0, 0], q @ expected)


@pytest.mark.parametrize("seed", range(100, 106))
def test_one_key_a_token_is_the_public_reference(seed, kernels):
    """transformers' own torch form of flash-linear-attention's rule; it divides queries by the root of their width."""
    public = pytest.importorskip("transformers.models.qwen3_next.modeling_qwen3_next", reason="make setup")
    case = Case(seed)
    q, k, v, beta, log_decay, initial = (None if x is None else x.float() for x in case.inputs)
    k, v, beta = (x[:, :, 0] for x in (k, v, beta))
    expected, state = public.torch_recurrent_gated_delta_rule(
        q, k, v, log_decay, beta, initial_state=initial, output_final_state=True
    )
    scale = q.shape[-1] ** -0.5
    y, last = delta_recurrence(q * scale, k[:, :, None], v[:, :, None], beta[:, :, None], log_decay, None, initial)
    torch.testing.assert_close(y, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(last, state, rtol=1e-4, atol=1e-5)


def test_states_do_not_grow_where_everything_is_mirrored(kernels):
    """Ten thousand reflections (b = 2) of a state and nothing written: its length stays."""
    generator = torch.Generator().manual_seed(0)
    k = F.normalize(torch.randn(1, 10_000, 1, 1, 8, generator=generator), dim=-1)
    v, beta = torch.zeros(1, 10_000, 1, 1, 4), torch.full((1, 10_000, 1, 1), 2.0)
    state = torch.randn(1, 1, 8, 4, generator=generator)
    _, last = delta_recurrence(k[:, :, 0], k, v, beta, torch.zeros(1, 10_000, 1), None, state)
    assert float(last.norm()) == pytest.approx(float(state.norm()), rel=1e-3)


def test_equal_keys_again_and_again_keep_their_last_value(kernels):
    """With b = 1 the new value replaces the old, however often: the worst case of the triangular system."""
    k = F.normalize(torch.ones(1, 200, 1, 1, 8), dim=-1)
    v = torch.randn(1, 200, 1, 1, 4, generator=torch.Generator().manual_seed(0))
    y, _ = delta_recurrence(k[:, :, 0], k, v, torch.ones(1, 200, 1, 1), torch.zeros(1, 200, 1))
    torch.testing.assert_close(y, v[:, :, 0], rtol=1e-5, atol=1e-5)


def test_chunks_take_an_initial_state_that_is_not_dense():
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, 40, *shape, dtype=torch.float64) for shape in ((2, 4), (1, 2, 4), (1, 2, 3)))
    k = torch.nn.functional.normalize(k, dim=-1)
    beta, log_decay = torch.rand(2, 40, 1, 2, dtype=torch.float64), -torch.rand(2, 40, 2, dtype=torch.float64)
    initial = torch.randn(2, 4, 2, 3, dtype=torch.float64).transpose(1, 2)
    found = delta_recurrence(q, k, v, beta, log_decay, None, initial)
    for one, other in zip(found, delta_reference(q, k, v, beta, log_decay, None, initial), strict=True):
        torch.testing.assert_close(one, other)
