"""Mamba-3 beside its paper's complex recurrence, token by token, in complex128."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.mixers import make_mixer
from pocket_narrator.models.mixers.mamba3 import Mamba3
from pocket_narrator.recipe.schema import Mamba2Config, ModelConfig
from pocket_narrator.recipe.schema import Mamba3Config as Options
from tests.models.mixers.formulas import check_autocast, check_formula, check_windows, normal, randomise
from tests.models.mixers.state_tracking import PARITY, share_right_at_twice_the_length

OPTIONS = {
    "plain": Options(head_width=8, state_size=6, chunk=16),
    "groups, all rotated": Options(head_width=4, state_size=5, groups=3, rope_fraction=1.0, chunk=7),
    "one head": Options(expand=1, head_width=24, state_size=4, chunk=64),
}
WIDTH = 24
every = pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())


def fresh(options: Options) -> Mamba3:
    """Random weights in float64, large enough that every part matters."""
    mixer = make_mixer(ModelConfig(layers="mamba3", width=WIDTH, positions="none", mamba3=options), 0).double()
    assert isinstance(mixer, Mamba3)
    randomise(mixer)
    return mixer


def complex_numbers(vector: Tensor, pairs: int) -> Tensor:
    """The pairs (i, i + P) as complex numbers, and what is left as real ones."""
    rotated = torch.complex(vector[:pairs], vector[pairs : 2 * pairs])
    return torch.cat([rotated, vector[2 * pairs :].to(torch.complex128)])


def slow_mamba3(mixer: Mamba3, options: Options, x: Tensor) -> Tensor:
    """Lahoti et al. 2026, propositions 1 and 2: the complex state itself, which no B or C is rotated for. With
    a = exp(d (A + i theta)), h[t] = a h[t-1] + (1 - lambda) d a B[t-1] x[t-1] + lambda d B[t] x[t], and y = Re(conj(C) h)."""
    E, P, N, G = options.expand * WIDTH, options.head_width, options.state_size, options.groups
    H, S = E // P, options.pairs()
    parts = mixer.up(x).split([E, E, G * N, G * N, H, H, H, S], dim=-1)
    rows = []
    for row in range(x.shape[0]):
        states = [torch.zeros(P, S + N - 2 * S, dtype=torch.complex128) for _ in range(H)]
        before = [torch.zeros_like(state) for state in states]  # B[t-1] x[t-1]
        for t in range(x.shape[1]):
            z, v, b, c, step, rate, blend, angle = (part[row, t] for part in parts)
            theta = torch.cat([-math.pi * torch.tanh(angle), torch.zeros(N - 2 * S, dtype=x.dtype)])
            y = []
            for h in range(H):
                group = slice(h // (H // G) * N, (h // (H // G) + 1) * N)
                inputs, outputs = (
                    complex_numbers(part[group] / (part[group].square().mean() + 1e-6).sqrt() * gain + bias[h], S)
                    for part, gain, bias in (
                        (b, mixer.input_norm, mixer.input_bias),
                        (c, mixer.output_norm, mixer.output_bias),
                    )
                )
                d, A = F.softplus(step[h] + mixer.step_bias[h]), -F.softplus(rate[h]).clamp(min=1e-4)
                share, u = torch.sigmoid(blend[h]), v[h * P : (h + 1) * P]
                a, written = torch.exp(d * torch.complex(A.expand_as(theta), theta)), u[:, None] * inputs
                states[h] = a * states[h] + (1 - share) * d * a * before[h] + share * d * written
                before[h] = written
                y.append((states[h] @ outputs.conj()).real + mixer.skip[h] * u)
            rows.append(torch.cat(y) * F.silu(z))
    return mixer.out(torch.stack(rows)).view(x.shape)


@every
def test_the_layer_is_the_paper(options):
    mixer = fresh(options)
    check_formula(mixer, lambda x: slow_mamba3(mixer, options, x), WIDTH)


@every
def test_windows_of_a_longer_text(options):
    check_windows(fresh(options), WIDTH)


@every
def test_a_story_start_resets_turns_input_and_state_to_the_last_bit(options):
    mixer, chunk = fresh(options).float(), options.chunk
    x = normal(1, 3 * chunk, WIDTH).float()
    starts = torch.zeros(1, 3 * chunk, dtype=torch.bool)
    starts[0, chunk] = True
    assert torch.equal(
        mixer(x, starts)[:, chunk:], mixer(torch.cat([x[:, :chunk] + 9, x[:, chunk:]], 1), starts)[:, chunk:]
    )


def test_padding_leaves_the_state_alone():
    mixer = fresh(OPTIONS["plain"])
    x, lengths = normal(3, 9, WIDTH), torch.tensor([9, 4, 1])
    y, state = mixer.prefill(x, mixer.start(3), lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, after = mixer.prefill(x[row : row + 1, :length], mixer.start(1), lengths[row : row + 1])
        torch.testing.assert_close(y[row, :length], alone[0], rtol=1e-12, atol=1e-12)
        for name in ("memory", "recent_BKE"):
            torch.testing.assert_close(getattr(state, name)[row], getattr(after, name)[0], rtol=1e-12, atol=1e-12)


def test_beginning():
    """As the reference begins: steps log-uniform from 0.001 to 0.1, and biases of one."""
    torch.manual_seed(0)
    mixer = make_mixer(ModelConfig(layers="mamba3", width=512, mamba3=Options(head_width=1)), 0)
    assert isinstance(mixer, Mamba3)
    mixer.initialise()
    steps = F.softplus(mixer.step_bias.detach()).log10()
    assert -3 <= steps.min() < -2.96
    assert -1.04 < steps.max() <= -1 + 1e-5
    assert float(steps.mean()) == pytest.approx(-2, rel=0.04)
    for ones in (mixer.input_bias, mixer.output_bias, mixer.input_norm, mixer.output_norm, mixer.skip):
        assert (ones == 1).all()
    assert float(mixer.up.weight.detach().abs().max()) == pytest.approx(512**-0.5, rel=1e-3)


def test_autocast_is_nearly_the_same():
    check_autocast(fresh(OPTIONS["plain"]), WIDTH)


@pytest.mark.slow
def test_it_tracks_parity_at_twice_the_length_and_mamba2_does_not():
    """A rotation by half a turn for every one is parity (section 3.2); a decay between 0 and 1 is not (Grazzi et al. 2025)."""
    sizes = {"width": 32, "heads": 2, "context": 64, "positions": "none"}
    beginning = {"head_width": 16, "state_size": 16}
    mamba3 = ModelConfig(layers="mamba3", mamba3=Options(shortest_step=0.01, longest_step=1.0, **beginning), **sizes)
    assert share_right_at_twice_the_length(mamba3, PARITY, 20, 500, rate=5e-3) > 0.99
    mamba2 = ModelConfig(layers="mamba2", mamba2=Mamba2Config(**beginning), **sizes)
    assert share_right_at_twice_the_length(mamba2, PARITY, 20, 200, rate=5e-3) < 0.55
