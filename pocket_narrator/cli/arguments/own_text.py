"""A text of one's own, named where a recipe, a model or a command belongs: what it is, and the command that trains on it."""

import re
from collections.abc import Sequence
from pathlib import Path

from pocket_narrator.terminal.messages import command

FIRST_RECIPE = "storyworld-quick"
TEXTS = (
    ".txt",
    ".text",
    ".md",
    ".jsonl",
    ".json",
    ".parquet",
    ".csv",
    ".tsv",
    ".gz",
    ".zst",
    ".zip",
    ".tar",
    ".list",
    ".xz",
)
DOCUMENTS = {
    ".docx": "a Word document",
    ".doc": "a Word document",
    ".odt": "an OpenDocument text",
    ".rtf": "a rich text",
    ".pdf": "a PDF",
    ".epub": "an e-book",
    ".mobi": "an e-book",
    ".html": "a web page",
    ".htm": "a web page",
}


def train_on(
    text: str,
    called: Sequence[str] = ("train",),
    recipes: Sequence[str] = (FIRST_RECIPE,),
    overrides: Sequence[str] = (),
) -> str:
    """`narrator train storyworld-quick name=mine corpus.kind=files corpus.train=mine.txt`."""
    named = [] if any(override.startswith("name=") for override in overrides) else [f"name={_name(text)}"]
    return command(*called, *recipes, *named, "corpus.kind=files", f"corpus.train={text}", *overrides)


def is_document(path: str) -> str | None:
    """What a file is that has to be saved as plain text first, by its name; None for others."""
    return DOCUMENTS.get(Path(path).suffix.lower())


def is_text(path: str) -> bool:
    """Whether a file has the name of a text or table of stories."""
    return Path(path).suffix.lower() in TEXTS


def _name(text: str) -> str:
    """Of the run."""
    stem = Path(text).name.split(".")[0] or "mine"
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("._-") or "mine"
