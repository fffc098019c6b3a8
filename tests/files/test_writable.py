"""Places to write to are tried before the work, and nothing is left of the trial."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocket_narrator.errors import NarratorError
from pocket_narrator.files.writable import require_place_for_file, require_place_for_folder


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("named", ["a.json", "new/deeper/a.json", "there.txt", "a" * 200 + ".json"])
def test_a_good_place_is_taken_and_stays_as_it_was(named: str, tmp_path: Path) -> None:
    (tmp_path / "there.txt").write_text("mine", encoding="utf-8")
    require_place_for_file(tmp_path / named)
    require_place_for_folder(tmp_path / "new" / "folder")
    require_place_for_folder(tmp_path)
    assert listed(tmp_path) == ["there.txt"]
    assert (tmp_path / "there.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "named", ["there.txt/b.json", "there.txt/c/d/b.json", "folder", "", ".", "a\0b", "a" * 300, "a" * 245]
)
def test_what_is_no_place_for_a_file_is_refused(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(NarratorError) as refused:
        require_place_for_file(named)
    assert refused.value.hint
    assert listed(tmp_path) == ["folder", "there.txt"]


@pytest.mark.parametrize("named", ["", "there.txt", "there.txt/b", "new/" + "a" * 300])
def test_what_is_no_place_for_a_folder_is_refused(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(NarratorError):
        require_place_for_folder(named)
    assert listed(tmp_path) == ["there.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's links and devices")
def test_links_without_end_and_devices_are_no_place(tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to("round")
    for named in (tmp_path / "round" / "a.json", Path(os.devnull)):
        with pytest.raises(NarratorError, match="nothing can be written here"):
            require_place_for_file(named)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder that may not be written to, where everybody may come; root, who may write everywhere, is somebody else meanwhile."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o555)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's permissions")
def test_a_folder_that_may_not_be_written_to_is_no_place(closed_folder: Path) -> None:
    with pytest.raises(NarratorError, match="permission denied"):
        require_place_for_file(closed_folder / "new" / "a.json")
    with pytest.raises(NarratorError, match="permission denied"):
        require_place_for_folder(closed_folder)
