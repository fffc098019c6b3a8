"""A corpus named on the command line: files, or the corpus of a recipe."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pocket_narrator.corpus.hub.dataset import refuse
from pocket_narrator.corpus.names import corpus_folder
from pocket_narrator.corpus.raw_corpus import open_raw
from pocket_narrator.corpus.sources import open_corpus
from pocket_narrator.corpus.stories import Story, Stream
from pocket_narrator.errors import LABELS, NarratorError, RecipeError
from pocket_narrator.files.file_lock import LOCK, one_at_a_time
from pocket_narrator.recipe import schema
from pocket_narrator.recipe.kinds.tables import CORPORA
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.problems import describe_problems

Layout = Literal["endoftext", "lines", "documents", "blank-lines", "two-blank-lines"]
HELP_LAYOUT = (
    "Of text files: a line <|endoftext|> after each story, a story a line, the whole file a story, or (two) blank lines "
    "between stories."
)
HELP_DELIMITER = "Of text files, in place of a layout: the line between two stories."
HELP_COLUMN = "Of tables (.jsonl, .json, .csv, .parquet): the column that holds the stories; text or story by default."
HELP = "A text file, a folder, a pattern in quotes, or the name or file of a recipe: the training part of its corpus."


@dataclass(frozen=True)
class NamedCorpus:
    """Each call of `stories` starts them afresh; `bytes` is the size of the text, roughly."""

    name: str
    stories: Stream
    bytes: int


def open_named(
    named: str,
    layout: Layout | None = None,
    column: str | None = None,
    yes: bool = False,
    delimiter: str | None = None,
    data_root: Path = Path("data"),
) -> NamedCorpus:
    """Opens the corpus; `layout`, `delimiter` and `column` are of files, recipes have their own. With `yes`, downloads without asking.

    Raises NarratorError if there is none of that name.
    """
    is_recipe = is_recipe_file(named) or not (os.path.exists(named) or set("*?[") & set(named))
    if not is_recipe:
        section = _section(named, layout, delimiter, column)
        with keys_spelled(OPTION):
            train, _ = open_raw(section, data_root, refuse, 0)
        return NamedCorpus(named, lambda: _read(train.read), train.bytes)
    given = {"--layout": layout, "--delimiter": delimiter, "--column": column}
    for option in (option for option, value in given.items() if value is not None):
        raise RecipeError(
            f"{option} is of files, and '{named}' is a recipe, which has its own", hint=f"leave {option} out"
        )
    try:
        recipe = load_recipe([named])
    except RecipeError as error:
        if not error.what.startswith("there is no recipe"):
            raise
        hint = f"check the path; {error.hint}"
        if CORPORA.has(named):
            hint = f"it is a kind of corpus: write a recipe with corpus: {{kind: {named}}}, and name that"
        raise NarratorError(f"there is no file, folder or recipe '{named}'", hint=hint) from None
    folder = corpus_folder(recipe.corpus, data_root)
    with one_at_a_time(folder / LOCK, "prepares this corpus"):
        source = open_corpus(recipe.corpus, folder, consent=(lambda _: True) if yes else ask)
    return NamedCorpus(f"{recipe.name}, training part", source.train.read, source.train.bytes)


def is_recipe_file(named: str) -> bool:
    """By its name: a recipe is no text."""
    return named.lower().endswith((".yaml", ".yml"))


# A key of a recipe's corpus in a message, with the value that it is to have.
_KEY = re.compile(r"\bcorpus\.(?:cleaning\.)?([a-z_]+)")
OPTION, SETTING = (
    "--",
    "",
)  # what stands before a key's name in `narrator stats`, `read` and `tokenizer`, and in `clean`


@contextmanager
def keys_spelled(prefix: str) -> Iterator[None]:
    """What is wrong with a text is said in keys of a recipe, as corpus.layout: inside, in the words of a command without one."""
    try:
        yield
    except NarratorError as error:
        for part in ("what", *LABELS):
            if text := getattr(error, part):
                setattr(error, part, _KEY.sub(rf"{prefix}\1", text.replace("corpus.train", "the path")))
        raise


def _read(stories: Stream) -> Iterator[Story]:
    with keys_spelled(OPTION):
        yield from stories()


def _section(named: str, layout: Layout | None, delimiter: str | None, column: str | None) -> schema.FilesCorpusConfig:
    try:
        return schema.FilesCorpusConfig(kind="files", train=named, layout=layout, delimiter=delimiter, column=column)
    except ValidationError as error:
        raise RecipeError("; ".join(describe_problems(error, {}))) from None


def ask(what: str) -> bool:
    """Whether to download; where nobody can answer, no."""
    import typer

    return sys.stdin.isatty() and typer.confirm(f"{what} Go on?", err=True)
