"""A lock that one process holds at a time, with real processes that hold it, wait for it, and are killed."""

import io
import multiprocessing
import os
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pocket_narrator.files.file_lock import one_at_a_time

CONTEXT = multiprocessing.get_context("spawn" if os.name == "nt" else "fork")
PROCESSES, TIMES = 3, 60


def count(folder: Path) -> None:
    """Adds one, many times, in a way that loses some where two do it at once."""
    for _ in range(TIMES):
        with one_at_a_time(folder / "new" / ".lock", "counts"):
            number = int((folder / "count").read_text())
            (folder / "count").write_text(str(number + 1))


def hold(path: Path, pipe: Connection) -> None:
    with one_at_a_time(path, "holds it"):
        pipe.send("held")
        pipe.recv()


class Sent(io.StringIO):
    """What is printed goes into a pipe."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__()
        self.pipe = pipe

    def flush(self) -> None:
        self.pipe.send(self.getvalue())


def wait(path: Path, pipe: Connection) -> None:
    sys.stderr = Sent(pipe)
    with one_at_a_time(path, "holds it"):
        pipe.send("held")


def started(target, *arguments) -> tuple[multiprocessing.Process, Connection]:
    here, there = CONTEXT.Pipe()
    process = CONTEXT.Process(target=target, args=(*arguments, there))
    process.start()
    return process, here


def test_nothing_is_lost_where_several_take_turns(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "count").write_text("0")
    processes = [CONTEXT.Process(target=count, args=(tmp_path,)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert int((tmp_path / "count").read_text()) == PROCESSES * TIMES
    assert list((tmp_path / "new").iterdir()) == []
    assert all("waiting for another command that counts (" in line for line in capfd.readouterr().err.splitlines())


@pytest.mark.parametrize("end", ["done", "killed"])
def test_who_waits_says_for_whom_and_goes_on_when_the_holder_is_gone(tmp_path: Path, end: str) -> None:
    path = tmp_path / ".lock"
    holder, of_holder = started(hold, path)
    assert of_holder.recv() == "held"
    waiting, of_waiting = started(wait, path)
    assert of_waiting.recv() == f"waiting for another command that holds it (pid {holder.pid})\n"
    assert not of_waiting.poll()
    if end == "killed":
        holder.kill()
    else:
        of_holder.send("let go")
    assert of_waiting.recv() == "held"
    for process in (holder, waiting):
        process.join()
    assert not path.exists()


@pytest.mark.skipif(os.name == "nt", reason="links of Unix")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / ".lock").symlink_to(tmp_path / "mine")
    with pytest.raises(OSError, match="link"), one_at_a_time(tmp_path / ".lock", "holds it"):
        pass
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_full_disk_leaves_no_lock_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds it is not said then; it is held all the same."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with one_at_a_time(tmp_path / ".lock", "writes here"):
            assert (tmp_path / ".lock").exists()
    assert list(tmp_path.iterdir()) == []
