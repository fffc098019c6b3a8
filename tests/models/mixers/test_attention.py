"""The weights that attention shows are the ones that it mixes by."""

import pytest
import torch

from pocket_narrator.models.mixers.attention import Attention
from pocket_narrator.recipe.schema import ModelConfig

OPTIONS = [
    {},
    {"positions": "none", "qk_norm": True},
    {"key_value_heads": 1, "window": 5},
    {"preset": "gpt2"},
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("with_values", [False, True])
def test_weights_are_those_of_the_forward_pass(options: dict, with_values: bool) -> None:
    model = ModelConfig.model_validate({"layers": "attention", "width": 16, "heads": 2, "context": 12, **options})
    torch.manual_seed(1)
    mixer = Attention(model).double()
    x = torch.randn(2, 9, 16, dtype=torch.float64)
    groups = model.key_value_heads or model.heads
    more = torch.randn(2, 9, 8 * groups, dtype=torch.float64) if with_values else None
    weights = mixer.views(x, more)["attention"]
    assert weights.shape == (2, 2, 9, 9)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, 9, dtype=torch.float64))
    assert weights.triu(1).count_nonzero() == 0
    values = mixer._qkv(x, more)[..., -8 * groups :].view(2, 9, groups, 8).transpose(1, 2)
    mixed = weights @ values.repeat_interleave(2 // groups, dim=1)
    torch.testing.assert_close(mixer.out(mixed.transpose(1, 2).reshape(2, 9, 16)), mixer(x, None, more))
