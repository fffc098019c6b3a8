"""Looking inside changes nothing, and shows what is there."""

import pytest
import torch

from pocket_narrator.evaluation.inside.hooks import look_inside
from pocket_narrator.evaluation.report.inside_views import FAR, mean_look_back
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import ModelConfig


def make_stack(layers: str) -> DecoderStack:
    torch.manual_seed(2)
    model = ModelConfig.model_validate(
        {"layers": layers, "width": 32, "heads": 2, "context": 16, "value_embeddings": True}
    )
    return DecoderStack(model, 300).eval()


def test_every_layer_that_has_something_is_there() -> None:
    model = make_stack("attention mamba narrative attention")
    tokens = list(range(10))
    before = model.log_probs(torch.tensor([tokens]))
    inside = look_inside(model, tokens)
    assert list(inside.attention) == [0, 3]
    assert list(inside.router) == list(inside.reader) == [2]
    for weights in inside.attention.values():
        assert weights.shape == (2, 10, 10)
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, 10))
    for weights in (*inside.router.values(), *inside.reader.values()):
        torch.testing.assert_close(weights.sum(-1), torch.full((10,), 3.0))
    assert torch.equal(model.log_probs(torch.tensor([tokens])), before)
    assert not model.layers[0].mixer._forward_hooks


def test_a_head_that_looks_at_one_place() -> None:
    length = FAR + 10
    itself, first = torch.eye(length), torch.zeros(length, length)
    first[:, 0] = 1
    near, far = mean_look_back(torch.stack([itself, first]))
    assert near == 0
    assert far == pytest.approx(sum(range(FAR, length)) / 10)
