"""The stories of a recipe's files as they are read: which files, what is left out, and what was found in them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from pocket_narrator.corpus.hub.dataset import Consent, hub_files
from pocket_narrator.corpus.input_files.byte_source import EXPANSION, open_bytes
from pocket_narrator.corpus.input_files.kinds import ARCHIVES, COMPRESSED, is_table, kind_of
from pocket_narrator.corpus.input_files.lists import find_files_and_others, refuse_same_files
from pocket_narrator.corpus.readers import read_stories
from pocket_narrator.corpus.stories import Story, StoryStream
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe import schema
from pocket_narrator.terminal.notes import say_once

SHOWN = 40  # characters of a story, in the line about all
_USUAL_FRACTION = schema.TextCorpusConfig.model_fields["validation_fraction"].default


def open_raw(
    corpus: schema.FilesCorpusConfig | schema.HubCorpusConfig, folder: Path, consent: Consent, source: int
) -> tuple[StoryStream, StoryStream | None]:
    """The stories of files, here or on the hub, and those to validate on where they have files of their own. What is left out of a folder is said, and, once all have been read, what they are."""
    if isinstance(corpus, schema.HubCorpusConfig):
        train, validation = hub_files(corpus, folder / "hub.json", consent)
    else:
        train = _found(corpus.train, "corpus.train")
        validation = [] if corpus.validation is None else _found(corpus.validation, "corpus.validation")
        refuse_same_files(train, validation)
    _refuse_idle(corpus, [*train, *validation])
    if corpus.validation is not None and corpus.validation_fraction != _USUAL_FRACTION:
        say_once("corpus.validation_fraction does nothing where there is corpus.validation")
    layout = corpus.layout or ("documents" if max(len(train), len(validation)) > 1 else None)

    def read(files: Sequence[Path]) -> Iterator[Story]:
        found = False
        for file in files:
            for story in read_stories(file, layout, corpus.column, corpus.rows, corpus.delimiter, source):
                found = True
                yield story
        if not found:  # without corpus.rows, it would have been said of the first file
            raise CorpusError("corpus.rows chooses no row of any file", where=corpus.train, found=str(corpus.rows))

    return (
        StoryStream(lambda: told_of(read(train), corpus.train, len(train)), sum(map(_text_bytes, train))),
        StoryStream(lambda: read(validation), sum(map(_text_bytes, validation))) if validation else None,
    )


def _found(named: str, key: str) -> list[Path]:
    files, others = find_files_and_others(named, key)
    if others.total:
        say_once(f"{len(files):,} files of stories in {named}; left out: {others}")
    return files


def _refuse_idle(corpus: schema.TextCorpusConfig, files: Sequence[Path]) -> None:
    """Raises CorpusError for a key that these files give nothing to do, and so is not what somebody thinks it is."""
    settings = {"column": corpus.column, "layout": corpus.layout, "delimiter": corpus.delimiter}
    if not any(settings.values()):
        return
    tables = [is_table(file.name) or _begins_with(file, b"PAR1") for file in files]
    archives = [kind_of(file.name) in ARCHIVES or _begins_with(file, b"PK\3\4") for file in files]
    has_tables, has_texts = any(tables) or any(archives), not all(tables)
    for key, value in settings.items():
        if value is not None and not (has_tables if key == "column" else has_texts):
            raise CorpusError(
                f"corpus.{key} is of {'tables' if key == 'column' else 'texts'}, and there is none",
                where=corpus.train,
                found=f"files such as {files[0].name}",
                hint=f"leave corpus.{key} out",
            )


def _begins_with(file: Path, magic: bytes) -> bool:
    with open_bytes(file) as source:
        return source.head.startswith(magic)


def told_of(stories: Iterator[Story], where: str, files: int) -> Iterator[Story]:
    """The same stories; after the last one, one line about what they were, so that a wrong layout is seen before training."""
    count, first, last = 0, "", ""
    for story in stories:
        if not count:
            first = story.text
        count += 1
        last = story.text
        yield story
    where = f"{where}, {files:,} files" if files > 1 else where
    ends = f"; the first begins {_quoted(first[:SHOWN])}, the last ends {_quoted(last[-SHOWN:])}"
    say_once(f"stories: {count:,} in {where}{ends if count else ''}")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _text_bytes(path: Path) -> int:
    size = path.stat().st_size
    return size * EXPANSION if path.suffix.lower() in (*COMPRESSED, ".zip", ".tgz", ".parquet") else size
