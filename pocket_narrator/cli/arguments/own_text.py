"""A text of one's own, named where a recipe, a model or a command belongs: what it is, and the command that trains on it."""

import re
from collections.abc import Sequence
from pathlib import Path

from pocket_narrator.files.plain_file import open_plain
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
PLAIN = 3  # of the first of them
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


def why_no_text(path: str) -> tuple[str, str] | None:
    """What is there and is no text to train on, by its content, and what to do instead; None for what may be one."""
    if Path(path).is_dir():
        holds_runs = any(Path(path).glob("*/config.yaml"))
        return ("is a folder of runs", f"{command('runs')} lists those in runs/") if holds_runs else None
    if path.endswith(".py"):
        return "is code of Python", f"own code goes with a recipe:\n    {command('train', 'RECIPE', '--plugin', path)}"
    try:
        with open_plain(path) as file:
            head = file.read(4096)
    except OSError:
        return None  # which whoever reads it says
    if not head:
        return "is an empty file", "check that the download or copy was completed"
    may_be_binary = is_document(path) or (is_text(path) and Path(path).suffix.lower() not in TEXTS[:PLAIN])
    if (
        b"\0" in head and not may_be_binary and head[:2] not in (b"\xff\xfe", b"\xfe\xff")
    ):  # but UTF-16, which its reader names
        return "is a binary file", "name a recipe, or a text to train on"
    return None


def _name(text: str) -> str:
    """Of the run."""
    stem = Path(text).name.split(".")[0] or "mine"
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("._-") or "mine"
