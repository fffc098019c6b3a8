"""The stories to be judged: a beginning and the completion that was told for it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.corpus.stories import read_stories
from pocket_narrator.errors import JudgeError


@dataclass(frozen=True)
class Item:
    """`name` is unique in its file; stories of two files with the same beginning can be compared."""

    name: str
    beginning: str
    completion: str


def read_items(path: Path, limit: int | None = None) -> list[Item]:
    """The stories of a file, or `limit` of them at even distances.

    A `.jsonl` holds one object a line with "prompt" and "story" (the prompt included or not). Any other file holds whole
    stories, each followed by a line `<|endoftext|>`: they are halved at the space next to their middle, and the second
    half is judged. Raises JudgeError or CorpusError.
    """
    items = list(_from_json_lines(path) if path.suffix == ".jsonl" else _from_stories(path))
    if not items:
        raise JudgeError("there is no story in the file", where=str(path))
    wanted = min(limit or len(items), len(items))
    return [items[number * len(items) // wanted] for number in range(wanted)]


def _from_stories(path: Path) -> Iterator[Item]:
    for number, story in enumerate(read_stories(path), 1):
        first, second = halve(story)
        if second:
            yield Item(f"story {number}", first, second)


def halve(story: str) -> tuple[str, str]:
    """At the first space from the middle on; the second half is empty where there is none."""
    middle = next((i for i in range(len(story) // 2, len(story)) if story[i].isspace()), len(story))
    return story[:middle].strip(), story[middle:].strip()


def _from_json_lines(path: Path) -> Iterator[Item]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise JudgeError(f"the stories cannot be read: {error}", where=str(path)) from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _item(line, number, path)


def _item(line: str, number: int, path: Path) -> Item:
    where = f"{path}, line {number}"
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise JudgeError(f"this is not JSON ({error})", where=where) from None
    prompt, story = (_field(record, name, where) for name in ("prompt", "story"))
    completion = story.removeprefix(prompt).strip()
    if not completion:
        raise JudgeError("the story holds nothing but its prompt", where=where)
    return Item(f"line {number}", prompt.strip(), completion)


def _field(record: object, name: str, where: str) -> str:
    fields = record if isinstance(record, dict) else {}
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise JudgeError(
            f'the field "{name}" is missing, empty, or no text',
            where=where,
            limit=f"fields of this line: {', '.join(map(str, fields)) or 'none'}",
            remedy='each line is an object such as {"prompt": "Once upon a time", "story": "Once upon a time, there was..."}',
        )
    return value


def pair_up(ours: Sequence[Item], theirs: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Stories of the same beginning, the first with the first and so on. Raises JudgeError where no beginning is shared."""
    waiting: dict[str, list[Item]] = {}
    for item in theirs:
        waiting.setdefault(item.beginning, []).append(item)
    pairs = [(item, waiting[item.beginning].pop(0)) for item in ours if waiting.get(item.beginning)]
    if not pairs:
        raise JudgeError(
            "the two files share no beginning",
            limit=f'"{ours[0].beginning[:40]}..." and "{theirs[0].beginning[:40]}..." are their first ones',
            remedy="let both tell from the same prompts",
        )
    return pairs
