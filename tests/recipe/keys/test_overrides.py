"""The values of overrides: text as it was typed for keys that hold text, and nothing taken for something else in silence."""

import pytest

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.keys.overrides import read_override


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("corpus.train=my #1 stories.txt", "my #1 stories.txt"),
        ("corpus.train=a: b", "a: b"),
        ("corpus.train=abc:", "abc:"),
        ("corpus.train=*.txt", "*.txt"),
        ("corpus.train=&a", "&a"),
        ("corpus.train=@list", "@list"),
        ("corpus.train=!x", "!x"),
        ("corpus.train=[a].txt", "[a].txt"),
        ("corpus.train=it's.txt", "it's.txt"),
        ("corpus.train= padded ", " padded "),
        ("corpus.train=null", "null"),  # a file may be called so, and there is no training without one
        ("corpus.validation=null", None),
        ("corpus.sources.tales.corpus.train=on #1", "on #1"),
        ("name=on", "on"),
        ("name=no", "no"),
        ("name=1e5", "1e5"),
        ("name=0123", "0123"),
        ("name=true", "true"),
        ("about=", ""),
        ("tokenizer.path=~/t.json", "~/t.json"),
        ("training.compile=on", "on"),
        ("model.layers=attention*2 mamba", "attention*2 mamba"),
        ("generation.prompts=Once upon a time, there was", ["Once upon a time, there was"]),
        ("generation.prompts=[1984, on]", ["1984", "on"]),
        ("generation.prompts=[Once upon a time]", ["Once upon a time"]),
        ('generation.prompts=["One day, he", "Lily"]', ["One day, he", "Lily"]),
        ('generation.prompts=[""]', [""]),
        ("training.frozen=embedding", ["embedding"]),
        ("training.frozen=[embedding, layers.0-3]", ["embedding", "layers.0-3"]),
        ("training.steps=010", 10),
        ("training.learning_rate=1e-3", 0.001),
        ("training.clip=null", None),
        ("training.betas=[0.9, 0.99]", [0.9, 0.99]),
        ("corpus.rows={column: lang, matches: en}", {"column": "lang", "matches": "en"}),
        ("model.bias=on", "on"),  # which is then refused: true and false are the two
    ],
)
def test_values(override: str, value: object) -> None:
    key, _, text = override.partition("=")
    assert read_override(tuple(key.split(".")), text) == value


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("corpus.validation=~", "write null for none"),
        ("corpus.validation=", "write null for none"),
        ("corpus.validation=None", "write null for none"),
        ('name="own"', "the quotes would be part of the text"),
        ("corpus.train='a b.txt'", "the quotes would be part of the text"),
        ("training.steps=5 # few", "'# few' would be taken for a comment"),
        ("training.betas=[0.9, 0.99] # usual", "'# usual' would be taken for a comment"),
        ("training.steps=", "there is no value"),
        ("training.clip= ", "there is no value"),
        ("training.steps=# 5", "there is no value"),
        (
            "generation.prompts=[Once upon a time, there was]",
            '["Once upon a time", "there was"] or ["Once upon a time, there was"]',
        ),
        ("generation.prompts=[One day: a story]", "this is not a list of texts"),
        ("training.betas=[0.9", "this is not a readable recipe"),
    ],
)
def test_what_could_mean_two_things_is_refused(override: str, message: str) -> None:
    key, _, text = override.partition("=")
    with pytest.raises(RecipeError) as caught:
        read_override(tuple(key.split(".")), text)
    assert message in str(caught.value)
