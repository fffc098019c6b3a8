"""A file is the old one or the new one, and nothing else is left behind."""

import os
from pathlib import Path

import pytest

from pocket_narrator.files import atomic
from pocket_narrator.files.atomic import atomic_path, atomic_writer, write_text
from pocket_narrator.files.temporary_files import temporary_name


def test_text_is_utf8_with_plain_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "file.txt", "a\nb\r\n\u00e9\u4e2d")
    assert (tmp_path / "new" / "file.txt").read_bytes() == "a\nb\r\n\u00e9\u4e2d".encode()


def test_bytes(tmp_path: Path) -> None:
    with atomic_writer(tmp_path / "file", binary=True) as stream:
        stream.write(bytes(range(256)))
    assert (tmp_path / "file").read_bytes() == bytes(range(256))


def test_a_file_that_others_write_by_its_path(tmp_path: Path) -> None:
    """Also such as remove what stands there, and make another: compilers do."""
    target = tmp_path / "new" / "file"
    with atomic_path(target) as temporary:
        temporary.unlink()
        temporary.write_bytes(b"made by another program")
        assert not target.exists()
    assert target.read_bytes() == b"made by another program"
    with pytest.raises(FileNotFoundError) as missing, atomic_path(target) as temporary:
        temporary.unlink()
    assert missing.value.filename == str(target)
    assert target.read_bytes() == b"made by another program"
    assert list(target.parent.iterdir()) == [target]


def test_a_reader_sees_the_old_file_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "old")
    with atomic_writer(path) as stream:
        stream.write("new")
        stream.flush()
        assert path.read_text(encoding="utf-8") == "old"
        assert len(list(tmp_path.iterdir())) == 2
    assert path.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_alone(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "old")

    def write_half() -> None:
        with atomic_writer(path) as stream:
            stream.write("half of")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_old_file_alone(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_text(path, "old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(OSError, match="No space left"):
            write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_content_is_on_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("fsync", "replace"):
        original = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *a, original=original, name=name, **k: (calls.append(name), original(*a, **k))[1]
        )
    write_text(tmp_path / "file", "text")
    assert calls == (["fsync", "replace"] if os.name == "nt" else ["fsync", "replace", "fsync"])


def test_temporary_names_are_hidden_beside_the_target_and_never_the_same(tmp_path: Path) -> None:
    names = {temporary_name(tmp_path / "file.txt") for _ in range(1000)}
    assert len(names) == 1000
    assert all(name.parent == tmp_path and name.name.startswith(".file.txt.tmp-") for name in names)


def test_folders_that_cannot_be_opened_are_no_error_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic.os, "name", "nt")
    atomic.fsync_directory(tmp_path / "missing")
