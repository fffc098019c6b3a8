"""Compiling the C kernels, and going on without them; those that came with the package are in test_prebuilt.py."""

import multiprocessing
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pocket_narrator.errors import NarratorError
from pocket_narrator.models.kernels.binding import choice, compiling, library_cache, prebuilt
from tests.narrator_process import PRELOADED

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="C kernels are compiled on Linux only")


@pytest.fixture
def fresh(monkeypatch, tmp_path) -> Path:
    """An empty cache, no compiler chosen; returns the folder that may be put on PATH."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(library_cache, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("POCKET_NARRATOR_KERNELS", raising=False)
    monkeypatch.setattr(prebuilt, "FOLDER", tmp_path / "no folder")  # as in a checkout
    for name in ("bin", "temporary"):
        (tmp_path / name).mkdir()
    return tmp_path / "bin"


@pytest.fixture(autouse=True)
def tested(monkeypatch) -> list[Path]:
    """The libraries that had to be tested; they pass. test_self_test.py tests one."""
    paths: list[Path] = []
    monkeypatch.setattr(choice, "failures_of", lambda path: (paths.append(path), "")[1])
    return paths


def write_program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def write_compiler(path: Path, compiles: str, version: str = "echo 'Free Software Foundation'; exit") -> None:
    """A shell script that is taken for gcc and does `compiles` where it is to compile."""
    write_program(path, f'#!/bin/sh\nif [ "$1" = --version ]; then {version}; fi\n{compiles}\n')


def test_without_a_compiler(fresh, monkeypatch):
    monkeypatch.setenv("PATH", str(fresh))
    made = choice.choose()
    assert made.library is None
    assert made.message == (
        "torch kernels: no C compiler found (install gcc or clang, or set CC); none came with the package, as they do in wheels"
    )


def test_a_compiler_that_fails(fresh, monkeypatch):
    write_compiler(fresh / "gcc", "echo 'cannot find crt1.o' >&2\nexit 1")
    monkeypatch.setenv("PATH", str(fresh))
    made = choice.choose()
    assert made.library is None
    assert made.message == (
        "torch kernels: the C compiler failed (cannot find crt1.o); none came with the package, as they do in wheels"
    )
    assert list((fresh.parent / "cache" / "pocket-narrator").iterdir()) == []


def test_a_compiler_that_is_no_program(fresh, monkeypatch):
    write_program(fresh / "gcc", "\x7fnot a program")
    monkeypatch.setenv("PATH", str(fresh))
    made = choice.choose()
    assert made.library is None
    assert made.message.startswith("torch kernels: the C compiler failed (")


def test_a_compiler_that_makes_garbage(fresh, monkeypatch):
    write_compiler(fresh / "gcc", 'while [ "$1" != -o ]; do shift; done\necho garbage > "$2"')
    monkeypatch.setenv("PATH", str(fresh))
    made = choice.choose()
    assert made.library is None
    assert "C kernels compiled by gcc cannot be opened (" in made.message


def test_no_folder_that_can_be_written(fresh, monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file where the cache folder should be", encoding="utf-8")
    monkeypatch.setattr(library_cache, "gettempdir", lambda: str(tmp_path / "cache"))
    made = choice.choose()
    assert made.library is None
    assert made.message.startswith("torch kernels: there is no folder to keep compiled ones in (")
    assert made.message.count("exists") + made.message.count("Not a directory") == 2


def test_asked_to_do_without(fresh, monkeypatch):
    monkeypatch.setenv("POCKET_NARRATOR_KERNELS", "torch")
    assert choice.choose().library is None


@pytest.fixture(scope="module")
def made_once(tmp_path_factory) -> Path:
    """Where the wrapper of gcc keeps what gcc has made."""
    return tmp_path_factory.mktemp("made") / "library.so"


@pytest.fixture
def quick_gcc(fresh, monkeypatch, made_once) -> str:
    """gcc without its optimiser, and only once: these tests are not about what it makes."""
    real = shutil.which("gcc")
    if real is None:
        pytest.skip("needs gcc")
    write_compiler(
        fresh / "gcc",
        f'if [ ! -e "{made_once}" ]; then {real} "$@" -O0 -o "{made_once}.$$" && mv "{made_once}.$$" "{made_once}"; fi\n'
        f'while [ "$1" != -o ]; do shift; done\ncp "{made_once}" "$2"',
        version=f"exec {real} --version",
    )
    monkeypatch.setenv("CC", str(fresh / "gcc"))
    return str(fresh / "gcc")


@pytest.fixture
def kept(quick_gcc, tmp_path) -> Path:
    """A library in the user's cache that has passed its test."""
    folder = library_cache.folders()[0][0]
    assert folder == tmp_path / "cache" / "pocket-narrator"
    library_cache.require_private(folder)
    kept = compiling.compiled(quick_gcc, folder / compiling.file_name(quick_gcc))
    library_cache.remember(kept._replace(failures=""))
    return kept.path


def flip(path: Path) -> None:
    """Where dlopen does not look: in the code."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


DAMAGES = {
    "garbage": lambda path: path.write_bytes(b"garbage"),
    "cut": lambda path: os.truncate(path, 20_000),
    "empty": lambda path: os.truncate(path, 0),
    "a flipped bit": flip,
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "no record": lambda path: path.with_suffix(".json").unlink(),
    "a damaged record": lambda path: flip(path.with_suffix(".json")),
    "a record of 100,000 lists": lambda path: path.with_suffix(".json").write_text("[" * 100_000),
    "a record that is a pipe": lambda path: (
        path.with_suffix(".json").unlink(),
        os.mkfifo(path.with_suffix(".json")),
    ),
    "writable by others": lambda path: path.chmod(0o722),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_as_it_was_compiled_is_compiled_again(kept: Path, damage: str, tested, capsys):
    whole = kept.read_bytes()
    DAMAGES[damage](kept)
    made = choice.choose()
    assert made.library is not None
    assert made.library.kernels["have_tiles"]({}) in (0, 1)
    assert kept.read_bytes() == whole
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert tested == [kept], "a verdict belongs to the very bytes that were tested"
    assert capsys.readouterr().err.count("are not what was compiled") == 1
    assert choice.choose().kept is not None
    assert tested == [kept]
    assert capsys.readouterr().err == ""


def test_a_library_of_other_sources_is_compiled_again(kept: Path, tested, tmp_path: Path):
    """Even where its name, its owner and what is recorded of it are right."""
    code = tmp_path / "other.c"
    code.write_text(
        'const char *sources(void) { return "other"; } const void *constants(void) { return 0; }\n', encoding="utf-8"
    )
    command = [str(shutil.which("gcc")), "-shared", "-fPIC", str(code), "-o"]
    made_of_others = library_cache.keep(kept, lambda path: subprocess.run([*command, str(path)], check=True))
    library_cache.remember(made_of_others._replace(failures=""))
    stale = kept.read_bytes()
    made = choice.choose()
    assert made.library is not None
    assert kept.read_bytes() != stale
    assert tested == [kept]


def test_a_library_that_has_failed_its_test_is_not_used_again(kept: Path):
    made = choice.choose()
    assert made.kept is not None
    library_cache.remember(made.kept._replace(failures="gelu is wrong"))
    made = choice.choose()
    assert made.library is None
    assert made.message.startswith("torch kernels: C kernels compiled by gcc failed their self-test (gelu is wrong)")


def test_compiled_once(kept: Path, capsys):
    written = kept.stat().st_mtime_ns
    made = choice.choose()
    assert made.library is not None
    assert made.message == "C kernels compiled by gcc"
    assert made.kept is not None
    assert made.kept.failures == ""
    assert {path.name for path in kept.parent.iterdir()} == {kept.name, kept.with_suffix(".json").name}
    assert kept.stat().st_mtime_ns == written
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert capsys.readouterr().err == ""


def test_on_the_disk_before_it_has_its_name(quick_gcc, monkeypatch):
    calls: list[str] = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, real=real, name=name: (calls.append(name), real(*a))[1])
    assert choice.choose().library is not None
    assert calls == ["fsync", "replace", "fsync"] * 3  # the library, what is known of it, and its verdict


def test_a_folder_that_others_could_write_to_is_closed_and_emptied(kept: Path, capsys):
    kept.parent.chmod(0o777)
    written = kept.stat().st_mtime_ns
    made = choice.choose()
    assert made.library is not None
    assert kept.stat().st_mtime_ns > written
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert "others could write to" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="gives a folder to another user")
@pytest.mark.parametrize("what", ["folder", "library", "link"])
def test_what_belongs_to_another_user_is_not_loaded(kept: Path, what: str, tmp_path: Path, capsys):
    if what == "link":  # in a shared folder, to a folder of ours
        kept.parent.rename(tmp_path / "ours")
        kept.parent.symlink_to(tmp_path / "ours")
        os.lchown(kept.parent, 12345, 12345)
    else:
        os.chown(kept.parent if what == "folder" else kept, 12345, 12345)
    made = choice.choose()
    assert made.library is not None
    assert made.kept is not None
    private = tmp_path / "temporary" / f"pocket-narrator-{os.geteuid()}"
    assert made.kept.path.parent == (kept.parent if what == "library" else private)
    assert made.kept.path.stat().st_uid == os.geteuid()
    assert "another user" in capsys.readouterr().err
    if what != "library":
        assert f"kept in {private}" in made.message
        assert "belongs to another user" in made.message


def test_a_relative_cache_folder_is_ignored(quick_gcc, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    made = choice.choose()
    assert made.kept is not None
    assert made.kept.path.parent == tmp_path / "home" / ".cache" / "pocket-narrator"
    assert not (tmp_path / "relative").exists()


def test_a_user_without_a_home(quick_gcc, monkeypatch, tmp_path):
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", no_home)
    made = choice.choose()
    assert made.library is not None
    assert "this user has no home folder" in made.message


def test_what_a_killed_compiler_has_left_goes(quick_gcc, tmp_path):
    folder = tmp_path / "cache" / "pocket-narrator"
    folder.mkdir(parents=True, mode=0o700)
    left = folder / ".native-0123.so.tmp-4194305-0123abcd"  # a number that no process has
    left.write_bytes(b"half")
    assert choice.choose().library is not None
    assert not left.exists()


def _use(environment: dict[str, str]) -> None:
    os.environ.update(environment)


def _make_in_a_process(_: int) -> str:
    made = choice.choose()
    assert made.library is not None
    return made.message


@pytest.mark.slow
def test_two_processes_at_once(quick_gcc, tmp_path):
    folder = tmp_path / "cache" / "pocket-narrator"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with context.Pool(2, _use, [dict(os.environ)]) as pool:
        assert pool.map(_make_in_a_process, range(2), chunksize=1) == ["C kernels compiled by gcc"] * 2
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", ".so"]
    made = choice.choose()
    assert made.message == "C kernels compiled by gcc"


def test_a_verdict_of_another_machine_that_shares_the_folder_is_none_here(kept: Path, tested, monkeypatch):
    for module in (library_cache, compiling):
        monkeypatch.setattr(module, "machine", lambda: "another")
    made = choice.choose()
    assert made.kept is not None
    assert made.kept.path != kept, "compiled for another processor"
    assert tested == [made.kept.path]
    shutil.copy(made.kept.path, kept)
    assert choice.find(made.kept.sha256) is not None
    monkeypatch.undo()


def test_a_wish_for_what_there_is_not(fresh, monkeypatch):
    monkeypatch.setenv("POCKET_NARRATOR_KERNELS", "fast")
    with pytest.raises(NarratorError, match="POCKET_NARRATOR_KERNELS names no kernels") as caught:
        choice.choose()
    assert caught.value.found == "fast"
    assert str(caught.value.expected).startswith("torch, compiled, ")


def test_a_self_test_that_was_disturbed_says_nothing_of_the_library(quick_gcc, monkeypatch):
    def disturbed(path: Path) -> str:
        raise OSError("exit code -9")

    monkeypatch.setattr(choice, "failures_of", disturbed)
    made = choice.choose()
    assert made.library is None
    assert "did not come to its end (exit code -9)" in made.message
    monkeypatch.setattr(choice, "failures_of", lambda path: "")
    assert choice.choose().library is not None
