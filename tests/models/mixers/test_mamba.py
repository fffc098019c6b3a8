"""Mamba as it begins, beside the reference's own numbers."""

import torch
import torch.nn.functional as F

from pocket_narrator.models.mixers.mamba import inverse_softplus, log_uniform
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import MambaConfig, ModelConfig


def test_it_begins_as_the_reference_does():
    torch.manual_seed(0)
    stack = DecoderStack(ModelConfig(preset="mamba", layers="mamba*4", width=256, context=16), 300)
    for layer in stack.layers:
        mixer = layer.mixer
        steps = F.softplus(mixer.steps.bias)
        assert 1e-3 * 0.99 < steps.min() < 2e-3
        assert 0.05 < steps.max() < 0.1 * 1.01
        assert abs(steps.log().mean() - torch.tensor([1e-3, 0.1]).log().mean()) < 0.2  # log-uniform
        assert torch.equal(mixer.log_rates.exp().round(), torch.arange(1, 17).float().expand(512, 16))
        assert (mixer.skip == 1).all()
        assert mixer.steps.weight.abs().max() <= 16**-0.5
        assert mixer.out.weight.abs().max() <= (512 * 4) ** -0.5  # one sum a layer, four layers
        assert layer.feed_forward is None


def test_inverse_softplus():
    x = torch.logspace(-4, 1, 50)
    torch.testing.assert_close(F.softplus(inverse_softplus(x)), x, rtol=1e-4, atol=0)


def test_log_uniform_has_a_floor():
    assert log_uniform(100, 1e-9, 1e-8).min() == 1e-4


def test_one_story_is_remembered_in_constant_space():
    model = ModelConfig(preset="mamba", layers="mamba*2", width=32, context=16, mamba=MambaConfig(state_size=4))
    stack = DecoderStack(model, 50).eval()
    state = stack.start([[1]])
    sizes = []
    for token in range(40):
        state = stack.advance(state, torch.tensor([token]))
        sizes.append(
            [mixer.memory.shape for mixer in state.mixers] + [mixer.recent_BKE.shape for mixer in state.mixers]
        )
    assert all(size == sizes[0] for size in sizes)
