"""Told stories in a file, one JSON object a line: `text`, and where there are any `beginning`, `reference`, `group`,
`ended`. `told.jsonl` in a run is such a file; its first line says how the stories were told."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pocket_narrator.atomic import atomic_writer
from pocket_narrator.errors import CorpusError
from pocket_narrator.evaluation.metrics.text import Story

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
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"the file cannot be read: {error}", where=str(path)) from None
    settings: dict = {}
    stories: list[Story] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"the line is no JSON: {error}", where=f"{path}:{number}") from None
        if isinstance(record, dict) and "settings" in record and not stories:
            settings = record["settings"]
            continue
        stories.append(_story(record, f"{path}:{number}", len(stories)))
    if not stories and not settings:
        raise CorpusError("the file holds no story", where=str(path), hint="one JSON object with `text` a line")
    return settings, stories


def _story(record: object, where: str, number: int) -> Story:
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
    return Story(**{"group": number, **fields})


def write_story_file(path: str | Path, settings: dict, stories: Sequence[Story]) -> None:
    """The same, atomically."""
    with atomic_writer(path) as stream:
        for record in ({"settings": settings}, *(asdict(story) for story in stories)):
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
