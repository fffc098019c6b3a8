"""Folders that are there as a whole: two processes that put one in a place at the same time, such as two exports of one run;
writers that die; files that appear together."""

import multiprocessing
import os
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from pocket_narrator.files.atomic_folder import atomic_files, atomic_folder
from pocket_narrator.files.temporary_files import temporary_name

CONTEXT = multiprocessing.get_context("spawn" if os.name == "nt" else "fork")
TRIES = 60


def put(folder: Path, text: str, barrier: Barrier) -> None:
    for number in range(TRIES):
        with atomic_folder(folder / str(number // 2)) as temporary:  # new, and over an older one
            for name in "ab":
                (temporary / name).write_text(text)
            barrier.wait(60)


def test_one_of_two_is_there_as_a_whole_and_none_fails(tmp_path: Path) -> None:
    barrier = CONTEXT.Barrier(2)
    processes = [CONTEXT.Process(target=put, args=(tmp_path, text, barrier)) for text in ("one", "other")]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert sorted(int(path.name) for path in tmp_path.iterdir()) == list(range(TRIES // 2))
    for folder in tmp_path.iterdir():
        found = {path.name: path.read_text() for path in folder.iterdir()}
        assert found in ({"a": "one", "b": "one"}, {"a": "other", "b": "other"})


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_what_stands_there_is_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    for text, kept in (("old", "old"), ("new", "old"), ("newer", "newer")):
        with atomic_folder(tmp_path / "folder", keeps=lambda found, text=text: text == "new") as temporary:
            (temporary / "file").write_text(text)
        assert content(tmp_path / "folder") == {"file": kept}
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_folder_of_a_writer_that_died_between_its_two_renames_is_brought_back(tmp_path: Path) -> None:
    aside = Path(str(temporary_name(tmp_path / "folder")).replace(f".tmp-{os.getpid()}", ".old-4194304"))
    aside.mkdir()
    (aside / "file").write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_folder(tmp_path / "other"):
        raise ZeroDivisionError
    assert content(tmp_path / "folder") == {"file": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def raise_half_written(path: Path) -> None:
    path.write_text("half")
    raise OSError("the disk of mine is full")


def test_files_that_appear_together(tmp_path: Path) -> None:
    """Others may stand there; the last one vouches for them."""
    names = ("a", "b", "last")
    (tmp_path / "mine").write_text("mine")
    for written in ({"a": "1", "b": "1", "last": "1"}, {"a": "2", "last": "2"}):
        with atomic_files(tmp_path, names, last="last") as temporary:
            for name, text in {**written, "scratch": ""}.items():
                (temporary / name).write_text(text)
        assert content(tmp_path) == {"mine": "mine", **written}
    with pytest.raises(OSError, match="mine"), atomic_files(tmp_path, names, last="last") as temporary:
        raise_half_written(temporary / "a")
    assert content(tmp_path) == {"mine": "mine", **written}


def test_files_are_without_the_last_one_while_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(text: str) -> None:
        with atomic_files(tmp_path, ("a", "b", "last"), last="last") as temporary:
            for name in ("a", "b", "last"):
                (temporary / name).write_text(text)

    put("old")
    seen = []
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: (seen.append((tmp_path / "last").exists()), real(*paths)))
    put("new")
    assert seen == [False, False, False]
    assert content(tmp_path) == {"a": "new", "b": "new", "last": "new"}
