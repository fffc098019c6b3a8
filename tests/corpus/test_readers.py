"""Every kind of file gives the same stories; every damage and every wrong column is one clear message."""

import bz2
import contextlib
import gzip
import io
import json
import lzma
import random
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocket_narrator.corpus import DELIMITER, read_stories
from pocket_narrator.corpus.text import layouts, runs
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import RowsConfig

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

STORIES = ["Tom ran.\nHe fell.", "Caf\u00e9 \u201cHi\u201d \U0001f642", "The end."]
TEXT = "".join(f"{story}\n{DELIMITER}\n" for story in STORIES).encode()
JSON_LINES = "".join(json.dumps({"id": 7, "text": story}) + "\n" for story in STORIES).encode()


def zstandard(raw: bytes) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(raw)
    return sink.getvalue().to_pybytes()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return buffer.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, raw in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            archive.addfile(entry, io.BytesIO(raw))
    return buffer.getvalue()


def table(**columns: list) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


SPLIT = {"a/one.txt": TEXT[: TEXT.index(b"The end")], "README.md": b"not a story", "two.txt": b"The end."}
FILES: dict[str, bytes] = {
    "stories.txt": TEXT,
    "stories.txt.gz": gzip.compress(TEXT),
    "stories.txt.xz": lzma.compress(TEXT),
    "stories.txt.bz2": bz2.compress(TEXT),
    "stories.txt.zst": zstandard(TEXT),
    "no-suffix": gzip.compress(TEXT[:30]) + gzip.compress(TEXT[30:]),
    "stories.jsonl": JSON_LINES,
    "stories.jsonl.gz": gzip.compress(JSON_LINES),
    "stories.parquet": table(id=[1, 2, 3], text=STORIES),
    "stories.zip": zipped(SPLIT),
    "stories.tar": tarred(SPLIT),
    "stories.tar.gz": tarred(SPLIT, "w:gz"),
    "jsonl.zip": zipped({"x.jsonl.xz": lzma.compress(JSON_LINES)}),
}


@pytest.mark.parametrize("name", FILES)
def test_all_kinds_of_file_give_the_same_stories(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    assert [story.text for story in read_stories(tmp_path / name)] == STORIES


@pytest.mark.parametrize("name", [name for name in FILES if name not in ("stories.txt", "stories.tar")])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, name: str) -> None:
    raw = FILES[name]
    for kept in (len(raw) // 3, len(raw) * 2 // 3, len(raw) - 8):
        (tmp_path / name).write_bytes(raw[:kept])
        with pytest.raises(CorpusError, match=r"damaged or cut off|is not JSON|not UTF-8"):
            [story.text for story in read_stories(tmp_path / name)]


@pytest.mark.parametrize("name", FILES)
def test_damage_is_a_message_or_does_no_harm(tmp_path: Path, name: str) -> None:
    """200 mutants of every file: each is read as stories, or refused with one message; never a traceback."""
    chance = random.Random(name)
    path = tmp_path / name
    for _ in range(200):
        raw = bytearray(FILES[name])
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        path.write_bytes(raw)
        with contextlib.suppress(CorpusError):
            assert all(isinstance(story.text, str) for story in read_stories(path))


def read(tmp_path: Path, raw: bytes, name: str = "stories.txt", **options) -> list[str]:
    (tmp_path / name).write_bytes(raw)
    return [story.text for story in read_stories(tmp_path / name, **options)]


def refused(call: Callable[[], object], *words: str) -> None:
    with pytest.raises(CorpusError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


@given(
    lines=st.lists(st.sampled_from(["", " ", "a", "Tom ran. ", "\u00e9", DELIMITER, f"a {DELIMITER} b"]), max_size=20),
    end=st.sampled_from(["\n", "\r\n"]),
    chunk_bytes=st.integers(1, 30),
)
def test_one_story_a_line(tmp_path_factory, lines, end, chunk_bytes) -> None:
    from pocket_narrator.corpus.input_files.byte_source import open_bytes

    path = tmp_path_factory.mktemp("corpus") / "stories.txt"
    path.write_bytes(end.join(["x", *lines]).encode())
    expected = [part.strip() for line in ["x", *lines] for part in line.split(DELIMITER) if part.strip()]
    with open_bytes(path) as source:
        assert list(layouts.text_stories(source, "lines", chunk_bytes)) == expected


def test_a_text_without_a_delimiter_is_asked_about(tmp_path: Path) -> None:
    raw = b"One line.\nAnother line.\n"
    refused(
        lambda: read(tmp_path, raw, layout=None), "where does a story end", "corpus.layout=lines", "corpus.layout=docum"
    )
    assert read(tmp_path, raw, layout="lines") == ["One line.", "Another line."]
    assert read(tmp_path, raw, layout="documents") == ["One line.\nAnother line."]
    assert read(tmp_path, b"One line.", layout=None) == ["One line."]
    assert read(tmp_path, b"One.\nTwo.\n<|endoftext|>", layout=None) == ["One.\nTwo."]


@pytest.mark.parametrize(("layout", "words"), [("lines", "no line end"), ("endoftext", "corpus.layout=lines")])
def test_one_endless_line_is_refused(tmp_path: Path, monkeypatch, layout: str, words: str) -> None:
    monkeypatch.setattr(runs, "LONGEST_STORY_BYTES", 3 << 20)
    raw = b"One.\n<|endoftext|>\n" + b"a " * (2 << 20)
    refused(lambda: read(tmp_path, raw, layout=layout), "at most 3 MiB", words)
    refused(lambda: read(tmp_path, gzip.compress(raw), layout=layout), "at most 3 MiB", words)
    refused(lambda: read(tmp_path, table(text=["a" * (4 << 20)]), "s.parquet"), "at most 3 MiB", "s.parquet")


def test_columns(tmp_path: Path) -> None:
    assert read(tmp_path, table(STORY=["One."], text=["Two."]), "a.parquet") == ["Two."]
    assert read(tmp_path, table(STORY=["One."], other=["Two."]), "a.parquet") == ["One."]
    assert read(tmp_path, table(STORY=["One."], other=["Two."]), "a.parquet", column="other") == ["Two."]
    category = pyarrow.array(["One.", "One.", None, " "]).dictionary_encode()
    assert read(tmp_path, table(text=category), "a.parquet") == ["One.", "One."]
    refused(
        lambda: read(tmp_path, table(id=[1], title=["x"], body=["y"]), "a.parquet"),
        "no column 'text' or 'story'",
        "columns of text are title, body; others are id",
        "corpus.column=NAME",
    )
    refused(lambda: read(tmp_path, table(id=[1]), "a.parquet", column="body"), "no column 'body'", "no column holds")
    refused(lambda: read(tmp_path, table(id=[1]), "a.parquet", column="id"), "does not hold text")
    refused(lambda: read(tmp_path, TEXT, "a.parquet"), "damaged")
    refused(lambda: read(tmp_path, gzip.compress(table(text=["a"])), "a.parquet.gz"), "inside another file", "unpack")


def test_rows_are_chosen_by_another_column(tmp_path: Path) -> None:
    fiction = RowsConfig(column="about", matches=r"(?i)\bfiction\b")
    about = ["{'subjects': 'Love -- Fiction'}", None, "Fictional tax law", "science fiction"]
    stories = ["One.", "Two.", "Three.", "Four."]
    rows = [json.dumps({"text": t, "about": a}) for t, a in zip(stories, about, strict=True)]
    assert read(tmp_path, table(text=stories, about=about), "a.parquet", rows=fiction) == ["One.", "Four."]
    assert read(tmp_path, "\n".join(rows).encode(), "a.jsonl", rows=fiction) == ["One.", "Four."]
    assert read(tmp_path, b'{"text": "One.", "about": ["a", "Fiction"]}', "a.jsonl", rows=fiction) == ["One."]
    assert read(tmp_path, table(text=["a", "b"], about=[["x"], ["fiction"]]), "a.parquet", rows=fiction) == ["b"]
    assert read(tmp_path, table(text=["a"], about=["x"]), "a.parquet", rows=fiction) == []
    by_story = RowsConfig(column="text", matches="^F")
    assert read(tmp_path, table(text=stories), "a.parquet", rows=by_story) == ["Four."]
    refused(lambda: read(tmp_path, table(text=["a"]), "a.parquet", rows=fiction), "no column 'about'")
    refused(lambda: read(tmp_path, b'{"text": "a"}', "a.jsonl", rows=fiction), "no column 'about'", "line 1")
    refused(lambda: read(tmp_path, TEXT, rows=fiction), "corpus.rows", "this is a text")


@pytest.mark.parametrize(
    ("raw", "options", "words"),
    [
        (b'{"text": "a"}\n{"text": \n', {}, ["line 2 is not JSON"]),
        (b'{"text": "a"}\n\n["b"]\n', {}, ["line 3 is a list"]),
        (b'{"text": "a"}\n"b"\n', {}, ['line 2 is "b"']),
        (b'{"body": "a"}\n', {}, ["no column 'text' or 'story'", "body", "line 1"]),
        (b'{"body": "a"}\n{"text": "b"}\n', {"column": "body"}, ["no column 'body'", "line 2"]),
        (b'{"text": "a"}\n{"text": 5}\n', {}, ["holds 5, not text", "line 2"]),
        (b'{"text": 5, "title": "a"}\n', {}, ["no column 'text'", "columns of text are title; others are text"]),
        (b'{"text": null}\n{"text": " "}\n', {}, ["no story"]),
        (b'{"text": "a\x00"}\n', {}, ["NUL"]),
        (b'{"text": "caf\xe9"}\n', {}, ["not UTF-8", "1252"]),
        (b"[" * 100_000, {}, ["line 1 is not JSON"]),
    ],
)
def test_bad_json_lines_are_explained(tmp_path: Path, raw: bytes, options: dict, words: list[str]) -> None:
    refused(lambda: read(tmp_path, raw, "a.jsonl", **options), "a.jsonl", *words)


def test_nul_bytes_are_told_from_binary_files(tmp_path: Path) -> None:
    text = b"Tom ran home. " * 200
    refused(lambda: read(tmp_path, text + b"\0" + text), "NUL byte at offset 2800", "tr -d")
    refused(lambda: read(tmp_path, random.Random(0).randbytes(5000)), "NUL byte", "it is binary")
    refused(lambda: read(tmp_path, text.decode().encode("utf-16-le")), "UTF-16", "iconv")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("chunk_bytes", [1, 7, 1 << 20])
def test_lines_are_counted_right(tmp_path: Path, monkeypatch, end: str, chunk_bytes: int) -> None:
    monkeypatch.setattr(runs.text_runs, "__defaults__", (chunk_bytes, *(runs.text_runs.__defaults__ or ())[1:]))
    raw = end.join(['{"text": "a"}'] * 30 + ["", "oops"]).encode()
    refused(lambda: read(tmp_path, raw, "a.jsonl"), "line 32 is not JSON")


def test_json_lines_are_tolerant(tmp_path: Path) -> None:
    raw = b'\xef\xbb\xbf{"text": " One.\\r\\nTwo. "}\r\n\r\n{"text": null}\n{"x": 1, "text": "\\ud83d\\ude42 \\ud83d"}'
    assert read(tmp_path, raw, "a.jsonl") == ["One.\nTwo.", "\U0001f642 \ufffd"]
    assert read(tmp_path, b'{"text": "One. <|endoftext|> Two."}', "a.jsonl") == ["One.", "Two."]


def test_archives_without_stories_are_explained(tmp_path: Path) -> None:
    refused(lambda: read(tmp_path, zipped({"a.png": b"a"}), "a.zip"), "files in it: 1: 1 .png, such as a.png", ".jsonl")
    refused(lambda: read(tmp_path, zipped({"a.txt": b""}), "a.zip"), "empty", "a.zip/a.txt")
    refused(lambda: read(tmp_path, tarred({"a.txt": b"caf\xe9"}), "a.tar"), "cut inside", "a.tar/a.txt")
    refused(lambda: read(tmp_path, zipped({"a.txt": b"caf\xe9s"}), "a.zip"), "a.zip/a.txt", "unpack it, then iconv")
    refused(lambda: read(tmp_path, gzip.compress(b""), "a.txt.gz"), "holds nothing")
    refused(lambda: read(tmp_path, gzip.compress("caf\u00e9s".encode("latin-1"))), "unpack it, then iconv")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch) -> None:
    import sys

    from pocket_narrator.errors import MissingExtraError

    for name in ("a.parquet", "a.txt.zst"):
        (tmp_path / name).write_bytes(FILES[f"stories{name[1:]}"])
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "pyarrow", None)
            with pytest.raises(MissingExtraError, match='pip install "pyarrow'):
                [story.text for story in read_stories(tmp_path / name)]


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "txt.gz", "zip"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    story = "Tom and Mia went to the park to play. " * 5
    count = 100_000
    path = tmp_path / f"stories.{kind}"
    if kind == "jsonl":
        path.write_text((json.dumps({"text": story}) + "\n") * count, encoding="utf-8")
    elif kind == "parquet":
        parquet.write_table(pyarrow.table({"text": [f"{story}{i}" for i in range(count)]}), path)
    elif kind == "txt.gz":
        path.write_bytes(gzip.compress(f"{story}\n{DELIMITER}\n".encode() * count, 1))
    else:
        path.write_bytes(zipped({"a.txt": f"{story}\n{DELIMITER}\n".encode() * count}))
    allocated = pyarrow.default_memory_pool()
    before = allocated.bytes_allocated()
    tracemalloc.start()
    try:
        most = read_count = 0
        for _ in read_stories(path):
            read_count += 1
            if read_count % 1000 == 0:
                most = max(most, allocated.bytes_allocated() - before)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read_count == count
    assert peak < 16_000_000
    assert most < 24_000_000
