"""What a trace shows is what the model computes, and a patch changes just what comes after it."""

import pytest
import torch

from pocket_narrator.errors import ActivationError, PromptError
from pocket_narrator.evaluation.inside.trace import Trace
from pocket_narrator.models.ngram import NGramModel
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.mixers import MIXERS
from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.tokenizers import Tokenizer, train_bpe

TEXT = "the cat saw a dog"
VARIANTS = [
    {"positions": "learned", "norm": "layer", "bias": True, "feed_forward": "gelu"},
    {"value_embeddings": True, "bigram_buckets": 64, "input_skips": True, "qk_norm": True, "tied_head": False},
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_bpe(["the cat saw a dog and the dog saw a cat"] * 3, 270)


def make_stack(layers: str, **options: object) -> DecoderStack:
    torch.manual_seed(2)
    sizes = {"width": 32, "heads": 2, "context": 32, "mamba2": {"head_width": 16}}
    model = ModelConfig.model_validate({"layers": layers, **sizes, **options})
    stack = DecoderStack(model, 270).eval()
    for parameter in stack.parameters():  # nothing of it may begin without effect
        torch.nn.init.normal_(parameter.data, std=0.2)
        parameter.requires_grad_(False)
    return stack


@pytest.mark.parametrize("options", [{}, *VARIANTS], ids=["plain", "gpt2", "extras"])
@pytest.mark.parametrize("mixer", MIXERS.names())
def test_the_activations_are_the_models(mixer: str, options: dict, tokenizer: Tokenizer) -> None:
    if mixer in ("linear_attention", "gated_linear_attention"):
        options = {key: value for key, value in options.items() if key != "qk_norm"}
    model = make_stack(f"{mixer}*2", **options)
    trace = Trace(model, tokenizer, TEXT)
    tokens = torch.tensor([trace.tokens])
    with torch.inference_mode():
        hidden = model(tokens)
        exact = model.log_probs(tokens)[0]
        state = model.start([trace.tokens])
    torch.testing.assert_close(trace["norm"], hidden[0])
    torch.testing.assert_close(trace.log_probs, exact, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(trace["logits"][-1], model.next_logits(state)[0], rtol=1e-4, atol=1e-4)
    stream = trace["embedded"]
    for index in range(2):
        layer = model.layers[index]
        before = stream if layer.skip is None else layer.skip[0] * stream + layer.skip[1] * trace["embedded"]
        fed = trace.get(f"layers.{index}.feed_forward", torch.zeros_like(stream))
        stream = trace[f"layers.{index}"]
        torch.testing.assert_close(stream, before + trace[f"layers.{index}.mixer"] + fed, rtol=1e-5, atol=1e-5)
    for name, left in trace.items():
        if ".state." in name:
            of_layer = state.mixers[int(name.split(".")[1])]
            torch.testing.assert_close(left, getattr(of_layer, name.split(".")[-1])[0], rtol=1e-4, atol=1e-4)
    assert any(".state." in name for name in trace)
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("mixer", MIXERS.names())
def test_putting_back_what_was_there_changes_nothing(mixer: str, tokenizer: Tokenizer) -> None:
    model = make_stack(f"{mixer}*2", input_skips=True)
    trace = Trace(model, tokenizer, TEXT)
    for name in ("embedded", "layers.0.mixer", "layers.0", "layers.1.mixer", "norm"):
        again = Trace(model, tokenizer, TEXT, {name: trace[name]})
        assert all(torch.equal(again[key], trace[key]) for key in trace), name


@pytest.mark.parametrize("mixer", MIXERS.names())
def test_a_stream_taken_from_another_text_gives_its_logits(mixer: str, tokenizer: Tokenizer) -> None:
    """Also where layers see the embedding by a path of its own (input_skips)."""
    model = make_stack(f"{mixer}*2", input_skips=True)
    other = Trace(model, tokenizer, "the dog saw a cat")
    for name in ("embedded", "norm"):
        patched = Trace(model, tokenizer, TEXT, {name: other[name]})
        torch.testing.assert_close(patched["logits"], other["logits"])


def test_a_patch_reaches_later_layers_and_later_tokens_only(tokenizer: Tokenizer) -> None:
    model = make_stack("mamba attention mamba")
    trace = Trace(model, tokenizer, TEXT)

    def without_the_fourth(x_TC: torch.Tensor) -> torch.Tensor:
        x_TC[3] = 0
        return x_TC

    patched = Trace(model, tokenizer, TEXT, {"layers.1.mixer": without_the_fourth})
    assert torch.equal(patched["layers.0"], trace["layers.0"])
    assert (patched["layers.1.mixer"][3] == 0).all()
    for name in ("layers.1", "layers.2", "logits"):
        assert torch.equal(patched[name][:3], trace[name][:3])
        assert not torch.allclose(patched[name][3], trace[name][3])
    assert not torch.allclose(patched["layers.2"][4:], trace["layers.2"][4:])  # which the last layer has carried on


def test_the_lens_of_the_last_layer_is_the_model(tokenizer: Tokenizer) -> None:
    model = make_stack("attention narrative", tied_head=False)
    trace = Trace(model, tokenizer, TEXT)
    lens = trace.logit_lens()
    assert list(lens) == ["embedded", "layers.0", "layers.1"]
    torch.testing.assert_close(lens["layers.1"], trace["logits"])
    assert not torch.allclose(lens["layers.0"], trace["logits"])
    some = trace.logit_lens(at=[0, -1])
    torch.testing.assert_close(some["layers.0"], lens["layers.0"][[0, -1]])


def test_a_mixers_own_patterns_stand_beside_it(tokenizer: Tokenizer) -> None:
    trace = Trace(make_stack("attention narrative"), tokenizer, TEXT)
    tokens = len(trace.tokens)
    assert trace["layers.0.mixer.attention"].shape == (2, tokens, tokens)
    torch.testing.assert_close(trace["layers.0.mixer.attention"].sum(-1), torch.ones(2, tokens))
    torch.testing.assert_close(trace["layers.1.mixer.router"].sum(-1), torch.full((tokens,), 3.0))
    assert trace.words[0] == "" or trace.words[0].startswith("<")
    assert "".join(trace.words[1:]) == TEXT
    assert "layers.1.mixer.router" in trace._repr_html_()


def test_an_n_gram_has_logits_alone(tokenizer: Tokenizer) -> None:
    import numpy as np

    ids = [tokenizer.end_of_text, *tokenizer.encode(TEXT), tokenizer.end_of_text]
    model = NGramModel.train(np.array(ids, dtype=np.uint16), tokenizer.vocabulary_size, 3, tokenizer.end_of_text)
    trace = Trace(model, tokenizer, TEXT)
    assert list(trace) == ["logits"]
    torch.testing.assert_close(trace.log_probs, model.log_probs(torch.tensor([trace.tokens]))[0], rtol=1e-5, atol=1e-5)
    with pytest.raises(ActivationError, match="no layers"):
        trace.logit_lens()
    with pytest.raises(ActivationError, match="no layers"):
        Trace(model, tokenizer, TEXT, {"layers.0": lambda x: x})


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        ({"layers.0.mixr": lambda x: x}, "did you mean layers.0.mixer"),
        ({"layers.9": lambda x: x}, "there is no activation 'layers.9'"),
        ({"layers.1.mixer.router": lambda x: x}, "patch layers.1.mixer instead"),
        ({"layers.0.mixer.attention": lambda x: x}, "patch layers.0.mixer instead"),
        ({"layers.0.mixer.state.keys_BGWD": lambda x: x}, "patch layers.0.mixer instead"),
        ({"logits": lambda x: x}, "patch norm instead"),
        ({"layers.0": torch.zeros(3, 32)}, r"expected: a tensor of shape \[\d+, 32\]\n  found: \[3, 32\]"),
        ({"layers.0": lambda x: None}, "returned nothing"),
        ({"layers.0": "zero"}, "is no tensor"),
        ({"head": lambda x: x}, "is not computed on its own"),
    ],
)
def test_what_cannot_be_patched_is_refused(patches: dict, message: str, tokenizer: Tokenizer) -> None:
    model = make_stack("attention narrative", tied_head=False)
    with pytest.raises(ActivationError, match=message):
        Trace(model, tokenizer, TEXT, patches)
    assert not any(module._forward_hooks for module in model.modules())


def test_wrong_names_and_long_texts_are_refused(tokenizer: Tokenizer) -> None:
    model = make_stack("attention*2")
    trace = Trace(model, tokenizer, "")
    assert len(trace.tokens) == 1
    with pytest.raises(ActivationError, match=r"did you mean layers\.1"):
        trace["layer.1"]
    assert trace.get("layer.1") is None
    with pytest.raises(PromptError, match="the prompt has"):
        Trace(model, tokenizer, "the cat " * 40)
