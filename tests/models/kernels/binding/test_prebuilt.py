"""Kernels that came with the package: which are taken, and which are refused."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from pocket_narrator.files.hashed_file import sha256_of
from pocket_narrator.files.json_file import read_json_object, write_json_object
from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding import choice, compiling, library_cache, prebuilt
from pocket_narrator.models.kernels.binding.levels import LEVELS

pytestmark = pytest.mark.skipif(not native.available(), reason=native.status())
V3, V4 = "x86-64-v3", "x86-64-v4-vnni"


@pytest.fixture(autouse=True)
def tested(monkeypatch) -> list[Path]:
    """The libraries that had to be tested; they pass."""
    paths: list[Path] = []
    monkeypatch.setattr(choice, "failures_of", lambda path: (paths.append(path), "")[1])
    return paths


@pytest.fixture
def package(monkeypatch, tmp_path) -> Path:
    """A folder as a wheel has it, with two levels, on a processor that has both and without a compiler."""
    loaded = native._load().kept
    assert loaded is not None
    folder = tmp_path / "prebuilt"
    folder.mkdir()
    for name in (V3, V4):
        shutil.copy(loaded.path, folder / f"{name}.so")
        with open(folder / f"{name}.so", "ab") as stream:
            stream.write(name.encode())  # so that they are two
    (folder / "processor.so").write_bytes(b"asked in place of the processor")
    write_manifest(folder)
    monkeypatch.setattr(prebuilt, "FOLDER", folder)
    monkeypatch.setattr(prebuilt, "_features", lambda path: LEVELS[V4].needs)
    monkeypatch.setattr(compiling, "find_compiler", lambda: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(library_cache, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.delenv("POCKET_NARRATOR_KERNELS", raising=False)
    return folder


def write_manifest(folder: Path, **others: str) -> None:
    def entry(path: Path) -> dict[str, str]:
        return {"file": others.get(path.stem.replace("-", "_"), path.name), "sha256": sha256_of(path)}

    levels = {level: entry(folder / f"{level}.so") for level in (V3, V4)}
    write_json_object(folder / "libraries.json", {"processor": entry(folder / "processor.so"), "levels": levels})


def test_the_best_level_without_a_compiler(package, tested):
    made = choice.choose()
    assert made.library is not None
    assert (made.name, made.message) == (V4, f"prebuilt C kernels for {V4}")
    assert made.kept is not None
    assert made.kept.path == package / f"{V4}.so"
    assert choice.choose().library is not None
    assert tested == [made.kept.path], "at its first use only"
    assert {path.suffix for path in (package.parent / "cache" / "pocket-narrator").iterdir()} == {".json"}


def test_another_machine_that_shares_the_cache_tests_for_itself(package, tested, monkeypatch):
    assert choice.choose().library is not None
    monkeypatch.setattr(library_cache, "machine", lambda: "another")
    assert choice.choose().library is not None
    monkeypatch.undo()
    assert len(tested) == 2


def test_a_processor_below_every_level(package, monkeypatch):
    monkeypatch.setattr(prebuilt, "_features", lambda path: LEVELS[V3].needs - {"avx2"})
    made = choice.choose()
    assert made.library is None
    assert made.message == (
        "torch kernels: no C compiler found (install gcc or clang, or set CC); those of the package need a processor with avx2, bmi1, bmi2, "
        "f16c, fma, lzcnt, movbe"
    )


def test_a_level_that_is_asked_for(package, monkeypatch):
    monkeypatch.setenv("POCKET_NARRATOR_KERNELS", V3)
    assert choice.choose().name == V3
    monkeypatch.setenv("POCKET_NARRATOR_KERNELS", "x86-64-v4-amx")
    made = choice.choose()
    assert made.library is None
    assert "none here are for x86-64-v4-amx" in made.message


def test_a_level_that_fails_its_test_gives_way_to_the_next(package, monkeypatch):
    monkeypatch.setattr(choice, "failures_of", lambda path: "gelu is wrong" if path.stem == V4 else "")
    made = choice.choose()
    assert made.name == V3
    assert (
        made.message
        == f"prebuilt C kernels for {V3} (prebuilt C kernels for {V4} failed their self-test (gelu is wrong))"
    )


def test_a_compiler_that_fails_is_told_of(package, monkeypatch):
    monkeypatch.setattr(compiling, "find_compiler", lambda: str(package / "no compiler"))
    made = choice.choose()
    assert made.name == V4
    assert "the C compiler failed (" in made.message


def test_without_a_folder_for_verdicts_each_process_tests(package, tested, monkeypatch):
    (package.parent / "cache").write_text("a file in its place", encoding="utf-8")
    (package.parent / "temporary").write_text("a file in its place", encoding="utf-8")
    assert choice.choose().library is not None
    assert choice.choose().library is not None
    assert len(tested) == 2


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="gives a folder to another user")
def test_a_folder_of_another_user_is_told_of_once(package, tested, capsys):
    folder = package.parent / "cache" / "pocket-narrator"
    folder.mkdir(parents=True)
    os.chown(folder, 12345, 12345)
    assert choice.choose().name == V4
    assert capsys.readouterr().err == f"compiled kernels are not taken from {folder}: it belongs to another user\n"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def planted_name(folder: Path) -> None:
    shutil.copy(folder / f"{V4}.so", folder.parent / "planted.so")
    write_manifest(folder, x86_64_v4_vnni="../planted.so")


DAMAGES = {
    "a flipped bit": lambda folder: flip(folder / f"{V4}.so"),
    "cut": lambda folder: os.truncate(folder / f"{V4}.so", 20_000),
    "another level's library": lambda folder: shutil.copy(folder / f"{V3}.so", folder / f"{V4}.so"),
    "missing": lambda folder: (folder / f"{V3}.so").unlink(),
    "a pipe": lambda folder: ((folder / f"{V4}.so").unlink(), os.mkfifo(folder / f"{V4}.so")),
    "writable by others": lambda folder: (folder / f"{V4}.so").chmod(0o666),
    "a damaged list": lambda folder: flip(folder / "libraries.json"),
    "no list": lambda folder: (folder / "libraries.json").unlink(),
    "a list of nothing": lambda folder: write_json_object(folder / "libraries.json", {"levels": {}}),
    "a list with another hash": lambda folder: write_json_object(
        folder / "libraries.json",
        {**read_json_object(folder / "libraries.json"), "processor": {"file": "processor.so", "sha256": "0"}},
    ),
    "a name outside of the folder": planted_name,
}


@pytest.mark.skipif(sys.platform == "win32", reason="rights and pipes are POSIX's")
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_what_came_with_the_package_is_refused(package, tested, damage, monkeypatch):
    DAMAGES[damage](package)
    made = choice.choose()
    assert made.library is None
    assert "is not what came with the package" in made.message or "libraries.json cannot be used" in made.message
    assert tested == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="gives a file to another user")
@pytest.mark.parametrize("name", [f"{V4}.so", "processor.so", "libraries.json"])
def test_what_belongs_to_another_user_is_refused(package, tested, name):
    os.chown(package / name, 12345, 12345)
    made = choice.choose()
    assert made.library is None
    assert "another user could have written it" in made.message
    assert tested == []


def test_a_library_that_the_list_does_not_name_is_never_opened(package):
    shutil.copy(package / f"{V4}.so", package / "x86-64-v4-amx.so")
    assert choice.choose().name == V4


def test_the_library_of_a_run_is_found_again(package, monkeypatch):
    older = sha256_of(package / f"{V3}.so")
    found = choice.find(older)
    assert found is not None
    assert found.name == V3
    assert choice.find("0" * 64) is None
    monkeypatch.setattr(prebuilt, "_features", lambda path: LEVELS[V3].needs - {"avx2"})
    assert choice.find(older) is None, "a processor that has not its instructions"


def test_a_run_goes_on_with_the_kernels_that_computed_it(package, monkeypatch):
    monkeypatch.setattr(native, "_loaded", None)
    assert native.identity()["name"] == V4
    older = {"name": V3, "sha256": sha256_of(package / f"{V3}.so")}
    assert native.keep_to(older) is None
    assert native.identity() == older
    assert native.status() == f"prebuilt C kernels for {V3}"
    said = native.keep_to({"name": "gcc", "sha256": "12" * 32})
    assert said == (
        "trained so far with the kernels gcc (121212121212), from here on with others: the last bits will differ "
        f"(prebuilt C kernels for {V3})"
    )
    assert native.identity() == older
    said = native.keep_to({"name": "torch", "sha256": None})
    assert said is not None
    assert said.startswith("trained so far with torch kernels, from here on with others")
    monkeypatch.setenv("POCKET_NARRATOR_KERNELS", V3)
    assert native.keep_to({"name": V4, "sha256": sha256_of(package / f"{V4}.so")}) is not None, "a wish is a wish"
