"""`prepare` from raw text or StoryWorld to stores: what is made, what is kept, and what is refused."""

import itertools
import os

import pytest

from pocket_narrator.corpus import write_stories
from pocket_narrator.corpus.names import corpus_names
from pocket_narrator.errors import CorpusError, NarratorError, TokenizerError
from pocket_narrator.recipe.schema import CleaningConfig, FilesCorpusConfig, Recipe
from pocket_narrator.recipe.schema import TokenizerConfig as TokenizerSection
from pocket_narrator.tokenizers import Tokenizer, train_bpe
from pocket_narrator.tokens import prepare
from pocket_narrator.tokens.prepare import tokenizer_names
from tests.narrator_process import narrator

NAMES = ["Tom", "Mia", "Lily", "Ben", "Sue", "Max", "Anna"]
PLACES = ["park", "house", "forest", "school", "beach", "farm", "shop"]
THINGS = ["ball", "kite", "cake", "boat", "hat"]
STORIES = [
    f"{name} went to the {place} with a {thing}." for name, place, thing in itertools.product(NAMES, PLACES, THINGS)
]


def recipe_of(corpus: dict, tokenizer: dict | None = None) -> Recipe:
    return Recipe.model_validate(
        {"name": "test", "corpus": corpus, "tokenizer": tokenizer or {"vocabulary_size": 300}, "training": {"steps": 1}}
    )


@pytest.fixture
def train(tmp_path):
    write_stories(tmp_path / "train.txt", STORIES)
    return str(tmp_path / "train.txt")


@pytest.fixture
def validation(tmp_path):
    write_stories(tmp_path / "valid.txt", ["A new story.", "Another one."])
    return str(tmp_path / "valid.txt")


def texts(prepared, name: str) -> list[str]:
    store = getattr(prepared, name)
    return [prepared.tokenizer.decode(store.story(index)) for index in range(store.num_stories)]


def test_two_files(train, validation, tmp_path):
    prepared = prepare(recipe_of({"kind": "files", "train": train, "validation": validation}), tmp_path / "data")
    assert texts(prepared, "train") == STORIES
    assert texts(prepared, "validation") == ["A new story.", "Another one."]
    assert prepared.floor_bits_per_byte is None
    assert prepared.tokenizer.vocabulary_size == 300
    assert Tokenizer.load(prepared.folder / "tokenizer.json").fingerprint == prepared.train.meta.tokenizer
    assert prepared.folder.parent.parent == tmp_path / "data"


def test_one_file_is_split(train, tmp_path):
    prepared = prepare(recipe_of({"kind": "files", "train": train, "validation_fraction": 0.2}), tmp_path / "data")
    some, others = texts(prepared, "train"), texts(prepared, "validation")
    assert sorted(some + others) == sorted(STORIES)
    assert len(others) == round(0.2 * len(STORIES))


def test_a_fraction_of_the_training_stories(train, validation, tmp_path):
    def stories_at(fraction: float) -> set[str]:
        corpus = {"kind": "files", "train": train, "validation": validation, "fraction": fraction}
        return set(texts(prepare(recipe_of(corpus), tmp_path / "data"), "train"))

    assert len(stories_at(0.2)) == round(0.2 * len(STORIES))
    assert stories_at(0.2) < stories_at(0.5) < set(STORIES)


def test_the_second_time_nothing_is_made(train, validation, tmp_path, capsys):
    recipe = recipe_of({"kind": "files", "train": train, "validation": validation})
    first = prepare(recipe, tmp_path / "data")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")}
    capsys.readouterr()
    second = prepare(recipe, tmp_path / "data")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")} == before
    assert second.corpus_hash == first.corpus_hash
    assert second.train.meta == first.train.meta
    assert capsys.readouterr().err.count("cached") == 3
    assert prepare(recipe, tmp_path / "data", quiet=True).train.meta == first.train.meta
    assert capsys.readouterr().err == ""


def test_what_has_to_be_made_is_said_however_quiet(train, validation, tmp_path, capsys):
    prepare(recipe_of({"kind": "files", "train": train, "validation": validation}), tmp_path / "data", quiet=True)
    said = capsys.readouterr().err
    assert all(
        step in said for step in ("stories: ", "tokenizer: ", "tokenized training set: ", "tokenized validation set: ")
    )


def test_what_changes_the_stories_or_tokens_changes_the_folder(train, validation, tmp_path):
    corpus = {"kind": "files", "train": train, "validation": validation}
    first = prepare(recipe_of(corpus), tmp_path / "data")
    larger = prepare(recipe_of(corpus, {"vocabulary_size": 310}), tmp_path / "data")
    assert larger.folder != first.folder
    assert larger.folder.parent == first.folder.parent
    assert larger.corpus_hash == first.corpus_hash
    write_stories(train, [*STORIES, "One story more."])
    changed = prepare(recipe_of(corpus), tmp_path / "data")
    assert changed.folder.parent != first.folder.parent
    assert changed.corpus_hash != first.corpus_hash
    assert changed.train.num_stories == len(STORIES) + 1


@pytest.mark.parametrize("named_by", [0, 1], ids=["now", "before sections had versions"])
def test_keys_that_come_later_leave_what_is_prepared_where_it_is(train, validation, tmp_path, named_by):
    """One in each section, cleaning too; only where it is used, something else is made."""

    class NewerCleaning(CleaningConfig):
        new_rule: int = 3

    class NewerCorpus(FilesCorpusConfig):
        new_key: str | None = None
        cleaning: NewerCleaning | None = None

    class NewerTokenizer(TokenizerSection):
        another: bool = False

    cleaning = {"min_letters": 1, "skip": ["foreign_words", "other_language", "near_duplicate"]}
    corpus = {"kind": "files", "train": train, "validation": validation, "cleaning": cleaning}
    recipe = recipe_of(corpus)
    made = prepare(recipe, tmp_path / "data").folder
    names = [corpus_names(recipe.corpus), tokenizer_names(recipe.tokenizer)]
    assert made == (tmp_path / "data").joinpath(*(of_section[0] for of_section in names))
    folder = (tmp_path / "data").joinpath(*(of_section[named_by] for of_section in names))
    made.parent.rename(folder.parent)
    (folder.parent / made.name).rename(folder)

    def newer(**used) -> Recipe:
        keys = {name: {**used.get(name, {})} for name in ("corpus", "tokenizer", "cleaning")}
        section = NewerCorpus(**{**corpus, "cleaning": {**cleaning, **keys["cleaning"]}, **keys["corpus"]})
        tokenizer = NewerTokenizer(vocabulary_size=300, **keys["tokenizer"])
        return recipe.model_copy(update={"corpus": section, "tokenizer": tokenizer})

    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*") if path.is_file()}
    assert prepare(newer(), tmp_path / "data").folder == folder
    other = prepare(newer(tokenizer={"another": True}), tmp_path / "data").folder  # of the same clean stories
    assert other.parent == folder.parent
    assert other != folder
    assert {path: path.stat().st_mtime_ns for path in files} == files
    for used in ({"corpus": {"new_key": "a"}}, {"cleaning": {"new_rule": 4}}):
        assert prepare(newer(**used), tmp_path / "data").folder.parent != folder.parent


@pytest.mark.parametrize("name", ["tokens.bin", "meta.json"])
def test_a_damaged_store_is_made_again(train, validation, tmp_path, capsys, name):
    recipe = recipe_of({"kind": "files", "train": train, "validation": validation})
    first = prepare(recipe, tmp_path / "data")
    path = first.train.folder / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    capsys.readouterr()
    second = prepare(recipe, tmp_path / "data")
    assert "making it again" in capsys.readouterr().err
    assert second.train.meta == first.train.meta
    assert texts(second, "train") == STORIES


def test_a_damaged_or_swapped_tokenizer_is_made_again(train, validation, tmp_path):
    recipe = recipe_of({"kind": "files", "train": train, "validation": validation})
    first = prepare(recipe, tmp_path / "data")
    other = train_bpe(STORIES, 280).to_text()
    for damaged in (first.tokenizer.to_text()[:-9], other):
        (first.folder / "tokenizer.json").write_text(damaged, encoding="utf-8")
        second = prepare(recipe, tmp_path / "data")
        assert second.tokenizer.to_text() == first.tokenizer.to_text()
        assert second.train.meta == first.train.meta


def test_a_tokenizer_from_a_file(train, validation, tmp_path):
    corpus = {"kind": "files", "train": train, "validation": validation}
    made = prepare(recipe_of(corpus), tmp_path / "data")
    taken = prepare(recipe_of(corpus, {"kind": "file", "path": str(made.folder / "tokenizer.json")}), tmp_path / "data")
    assert taken.tokenizer.to_text() == made.tokenizer.to_text()
    assert taken.folder != made.folder
    with pytest.raises(TokenizerError, match=r"absent\.json"):
        prepare(recipe_of(corpus, {"kind": "file", "path": str(tmp_path / "absent.json")}), tmp_path / "data")


def test_storyworld_has_its_last_stories_for_validation_and_a_floor(tmp_path):
    from pocket_narrator.storyworld import corpus_floor, make_story

    recipe = recipe_of(
        {"kind": "storyworld", "stories": 40, "validation_stories": 10, "seed": 3}, {"vocabulary_size": 500}
    )
    for _ in range(2):
        prepared = prepare(recipe, tmp_path / "data")
        assert texts(prepared, "train") == [make_story(index, 3).text for index in range(30)]
        assert texts(prepared, "validation") == [make_story(index, 3).text for index in range(30, 40)]
        bits = -sum(make_story(index, 3).log2_probability for index in range(30, 40))
        assert prepared.floor_bits_per_byte == pytest.approx(bits / prepared.validation.num_bytes)
        floor = corpus_floor(3, 30, 10)
        assert floor.bytes == prepared.validation.num_bytes
        assert prepared.floor_bits_per_byte == floor.bits_per_byte_floor
        assert prepared.floor_standard_error == floor.standard_error
        assert prepared.floor_bits == floor.bits


BAD_TEXTS = [
    (None, "cannot be read"),
    (b"", "empty"),
    (b"a\x00b", "NUL"),
    (b"One.\n<|endoftext|>\nTwo.\n", "2 stories are too few"),
    (b"One.\nTwo.\n", "where does a story end"),
    (b"caf\xe9", "not UTF-8"),
    (b"\x1f\x8b\x08", "damaged or cut off"),
    (b"PK\x03\x04abc", "damaged or cut off"),
]


@pytest.mark.parametrize(("raw", "words"), BAD_TEXTS)
def test_bad_text_is_refused_and_leaves_nothing(tmp_path, raw, words):
    path = tmp_path / "train.txt"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(CorpusError, match=words) as caught:
        prepare(recipe_of({"kind": "files", "train": str(path)}), tmp_path / "deep" / "data")
    assert str(path) in str(caught.value)
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize(("raw", "words"), BAD_TEXTS)
def test_bad_validation_text_is_refused_before_any_work(train, tmp_path, raw, words):
    path = tmp_path / "valid.txt"
    if raw is not None:
        path.write_bytes(raw)
    corpus = {"kind": "files", "train": train, "validation": str(path)}
    if words == "2 stories are too few":
        assert prepare(recipe_of(corpus), tmp_path / "data").validation.num_stories == 2
        return
    with pytest.raises(CorpusError, match=words):
        prepare(recipe_of(corpus), tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_failure_leaves_what_was_finished_and_no_empty_folder(train, validation, tmp_path):
    corpus = {"kind": "files", "train": train, "validation": validation}
    first = prepare(recipe_of(corpus), tmp_path / "data")
    before = set((tmp_path / "data").rglob("*"))
    with pytest.raises(TokenizerError):
        prepare(recipe_of(corpus, {"kind": "file", "path": str(tmp_path)}), tmp_path / "data")
    with pytest.raises(CorpusError):
        prepare(recipe_of(corpus | {"fraction": 1e-6}), tmp_path / "data")
    assert set((tmp_path / "data").rglob("*")) == before
    assert first.folder.is_dir()


def test_a_mixture(train, validation, tmp_path, capsys):
    worlds = {"kind": "storyworld", "stories": 40, "validation_stories": 4}
    sources = {
        "places": {"weight": 1, "epochs": 2, "corpus": {"kind": "files", "train": train, "validation": validation}},
        "world": {"weight": 1, "corpus": worlds},
    }
    recipe = recipe_of({"kind": "mixture", "sources": sources})
    prepared = prepare(recipe, tmp_path / "data")
    assert prepared.train.meta.sources == ("places", "world")
    of_source = [int(prepared.train.story_bytes[prepared.train.story_sources == source].sum()) for source in (0, 1)]
    assert of_source[0] == pytest.approx(of_source[1], rel=0.1)
    assert "train sources: places" in capsys.readouterr().err
    assert prepared.validation.story_sources.tolist() == [0, 0, 1, 1, 1, 1]
    told = texts(prepared, "train")
    assert {text for text, source in zip(told, prepared.train.story_sources, strict=True) if source == 0} <= set(
        STORIES
    )
    again = prepare(recipe, tmp_path / "data")
    assert again.corpus_hash == prepared.corpus_hash
    assert prepared.floor_bits_per_byte is None


@pytest.mark.skipif(os.name == "nt", reason="limits of Unix")
@pytest.mark.parametrize("limit", [1_000, 6_000])
def test_a_disk_that_fills_up_leaves_nothing_half_written(train, validation, tmp_path, limit):
    """A file may have so many bytes, as if the disk were full then: in the middle of the tokenizer, or of the store."""
    (tmp_path / "recipe.yaml").write_text(
        f"name: test\ncorpus: {{kind: files, train: {train!r}, validation: {validation!r}}}\n"
        "tokenizer: {vocabulary_size: 260}\ntraining: {steps: 1}\n",
        encoding="utf-8",
    )
    done = narrator("prepare", "recipe.yaml", cwd=tmp_path, file_limit=limit)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("error: ") == 1
    assert "space" in done.stderr
    files = [path.name for path in (tmp_path / "data").rglob("*") if path.is_file()]
    left = [name for name in files if name != "tokenizer.sha256.json"]  # written first; alone it is of no account
    assert left == ([] if limit == 1_000 else ["tokenizer.json"])
    assert narrator("prepare", "recipe.yaml", cwd=tmp_path).returncode == 0


def test_a_place_that_cannot_be_written_is_explained(train, tmp_path):
    (tmp_path / "data").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(NarratorError, match="preparing failed") as caught:
        prepare(recipe_of({"kind": "files", "train": train}), tmp_path / "data")
    assert str(tmp_path / "data") in str(caught.value)


def test_the_command_prints_sizes_and_one_message_for_bad_input(train, validation, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"name: test\ncorpus: {{kind: files, train: {train!r}, validation: {validation!r}}}\ntraining: {{steps: 1}}\n",
        encoding="utf-8",
    )

    good = narrator("prepare", str(recipe), "tokenizer.vocabulary_size=290", cwd=tmp_path)
    assert good.returncode == 0, good.stderr
    assert f"{len(STORIES)} stories" in good.stdout
    assert "290 tokens" in good.stdout
    bad = narrator("prepare", str(recipe), "corpus.train=absent.txt", cwd=tmp_path)
    assert bad.returncode == 2
    assert bad.stderr.count("error:") == 1
    assert "absent.txt" in bad.stderr
    assert "Traceback" not in bad.stderr
