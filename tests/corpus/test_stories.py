"""The story reader against a slow reference, and every kind of file that it must refuse."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocket_narrator.corpus import DELIMITER, read_stories, write_stories
from pocket_narrator.corpus.input_files.byte_source import open_bytes
from pocket_narrator.corpus.text import runs
from pocket_narrator.corpus.text.layouts import text_stories
from pocket_narrator.errors import CorpusError


def read_in_chunks(path, chunk_bytes: int) -> list[str]:
    with open_bytes(path) as source:
        return list(text_stories(source, "endoftext", chunk_bytes))


def reference(raw: bytes) -> list[str]:
    """The whole file at once."""
    text = raw.removeprefix(b"\xef\xbb\xbf").decode().replace("\r\n", "\n").replace("\r", "\n")
    return [story.strip() for story in text.split(DELIMITER) if story.strip()]


PARTS = st.sampled_from(
    [
        "a",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\u00e9",
        "\U0001f642",
        "<|",
        "endoftext",
        "|>",
        DELIMITER,
        f"\n{DELIMITER}\n",
        "Tom ran.",
    ]
)


@given(parts=st.lists(PARTS, max_size=40), bom=st.booleans(), chunk_bytes=st.integers(1, 30))
def test_equals_the_reference_for_any_chunk_size(tmp_path_factory, parts, bom, chunk_bytes):
    raw = (b"\xef\xbb\xbf" if bom else b"") + "".join(["x", *parts]).encode()
    path = tmp_path_factory.mktemp("corpus") / "stories.txt"
    path.write_bytes(raw)
    assert read_in_chunks(path, chunk_bytes) == reference(raw)
    if reference(raw):
        assert [story.text for story in read_stories(path)] == reference(raw)
    else:
        with pytest.raises(CorpusError, match="no story"):
            [story.text for story in read_stories(path)]


def test_layout_is_tolerant(tmp_path):
    path = tmp_path / "stories.txt"
    path.write_bytes(b"\xef\xbb\xbfOne.\r\nTwo.\r\n<|endoftext|>\r\n  \r\n<|endoftext|>\r\n\r\nThree <|endoftext|>Last")
    assert [story.text for story in read_stories(path)] == ["One.\nTwo.", "Three", "Last"]


def test_written_stories_are_read_back(tmp_path):
    told = ["Once.", "Caf\u00e9\n\nsaid \u201cHi\u201d.", "End"]
    assert write_stories(tmp_path / "out" / "stories.txt", told) == 3
    assert [story.text for story in read_stories(tmp_path / "out" / "stories.txt")] == told


def test_a_story_with_the_delimiter_is_not_written(tmp_path):
    with pytest.raises(CorpusError, match="story 1 holds the delimiter"):
        write_stories(tmp_path / "stories.txt", ["One.", f"Two {DELIMITER} three."])
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "stories.txt"
    with open(path, "wb") as stream:
        for _ in range(40):
            stream.write(b"Tom and Mia went to the park to play. <|endoftext|>\n" * 20_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_stories(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 40 * 20_000
    assert path.stat().st_size > 40_000_000
    assert peak < 8_000_000


LATIN1_OFFSET = 3 * len("Tom ran home.\n<|endoftext|>\n") + len("A caf")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", ["empty"]),
        (b" \n<|endoftext|>\n\n", ["no story"]),
        (b"Once\x00upon", ["NUL byte at offset 4", "binary"]),
        (
            b"Tom ran home.\n<|endoftext|>\n" * 3 + "A caf\u00e9.".encode("latin-1"),
            [f"0xe9 at offset {LATIN1_OFFSET}", "1252", "iconv -f"],
        ),
        ("Once upon a time".encode("utf-16"), ["UTF-16", "iconv -f UTF-16 -t UTF-8"]),
        ("Once upon a time".encode("utf-16-le"), ["UTF-16", "iconv -f UTF-16LE -t"]),
        ("Once upon a time".encode("utf-16-be"), ["UTF-16", "iconv -f UTF-16BE -t"]),
        ("\u4e16\u754c".encode("utf-16"), ["UTF-16", "iconv -f UTF-16 -t"]),
        ("Tom saw a caf\u00e9".encode()[:-1], ["offset 13", "cut inside a character"]),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc", ["damaged or cut off"]),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [5, 1 << 20])
def test_bad_files_are_explained(tmp_path, monkeypatch, raw, words, chunk_bytes):
    monkeypatch.setattr(text_stories, "__defaults__", (chunk_bytes, None))
    path = tmp_path / "stories.txt"
    path.write_bytes(raw)
    with pytest.raises(CorpusError) as caught:
        [story.text for story in read_stories(path)]
    assert str(path) in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_missing_file_and_a_folder_are_explained(tmp_path):
    with pytest.raises(CorpusError, match="no such file"):
        next(read_stories(tmp_path / "absent.txt"))
    with pytest.raises(CorpusError, match="a folder"):
        next(read_stories(tmp_path))


def test_endless_text_without_delimiters_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "LONGEST_STORY_BYTES", 3 << 20)
    path = tmp_path / "stories.txt"
    path.write_bytes(b"One.<|endoftext|>" + b"a" * (5 << 20))
    reader = read_stories(path)
    assert next(reader).text == "One."
    with pytest.raises(CorpusError, match="at most 3 MiB"):
        next(reader)
