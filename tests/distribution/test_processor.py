"""What `processor.c` finds of this processor, beside what Linux says of it."""

import ctypes
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from distribution.archive import ROOT
from pocket_narrator.models.kernels.binding.levels import LEVELS, fitting

PROCESSOR = ROOT / "distribution" / "processor.c"
AS_LINUX_SAYS = {"lzcnt": "abm", "avx512vnni": "avx512_vnni", "avx512bf16": "avx512_bf16"}
AS_LINUX_SAYS |= {"dotprod": "asimddp"}
X86 = {name for level in LEVELS.values() if level.name.startswith("x86") for name in level.needs}
ARM = {name for level in LEVELS.values() if level.name.startswith("arm") for name in level.needs}


@pytest.mark.skipif(not sys.platform.startswith("linux") or shutil.which("gcc") is None, reason="needs gcc on Linux")
def test_the_words_are_those_of_the_system(tmp_path: Path) -> None:
    library = tmp_path / "processor.so"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", str(library), str(PROCESSOR)], check=True)
    opened = ctypes.CDLL(str(library))
    opened.features.restype = ctypes.c_char_p
    found = set(opened.features().decode().split())
    flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").replace("\n", " ").split())
    known = X86 if platform.machine() == "x86_64" else ARM
    assert found == {name for name in known if AS_LINUX_SAYS.get(name, name) in flags}
    assert opened.features().decode().split() == sorted(found, key=opened.features().decode().split().index), (
        "once each"
    )


def test_a_processor_has_the_levels_below_its_own() -> None:
    v3 = LEVELS["x86-64-v3"].needs
    assert [level.name for level in fitting(v3)] == ["x86-64-v3", "arm64"]
    everything = [level.name for level in fitting(X86)]
    assert everything[:4] == ["x86-64-v4-amx", "x86-64-v4-bf16", "x86-64-v4-vnni", "x86-64-v3"]
    assert fitting(frozenset())[0].name == "arm64", "which needs nothing; no x86 level does"
    assert not [level for level in fitting(v3 - {"fma"}) if level.name.startswith("x86")]
