"""Files that know their SHA-256."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from pocket_narrator.files.hashed_file import FileRecord, HashedFile, HashedReader, sha256_of, write_file

PIECES = [b"one ", bytearray(b"two "), memoryview(b"three")]
WHOLE = b"one two three"
RECORD = FileRecord(len(WHOLE), hashlib.sha256(WHOLE).hexdigest())


def test_written_in_pieces_or_at_once(tmp_path: Path) -> None:
    with HashedFile(tmp_path / "pieces") as file:
        for piece in PIECES:
            file.write(piece)
    assert file.record() == write_file(tmp_path / "whole", WHOLE) == RECORD
    for name in ("pieces", "whole"):
        assert (tmp_path / name).read_bytes() == WHOLE
        assert sha256_of(tmp_path / name) == RECORD.sha256


def test_on_the_disk_when_it_is_closed_and_not_where_its_writer_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with pytest.raises(ZeroDivisionError), HashedFile(tmp_path / "file") as file:
        raise ZeroDivisionError
    assert not synced
    write_file(tmp_path / "file", WHOLE)
    assert len(synced) == 1

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"), HashedFile(tmp_path / "file") as file:
        file.write(WHOLE)
    with pytest.raises(ValueError, match="closed"):
        file.write(WHOLE)


@pytest.mark.parametrize("verify", [True, False])
def test_read_and_checked(tmp_path: Path, verify: bool) -> None:
    (tmp_path / "file").write_bytes(WHOLE)
    with open(tmp_path / "file", "rb") as stream:
        reader = HashedReader(stream, verify)
        assert reader.readinto(memoryview(bytearray(4))) == 4
        assert reader.read(3) == b"two"
        reader.skip_to_end()
    reader.check(RECORD.sha256)
    if verify:
        with pytest.raises(ValueError, match="SHA-256 differs"):
            reader.check("0" * 64)
