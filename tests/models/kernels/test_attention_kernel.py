"""The attention kernels beside a plain float64 softmax over every key."""

import math
import random

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.attention import attention, attention_reference
from pocket_narrator.models.positions import rotation_table

needs_c = pytest.mark.skipif(not native.available(), reason=native.status())
CLOSE = {torch.float32: 5e-6, torch.bfloat16: 2e-2}  # of the largest value


class Case:
    """One random call; every option that a stack can ask for."""

    def __init__(self, seed: int, head_width: int | None = None, length: int | None = None) -> None:
        pick = random.Random(seed)
        generator = torch.Generator().manual_seed(seed)
        self.key_value_heads = pick.choice([1, 1, 2, 3])
        self.heads = self.key_value_heads * pick.choice([1, 1, 2, 4])
        self.head_width = head_width or pick.choice([8, 16, 24, 32, 40, 64, 80, 128])
        self.rows = pick.randint(1, 3)
        self.length = length or pick.choice([1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 130])
        self.window = pick.choice([1, 2, 7, 16, 33, self.length, 1000])
        self.normalise = pick.random() < 0.5
        self.scale = pick.choice([0.05, 12 / self.head_width, self.head_width**-0.5])
        shape = (self.rows, self.length)
        width = self.head_width * (self.heads + 2 * self.key_value_heads)
        self.qkv = torch.randn(*shape, width, generator=generator, dtype=torch.float64)
        self.grad = torch.randn(*shape, self.head_width * self.heads, generator=generator, dtype=torch.float64)
        self.rotation = None
        if self.head_width % 2 == 0 and pick.random() < 0.6:
            self.rotation = rotation_table(torch.arange(self.length), self.head_width, 10_000.0)
        self.lower = None
        if pick.random() < 0.5:
            starts = torch.rand(shape, generator=generator) < 0.15
            positions = torch.arange(self.length)
            self.lower = torch.where(starts, positions, 0).cummax(dim=1).values.to(torch.int32)

    def run(self, function, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Output and gradient of qkv, in float64, of `function` at `dtype`."""
        qkv = self.qkv.to(dtype, copy=True).requires_grad_()
        arguments = (self.heads, self.key_value_heads, self.window, self.scale, self.normalise)
        out = function(qkv, self.lower, self.rotation, *arguments)
        assert out.dtype == dtype
        out.backward(self.grad.to(dtype))
        return out.detach().double(), qkv.grad.double()

    def rounded(self, dtype: torch.dtype) -> "Case":
        """The same case with inputs that `dtype` holds exactly, so that only the arithmetic differs."""
        self.qkv = self.qkv.to(dtype).double()
        self.grad = self.grad.to(dtype).double()
        return self


def slow_attention(qkv, lower, rotation, heads, key_value_heads, window, scale, normalise) -> Tensor:
    """Token by token and head by head, from the definition."""
    rows, length, width = qkv.shape
    head_width = width // (heads + 2 * key_value_heads)

    def prepared(x: Tensor, t: int) -> Tensor:
        if normalise:
            x = x / (x.square().mean() + 1e-6).sqrt()
        if rotation is not None:
            pairs = torch.complex(x[: head_width // 2], x[head_width // 2 :])
            turned = pairs * torch.complex(rotation[0][t].double(), rotation[1][t].double())
            x = torch.cat([turned.real, turned.imag])
        return x

    out = []
    for row in range(rows):
        for t in range(length):
            first = max(t - window + 1, 0 if lower is None else int(lower[row, t]))
            for head in range(heads):
                group = head // (heads // key_value_heads)
                cells = qkv[row].view(length, -1, head_width)
                q = prepared(cells[t, head], t)
                keys = torch.stack([prepared(cells[j, heads + group], j) for j in range(first, t + 1)])
                weights = torch.softmax(keys @ q * scale, dim=0)
                out.append(weights @ cells[first : t + 1, heads + key_value_heads + group])
    return torch.stack(out).view(rows, length, heads * head_width)


@pytest.mark.parametrize("seed", range(12))
def test_the_reference_is_the_definition(seed):
    case = Case(seed, length=random.Random(seed).choice([1, 2, 5, 11]))
    for found, expected in zip(
        case.run(attention_reference, torch.float64), case.run(slow_attention, torch.float64), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("grouped", [False, True])
def test_the_reference_agrees_with_torch(grouped):
    heads, key_value_heads, head_width = 4, 2 if grouped else 4, 16
    qkv = torch.randn(2, 33, (heads + 2 * key_value_heads) * head_width)
    found = attention_reference(qkv, None, None, heads, key_value_heads, 1000, head_width**-0.5, False)
    q, k, v = qkv.view(2, 33, -1, head_width).transpose(1, 2).split([heads, key_value_heads, key_value_heads], dim=1)
    expected = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)
    torch.testing.assert_close(found, expected.transpose(1, 2).flatten(2), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_gradients_of_the_reference(seed):
    case = Case(seed, head_width=4, length=5)
    arguments = (case.heads, case.key_value_heads, case.window, case.scale, case.normalise)
    qkv = case.qkv[:1].clone().requires_grad_()
    lower = None if case.lower is None else case.lower[:1]
    assert torch.autograd.gradcheck(lambda x: attention_reference(x, lower, case.rotation, *arguments), qkv)


@needs_c
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("seed", range(60))
def test_the_c_kernel_beside_the_reference(seed, dtype):
    case = Case(1000 + seed).rounded(dtype)
    expected = case.run(attention_reference, torch.float64)
    for found, wanted in zip(case.run(attention, dtype), expected, strict=True):
        assert (found - wanted).abs().max() <= CLOSE[dtype] * wanted.abs().max().clamp(min=1)


@needs_c
@pytest.mark.parametrize("head_width", [1, 2, 3, 5, 6, 10, 12, 17, 30, 31, 48, 96, 100, 129, 250, 256, 257, 320])
def test_any_head_width(head_width):
    for seed in range(3):
        case = Case(seed, head_width=head_width).rounded(torch.float32)
        expected = case.run(attention_reference, torch.float64)
        for found, wanted in zip(case.run(attention, torch.float32), expected, strict=True):
            assert (found - wanted).abs().max() <= CLOSE[torch.float32] * wanted.abs().max().clamp(min=1)


@needs_c
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_large_scores_do_not_overflow(dtype):
    case = Case(4, head_width=32, length=40)
    case.qkv *= 100
    case.normalise, case.scale = False, 1.0
    out, gradient = case.rounded(dtype).run(attention, dtype)
    assert out.isfinite().all()
    assert gradient.isfinite().all()
    expected, _ = case.run(attention_reference, torch.float64)
    assert (out - expected).abs().max() <= 0.02 * expected.abs().max()


@needs_c
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_the_same_call_gives_the_same_bits(dtype):
    case = Case(8, head_width=32, length=65)
    first = case.run(attention, dtype)
    for _ in range(3):
        for found, expected in zip(case.run(attention, dtype), first, strict=True):
            assert torch.equal(found, expected)


@needs_c
def test_inputs_that_are_not_contiguous():
    case = Case(9, head_width=16, length=17)
    expected, _ = case.run(attention, torch.float32)
    arguments = (case.heads, case.key_value_heads, case.window, case.scale, case.normalise)
    spread = case.qkv.float().repeat_interleave(2, dim=-1)[..., ::2]
    assert not spread.is_contiguous()
    assert torch.equal(attention(spread, case.lower, case.rotation, *arguments).double(), expected)


@needs_c
def test_a_shorter_row_is_the_beginning_of_a_longer_one():
    for seed in range(6):
        case = Case(seed, length=65)
        case.window = 1000
        whole, _ = case.run(attention, torch.float32)
        case.qkv, case.grad = case.qkv[:, :40], case.grad[:, :40]
        case.rotation = None if case.rotation is None else tuple(table[:40] for table in case.rotation)
        case.lower = None if case.lower is None else case.lower[:, :40].contiguous()
        begun, _ = case.run(attention, torch.float32)
        assert (whole[:, :40] - begun).abs().max() < 1e-6


def test_scale_of_the_definition():
    """Two tokens by hand: the second one's weights are softmax of (q k1, q k2) times the scale."""
    qkv = torch.tensor([[[1.0, 2.0, 3.0], [1.0, 4.0, 5.0]]], dtype=torch.float64)  # q, k, v of one head of width 1
    out = attention_reference(qkv, None, None, 1, 1, 2, 0.5, False)[0, :, 0]
    weight = 1 / (1 + math.exp(0.5 * (4 - 2)))
    assert out.tolist() == pytest.approx([3.0, weight * 3 + (1 - weight) * 5])
