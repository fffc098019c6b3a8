"""The stories to be judged: a beginning and the completion that was told for it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.errors import JudgeError
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.samples.file import read_story_file
from pocket_narrator.evaluation.samples.whole_stories import read_whole_stories
from pocket_narrator.terminal.messages import command


@dataclass(frozen=True)
class Item:
    """`name` is unique in its file; stories of two files with the same beginning can be compared."""

    name: str
    beginning: str
    completion: str


def read_items(path: Path, limit: int | None = None) -> list[Item]:
    """The stories of a file, or `limit` of them at even distances.

    A `.jsonl` holds told stories as `narrator evaluate` keeps them (samples/file.py), a run the ones that were told for
    its largest suite. Any other file holds whole stories, each followed by a line `<|endoftext|>`. A story without a
    beginning is halved at the space next to its middle, and the second half is judged. Raises JudgeError or CorpusError, which
    refuses a text whose stories may end anywhere.
    """
    if path.is_dir():
        path = _told_by(path)
    if path.suffix == ".jsonl":
        told = [(f"story {number}", story) for number, story in enumerate(read_story_file(path)[1], 1)]
    else:
        told = [(f"story {number}", Sample(one.text)) for number, one in enumerate(read_whole_stories(path), 1)]
    items = [item for name, story in told if (item := _item(name, story)) is not None]
    if not items:
        raise JudgeError(
            "there is no story in the file that could be judged",
            where=str(path),
            expected="a story without a prompt is halved, which takes more than one word",
            hint="give longer stories, or each with the prompt that it was generated from (the field `beginning`)",
        )
    wanted = min(limit or len(items), len(items))
    return [items[number * len(items) // wanted] for number in range(wanted)]


def _told_by(run: Path) -> Path:
    for suite in ("full", "quick"):
        path = run / "evaluation" / f"told-{suite}.jsonl"
        if os.path.lexists(path):
            return path
    raise JudgeError(
        "this folder has no generated stories",
        where=str(run),
        hint=f"let the model generate some: {command('evaluate', run, '--suite', 'quick')}; or give a file of stories",
    )


def _item(name: str, story: Sample) -> Item | None:
    """None for a whole story that is too short to be halved. A model that told nothing is judged for that."""
    if story.beginning.strip():
        return Item(name, story.beginning.strip(), story.text.strip())
    beginning, completion = halve(story.text.strip())
    return Item(name, beginning, completion) if completion else None


def halve(story: str) -> tuple[str, str]:
    """At the first space from the middle on; the second half is empty where there is none."""
    middle = next((i for i in range(len(story) // 2, len(story)) if story[i].isspace()), len(story))
    return story[:middle].strip(), story[middle:].strip()


def pair_up(ours: Sequence[Item], theirs: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Stories of the same beginning, the first with the first and so on. Raises JudgeError where no beginning is shared."""
    waiting: dict[str, list[Item]] = {}
    for item in theirs:
        waiting.setdefault(item.beginning, []).append(item)
    pairs = [(item, waiting[item.beginning].pop(0)) for item in ours if waiting.get(item.beginning)]
    if not pairs:
        raise JudgeError(
            "the two files share no prompt",
            found=f'"{ours[0].beginning[:40]}..." and "{theirs[0].beginning[:40]}..." are their first ones',
            hint="let both generate from the same prompts",
        )
    return pairs
