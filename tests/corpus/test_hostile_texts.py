"""Files of strangers: each is refused with one message, in little memory and time, whatever it asks for."""

import multiprocessing
import os
import random
import socket
import sys
import tracemalloc
from pathlib import Path

import pytest

from pocket_narrator.corpus import read_stories
from pocket_narrator.corpus.input_files import byte_source, zip_members
from pocket_narrator.corpus.input_files.lists import find_files
from pocket_narrator.corpus.tables import csv_tables, parquet_tables
from pocket_narrator.corpus.tables.parquet_tables import MOST_BATCH_BYTES
from pocket_narrator.errors import CorpusError
from tests.corpus.hostile_texts import HOSTILE, dictionary_parquet

pyarrow = pytest.importorskip("pyarrow")

MOST_MEMORY = 256 << 20  # of Python's, while a file is read
posix_only = pytest.mark.skipif(os.name == "nt", reason="no such files on Windows")


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_one_message(tmp_path: Path, monkeypatch, name: str) -> None:
    monkeypatch.setattr(csv_tables, "MOST_LINES", 50_000)
    for module in (byte_source, parquet_tables, zip_members):
        monkeypatch.setattr(module, "SWELLING_FROM", 4 << 20)
    make, words = HOSTILE[name]
    (tmp_path / name).write_bytes(make())
    if not words:
        assert all(isinstance(story.text, str) for story in read_stories(tmp_path / name))
        return
    with pytest.raises(CorpusError) as caught:
        [story.text for story in read_stories(tmp_path / name)]
    assert words in str(caught.value)
    assert len(str(caught.value)) < 4000


@pytest.mark.parametrize(
    "name", ["pax.tar.gz", "longname.tar.gz", "dictionary.parquet", "values.jsonl.gz", "values.json.gz"]
)
def test_memory_does_not_follow_what_a_file_asks_for(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name][0]())
    pool = pyarrow.default_memory_pool()
    before, highest = pool.bytes_allocated(), pool.max_memory() or 0
    tracemalloc.start()
    try:
        with pytest.raises(CorpusError):
            [story.text for story in read_stories(tmp_path / name)]
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
    assert (pool.max_memory() or 0) <= max(highest, before + MOST_MEMORY)


def test_a_long_text_that_many_rows_share_is_read_a_few_rows_at_a_time(tmp_path: Path) -> None:
    text = random.Random(0).randbytes(1 << 19).hex()
    (tmp_path / "a.parquet").write_bytes(dictionary_parquet(200, text))
    pool = pyarrow.default_memory_pool()
    before = pool.bytes_allocated()
    most = count = 0
    for story in read_stories(tmp_path / "a.parquet"):
        assert len(story.text) == len(text)
        most = max(most, pool.bytes_allocated() - before)
        count += 1
    assert count == 200
    assert most < 2 * MOST_BATCH_BYTES


def _refusal(path: Path, answer) -> None:
    try:
        find_files(str(path), "corpus.train")
        answer.put(f"read {sum(1 for _ in read_stories(path))}")
    except CorpusError as error:
        answer.put(str(error))


def refusal_in_time(path: Path) -> str:
    """What another process says of the file; it is ended if it waits."""
    context = multiprocessing.get_context("fork")
    answer = context.SimpleQueue()
    process = context.Process(target=_refusal, args=(path, answer))
    process.start()
    process.join(20)
    if process.is_alive():
        process.kill()
        process.join()
        return "it waits for ever"
    return answer.get()


@posix_only
def test_pipes_sockets_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        folder = os.getcwd()
        os.chdir(tmp_path)  # the name of a socket is short
        try:
            listening.bind("socket.txt")
        finally:
            os.chdir(folder)
        assert "a pipe is no story file" in refusal_in_time(tmp_path / "pipe.txt")
        assert "a socket is no story file" in refusal_in_time(tmp_path / "socket.txt")
    assert "a device is no story file" in refusal_in_time(Path("/dev/zero"))
    (tmp_path / "all.list").write_text("pipe.txt\n", encoding="utf-8")
    assert "a pipe is no story file" in refusal_in_time(tmp_path / "all.list")
    os.rename(tmp_path / "pipe.txt", tmp_path / "pipe.list")
    assert "a pipe is no story file" in refusal_in_time(tmp_path / "pipe.list")


@posix_only
def test_links_that_lead_round_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("b.txt")
    (tmp_path / "b.txt").symlink_to("a.txt")
    with pytest.raises(CorpusError, match="cannot be read"):
        find_files(str(tmp_path / "a.txt"), "corpus.train")
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "story.txt").write_text("Tom ran.", encoding="utf-8")
    (folder / "inner" / "self").symlink_to(folder)
    assert find_files(str(folder), "corpus.train") == [folder / "story.txt"]
    assert find_files(str(folder / "**/*.txt"), "corpus.train") == [folder / "story.txt"]


@posix_only
def test_a_linked_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "story.txt").write_text("Tom ran.", encoding="utf-8")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "books").symlink_to(tmp_path / "elsewhere")
    assert find_files(str(tmp_path / "corpus"), "corpus.train") == [tmp_path / "corpus" / "books" / "story.txt"]


def test_names_that_are_none(tmp_path: Path) -> None:
    for name in ("a\0b", "x" * 5000, str(tmp_path)):
        with pytest.raises(CorpusError) as caught:
            [story.text for story in read_stories(name)]
        assert len(str(caught.value)) < 1000
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(CorpusError, match="cannot be read"):
            find_files(name, "corpus.train")


@pytest.mark.parametrize("change", [lambda stream: stream.write(b"More.\n"), lambda stream: stream.truncate(1 << 20)])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, change) -> None:
    path = tmp_path / "stories.txt"
    path.write_bytes(b"Tom ran home.\n<|endoftext|>\n" * 100_000)
    stories = read_stories(path)
    next(stories)
    with open(path, "ab") as stream:
        change(stream)
    with pytest.raises(CorpusError, match="changed while it was read"):
        list(stories)


@pytest.mark.skipif(
    sys.platform == "win32" or getattr(os, "geteuid", lambda: 1)() == 0, reason="everybody may read here"
)
def test_a_folder_that_must_not_be_read_is_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "story.txt").write_text("Tom ran.", encoding="utf-8")
    (tmp_path / "closed").chmod(0)
    try:
        with pytest.raises(CorpusError, match="a folder cannot be read"):
            find_files(str(tmp_path), "corpus.train")
    finally:
        (tmp_path / "closed").chmod(0o700)
