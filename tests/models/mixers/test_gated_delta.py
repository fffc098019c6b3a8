"""Gated DeltaNet beside its paper's formulas, token by token, in float64; and what it can track that others cannot."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.decoding.compiled import CompiledDecoder
from pocket_narrator.models.decoding.decoder import Part
from pocket_narrator.models.kernels import native
from pocket_narrator.models.mixers import make_mixer
from pocket_narrator.models.mixers.gated_delta import GatedDelta
from pocket_narrator.recipe.schema import GatedDeltaConfig as Options
from pocket_narrator.recipe.schema import ModelConfig
from tests.models.mixers.formulas import check_autocast, check_formula, check_windows, randomise
from tests.models.mixers.state_tracking import PARITY, S3, share_right_at_twice_the_length
from tests.models.stacks import MODELS, make_stack

OPTIONS = {
    "plain": Options(),
    "negative eigenvalues": Options(beta_range=2, convolution=3),
    "three steps": Options(beta_range=2, householder_steps=3, convolution=1),
}
WIDTH, HEADS = 24, 3
every = pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())


def fresh(options: Options) -> GatedDelta:
    """Random weights in float64, large enough that every part matters."""
    model = ModelConfig(layers="gated_delta", width=WIDTH, heads=HEADS, positions="none", gated_delta=options)
    mixer = make_mixer(model, 0).double()
    assert isinstance(mixer, GatedDelta)
    randomise(mixer)
    mixer.log_rates.detach().sub_(2)
    return mixer


def slow_gated_delta(mixer: GatedDelta, options: Options, x: Tensor) -> Tensor:
    """Yang, Kautz & Hatamizadeh 2025, eq. 10 and figure 1, with the steps of Siems et al. 2025: matrices written out."""
    C, J, D, taps = WIDTH, options.householder_steps, WIDTH // HEADS, options.convolution
    gate, mixed, a, b = mixer.up(x).split([C, C + 2 * J * C, HEADS, J * HEADS], dim=-1)
    rows = []
    for row in range(x.shape[0]):
        states = [torch.zeros(D, D, dtype=x.dtype) for _ in range(HEADS)]
        for t in range(x.shape[1]):
            total = torch.zeros((), dtype=x.dtype)
            for back in range(min(taps, t + 1)):
                total = total + mixer.convolution[:, taps - 1 - back] * mixed[row, t - back]
            q, k, v = F.silu(total).split([C, J * C, J * C])
            y = []
            for h in range(HEADS):
                rate, step = torch.exp(mixer.log_rates[h]), torch.log1p(torch.exp(a[row, t, h] + mixer.step_bias[h]))
                states[h] = torch.exp(-rate * step) * states[h]
                for j in range(J):
                    part = slice(j * C + h * D, j * C + (h + 1) * D)
                    key, value = k[part] / (k[part].square().sum() + 1e-6).sqrt(), v[part]
                    beta = options.beta_range / (1 + torch.exp(-b[row, t, j * HEADS + h]))
                    reflection = torch.eye(D, dtype=x.dtype) - beta * torch.outer(key, key)
                    states[h] = reflection @ states[h] + beta * torch.outer(key, value)
                query = q[h * D : (h + 1) * D]
                read = states[h].T @ (query / (query.square().sum() + 1e-6).sqrt())
                y.append(read / (read.square().mean() + 1e-6).sqrt() * mixer.head_norm)
            rows.append(torch.cat(y) * F.silu(gate[row, t]))
    return mixer.out(torch.stack(rows)).view(x.shape)


@every
def test_the_layer_is_the_paper(options):
    mixer = fresh(options)
    check_formula(mixer, lambda x: slow_gated_delta(mixer, options, x), WIDTH, 1e-8)


@every
def test_windows_of_a_longer_text(options):
    check_windows(fresh(options), WIDTH)


def test_beginning():
    """As the reference begins: rates uniform up to 16, steps log-uniform from 0.001 to 0.1."""
    torch.manual_seed(0)
    mixer = make_mixer(ModelConfig(layers="gated_delta", width=1024, heads=512), 0)
    assert isinstance(mixer, GatedDelta)
    mixer.initialise()
    rates, steps = mixer.log_rates.detach().exp(), F.softplus(mixer.step_bias.detach())
    for values, lowest, highest in ((rates, 0, 16), (steps.log10(), -3, -1)):
        assert lowest <= values.min() < lowest + 0.02 * (highest - lowest)
        assert highest - 0.02 * (highest - lowest) < values.max() <= highest + 1e-5
        assert float(values.mean()) == pytest.approx((lowest + highest) / 2, rel=0.06)
    assert float(mixer.convolution.detach().abs().max()) == pytest.approx(0.5, rel=0.01)


def test_autocast_is_nearly_the_same():
    check_autocast(fresh(OPTIONS["negative eigenvalues"]), WIDTH, 0.03)


@pytest.mark.skipif(not native.available(), reason=native.status())
def test_memory_is_the_same_after_one_token_and_after_a_thousand():
    decoder = CompiledDecoder(make_stack(MODELS["gated delta, two steps"]), 1)
    assert decoder.bytes_after(1) == decoder.bytes_after(1_000)
    for token in range(1_000):
        logits = decoder.read([Part(0, [token % 30])])
    assert logits.isfinite().all()


# ---- what it can track


def model(layers: str, **options: object) -> ModelConfig:
    """One layer, which sees one element at a time."""
    sizes = {"width": 32, "heads": 4, "context": 64, "positions": "none", "tied_head": False, "feed_forward_width": 32}
    own = {layers: {"convolution": 1, **options}} if layers == "gated_delta" else {}
    return ModelConfig.model_validate({**sizes, "layers": layers, **own})


@pytest.mark.parametrize(("layers", "options", "solves"), [
    ("mamba", {}, False),
    ("gated_delta", {"beta_range": 1}, False),
    ("gated_delta", {"beta_range": 2}, True),
])  # fmt: skip
def test_parity_wants_negative_eigenvalues(layers, options, solves):
    """Grazzi et al. 2025, theorem 1."""
    share = share_right_at_twice_the_length(model(layers, **options), PARITY, length=16, steps=100, rows=32)
    assert share >= 0.99 if solves else 0.45 < share < 0.55


@pytest.mark.slow
@pytest.mark.parametrize(("layers", "options", "solves"), [
    ("mamba", {}, False),
    ("gated_delta", {"beta_range": 1, "householder_steps": 2}, False),
    ("gated_delta", {"beta_range": 2}, False),
    ("gated_delta", {"beta_range": 2, "householder_steps": 2}, True),
])  # fmt: skip
def test_orders_of_three_things_want_two_reflections(layers, options, solves):
    """A turn of three things is two exchanges, so one layer needs two Householder steps (Siems et al. 2025). Chance is 1/6."""
    share = share_right_at_twice_the_length(model(layers, **options), S3, length=16, steps=400)
    assert share >= 0.99 if solves else share < 0.5
