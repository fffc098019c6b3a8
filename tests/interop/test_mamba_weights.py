"""Mamba weights from and into Hugging Face's class: the same logits."""

import pytest
import torch

from pocket_narrator.errors import NarratorError
from pocket_narrator.interop.mamba_weights import from_hugging_face, to_hugging_face
from pocket_narrator.models.stack import DecoderStack
from tests.models.stacks import MODELS, VOCABULARY, make_stack, random_tokens

transformers = pytest.importorskip("transformers")


def logits_of(stack: DecoderStack, tokens: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return stack(tokens) @ stack.head_weight.t()


@pytest.mark.parametrize("tied", [True, False])
def test_from_hugging_face(tied):
    torch.manual_seed(0)
    config = transformers.MambaConfig(
        vocab_size=101, hidden_size=48, num_hidden_layers=3, state_size=16, expand=2, tie_word_embeddings=tied
    )
    theirs = transformers.MambaForCausalLM(config).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    model, tensors = from_hugging_face(config.to_dict(), theirs.state_dict(), context=64)
    ours = DecoderStack(model, 101).eval()
    ours.load_state_dict(tensors)
    tokens = torch.randint(101, (2, 50))
    with torch.no_grad():
        expected = theirs(tokens).logits
    torch.testing.assert_close(logits_of(ours, tokens), expected, rtol=1e-5, atol=1e-5)
    state = ours.start(tokens[:, :20].tolist())
    for t in range(20, 50):
        state = ours.advance(state, tokens[:, t])
    torch.testing.assert_close(ours.next_logits(state), expected[:, -1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("tied", [True, False])
def test_into_hugging_face_and_back(tied):
    model = MODELS["mamba"].model_copy(update={"tied_head": tied})
    ours = make_stack(model)
    config, tensors = to_hugging_face(model, VOCABULARY, ours.state_dict())
    theirs = transformers.MambaForCausalLM(transformers.MambaConfig(**config)).eval()
    theirs.load_state_dict(tensors)
    tokens = random_tokens(2, 16)
    with torch.no_grad():
        found = theirs(tokens).logits
    torch.testing.assert_close(found, logits_of(ours, tokens), rtol=1e-5, atol=1e-5)
    again, same = from_hugging_face(theirs.config.to_dict(), theirs.state_dict(), context=model.context)
    assert again.mamba.model_copy(update={"step_rank": None}) == model.mamba
    assert same.keys() == ours.state_dict().keys()
    assert all(torch.equal(tensor, ours.state_dict()[name]) for name, tensor in same.items())


@pytest.mark.parametrize("name", ["hybrid", "mamba, odd sizes", "llama", "narrative"])
def test_what_is_no_plain_mamba_is_refused(name):
    model = MODELS[name]
    with pytest.raises(NarratorError, match="only a plain Mamba stack"):
        to_hugging_face(model, VOCABULARY, make_stack(model).state_dict())


def test_a_model_with_other_parts_is_refused():
    config = transformers.MambaConfig(vocab_size=11, hidden_size=16, num_hidden_layers=1, use_bias=True)
    with pytest.raises(NarratorError, match="use_bias=True"):
        from_hugging_face(config.to_dict(), transformers.MambaForCausalLM(config).state_dict(), context=8)
    config = transformers.MambaConfig(vocab_size=11, hidden_size=16, num_hidden_layers=1)
    tensors = transformers.MambaForCausalLM(config).state_dict()
    del tensors["backbone.layers.0.mixer.D"]
    with pytest.raises(NarratorError, match=r"lacks the weight backbone\.layers\.0\.mixer\.D"):
        from_hugging_face(config.to_dict(), tensors, context=8)
