"""Every kind of tokenizer in a recipe: what is prepared comes back as the stories were."""

import base64

import pytest

from pocket_narrator.corpus import write_stories
from pocket_narrator.errors import TokenizerError
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens import prepare

STORIES = [f"{make_story(index, 4).text} caf\u00e9 \u4e16" for index in range(30)]


def prepared(tmp_path, **tokenizer):
    train = tmp_path / "train.txt"
    write_stories(train, STORIES)
    recipe = {"name": "x", "corpus": {"kind": "files", "train": str(train)}, "training": {"steps": 1}}
    return prepare(Recipe.model_validate({**recipe, "tokenizer": tokenizer}), tmp_path / "data")


def ranks_file(folder) -> str:
    bpe = train_bpe(STORIES, 400)
    lines = [base64.b64encode(bpe.token_bytes(token)) + b" %d\n" % (token - 1) for token in range(1, 400)]
    (folder / "gpt2.tiktoken").write_bytes(b"".join(lines))
    return str(folder / "gpt2.tiktoken")


@pytest.mark.parametrize("kind", ["bpe", "character", "file"])
def test_what_is_prepared_comes_back(tmp_path, kind, capsys):
    section = {"path": ranks_file(tmp_path)} if kind == "file" else {"vocabulary_size": 260}
    made = prepared(tmp_path, kind=kind, **section)
    assert made.folder.name.startswith(kind)
    for store in (made.train, made.validation):
        for index in range(store.num_stories):
            assert made.tokenizer.decode(store.story(index)) in STORIES
    assert made.tokenizer.vocabulary_size == {"bpe": 260, "character": 259, "file": 400}[kind]
    says = {"bpe": "260 tokens", "character": "259 characters and bytes", "file": "tiktoken ranks of"}
    assert says[kind] in capsys.readouterr().err
    again = prepared(tmp_path, kind=kind, **section)
    assert again.train.meta == made.train.meta


def test_a_vocabulary_larger_than_the_text_gives_is_told(tmp_path, capsys):
    made = prepared(tmp_path, kind="bpe", vocabulary_size=60_000)
    assert made.tokenizer.vocabulary_size < 60_000
    merges = made.tokenizer.vocabulary_size - 257
    assert f"not 60,000: the text gives no more than {merges:,} merges" in capsys.readouterr().err


def test_a_file_of_another_kind_leaves_nothing(tmp_path):
    (tmp_path / "vocab.json").write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(TokenizerError, match="half a tokenizer"):
        prepared(tmp_path, kind="file", path=str(tmp_path / "vocab.json"))
    assert not list(tmp_path.rglob("tokens"))


@pytest.mark.parametrize(
    ("section", "words"), [({"kind": "hub"}, "needs repository"), ({"kind": "file"}, "needs path")]
)
def test_a_place_is_needed(section, words):
    with pytest.raises(ValueError, match=words):
        Recipe.model_validate(
            {"name": "x", "corpus": {"kind": "storyworld"}, "training": {"steps": 1}, "tokenizer": section}
        )
