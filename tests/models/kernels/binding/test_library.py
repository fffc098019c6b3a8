"""A library is taken only where it was compiled from these very sources."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.compiling import hash_of_sources
from pocket_narrator.models.kernels.binding.library import Library

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("gcc") is None, reason="compiles a library with gcc"
)

SOURCE = """
typedef struct { const char *name; long long value; } constant;
const constant *constants(void) { static const constant none[] = {{0, 0}}; return none; }
const char *sources(void) { return "%s"; }
"""


def compile_library(path: Path, sources: str) -> str:
    path.with_suffix(".c").write_text(SOURCE % sources, encoding="utf-8")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(path), str(path.with_suffix(".c"))], check=True)
    return str(path)


def test_of_other_sources(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"compiled from other sources"):
        Library(compile_library(tmp_path / "other.so", "0123"))


def test_without_some_kernels(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"has not all kernels"):
        Library(compile_library(tmp_path / "few.so", hash_of_sources()))


@pytest.mark.skipif(not native.available(), reason=native.status())
def test_constants_and_sizes_are_the_compilers() -> None:
    loaded = native._load().kept
    assert loaded is not None
    library = Library(str(loaded.path))
    assert library.constants["GROUP"] == 4 * library.constants["LANES"]
    sizes = {name for name in library.constants if name.startswith("sizeof ")}
    structs = {name for name in library.layouts.declared.structs if name.endswith("_operation")}
    assert {f"sizeof {name}" for name in structs} < sizes
    library.constants["sizeof skip_operation"] += 8
    with pytest.raises(AssertionError, match=r"skip_operation has .* bytes in C"):
        library.layouts.check_sizes(library.constants)
