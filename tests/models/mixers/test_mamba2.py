"""Mamba-2 beside its paper's formulas, token by token, in float64."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.mixers import make_mixer
from pocket_narrator.models.mixers.mamba2 import Mamba2
from pocket_narrator.recipe.schema import Mamba2Config as Options
from pocket_narrator.recipe.schema import ModelConfig
from tests.models.mixers.formulas import check_autocast, check_formula, check_windows, randomise

OPTIONS = {
    "plain": Options(head_width=8, state_size=6, chunk=16),
    "groups": Options(head_width=4, state_size=5, groups=3, convolution=3, chunk=7),
    "one head": Options(expand=1, head_width=24, state_size=3, convolution=1, chunk=64),
}
WIDTH = 24
every = pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())


def fresh(options: Options) -> Mamba2:
    """Random weights in float64, large enough that every part matters."""
    mixer = make_mixer(ModelConfig(layers="mamba2", width=WIDTH, positions="none", mamba2=options), 0).double()
    assert isinstance(mixer, Mamba2)
    randomise(mixer)
    mixer.log_rates.detach().mul_(3)
    return mixer


def slow_mamba2(mixer: Mamba2, options: Options, x: Tensor) -> Tensor:
    """Dao & Gu 2024, listing 1 and section 7: x, B and C through a short convolution, then the recurrence."""
    E, P, N, G = options.expand * WIDTH, options.head_width, options.state_size, options.groups
    H, K = E // P, options.convolution
    z, mixed, steps = mixer.up(x).split([E, E + 2 * G * N, H], dim=-1)
    rows = []
    for row in range(x.shape[0]):
        states = [torch.zeros(P, N, dtype=x.dtype) for _ in range(H)]
        for t in range(x.shape[1]):
            total = mixer.convolution_bias
            for k in range(K):
                if t - k >= 0:
                    total = total + mixer.convolution[:, K - 1 - k] * mixed[row, t - k]
            u, inputs, outputs = F.silu(total).split([E, G * N, G * N])
            y = []
            for h in range(H):
                g, part = h // (H // G), u[h * P : (h + 1) * P]
                step = torch.log1p(torch.exp(steps[row, t, h] + mixer.step_bias[h]))
                rate = -torch.exp(mixer.log_rates[h])
                states[h] = torch.exp(step * rate) * states[h] + step * part[:, None] * inputs[g * N : (g + 1) * N]
                y.append(states[h] @ outputs[g * N : (g + 1) * N] + mixer.skip[h] * part)
            gated = (torch.cat(y) * F.silu(z[row, t])).view(G, -1)
            rows.append((gated / (gated.square().mean(1, keepdim=True) + 1e-6).sqrt()).flatten() * mixer.norm)
    return mixer.out(torch.stack(rows)).view(x.shape)


@every
def test_the_layer_is_the_paper(options):
    mixer = fresh(options)
    check_formula(mixer, lambda x: slow_mamba2(mixer, options, x), WIDTH)


@every
def test_windows_of_a_longer_text(options):
    check_windows(fresh(options), WIDTH)


def test_beginning():
    """As the reference begins: rates uniform from 1 to 16, steps log-uniform from 0.001 to 0.1."""
    torch.manual_seed(0)
    mixer = make_mixer(ModelConfig(layers="mamba2", width=512, mamba2=Options(head_width=1)), 0)
    assert isinstance(mixer, Mamba2)
    mixer.initialise()
    rates, steps = mixer.log_rates.detach().exp(), F.softplus(mixer.step_bias.detach())
    for values, lowest, highest in ((rates, 1, 16), (steps.log10(), -3, -1)):
        assert lowest <= values.min() < lowest + 0.02 * (highest - lowest)
        assert highest - 0.02 * (highest - lowest) < values.max() <= highest + 1e-5
        assert float(values.mean()) == pytest.approx((lowest + highest) / 2, rel=0.04)
    assert (mixer.skip == 1).all()
    assert float(mixer.up.weight.detach().abs().max()) == pytest.approx(512**-0.5, rel=1e-3)


def test_autocast_is_nearly_the_same():
    check_autocast(fresh(OPTIONS["plain"]), WIDTH)
