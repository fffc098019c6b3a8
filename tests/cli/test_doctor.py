"""`narrator doctor`: what it says of a machine that is well, slow, or wrong."""

import os
import shutil
import subprocess
import sys

import pytest

from pocket_narrator.files.json_file import read_json_object, write_json_object
from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.machine import machine

needs_c = pytest.mark.skipif(not native.available(), reason=native.status())


def doctor(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pocket_narrator.cli.main", "doctor"]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=200, check=False
    )


@needs_c
@pytest.mark.slow
def test_a_machine_that_is_well(tmp_path):
    """With the library of the other tests, whose verdict is not known here."""
    kept = native._load().kept
    assert kept is not None
    assert kept.path.name.startswith("native-"), "compiled here"
    folder = tmp_path / "pocket-narrator"
    folder.mkdir(mode=0o700)
    shutil.copy(kept.path, folder)
    write_json_object(folder / kept.path.with_suffix(".json").name, {"sha256": kept.sha256, "failures": None})
    done = doctor(XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all fast kernels are in use, and right" in done.stdout
    assert (
        f"kernels: C kernels compiled by {native.identity()['name']}\nlibrary: {folder / kept.path.name}, SHA-256 "
        in done.stdout
    )
    assert "selective scan" in done.stdout
    assert "speed: how many times as fast as plain torch in fp32" in done.stdout
    (known,) = folder.glob("*.json")
    assert read_json_object(known) == {"sha256": kept.sha256, "failures": "", "machine": machine()}
    assert len(list(folder.glob("*.so"))) == 1


def test_a_machine_without_fast_kernels_is_told_so():
    done = doctor(POCKET_NARRATOR_KERNELS="torch")
    assert done.returncode == 1
    assert "problem: the kernels run in plain torch, several times slower" in done.stdout


@needs_c
@pytest.mark.slow
def test_kernels_that_are_wrong_are_not_used(tmp_path):
    """A compiler that takes one constant of the GELU for another; without its optimiser it is quick."""
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "gcc"
    wrapper.write_text(
        f"""#!{sys.executable}
import pathlib, subprocess, sys, tempfile
arguments = sys.argv[1:]
with tempfile.TemporaryDirectory() as copy:
    sources = [i for i, argument in enumerate(arguments) if argument.endswith("native.c")]
    for i in sources:
        for path in pathlib.Path(arguments[i]).parent.glob("*.[ch]"):
            text = path.read_text(encoding="utf-8").replace("1.5957691216f", "1.4f")
            pathlib.Path(copy, path.name).write_text(text, encoding="utf-8")
        arguments[i] = copy + "/native.c"
    sys.exit(subprocess.run(["{shutil.which("gcc")}", *arguments, "-O0"]).returncode)
""",
        encoding="utf-8",
    )
    wrapper.chmod(0o755)
    done = doctor(XDG_CACHE_HOME=str(tmp_path), CC=str(wrapper))
    assert done.returncode == 1
    assert "compiled by gcc failed their self-test (gelu in torch.float32 is wrong by" in done.stdout, done.stdout
    (known,) = tmp_path.glob("pocket-narrator/*.json")
    assert read_json_object(known)["failures"].startswith("gelu in torch.float32 is wrong by")
