"""Weights from and into Hugging Face's classes: the same logits, and the same weights again."""

import json

import pytest
import torch

from pocket_narrator.errors import InteropError
from pocket_narrator.interop.gguf.file import to_gguf_terms
from pocket_narrator.interop.hugging_face.classes import from_hugging_face, to_hugging_face, to_known_class
from pocket_narrator.models.stack import DecoderStack
from tests.interop.exportable import GPT2S, KNOWN, OURS, logits_of
from tests.models.stacks import MODELS, VOCABULARY, make_stack

transformers = pytest.importorskip("transformers", reason="make setup")


def randomise(model: torch.nn.Module) -> None:
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))


@pytest.mark.parametrize("name", KNOWN)
def test_into_a_known_class_and_back(name: str) -> None:
    ours = make_stack(KNOWN[name])
    foreign = to_known_class(KNOWN[name], VOCABULARY, ours.state_dict())
    kind = getattr(transformers, foreign.kind)
    theirs = kind(kind.config_class(**foreign.config)).eval()
    missing, unexpected = theirs.load_state_dict(foreign.tensors, strict=False)
    assert unexpected == []
    assert set(missing) <= {"lm_head.weight"}
    theirs.tie_weights()
    tokens = torch.randint(VOCABULARY, (2, 100), generator=torch.Generator().manual_seed(1))
    expected = logits_of(ours, tokens)
    torch.testing.assert_close(theirs(tokens).logits, expected, rtol=1e-5, atol=1e-5)
    config = json.loads(json.dumps(foreign.config))
    model, tensors = from_hugging_face(config, foreign.tensors)
    again = DecoderStack(model, VOCABULARY).eval()
    again.load_state_dict(tensors)
    assert torch.equal(logits_of(again, tokens), expected)
    if name not in GPT2S:
        assert all(torch.equal(tensor, tensors[key]) for key, tensor in ours.state_dict().items())


@pytest.mark.parametrize(
    "config",
    [
        transformers.GPT2Config(n_positions=64, n_embd=32, n_layer=2, n_head=4, vocab_size=37),
        transformers.GPTNeoConfig(
            max_position_embeddings=64,
            hidden_size=32,
            num_layers=2,
            num_heads=4,
            attention_types=[[["global", "local"], 1]],
            window_size=20,
            vocab_size=37,
        ),
        transformers.LlamaConfig(
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=64,
            vocab_size=37,
        ),
        transformers.MambaConfig(hidden_size=32, num_hidden_layers=2, vocab_size=37),
        transformers.Mamba2Config(
            hidden_size=32, num_hidden_layers=2, num_heads=4, head_dim=16, n_groups=2, state_size=8, vocab_size=37
        ),
    ],
    ids=lambda config: config.model_type,
)
def test_a_model_of_theirs_gives_the_same_logits(config) -> None:
    theirs = transformers.AutoModelForCausalLM.from_config(config).eval()
    randomise(theirs)
    model, tensors = from_hugging_face(config.to_dict(), theirs.state_dict())
    ours = DecoderStack(model, 37).eval()
    ours.load_state_dict(tensors)
    assert model.context == {"gpt_neo": 20, "mamba": 1024, "mamba2": 1024}.get(config.model_type, 64)
    tokens = torch.randint(37, (2, 20), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(logits_of(ours, tokens), theirs(tokens).logits, rtol=1e-5, atol=1e-5)
    state = ours.start(tokens[:, :10].tolist())
    for t in range(10, 20):
        state = ours.advance(state, tokens[:, t])
    torch.testing.assert_close(ours.next_logits(state), theirs(tokens).logits[:, -1], rtol=1e-5, atol=1e-5)


def test_local_layers_are_refused_past_their_window() -> None:
    config = transformers.GPTNeoConfig(
        hidden_size=32, num_layers=2, num_heads=4, attention_types=[[["local"], 2]], vocab_size=37
    )
    with pytest.raises(InteropError, match="local layers that look back on 256 tokens"):
        from_hugging_face(config.to_dict(), transformers.GPTNeoForCausalLM(config).state_dict(), context=300)


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (MODELS["everything"], "bigram_buckets=19 (hashed bigrams)"),
        (MODELS["everything"], "value_embeddings=True (value embeddings)"),
        (MODELS["everything"], "feed_forward=squared_relu"),
        (MODELS["grouped queries"], "qk_norm=True (QK norm)"),
        (MODELS["one key head, window"], "window=5"),
        (MODELS["mamba, odd sizes"], "input_skips=True"),
        (MODELS["hybrid"], "layers=mamba attention narrative"),
        (OURS["narrative"], "layers=narrative*2"),
    ],
)
def test_what_no_class_holds_is_named_and_goes_into_our_own(model, part: str) -> None:
    tensors = make_stack(model).state_dict()
    for target in (to_known_class, to_gguf_terms):
        with pytest.raises(InteropError) as caught:
            target(model, VOCABULARY, tensors)
        assert part in caught.value.what
        assert "--to hf" in str(caught.value.hint)
    expressed = to_hugging_face(model, VOCABULARY, tensors)
    assert part in str(expressed.why_own_class)
    again, same = from_hugging_face(json.loads(json.dumps(expressed.foreign.config)), expressed.foreign.tensors)
    assert again == model
    assert same.keys() == tensors.keys()


def test_llama_cpp_takes_one_width_of_mamba() -> None:
    model = KNOWN["mamba"].model_copy(update={"mamba": KNOWN["mamba"].mamba.model_copy(update={"expand": 3})})
    with pytest.raises(InteropError, match=r"mamba\.expand=3"):
        to_gguf_terms(model, VOCABULARY, make_stack(model).state_dict())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_type": "bert"}, "type 'bert' cannot be imported"),
        ({"hidden_act": "relu"}, "hidden_act=relu"),
        ({"rope_scaling": {"type": "linear"}}, "rope_scaling"),
        ({"rope_parameters": {"rope_type": "yarn"}}, "stretches its positions"),
        ({"hidden_size": "wide"}, "hidden_size=wide"),
        ({"hidden_size": 2**40}, "hidden_size=1099511627776"),
        ({"num_attention_heads": 0}, "num_attention_heads=0"),
        ({"num_hidden_layers": True}, "num_hidden_layers=True"),
        ({"num_hidden_layers": 3}, r"lacks the weight model\.layers\.2"),
        ({"head_dim": 64}, "heads of 64"),
        ({"rms_norm_eps": float("nan")}, "rms_norm_eps=nan"),
        ({"attention_bias": False}, "biases in one half"),
    ],
)
def test_other_configs_are_refused_in_words(changes: dict, message: str) -> None:
    name = "llama, grouped, own head, biases"
    foreign = to_known_class(KNOWN[name], VOCABULARY, make_stack(KNOWN[name]).state_dict())
    with pytest.raises(InteropError, match=message):
        from_hugging_face({**foreign.config, **changes}, foreign.tensors)


def test_a_mamba_with_other_parts_is_refused() -> None:
    config = transformers.MambaConfig(vocab_size=11, hidden_size=16, num_hidden_layers=1, use_bias=True)
    with pytest.raises(InteropError, match="use_bias=True"):
        from_hugging_face(config.to_dict(), transformers.MambaForCausalLM(config).state_dict())
