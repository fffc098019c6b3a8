"""What is no plain file is refused at once, and nothing is written through a link."""

import os
import socket
import threading
from pathlib import Path

import pytest

from pocket_narrator.files.json_file import find_json_object
from pocket_narrator.files.plain_file import NoPlainFileError, open_own, open_to_append, read_plain

needs_posix = pytest.mark.skipif(os.name != "posix", reason="makes pipes, sockets and devices")


def put(kind: str, path: Path) -> None:
    if kind == "a folder":
        path.mkdir()
    elif kind == "a named pipe":
        os.mkfifo(path)
    elif kind == "a socket":
        folder = os.getcwd()
        os.chdir(path.parent)  # the name of a socket has to be short
        try:
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(path.name)
        finally:
            os.chdir(folder)
    else:
        path.symlink_to("/dev/zero")


@needs_posix
@pytest.mark.parametrize("kind", ["a folder", "a named pipe", "a socket", "a device"])
def test_anything_else_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    put(kind, path)
    done: list[BaseException] = []

    def attempt() -> None:
        for operation in (read_plain, open_own, open_to_append):
            try:
                operation(path)
            except NoPlainFileError as error:
                done.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "it waits for a writer"
    assert len(done) == 3
    assert str(done[0]) == f"it is {kind}, where a plain file is expected"


def test_reading_follows_a_link_and_writing_does_not(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "link").symlink_to("precious")
    (tmp_path / "dangling").symlink_to("new")
    assert read_plain(tmp_path / "link") == b"precious"
    for name in ("link", "dangling"):
        for operation in (open_own, open_to_append):
            with pytest.raises(NoPlainFileError, match="it is a link"):
                operation(tmp_path / name)
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert not (tmp_path / "new").exists()


def test_what_is_missing_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "none")


def test_a_link_to_nothing_is_not_the_same_as_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody put it there: what is left out because of it is said."""
    (tmp_path / "figures.json").symlink_to("nowhere")
    with pytest.raises(NoPlainFileError, match="it is a link"):
        read_plain(tmp_path / "figures.json")
    assert find_json_object(tmp_path / "figures.json") is None
    assert "figures.json is left out" in capsys.readouterr().err
    assert find_json_object(tmp_path / "none.json") is None
    assert capsys.readouterr().err == ""


def test_appending(tmp_path: Path) -> None:
    for word in (b"one ", b"two"):
        with open_to_append(tmp_path / "file") as stream:
            stream.write(word)
    assert read_plain(tmp_path / "file") == b"one two"
