"""Stories scored with the state carried on, beside the whole story in one go."""

import numpy as np
import pytest
import torch

from pocket_narrator.corpus import Story
from pocket_narrator.evaluation.likelihood.of_run import carries_state
from pocket_narrator.evaluation.likelihood.scores import score_stories
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.schema import TrainingConfig
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens import build_store
from tests.models.stacks import make_stack

LENGTHS = [1, 15, 16, 17, 100, 31, 32, 33, 3, 64]
RECURRENT = (
    "mamba*2",
    "mamba2*2",
    "mamba3*2",
    "narrative*2",
    "linear_attention*2",
    "gated_linear_attention*2",
    "mamba narrative",
    "gated_delta*2",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    pick = np.random.default_rng(1)
    stories = ["".join(pick.choice([*"abcd "], length)) + "." for length in LENGTHS]
    return build_store(
        map(Story, stories), train_bpe(["a tale"], 257), tmp_path_factory.mktemp("tokens") / "validation"
    )


@pytest.mark.parametrize("layers", RECURRENT)
@pytest.mark.parametrize("batch_tokens", [16, 48, 10_000])
def test_as_the_whole_story_in_one_go(layers, batch_tokens, store):
    model = load_recipe(["mamba-1m"]).model.model_copy(
        update={"layers": layers, "width": 32, "heads": 2, "context": 16, "bigram_buckets": 64}
    )
    stack = make_stack(model, vocabulary_size=257)
    scored = []
    found = score_stories(stack, store, carry=True, batch_tokens=batch_tokens, advance=scored.append)
    assert sum(scored) == len(found.nll_N)
    assert found.carried
    for index in range(store.num_stories):
        tokens = torch.tensor([[*store.story(index).tolist(), store.end_of_text]])
        expected = -stack.log_probs(tokens)[0].numpy()
        story = found.nll_N[found.offsets[index] : found.offsets[index + 1]]
        assert story == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_it_is_for_models_that_were_trained_so_and_need_no_window():
    recipe = load_recipe(["mamba-130m"])
    assert carries_state(recipe)
    packed = TrainingConfig(**(recipe.stack()[1].model_dump() | {"rows": "packed"}))
    assert not carries_state(recipe.model_copy(update={"training": packed}))
    hybrid = recipe.stack()[0].model_copy(update={"layers": "mamba*3 attention mamba*2"})
    assert not carries_state(recipe.model_copy(update={"model": hybrid}))
