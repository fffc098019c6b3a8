"""Runs the examples of a model card as they stand there, so that nobody is the first to try them."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from pocket_narrator.errors import InteropError

CARD = "README.md"
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
    printed = (_in_a_process if needs_our_code else _here)("\n".join(examples), folder)
    if printed.count(prompt) < len(examples):
        raise InteropError(
            f"the card's examples do not run in transformers: {' '.join(printed.split())[-300:]}",
            hint="nothing was written; please report this with the run's config.yaml and the version of transformers",
        )


def _here(program: str, folder: Path) -> str:
    """What it prints, or why it fails. Random numbers are drawn afterwards as if nothing had been."""
    printed = io.StringIO()
    try:
        with torch.random.fork_rng(), contextlib.redirect_stdout(printed):
            exec(compile(program.replace('"."', json.dumps(str(folder))), CARD, "exec"), {})
    except Exception as error:  # the library raises what it likes
        return f"{type(error).__name__}: {error}"
    return printed.getvalue()


def _in_a_process(program: str, folder: Path) -> str:
    """The same, where nobody answers questions and transformers keeps its copy of the code for this once."""
    with tempfile.TemporaryDirectory() as modules:
        places = {"HF_MODULES_CACHE": modules, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=folder,
            env={**os.environ, **places},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    return done.stdout if done.returncode == 0 else done.stderr
