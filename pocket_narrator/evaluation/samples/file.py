"""Told stories in a file, one JSON object a line: `text`, and where there are any `beginning`, `reference`, `group`,
`ended`. `told.jsonl` in a run is such a file; its first line says how the stories were told."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pocket_narrator.corpus.input_files.byte_source import open_bytes
from pocket_narrator.corpus.tables.json_tables import parse_json
from pocket_narrator.corpus.text.runs import text_runs
from pocket_narrator.errors import CorpusError
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.files.atomic import write_text

SUITES = ("full", "quick")  # sets of stories that are generated for an evaluation, the larger first

SHA256 = "sha256"
LARGEST = 256 << 20  # characters; all stories are in memory at once
LONGEST_LINE = 4 << 20
_FIELDS = {  # name: Python types, and how a message spells them
    "text": ((str,), "a string"),
    "beginning": ((str,), "a string"),
    "reference": ((str, type(None)), "a string or null"),
    "group": ((int,), "a whole number"),
    "ended": ((bool, type(None)), "true, false or null"),
}


def read_story_file(path: str | Path) -> tuple[dict, list[Sample]]:
    """How the stories were told (empty where nobody says), and the stories.

    CorpusError, with the line, for a file that is not there, is no JSON lines, or has a field that is missing or wrong.
    """
    path = Path(path)
    settings: dict = {}
    stories: list[Sample] = []
    digest, expected, size = None, None, 0
    for number, line in _lines(path):
        size += len(line)
        if size > LARGEST:
            raise CorpusError(
                f"there are over {LARGEST:,} characters", where=str(path), hint="give the stories in several files"
            )
        if len(line) > LONGEST_LINE:
            raise CorpusError(
                f"the line has {len(line):,} characters",
                where=f"{path}:{number}",
                expected=f"one story a line, of at most {LONGEST_LINE:,}",
            )
        if digest is not None:
            digest.add(line)
        if not line.strip():
            continue
        where = f"{path}:{number}"
        record = parse_json(line, number, where)
        if isinstance(record, dict) and "settings" in record and not stories:
            settings, expected = _settings(record, where), record.get(SHA256)
            digest = _Digest(settings)
            continue
        stories.append(_story(record, where, len(stories)))
    if digest is not None and expected not in (None, digest.hex()):
        raise CorpusError(
            "the file is not as it was written: its SHA-256 differs",
            where=str(path),
            hint="have the stories told again, or, where the change is yours, take its first line out",
        )
    if not stories and not settings:
        raise CorpusError("the file holds no story", where=str(path), hint="one JSON object with `text` a line")
    return settings, stories


def _settings(record: dict, where: str) -> dict:
    settings = record["settings"]
    if not isinstance(settings, dict):
        raise CorpusError(f"`settings` is {json.dumps(settings)[:40]}", where=where, expected="`settings` is an object")
    return settings


class _Digest:
    """SHA-256 of how the stories were told and of all lines after that, by which a file of ours vouches for itself."""

    def __init__(self, settings: dict) -> None:
        self._sha256 = hashlib.sha256()
        self.add(json.dumps(settings, sort_keys=True))

    def add(self, line: str) -> None:
        self._sha256.update(f"{line}\n".encode("utf-8", "surrogatepass"))

    def hex(self) -> str:
        return self._sha256.hexdigest()


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Every line with its number, in the memory that a line of a corpus may take."""
    number = 0
    with open_bytes(path) as source:
        for run, _ in text_runs(source, "\n"):
            for line in run.split("\n"):  # not splitlines: a story may hold other marks that Python takes for line ends
                number += 1
                yield number, line


def _story(record: object, where: str, number: int) -> Sample:
    if not isinstance(record, dict) or "text" not in record:
        raise CorpusError(
            "a generated story without the field `text`",
            where=where,
            expected="each line is a JSON object with `text`; `beginning`, `reference`, `group`, `ended` may be left out",
            hint="add it, or take the line out: a missing story does not count as an empty one",
        )
    fields = {name: record[name] for name in _FIELDS if name in record}
    for name, value in fields.items():
        kinds, spelled = _FIELDS[name]
        if type(value) not in kinds:
            raise CorpusError(f"`{name}` is {json.dumps(value)[:40]}", where=where, expected=f"`{name}` is {spelled}")
    return Sample(**{"group": number, **fields})


def write_story_file(path: str | Path, settings: dict, stories: Sequence[Sample]) -> None:
    """The same, atomically."""
    lines = [json.dumps(asdict(story), ensure_ascii=False) for story in stories]
    settings = json.loads(json.dumps(settings))
    digest = _Digest(settings)
    for line in lines:
        digest.add(line)
    first = json.dumps({"settings": settings, SHA256: digest.hex()}, ensure_ascii=False)
    write_text(path, "\n".join([first, *lines, ""]))
