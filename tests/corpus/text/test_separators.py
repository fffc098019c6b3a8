"""Texts that are parted in other ways than by `<|endoftext|>`: named, never guessed, and what is advised is right."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocket_narrator.corpus import DELIMITER, read_stories
from pocket_narrator.corpus.input_files.byte_source import open_bytes
from pocket_narrator.corpus.text.layouts import Layout, text_stories
from pocket_narrator.errors import CorpusError, RecipeError
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.schema import FilesCorpusConfig
from pocket_narrator.terminal import notes

STORIES = [f"One day Tom saw {number} dogs.\nThey ran to the {number}th tree.\nMia laughed." for number in range(60)]
SEPARATORS = [
    "</s>",
    "[EOS]",
    "<|end_of_text|>",
    "<|ENDOFTEXT|>",
    "<s>",
    "***",
    "-----",
    "* * *",
    "\f",
    "The End.",
    "$$$",
    "it's",
]


@pytest.fixture(autouse=True)
def nothing_said_yet(monkeypatch) -> None:
    monkeypatch.setattr(notes, "_said", set())


def refusal(path: Path, layout=None) -> str:
    with pytest.raises(CorpusError) as caught:
        [story.text for story in read_stories(path, layout)]
    return str(caught.value)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_what_is_advised_reads_the_stories(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "stories.txt"
    path.write_text(f"\n{separator}\n".join(STORIES), encoding="utf-8")
    said = refusal(path)
    shown = "form feed" if separator == "\f" else f"'{separator}' stands 59 times"
    assert shown in said
    option = next(word for word in shlex.split(said.split("hint: ")[1]) if word.startswith("corpus.delimiter="))
    corpus = load_recipe(["storyworld-quick"], ["corpus.kind=files", f"corpus.train={path}", option]).corpus
    assert isinstance(corpus, FilesCorpusConfig)
    assert [story.text for story in read_stories(path, delimiter=corpus.delimiter)] == STORIES


@pytest.mark.parametrize("separator", ["</s>", "[EOS]", "<|end_of_text|>", "<|ENDOFTEXT|>", "***", "-----"])
def test_separators_are_never_stories(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "stories.txt"
    path.write_text(f"\n{separator}\n".join(STORIES), encoding="utf-8")
    said = refusal(path, "lines")
    assert "not every line of the text is a story" in said
    assert f"'{separator}'" in said
    assert "corpus.layout=lines" not in refusal(path)


@pytest.mark.parametrize("layout", [None, "endoftext", "documents", "lines", "blank-lines"])
def test_a_marker_at_the_end_of_lines_is_named(tmp_path: Path, layout) -> None:
    path = tmp_path / "stories.txt"
    path.write_text("".join(f"<s>{story}</s>\n" for story in STORIES), encoding="utf-8")
    assert "the marker '</s>' stands 60 times" in refusal(path, layout)
    assert [story.text for story in read_stories(path, delimiter="</s>")] == STORIES


def test_the_marker_of_a_beginning_is_taken_off_and_said(tmp_path: Path, capsys) -> None:
    path = tmp_path / "stories.txt"
    path.write_text("".join(f"<|startoftext|>{story}\n{DELIMITER}\n" for story in STORIES), encoding="utf-8")
    assert [story.text for story in read_stories(path)] == STORIES
    assert [story.text for story in read_stories(path)] == STORIES
    assert capsys.readouterr().err == f"{path}: <|startoftext|> before a story is left out\n"


def test_a_marker_that_stays_is_said(tmp_path: Path, capsys) -> None:
    path = tmp_path / "stories.txt"
    path.write_text(f"{' [SEP] '.join(STORIES)}\n{DELIMITER}\n", encoding="utf-8")
    assert len(list(read_stories(path))) == 1
    assert "'[SEP]' stands 59 times" in capsys.readouterr().err


def test_wrapped_prose_is_not_a_story_a_line_unnoticed(tmp_path: Path, capsys) -> None:
    path = tmp_path / "book.txt"
    text = " ".join(STORIES).replace("\n", " ")
    path.write_text("\n".join(text[at : at + 37].strip() for at in range(0, len(text), 37)), encoding="utf-8")
    assert [story.text for story in read_stories(path, "lines")]
    assert "in the middle of a sentence" in capsys.readouterr().err
    assert "corpus.layout=lines" not in refusal(path)


def test_blank_lines_and_headings_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "stories.txt"
    path.write_text("\n\n".join(STORIES), encoding="utf-8")
    assert "corpus.layout=blank-lines" in refusal(path)
    assert [story.text for story in read_stories(path, "blank-lines")] == STORIES
    paragraphs = [story.replace("\n", "\n\n") for story in STORIES]
    path.write_text("\n\n \n".join(paragraphs), encoding="utf-8")
    assert "corpus.layout=two-blank-lines" in refusal(path)
    assert [story.text for story in read_stories(path, "two-blank-lines")] == paragraphs
    path.write_text("\n".join(f"Chapter {n}\n{story}" for n, story in enumerate(STORIES, 1)), encoding="utf-8")
    assert "'Chapter 1', 60 of them" in refusal(path)
    path.write_text('{"text": "One."}\n{"text": "Two."}\n', encoding="utf-8")
    assert "name the file .jsonl" in refusal(path, "lines")
    path.write_text('id,text\n1,"One."\n2,"Two."\n', encoding="utf-8")
    assert "name the file .csv" in refusal(path, "lines")


def test_a_delimiter_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "stories.txt"
    path.write_text("\n</s>\n".join(STORIES), encoding="utf-8")
    for delimiter in ("<eos>", "***"):
        with pytest.raises(
            CorpusError, match=r"holds no '.*which corpus.delimiter names\n.*\n  found: the line '</s>'"
        ):
            [story.text for story in read_stories(path, delimiter=delimiter)]


@given(
    lines=st.lists(
        st.sampled_from(["", " ", "a", "Tom ran. ", "\u00e9", "***", " *** ", "a *** b", DELIMITER]), max_size=20
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    chunk_bytes=st.integers(1, 30),
)
def test_equals_the_reference_for_any_chunk_size(tmp_path_factory, lines, end, chunk_bytes) -> None:
    path = tmp_path_factory.mktemp("corpus") / "stories.txt"
    given_lines = ["x", "***", *lines]
    path.write_bytes(end.join(given_lines).encode())
    whole = "\n".join("<cut>" if line.strip() == "***" else line for line in given_lines).replace(DELIMITER, "<cut>")
    with open_bytes(path) as source:
        found = list(text_stories(source, None, chunk_bytes, "***"))
    assert found == [part.strip() for part in whole.split("<cut>") if part.strip()]
    layouts: list[tuple[Layout, int]] = [("blank-lines", 1), ("two-blank-lines", 2)]
    for name, fewest in layouts:
        stories, blank = [""], 0
        for line in given_lines:
            if line.strip() and blank >= fewest:
                stories.append("")
            blank = 0 if line.strip() else blank + 1
            stories[-1] += f"{line}\n"
        parts = [part.strip() for story in stories for part in story.split(DELIMITER)]
        with open_bytes(path) as source:
            assert list(text_stories(source, name, chunk_bytes)) == [part for part in parts if part]


def test_byte_order_marks_of_files_put_together_are_dropped(tmp_path: Path) -> None:
    one = b"\xef\xbb\xbf" + f"Tom ran.\n{DELIMITER}\n".encode()
    (tmp_path / "a.txt").write_bytes(one + one)
    assert [story.text for story in read_stories(tmp_path / "a.txt")] == ["Tom ran.", "Tom ran."]
    (tmp_path / "a.jsonl").write_bytes(b'\xef\xbb\xbf{"text": "\\ufeffTom ran."}\n' * 2)
    assert [story.text for story in read_stories(tmp_path / "a.jsonl")] == ["Tom ran.", "Tom ran."]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("corpus.delimiter= ", "is not one line"),
        ("corpus.delimiter=a\nb", "is not one line"),
        ("corpus.delimiter='***'", "the quotes would be part of the text"),
    ],
)
def test_delimiters_that_are_none(option: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        load_recipe(["storyworld-quick"], ["corpus.kind=files", "corpus.train=a.txt", option])
    with pytest.raises(RecipeError, match="give one of them"):
        load_recipe(
            ["storyworld-quick"],
            ["corpus.kind=files", "corpus.train=a.txt", "corpus.layout=lines", "corpus.delimiter=xx"],
        )
