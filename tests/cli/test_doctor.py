"""`narrator doctor`: what it says of a machine that is well, slow, or wrong."""

import os
import subprocess
import sys

import pytest

from pocket_narrator.models.kernels import native

needs_c = pytest.mark.skipif(not native.available(), reason=native.status())


def doctor(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pocket_narrator.cli.main", "doctor"]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=200, check=False
    )


@needs_c
def test_a_machine_that_is_well(tmp_path):
    done = doctor(XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all fast kernels are in use, and right" in done.stdout
    assert "selective scan" in done.stdout
    (verdict,) = tmp_path.glob("pocket-narrator/*.tested")
    assert verdict.read_text(encoding="utf-8") == ""


def test_a_machine_without_fast_kernels_is_told_so():
    done = doctor(POCKET_NARRATOR_KERNELS="torch")
    assert done.returncode == 1
    assert "problem: the kernels run in plain torch, several times slower" in done.stdout


@needs_c
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs gcc")
def test_kernels_that_are_wrong_are_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(native, "_loaded", None)
    monkeypatch.setattr(native, "FLAGS", (*native.FLAGS, "-DMAX_TAPS=16", "-Dsigmoid_vec(x)=((x) * 0.5f)"))
    assert not native.available()
    assert "the compiled ones failed their self-test (" in native.status()
    assert "swiglu" in native.status()
    monkeypatch.setattr(native, "_loaded", None)  # another process
    assert not native.available()
    assert "failed their self-test" in native.status()


@needs_c
def test_a_damaged_library_is_compiled_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(native, "_loaded", None)
    assert native.available()
    (library,) = tmp_path.glob("pocket-narrator/*.so")
    library.rename(library.with_suffix(".gone"))  # the loaded one must not change under this process
    library.write_bytes(b"garbage")
    monkeypatch.setattr(native, "_loaded", None)
    assert native.available()
    assert library.stat().st_size > 10_000
