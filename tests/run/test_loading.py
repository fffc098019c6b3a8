"""A model is loaded where the weights are those of its recipe, and no memory is taken before that is known."""

from pathlib import Path

import pytest

from pocket_narrator.errors import CheckpointError
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.run import loading
from tests.evaluation.tiny_run import make_run


def test_a_recipe_that_wants_far_more_than_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run()
    stored = loading.RunDirectory.read(run, "best", report=print)
    tensors = loading.load_model_tensors(stored.checkpoint)
    tokenizer = loading.Tokenizer.load(stored.tokenizer)
    larger = stored.recipe.model_copy(
        update={"model": stored.recipe.model.model_copy(update={"bigram_buckets": 10**8})}
    )
    monkeypatch.setattr(DecoderStack, "__init__", lambda *_: pytest.fail("memory was taken"))
    with pytest.raises(CheckpointError, match="do not fit the run's recipe") as caught:
        loading._model_of(larger, tensors, tokenizer, stored.checkpoint)
    assert "numbers" in str(caught.value)
