"""Parameters counted from the recipe alone are those of the real stack."""

import itertools

import pytest

from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.loading import list_recipes, load_recipe
from pocket_narrator.recipe.schema import ModelConfig
from tests.models.stacks import MODELS, each


def numbers(stack: DecoderStack) -> int:
    return sum(parameter.numel() for parameter in stack.parameters())


@each(MODELS)
def test_small_stacks(model):
    for vocabulary_size in (257, 300):
        assert count_parameters(model, vocabulary_size).parameters == numbers(DecoderStack(model, vocabulary_size))


def test_every_combination_of_options():
    choices = {
        "layers": ["attention", "attention*3"],
        "positions": ["learned", "rope"],
        "feed_forward": ["swiglu", "gelu"],
        "norm": ["layer", "rms"],
        "bias": [False, True],
        "tied_head": [False, True],
        "key_value_heads": [None, 2],
        "value_embeddings": [False, True],
        "bigram_buckets": [0, 7],
    }
    for values in itertools.product(*choices.values()):
        model = ModelConfig(
            width=16, heads=4, context=8, qk_norm=True, input_skips=True, **dict(zip(choices, values, strict=True))
        )
        assert count_parameters(model, 257).parameters == numbers(DecoderStack(model, 257)), values


@pytest.mark.parametrize("name", [name for name in list_recipes() if not name.startswith("ngram-")])
def test_recipes(name):
    import torch

    recipe = load_recipe([name])
    vocabulary_size = 50_257 if recipe.tokenizer.kind == "file" else recipe.tokenizer.vocabulary_size
    with torch.device("meta"):
        stack = DecoderStack(recipe.stack()[0], vocabulary_size)
    count = count_parameters(recipe.stack()[0], vocabulary_size)
    assert count.parameters == numbers(stack)
    assert 0 < count.non_embedding_parameters <= count.parameters
    model = recipe.stack()[0]
    of_attention = 6 * model.context * model.width * model.mixers().count("attention")  # at most; a window has less
    assert count.training_flops_per_token / count.non_embedding_parameters > 5  # 6 a weight
    assert (count.training_flops_per_token - of_attention) / count.non_embedding_parameters < 9


def test_cached_state():
    for model in MODELS.values():
        stack = DecoderStack(model, 257)
        state = stack.start([[1, 2]])
        held = sum(
            getattr(mixer, name).nbytes
            for mixer in state.mixers
            for name in mixer.__slots__
            if getattr(mixer, name).is_floating_point()
        )
        assert held == count_parameters(model, 257).generation_bytes_per_story
