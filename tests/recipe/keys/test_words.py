"""Keys by their last word, and by the words of other programs."""

import pytest

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.keys.words import SYNONYMS, UNLIKE, keys_named, known_keys, spell_out


def test_every_synonym_is_of_a_key_and_is_none_itself() -> None:
    known = {".".join(key) for key in known_keys()}
    assert set(SYNONYMS.values()) <= known
    assert [word for word in (*SYNONYMS, *UNLIKE) if keys_named(word)] == []


@pytest.mark.parametrize(
    ("override", "spelled"),
    [
        ("lr=0.1", "training.learning_rate=0.1"),
        ("learning_rate=0.1", "training.learning_rate=0.1"),
        ("learning-rate=0.1", "training.learning_rate=0.1"),
        ("steps=100", "training.steps=100"),
        ("width=64", "model.width=64"),
        ("block_size=64", "model.context=64"),
        ("training.lr=1", "training.learning_rate=1"),
        ("vocab_size=300", "tokenizer.vocabulary_size=300"),
        ("data=a=b.txt", "corpus.train=a=b.txt"),
        ("min_letters=9", "corpus.cleaning.min_letters=9"),
        ("order=3", "model.order=3"),
    ],
)
def test_a_key_is_spelled_out_and_said(override: str, spelled: str) -> None:
    key = spelled.partition("=")[0]
    assert spell_out([override]) == ([spelled], [f"{override.partition('=')[0]} is taken as {key}"])


@pytest.mark.parametrize(
    "override",
    ["training.steps=5", "name=a", "corpus.sources.tales.weight=2", "training=null", "trainin.lr=1", "zzz=1", "=1"],
)
def test_others_stay_as_they_are(override: str) -> None:
    assert spell_out([override]) == ([override], [])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed=1", "expected: training.seed=1 or corpus.seed=1 or corpus.cleaning.seed=1"),
        ("stride=8", "training.stride=8 or evaluation.stride=8"),
        ("epochs=3", "training.steps=N or training.minutes=N"),
        ("batch_size=8", "training.batch_tokens=8 x model.context"),
        ("n_layer=4", "'model.layers=attention*4'"),
        ("corpus=mine.txt", "for example corpus.train=mine.txt"),
        ("model=gpt2", "for example model.preset=gpt2"),
    ],
)
def test_what_takes_more_than_a_name_is_answered(override: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        spell_out([override])
    assert message in str(caught.value)
