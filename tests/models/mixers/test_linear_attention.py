"""Linear attention and its gated kind beside their papers' formulas, token by token, in float64."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.mixers import make_mixer
from pocket_narrator.models.mixers.linear_attention import Features, GatedLinearAttention, LinearAttention
from pocket_narrator.models.mixers.mixer import Mixer
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import ModelConfig
from tests.models.mixers.formulas import check_autocast, normal, randomise

NAMES = ("linear_attention", "gated_linear_attention")
HEADS, WIDTH, CONTEXT = 3, 24, 16


def fresh(name: str, positions: str = "rope", bias: bool = False) -> Mixer:
    """Random weights in float64, large enough that every part matters."""
    model = ModelConfig(layers=name, width=WIDTH, heads=HEADS, context=CONTEXT, positions=positions, bias=bias)
    mixer = make_mixer(model, 0).double()
    randomise(mixer)
    return mixer


def turned(x: Tensor, position: int) -> Tensor:
    """One head's vector [D] as D/2 complex numbers, turned by the angles of its position."""
    half = len(x) // 2
    angles = position * 10_000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    pairs = torch.complex(x[:half], x[half:]) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([pairs.real, pairs.imag])


def slow_linear_attention(mixer: LinearAttention, x: Tensor, rotary: bool, values: Tensor | None) -> Tensor:
    """Every token looks at every earlier one (Katharopoulos et al. 2020, eq. 7; Su et al. 2021, eq. 19)."""
    q, k, v = mixer.qkv(x).chunk(3, dim=-1)
    v = v if values is None else v + values
    width = WIDTH // HEADS
    rows = []
    for row in range(x.shape[0]):
        for t in range(x.shape[1]):
            heads = []
            for h in range(HEADS):
                part = slice(h * width, (h + 1) * width)
                query = F.elu(q[row, t, part]) + 1
                total, weights = torch.zeros(width, dtype=x.dtype), 0.0
                for j in range(t + 1):
                    key = F.elu(k[row, j, part]) + 1
                    similar = turned(query, t) @ turned(key, j) if rotary else query @ key
                    total = total + similar * v[row, j, part]
                    weights = weights + query @ key
                heads.append(total / weights)
            rows.append(torch.cat(heads))
    return mixer.out(torch.stack(rows).view(x.shape))


def slow_gated_linear_attention(mixer: GatedLinearAttention, x: Tensor, rotary: bool, values: Tensor | None) -> Tensor:
    """S[t] = diag(alpha[t]) S[t-1] + k[t]^T v[t] (Yang et al. 2024, eq. 3 and section 4.4)."""
    gate, low, q, k, v = mixer.up(x).split([WIDTH, 16, WIDTH // 2, WIDTH // 2, WIDTH], dim=-1)
    v = v if values is None else v + values
    alpha = torch.sigmoid(mixer.rates(low)) ** (1 / 16)
    keys, width = WIDTH // 2 // HEADS, WIDTH // HEADS
    rows = []
    for row in range(x.shape[0]):
        states = [torch.zeros(keys, width, dtype=x.dtype) for _ in range(HEADS)]
        for t in range(x.shape[1]):
            heads = []
            for h in range(HEADS):
                some, part = slice(h * keys, (h + 1) * keys), slice(h * width, (h + 1) * width)
                query, key = (turned(z[row, t, some], t) if rotary else z[row, t, some] for z in (q, k))
                states[h] = alpha[row, t, some, None] * states[h] + key[:, None] * v[row, t, part]
                y = query @ states[h]
                heads.append(y / (y.square().mean() + 1e-6).sqrt() * mixer.head_norm)
            rows.append(torch.cat(heads) * F.silu(gate[row, t]))
    return mixer.out(torch.stack(rows).view(x.shape))


@pytest.mark.parametrize("positions", ["none", "rope"])
@pytest.mark.parametrize("name", NAMES)
def test_the_layer_is_the_paper(name, positions):
    rotary = positions == "rope"
    mixer = fresh(name, positions, bias=True)
    slow = {"linear_attention": slow_linear_attention, "gated_linear_attention": slow_gated_linear_attention}[name]
    x = normal(2, 19, WIDTH)  # longer than the context and than a chunk
    for values in (None, normal(2, 19, WIDTH, seed=1)):
        inputs = [x.clone().requires_grad_() for _ in range(2)]
        found = mixer(inputs[0], None, values)
        expected = slow(mixer, inputs[1], rotary, values)
        # The sum of weights has 1e-6 added to it.
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-7)
        for y in (found, expected):
            y.sin().sum().backward()
        torch.testing.assert_close(inputs[0].grad, inputs[1].grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("positions", ["none", "rope"])
@pytest.mark.parametrize("name", NAMES)
def test_windows_of_a_longer_text(name, positions):
    """Window by window is all at once, past the context; stories begin anew; the state handed on carries no gradient."""
    mixer = fresh(name, positions)
    x, values = normal(3, 70, WIDTH), normal(3, 70, WIDTH, seed=1)
    starts = torch.rand(3, 70, generator=torch.Generator().manual_seed(2)) < 0.08
    for given in (None, starts):
        whole = mixer(x, given, values)
        state = mixer.start(3)
        for begin, end in ((0, 17), (17, 18), (18, 50), (50, 70)):
            mine = None if given is None else given[:, begin:end]
            y, state = mixer.forward_from(x[:, begin:end], state, mine, values[:, begin:end])
            torch.testing.assert_close(y, whole[:, begin:end], rtol=1e-9, atol=1e-9)
            assert y.requires_grad
            assert not state.memory_BHKV.requires_grad


@pytest.mark.parametrize("name", NAMES)
def test_a_state_after_100_000_tokens_is_as_large_as_after_one(name):
    """And positions that far are still told apart."""
    mixer = fresh(name)
    state = mixer.start(1)
    _, state = mixer.prefill(normal(1, 1, WIDTH), state, torch.tensor([1]))
    sizes = state.memory_BHKV.shape, state.seen_B.shape
    state.seen_B += 100_000
    x = normal(1, 40, WIDTH, seed=1)
    found, after = mixer.prefill(x, state, torch.tensor([40]))
    assert (after.memory_BHKV.shape, after.seen_B.shape) == sizes
    assert after.seen_B.tolist() == [100_041]
    beginning = mixer.start(1)
    beginning.memory_BHKV = state.memory_BHKV
    near, _ = mixer.prefill(x, beginning, torch.tensor([40]))
    assert not torch.allclose(found, near, rtol=1e-3)  # what was remembered was turned by positions


def test_features_are_elu_plus_one_without_cancellation():
    """In bf16, elu(x) is -1 below -6."""
    x = torch.linspace(-20, 20, 401).bfloat16()
    expected = F.elu(x.double()) + 1
    assert ((Features.apply(x).double() - expected) / expected).abs().max() < 0.01
    assert torch.autograd.gradcheck(Features.apply, normal(20).requires_grad_())


@pytest.mark.parametrize("name", NAMES)
def test_autocast_is_nearly_the_same(name):
    check_autocast(fresh(name), WIDTH)


def test_gates_begin_open():
    """Where a token says nothing, what is remembered fades to a half in 16 tokens, not in one (the temperature)."""
    stack = DecoderStack(ModelConfig(layers="gated_linear_attention", width=WIDTH, heads=HEADS), 257)
    mixer = stack.layers[0].mixer
    state = mixer.start(1)
    state.memory_BHKV += 1
    with torch.no_grad():
        _, state = mixer.prefill(torch.zeros(1, 16, WIDTH), state, torch.tensor([16]))
    torch.testing.assert_close(state.memory_BHKV, torch.full_like(state.memory_BHKV, 0.5))
