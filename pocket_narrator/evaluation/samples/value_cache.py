"""Values of metrics that were computed before, by the content of the story: a suite that is run again does only what is
new, and one that was interrupted goes on."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pocket_narrator.evaluation.metrics.metric import Family, Values
from pocket_narrator.evaluation.metrics.registry import code_version
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.evaluation.samples.others_metrics import measure_of_others
from pocket_narrator.files.json_file import find_json_object, write_json_object

STORIES_AT_ONCE = 128  # more in one call only take more memory; a crash loses at most so many
_SAVE_EVERY = 10.0  # seconds
_MOST_BYTES = 2**26


def measure_with_cache(
    family: Family,
    stories: Sequence[Sample],
    tools: Tools,
    folder: Path | None,
    advance: Callable[[int], object] = lambda stories: None,
    failures: dict[int, str] | None = None,
) -> list[Values]:
    """The values of each story: from `folder` where they are known, computed and kept there where not.

    Raises what the family raises; what was finished before is kept. With `failures` a story on which others' code raises is
    put there, with the reason, has no values, and is not kept; the rest goes on.
    """
    path = None if folder is None else folder / f"{family.name}.json"
    known = {} if path is None else _read(path)
    keys = [story_key(family, story, tools) for story in stories]
    if family.sees_all:
        groups = [story.group for story in stories]
        together = hashlib.sha256(json.dumps([keys, groups]).encode()).hexdigest()
        keys = [f"{together} {i}" for i in range(len(stories))]
    missing = list({key: i for i, key in enumerate(keys) if key not in known}.values())
    if family.sees_all and missing:
        missing = list(range(len(stories)))
    advance(len(stories) - len(missing))
    at_once = len(stories) if family.sees_all or family.measure_all_at_once else STORIES_AT_ONCE
    saved = time.monotonic()
    for first in range(0, len(missing), max(at_once, 1)):
        batch = missing[first : first + at_once]
        if failures is None:
            found = family.measure([stories[i] for i in batch], tools)
            measured = dict(zip(batch, found, strict=True))
        else:
            measured = measure_of_others(family, {i: stories[i] for i in batch}, tools, failures)
        known |= {keys[i]: values for i, values in measured.items()}
        advance(len(batch))
        is_last = first + at_once >= len(missing)
        if path is not None and (is_last or time.monotonic() - saved > _SAVE_EVERY):
            write_json_object(path, known)
            saved = time.monotonic()
    return [known.get(key, {}) for key in keys]


def story_key(family: Family, story: Sample, tools: Tools) -> str:
    """What the values of a story depend on, hashed: the metric and its version, the tools' settings, the texts."""
    settings = [tools.setting(name) for name in family.tools]
    code = code_version(family)
    version = family.version if code is None else [family.version, code]
    content = [family.name, version, settings, story.beginning, story.text, story.reference, story.ended]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _read(path: Path) -> dict[str, Values]:
    """Nothing where there is none, or where it is damaged: then all is computed anew."""
    found = find_json_object(path, size_limit=_MOST_BYTES) or {}
    return {key: values for key, values in found.items() if _are_values(values)}


def _are_values(values: object) -> bool:
    return isinstance(values, dict) and all(one is None or _is_value(one) for one in values.values())


def _is_value(value: object) -> bool:
    numbers = value if isinstance(value, list) else [value]
    return all(isinstance(number, int | float) for number in numbers)
