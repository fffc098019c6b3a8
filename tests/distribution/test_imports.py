"""What makes wheels runs in an environment of its own, with no package but those of its lock file."""

import subprocess
import sys

import pytest

from distribution.archive import ROOT

pytest.importorskip("lief", reason="make setup")

CODE = (
    "import sys; before = set(sys.modules)\n"
    "import distribution.__main__, distribution.wasm\n"
    "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)"
)


def test_only_what_the_lock_file_has_is_imported() -> None:
    lines = (ROOT / "requirements-wheels.lock").read_text(encoding="utf-8").splitlines()
    locked = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    found = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) <= locked | {"distribution", "pocket_narrator"}
