"""What must not get into a wheel is found before it does."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from distribution.targets import TARGETS, Target
from pocket_narrator.models.kernels import native

pytest.importorskip("lief", reason="make setup")
from distribution.inspection import inspect

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("gcc") is None, reason="needs gcc on Linux"
)
GLIBC, MUSL, MACOS = (
    target for target in TARGETS if target.name in ("manylinux-x86_64", "musllinux-x86_64", "macos-arm64")
)


def compiled(folder: Path, code: str, *flags: str) -> Path:
    (folder / "library.c").write_text(code, encoding="utf-8")
    library = folder / "library.so"
    command = ["gcc", "-shared", "-fPIC", "-o", str(library), str(folder / "library.c"), *flags]
    subprocess.run(command, check=True)
    return library


def newest(target: Target) -> Target:
    return target._replace(triple="x86_64-linux-gnu.9.99")


def test_a_library_that_every_system_takes(tmp_path: Path) -> None:
    inspect(compiled(tmp_path, "int one(void) { return 1; }"), newest(GLIBC), {"one"})


def test_an_export_that_is_lacking(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"library\.so for manylinux-x86_64: lacks three, lacks two"):
        inspect(compiled(tmp_path, "int one(void) { return 1; }"), newest(GLIBC), {"one", "two", "three"})


def test_a_version_of_glibc_that_is_too_new(tmp_path: Path) -> None:
    library = compiled(tmp_path, "#include <stdlib.h>\nint one(void) { return abs(rand()); }")
    with pytest.raises(ValueError, match=r"needs GLIBC_2\.\d+"):
        inspect(library, GLIBC._replace(triple="x86_64-linux-gnu.1.0"), {"one"})


def test_a_part_of_glibc_that_only_newer_ones_have(tmp_path: Path) -> None:
    """Relocations that are packed need glibc 2.36, which no version says."""
    code = "#include <stdlib.h>\nint x, *table[] = {&x};\nint one(void) { return abs(rand()); }"
    library = compiled(tmp_path, code, "-Wl,-z,pack-relative-relocs")
    if b"GLIBC_ABI_DT_RELR" not in library.read_bytes():
        pytest.skip("this linker does not pack them")
    with pytest.raises(ValueError, match="needs GLIBC_ABI_DT_RELR"):
        inspect(library, newest(GLIBC), {"one"})


def test_a_library_of_another_system(tmp_path: Path) -> None:
    code = "#include <stdlib.h>\nint one(void) { return abs(rand()); }"
    with pytest.raises(ValueError, match=r"for musllinux-x86_64: .*needs libc\.so\.6"):
        inspect(compiled(tmp_path, code), MUSL, {"one"})


def test_a_library_that_needs_another(tmp_path: Path) -> None:
    code = "#include <pthread.h>\nint one(void) { return 1; }"
    library = compiled(tmp_path, code, "-Wl,--no-as-needed", "-lgomp")
    with pytest.raises(ValueError, match=r"needs libgomp\.so\.1"):
        inspect(library, newest(GLIBC), {"one"})


def test_what_is_no_library(tmp_path: Path) -> None:
    (tmp_path / "library.dylib").write_bytes(b"garbage")
    with pytest.raises(ValueError, match="is no library"):
        inspect(tmp_path / "library.dylib", MACOS, {"one"})


@pytest.mark.skipif(not native.available(), reason=native.status())
def test_every_kernel_has_to_be_there() -> None:
    kept = native._load().kept
    assert kept is not None
    inspect(kept.path, newest(GLIBC))
