"""Runs the examples of a model card as they stand there, so that nobody is the first to try them."""

import contextlib
import io
import os
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from pocket_narrator.errors import InteropError

CARD = "README.md"
BETWEEN = "\x1e"  # printed between the examples
FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples_of(card: str) -> list[str]:
    """The Python programs of a card. They name the folder that they lie in `"."`."""
    return FENCED.findall(card)


def prove_examples(folder: Path, prompt: str, needs_our_code: bool) -> None:
    """Runs every example of the folder's card. InteropError where one fails, asks something, or tells no story of `prompt`.

    needs_our_code: the folder brings the code of its class. Then the examples run in a process of their own, since this one
    may know the class already.
    """
    examples = examples_of((folder / CARD).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as place:
        program = Path(place) / "examples.py"
        program.write_text(f"\nprint({BETWEEN!r})\n".join(examples), encoding="utf-8")
        printed = (_in_a_process if needs_our_code else _here)(program, folder)
    told = printed.split(BETWEEN)
    if len(told) < len(examples) or not all(prompt in one for one in told):
        raise InteropError(
            f"the card's examples do not run in transformers: {' '.join(printed.split())[-300:]}",
            hint="nothing was written; please report this with the run's config.yaml and the version of transformers",
        )


def _here(program: Path, folder: Path) -> str:
    """What it prints, or why it fails. Random numbers are drawn afterwards as if nothing had been."""
    printed = io.StringIO()
    try:
        with torch.random.fork_rng(), contextlib.chdir(folder), contextlib.redirect_stdout(printed):
            runpy.run_path(str(program))
    except Exception as error:  # the library raises what it likes
        return f"{type(error).__name__}: {error}"
    return printed.getvalue()


def _in_a_process(program: Path, folder: Path) -> str:
    """The same, where nobody answers questions, and transformers keeps its copy of the code for this once."""
    paths = os.pathsep.join(map(os.path.abspath, sys.path))
    changed = {"HF_MODULES_CACHE": str(program.parent), "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(program)],
        cwd=folder,
        env={**os.environ, **changed},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    return done.stdout if done.returncode == 0 else done.stderr
