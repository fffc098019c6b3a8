"""Which files a recipe means, in which layout, and what its two streams hold; every wrong name is one clear message."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pocket_narrator.corpus import write_stories
from pocket_narrator.corpus.input_files.lists import find_files
from pocket_narrator.corpus.names import corpus_names
from pocket_narrator.corpus.sources import open_corpus
from pocket_narrator.corpus.stories import StoryStream
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import FilesCorpusConfig, MixtureCorpusConfig
from pocket_narrator.terminal import notes

BOOKS = {
    name: f"The book of {name}.\n\nChapter 1.\nIt was long ago.\n" for name in ("ash", "birch", "cedar", "dogwood")
}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder of books, with what else lies in such folders, and lists of them."""
    folder = tmp_path / "library"
    (folder / "books" / ".hidden").mkdir(parents=True)
    for name, text in BOOKS.items():
        (folder / "books" / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / "books" / ".hidden" / "x.txt").write_text("no", encoding="utf-8")
    (folder / "books.tsv").write_text("a\tb\n", encoding="utf-8")
    (folder / "train.list").write_text("books/cedar.txt\n\nbooks/ash.txt\n", encoding="utf-8")
    (folder / "valid.list").write_text("books/birch.txt\r\n", encoding="utf-8")
    return folder


def opened(tmp_path: Path, **corpus):
    return open_corpus(FilesCorpusConfig.model_validate({"kind": "files", **corpus}), tmp_path / "data")


def titles(stream: StoryStream) -> list[str]:
    return [story.text.splitlines()[0] for story in stream.read()]


def refused(call: Callable[[], object], *words: str) -> None:
    with pytest.raises(CorpusError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


def test_a_folder_a_pattern_and_a_list(library: Path) -> None:
    found = {path.stem for path in find_files(str(library), "corpus.train")}
    assert found == set(BOOKS)
    assert [path.stem for path in find_files(str(library / "**/*.txt"), "corpus.train")] == sorted(BOOKS)
    assert [path.stem for path in find_files(str(library / "books/[ab]*.txt"), "corpus.train")] == ["ash", "birch"]
    assert [path.stem for path in find_files(str(library / "train.list"), "corpus.train")] == ["cedar", "ash"]
    (library / "a[1].txt").write_text("x", encoding="utf-8")
    assert find_files(str(library / "a[1].txt"), "corpus.train") == [library / "a[1].txt"]


def test_a_book_is_one_story_and_lists_say_who_trains(library: Path, tmp_path: Path) -> None:
    source = opened(tmp_path, train=str(library / "train.list"), validation=str(library / "valid.list"))
    assert [story.text for story in source.train.read()] == [BOOKS["cedar"].strip(), BOOKS["ash"].strip()]
    assert titles(source.validation) == ["The book of birch."]
    assert [Path(story.where).name for story in source.train.read()] == ["cedar.txt#0", "ash.txt#0"]


def test_books_are_split_as_wholes(library: Path, tmp_path: Path) -> None:
    for number in range(40):
        (library / "books" / f"more{number}.txt").write_text(f"Volume {number}.\nText.\n", encoding="utf-8")
    source = opened(tmp_path, train=str(library), validation_fraction=0.25)
    train, validation = titles(source.train), titles(source.validation)
    assert (len(train), len(validation)) == (33, 11)
    assert sorted(train + validation) == sorted(text.splitlines()[0] for text in all_texts(library))
    half = opened(tmp_path, train=str(library), validation_fraction=0.25, fraction=0.5)
    assert set(titles(half.train)) < set(train)
    assert titles(half.validation) == validation


def all_texts(library: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in (library / "books").glob("*.txt")]


def test_the_layout_can_be_named(library: Path, tmp_path: Path) -> None:
    source = opened(tmp_path, train=str(library / "books"), validation_fraction=0.1, layout="lines")
    assert len(titles(source.train)) + len(titles(source.validation)) == 12
    single = str(library / "books/ash.txt")
    refused(lambda: list(opened(tmp_path, train=single).train.read()), "where does a story end", "corpus.layout=lines")
    refused(lambda: opened(tmp_path, train=single, layout="documents"), "the whole text is one story", "20 stories")


def test_the_name_follows_the_files(library: Path) -> None:
    def name() -> str:
        return corpus_names(FilesCorpusConfig(kind="files", train=str(library / "books" / "*.txt")))[0]

    first = name()
    assert name() == first
    (library / "books" / "elm.txt").write_text("Elm.", encoding="utf-8")
    assert name() != first
    assert corpus_names(FilesCorpusConfig(kind="files", train=str(library / "train.list")))[0].startswith("train-")


def test_what_is_not_there_is_explained(library: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (library / "bad.list").write_text("books/ash.txt\nbooks/oak.txt\n", encoding="utf-8")
    (library / "none.list").write_text("\n", encoding="utf-8")
    (library / "binary.list").write_bytes(b"\xff\xfe")
    for named, *words in (
        (library / "absent.txt", "the file cannot be read", "absent.txt", "corpus.train", "relative to"),
        (library / "books/*.md", "no file fits the pattern", "*.md"),
        (tmp_path / "empty", "holds no file of stories; files in it: 0"),
        (library / "bad.list", "oak.txt", "line 2"),
        (library / "none.list", "names no file"),
        (library / "binary.list", "not UTF-8"),
    ):
        refused(lambda named=named: find_files(str(named), "corpus.train"), *words)
    (tmp_path / "empty" / "picture.png").write_bytes(b"x")
    refused(
        lambda: find_files(str(tmp_path / "empty"), "corpus.train"),
        "files in it: 1: 1 .png, such as picture.png",
        ".jsonl",
    )


def test_rows_that_fit_nothing_are_explained(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(f'{{"text": "Tale {name}.", "kind": "{name}"}}', encoding="utf-8")
    (tmp_path / "valid").mkdir()
    (tmp_path / "valid" / "c.jsonl").write_text('{"text": "Tale c.", "kind": "b"}', encoding="utf-8")
    rows = {"column": "kind", "matches": "b"}
    source = opened(tmp_path, train=str(tmp_path / "*.jsonl"), validation=str(tmp_path / "valid"), rows=rows)
    assert titles(source.train) == ["Tale b."]
    rows["matches"] = "c"
    refused(lambda: opened(tmp_path, train=str(tmp_path / "*.jsonl"), rows=rows), "chooses no row", "*.jsonl", "'c'")


def test_a_file_on_both_sides_is_refused(library: Path, tmp_path: Path) -> None:
    refused(
        lambda: opened(tmp_path, train=str(library), validation=str(library / "valid.list")),
        "a file is both in corpus.train and in corpus.validation",
        "birch.txt",
    )


def test_a_copy_or_a_link_of_the_training_text_is_no_validation(library: Path, tmp_path: Path) -> None:
    text = next(path for path in sorted(library.rglob("*.txt")) if path.stat().st_size)
    copy, link, other = tmp_path / "copy.txt", tmp_path / "link.txt", tmp_path / "other.txt"
    shutil.copyfile(text, copy)
    os.link(text, link)
    other.write_bytes(bytes(reversed(text.read_bytes())))  # of the same size
    for validation in (copy, link):
        refused(
            lambda validation=validation: opened(tmp_path, train=str(text), validation=str(validation)),
            "byte for byte",
            validation.name,
        )
    opened(tmp_path, train=str(text), validation=str(other))


def test_an_empty_file_among_many_is_named(library: Path, tmp_path: Path) -> None:
    (library / "books" / "empty.txt").write_text("", encoding="utf-8")
    refused(lambda: opened(tmp_path, train=str(library)), "the file is empty", "empty.txt")


def test_a_mixture_numbers_its_sources_and_keeps_all_validation_stories(library: Path, tmp_path: Path) -> None:
    write_stories(tmp_path / "tales.txt", [f"Tale {number} of Tom and his dog." for number in range(400)])
    corpus = MixtureCorpusConfig.model_validate(
        {
            "kind": "mixture",
            "sources": {
                "tales": {"weight": 3, "corpus": {"kind": "files", "train": str(tmp_path / "tales.txt")}},
                "books": {
                    "epochs": 2,
                    "corpus": {
                        "kind": "files",
                        "train": str(library / "train.list"),
                        "validation": str(library / "valid.list"),
                    },
                },
                "world": {"weight": 9, "corpus": {"kind": "storyworld", "stories": 50, "validation_stories": 5}},
            },
        }
    )
    source = open_corpus(corpus, tmp_path / "data")
    assert source.names == ("tales", "books", "world")
    train = list(source.train.read())
    assert {story.source for story in train} == {0, 1, 2}
    assert [story.source for story in source.validation.read()] == [0] * 20 + [1] + [2] * 5
    text = sum(len(story.text) for story in train)
    assert source.train.bytes == pytest.approx(text, rel=0.2)
    assert corpus_names(corpus)[0].startswith("mixture-")
    (library / "books/ash.txt").write_text("Another text.", encoding="utf-8")
    assert not set(corpus_names(corpus)) & set(corpus_names(corpus.model_copy(update={"seed": 1})))


SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the text for measuring is not here")
def test_the_shared_books_by_their_lists(tmp_path: Path) -> None:
    lists = {
        part: str(SHARED / "gutenberg" / f"{name}.list") for part, name in (("train", "train"), ("validation", "valid"))
    }
    source = opened(tmp_path, **lists)
    names = [Path(story.where).name for story in source.validation.read()]
    assert len(names) == len(find_files(lists["validation"], "corpus.validation")) > 1
    assert all(len(story.text) > 10_000 for story in source.validation.read())
    assert next(source.train.read()).where.endswith(".txt#0")


def test_what_is_left_out_and_what_was_found_is_said_once(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(notes, "_said", set())
    folder = tmp_path / "mixed"
    folder.mkdir()
    for number in range(25):
        (folder / f"{number}.txt").write_text(f"Tale {number}.\nIt ended well.", encoding="utf-8")
    for name in ("A.TXT", "b.md"):
        (folder / name).write_text(f"Tale of {name}.", encoding="utf-8")
    for name in ("1.pdf", "2.pdf", "notes", "table.csv", "README.md", ".hidden"):
        (folder / name).write_text("x", encoding="utf-8")
    source = opened(tmp_path, train=str(folder))
    stories = [story.text for story in (*source.train.read(), *source.validation.read())]
    assert len(stories) == 27
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "left out" in line] == [
        f"27 files of stories in {folder}; left out: 5: 2 .pdf, 1 .md, 1 without suffix, 1 .csv, such as 1.pdf"
    ]
    assert [line for line in lines if line.startswith("stories: ")] == [
        f'stories: 27 in {folder}, 27 files; the first begins "Tale 0.\\nIt ended well.", the last ends "Tale of b.md."'
    ]


def test_tables_are_read_from_a_folder_that_has_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "a.csv").write_text("id,text\n1,Tom ran.\n", encoding="utf-8")
    (folder / "b.json").write_text('[{"text": "Mia ran."}]', encoding="utf-8")
    assert [path.name for path in find_files(str(folder), "corpus.train")] == ["a.csv", "b.json"]


def test_keys_that_would_do_nothing_are_refused(library: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Tom ran."}', encoding="utf-8")
    texts, rows = str(library / "books"), str(tmp_path / "a.jsonl")
    refused(lambda: opened(tmp_path, train=texts, column="body"), "corpus.column is of tables", "leave corpus.column")
    refused(lambda: opened(tmp_path, train=rows, layout="lines"), "corpus.layout is of texts", "leave corpus.layout")
    refused(lambda: opened(tmp_path, train=rows, delimiter="***"), "corpus.delimiter is of texts")


def test_another_delimiter_is_another_corpus(library: Path) -> None:
    corpus = FilesCorpusConfig(kind="files", train=str(library / "train.list"))
    assert not set(corpus_names(corpus)) & set(corpus_names(corpus.model_copy(update={"delimiter": "***"})))
