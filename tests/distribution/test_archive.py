"""A wheel: the same twice, whole, and at work where there is no checkout."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from distribution import archive
from distribution.archive import PREBUILT, ROOT, pure_files, write_wheel
from distribution.targets import TARGETS

ANY = ["py3-none-any"]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return pure_files()


def test_the_pure_part_is_the_same_twice(files, tmp_path, monkeypatch) -> None:
    """Also of a folder that has been imported from, with other rights for the files, and on another day."""
    again = pure_files()
    assert again == files
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    old = os.umask(0o077)
    try:
        first = write_wheel(files, None, ANY, tmp_path / "a").read_bytes()
    finally:
        os.umask(old)
    assert first == write_wheel(dict(reversed(again.items())), None, ANY, tmp_path / "b").read_bytes()


def test_the_date_of_its_files(files, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    with zipfile.ZipFile(write_wheel(files, None, ANY, tmp_path)) as wheel:
        assert {entry.date_time for entry in wheel.infolist()} == {(2023, 11, 14, 22, 13, 20)}


def test_what_is_in_it(files) -> None:
    names = set(files)
    shipped = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("pocket_narrator/**/*.py")}
    assert shipped <= names
    assert {path.relative_to(ROOT).as_posix() for path in ROOT.glob("pocket_narrator/recipe/shipped/*/*.yaml")} <= names
    assert {path.relative_to(ROOT).as_posix() for path in ROOT.glob("pocket_narrator/models/kernels/c/*")} <= names
    others = {name for name in names if not name.startswith("pocket_narrator/")}
    assert {name.split("/")[0].split("-")[0] for name in others} == {"pocket_narrator"}, "nothing but its description"
    assert not [name for name in names if name.startswith(PREBUILT) or "__pycache__" in name]


def test_libraries_and_records(files, tmp_path) -> None:
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    (libraries / "x86-64-v3.so").write_bytes(b"code")
    (target, *_) = TARGETS
    made = write_wheel(files, libraries, target.wheel_tags, tmp_path)
    assert made.name.endswith("-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    with zipfile.ZipFile(made) as wheel:
        content = {name: wheel.read(name) for name in wheel.namelist()}
    assert content[f"{PREBUILT}/x86-64-v3.so"] == b"code"
    (about,) = (text.decode() for name, text in content.items() if name.endswith("/WHEEL"))
    assert [line for line in about.splitlines() if line.startswith("Tag")] == [
        f"Tag: {tag}" for tag in target.wheel_tags
    ]
    (metadata,) = (text.decode() for name, text in content.items() if name.endswith("/METADATA"))
    assert "Requires-Python: >=3.11" in metadata
    assert [line[-4:] for line in metadata.splitlines() if ":: Python :: 3." in line] == [
        "3.11",
        "3.12",
        "3.13",
        "3.14",
    ]
    (record,) = (text.decode() for name, text in content.items() if name.endswith("/RECORD"))
    written = dict(line.split(",", 1) for line in record.splitlines())
    assert set(written) == set(content)
    sha256 = archive.base64.urlsafe_b64encode(hashlib.sha256(b"code").digest()).rstrip(b"=").decode()
    assert written[f"{PREBUILT}/x86-64-v3.so"] == f"sha256={sha256},4"


def test_a_wheel_that_is_too_large(files, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 1000)
    with pytest.raises(ValueError, match="bytes, and may have 1,000"):
        write_wheel(files, None, ANY, tmp_path)


def test_it_works_outside_of_a_checkout(files, tmp_path) -> None:
    made = write_wheel(files, None, ANY, tmp_path)
    with zipfile.ZipFile(made) as wheel:
        wheel.extractall(tmp_path / "site")
    program = (
        "import pocket_narrator, sys; from pocket_narrator.recipe.loading import list_recipes, load_recipe;"
        "print(pocket_narrator.__file__); print(len([load_recipe([name]) for name in list_recipes()]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    (tmp_path / "elsewhere").mkdir()
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path / "elsewhere",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    place, recipes = done.stdout.split()
    assert Path(place).is_relative_to(tmp_path / "site")
    assert int(recipes) == len(list(ROOT.glob("pocket_narrator/recipe/shipped/*/*.yaml")))
