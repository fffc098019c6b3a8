"""Told stories in a file, one JSON object a line: `text`, and where there are any `beginning`, `reference`, `group`,
`ended`. `told.jsonl` in a run is such a file; its first line says how the stories were told."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pocket_narrator.atomic import write_text
from pocket_narrator.errors import CorpusError
from pocket_narrator.evaluation.metrics.text import Story
from pocket_narrator.plain_file import open_plain

SHA256 = "sha256"
LARGEST_BYTES = 256 << 20
LONGEST_LINE = 4 << 20
_FIELDS = {  # name: Python types, and how a message spells them
    "text": ((str,), "a string"),
    "beginning": ((str,), "a string"),
    "reference": ((str, type(None)), "a string or null"),
    "group": ((int,), "a whole number"),
    "ended": ((bool, type(None)), "true, false or null"),
}


def read_story_file(path: str | Path) -> tuple[dict, list[Story]]:
    """How the stories were told (empty where nobody says), and the stories.

    CorpusError, with the line, for a file that is not there, is no JSON lines, or has a field that is missing or wrong.
    """
    path = Path(path)
    try:
        # Not splitlines: a story may hold other marks that Python takes for line ends.
        lines = _read(path).decode("utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise CorpusError(f"the file cannot be read: {error}", where=str(path)) from None
    settings: dict = {}
    stories: list[Story] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise CorpusError(
                f"the line has {len(line):,} characters",
                where=f"{path}:{number}",
                expected=f"one story a line, of at most {LONGEST_LINE:,}",
            )
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"the line is no JSON: {error}", where=f"{path}:{number}") from None
        if isinstance(record, dict) and "settings" in record and not stories:
            settings = _settings(record, lines[number:], f"{path}:{number}")
            continue
        stories.append(_story(record, f"{path}:{number}", len(stories)))
    if not stories and not settings:
        raise CorpusError("the file holds no story", where=str(path), hint="one JSON object with `text` a line")
    return settings, stories


def _read(path: Path) -> bytes:
    with open_plain(path) as stream:
        raw = stream.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        raise ValueError(f"it has over {LARGEST_BYTES >> 20} MiB; give the stories in several files")
    return raw


def _settings(record: dict, rest: Sequence[str], where: str) -> dict:
    """Of a file of ours, which vouches for itself."""
    settings = record["settings"]
    if not isinstance(settings, dict):
        raise CorpusError(f"`settings` is {json.dumps(settings)[:40]}", where=where, expected="`settings` is an object")
    if SHA256 in record and record[SHA256] != _sha256(settings, rest):
        raise CorpusError(
            "the file is not as it was written: its SHA-256 differs",
            where=where,
            hint="have the stories told again, or, where the change is yours, take this first line out",
        )
    return settings


def _sha256(settings: dict, lines: Sequence[str]) -> str:
    """Of how the stories were told and all lines after that."""
    text = json.dumps(settings, sort_keys=True) + "\n" + "\n".join(lines)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _story(record: object, where: str, number: int) -> Story:
    if not isinstance(record, dict) or "text" not in record:
        raise CorpusError(
            "a told story without the field `text`",
            where=where,
            expected="each line is a JSON object with `text`; `beginning`, `reference`, `group`, `ended` may be left out",
            hint="add it, or take the line out: a missing story is not measured as an empty one",
        )
    fields = {name: record[name] for name in _FIELDS if name in record}
    for name, value in fields.items():
        kinds, spelled = _FIELDS[name]
        if type(value) not in kinds:
            raise CorpusError(f"`{name}` is {json.dumps(value)[:40]}", where=where, expected=f"`{name}` is {spelled}")
    return Story(**{"group": number, **fields})


def write_story_file(path: str | Path, settings: dict, stories: Sequence[Story]) -> None:
    """The same, atomically."""
    lines = [json.dumps(asdict(story), ensure_ascii=False) for story in stories]
    settings = json.loads(json.dumps(settings))
    first = json.dumps({"settings": settings, SHA256: _sha256(settings, [*lines, ""])}, ensure_ascii=False)
    write_text(path, "\n".join([first, *lines, ""]))
