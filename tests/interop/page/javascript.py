"""The JavaScript of pages, run in Node by itself; tests that need Node are skipped elsewhere."""

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no Node")


def run_javascript(folder: Path, program: str, given: Any = None) -> Any:
    """What a module prints as JSON; it finds what it is `given` in the constant of that name, and the modules of pages beside itself."""
    assert NODE is not None
    for asset in (files("pocket_narrator.interop.page") / "assets").iterdir():
        (folder / asset.name).write_bytes(asset.read_bytes())
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")
    begin = 'import fs from "node:fs";\nconst given = JSON.parse(fs.readFileSync("given.json"));\n'
    (folder / "program.js").write_text(begin + program, encoding="utf-8")
    done = subprocess.run(
        [NODE, "program.js"], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
