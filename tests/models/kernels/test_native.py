"""Compiling the C kernels, and going on without them."""

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from pocket_narrator.models.kernels import native

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="C kernels are compiled on Linux only")


@pytest.fixture
def fresh(monkeypatch, tmp_path) -> Path:
    """An empty cache, no compiler chosen; returns the folder that may be put on PATH."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("POCKET_NARRATOR_KERNELS", raising=False)
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def write_program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_without_a_compiler(fresh, monkeypatch):
    monkeypatch.setenv("PATH", str(fresh))
    made = native._make()
    assert made.library is None
    assert made.message == "torch kernels: no C compiler found (install gcc, or set CC)"


def test_a_compiler_that_fails(fresh, monkeypatch):
    write_program(
        fresh / "gcc",
        '#!/bin/sh\n[ "$1" = --version ] && echo "Copyright Free Software Foundation" && exit 0\n'
        "echo 'cannot find crt1.o' >&2\nexit 1\n",
    )
    monkeypatch.setenv("PATH", str(fresh))
    made = native._make()
    assert made.library is None
    assert made.message == "torch kernels: the C compiler failed (cannot find crt1.o)"
    assert list(native.cache_folder().iterdir()) == []


def test_a_compiler_that_is_no_program(fresh, monkeypatch):
    write_program(fresh / "gcc", "\x7fnot a program")
    monkeypatch.setenv("PATH", str(fresh))
    made = native._make()
    assert made.library is None
    assert made.message.startswith("torch kernels: the C compiler failed")


def test_a_compiler_that_makes_garbage(fresh, monkeypatch):
    write_program(
        fresh / "gcc",
        '#!/bin/sh\n[ "$1" = --version ] && echo "Free Software Foundation" && exit 0\n'
        'while [ "$1" != -o ]; do shift; done\necho garbage > "$2"\n',
    )
    monkeypatch.setenv("PATH", str(fresh))
    made = native._make()
    assert made.library is None
    assert made.message.startswith("torch kernels: the C compiler failed")


def test_a_cache_that_cannot_be_written(fresh, monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file where the cache folder should be", encoding="utf-8")
    made = native._make()
    assert made.library is None
    assert made.message.startswith("torch kernels: ")


def test_asked_to_do_without(fresh, monkeypatch):
    monkeypatch.setenv("POCKET_NARRATOR_KERNELS", "torch")
    assert native._make().library is None


@pytest.fixture
def quick_gcc(fresh, monkeypatch) -> str:
    """gcc without its optimiser, which takes most of its time: these tests are not about what it makes."""
    real = shutil.which("gcc")
    if real is None:
        pytest.skip("needs gcc")
    write_program(fresh / "gcc", f'#!/bin/sh\nexec {real} "$@" -O0\n')
    monkeypatch.setenv("CC", str(fresh / "gcc"))
    return str(fresh / "gcc")


def test_a_damaged_library_is_compiled_again(quick_gcc):
    library = native._compiled(quick_gcc)
    library.write_bytes(b"garbage")
    made = native._make()
    assert made.library is not None
    assert library.stat().st_size > 10_000
    assert made.library.have_tiles() in (0, 1)


def test_a_library_that_has_failed_its_test_is_not_used_again(quick_gcc):
    library = native._compiled(quick_gcc)
    library.with_suffix(".tested").write_text("gelu is wrong", encoding="utf-8")
    made = native._make()
    assert made.library is None
    assert made.message == "torch kernels: the compiled ones failed their self-test (gelu is wrong)"


def test_compiled_once(quick_gcc):
    made = native._make()
    assert made.library is not None
    assert made.message == "C kernels compiled by gcc"
    (library,) = native.cache_folder().iterdir()
    written = os.stat(library).st_mtime_ns
    assert native._make().library is not None
    assert [path.name for path in native.cache_folder().iterdir()] == [library.name]
    assert os.stat(library).st_mtime_ns == written
