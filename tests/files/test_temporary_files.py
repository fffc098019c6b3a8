"""What killed commands have left is removed; what somebody is still writing is not."""

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pocket_narrator.files import temporary_files
from pocket_narrator.files.atomic import atomic_writer, write_text
from pocket_narrator.files.atomic_folder import atomic_folder
from pocket_narrator.files.temporary_files import held, sweep, temporary_name

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no locks on folders")
NOBODY = 4_194_305  # a number that no process has: Linux counts to 4,194,304


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def leave(folder: Path, process: int) -> None:
    """As commands of that number, killed in the middle, leave it."""
    (folder / f".stories.txt.tmp-{process}-0123abcd").write_text("half")
    (folder / f".train.tmp-{process}-0123abcd").mkdir()
    (folder / f".train.tmp-{process}-0123abcd" / "tokens.bin").write_text("half")
    (folder / f".link.tmp-{process}-0123abcd").symlink_to(folder / "precious")


def test_what_the_dead_have_left_goes(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    leave(tmp_path, NOBODY)
    for name in (".hidden", "a.tmp-1-0123abcd", ".b.tmp-x-0123abcd", ".c.tmp-1-xyz"):
        (tmp_path / name).write_text("not ours")
    sweep(tmp_path)
    assert names(tmp_path) == [".b.tmp-x-0123abcd", ".c.tmp-1-xyz", ".hidden", "a.tmp-1-0123abcd", "precious"]
    assert (tmp_path / "precious").read_text() == "precious"


def test_what_an_earlier_process_of_this_very_number_has_left_goes(tmp_path: Path) -> None:
    """In a container every command has the same number."""
    (tmp_path / "precious").touch()
    leave(tmp_path, os.getpid())
    with held(mine := temporary_name(tmp_path / "mine")):
        mine.touch()
        sweep(tmp_path)
        assert names(tmp_path) == [mine.name, "precious"]


def test_what_a_running_process_writes_stays(tmp_path: Path) -> None:
    leave(tmp_path, os.getppid())
    before = names(tmp_path)
    sweep(tmp_path)
    assert names(tmp_path) == before


def _hold(folder: Path, ready: Connection) -> None:
    paths = [folder / f".file.tmp-{NOBODY}-0123abcd", folder / f".folder.tmp-{NOBODY}-0123abcd"]
    paths[0].touch()
    paths[1].mkdir()
    with held(paths[0]), held(paths[1]):
        ready.send(True)
        ready.recv()


def test_what_another_machine_writes_stays_until_it_dies(tmp_path: Path) -> None:
    """Seen from here its number is nobody's; the lock is all that tells."""
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe()
    process = context.Process(target=_hold, args=(tmp_path, there))
    process.start()
    assert here.recv()
    before = names(tmp_path)
    assert len(before) == 2
    sweep(tmp_path)
    assert names(tmp_path) == before
    process.kill()
    process.join()
    sweep(tmp_path)
    assert names(tmp_path) == []


def test_what_was_set_aside_comes_back(tmp_path: Path) -> None:
    for name in ("old", "new"):
        folder = tmp_path / f".{name}.old-{NOBODY}-0123abcd"
        folder.mkdir()
        (folder / "before").touch()
    (tmp_path / "new").mkdir()
    sweep(tmp_path)
    assert names(tmp_path) == ["new", "old"]
    assert names(tmp_path / "old") == ["before"]


def test_every_writer_sweeps_where_it_writes(tmp_path: Path) -> None:
    def write_file(folder: Path) -> None:
        write_text(folder / "file", "text")

    def write_folder(folder: Path) -> None:
        with atomic_folder(folder / "folder"):
            pass

    for number, write in enumerate((write_file, write_folder)):
        folder = tmp_path / str(number)
        folder.mkdir()
        leave(folder, NOBODY)
        write(folder)
        assert names(folder) == [["file"], ["folder"]][number]


def test_one_writer_of_many_files_looks_through_their_folder_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Path] = []
    monkeypatch.setattr(temporary_files, "sweep", looked.append)
    for number in range(20):
        write_text(tmp_path / str(number), "text")
    assert looked == [tmp_path]
    os.utime(tmp_path, (1, 1))  # as another writer does
    write_text(tmp_path / "last", "text")
    assert looked == [tmp_path] * 2


def test_a_folder_that_cannot_be_listed_is_no_error(tmp_path: Path) -> None:
    sweep(tmp_path / "none")


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    with atomic_writer(tmp_path / "file") as first:
        first.write("first")
        sweep(tmp_path)
        write_text(tmp_path / "file", "second")
    assert (tmp_path / "file").read_text() == "first"
    assert names(tmp_path) == ["file"]
