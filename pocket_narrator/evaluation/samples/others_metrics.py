"""Metrics that were added: a story on which one fails is listed, and the rest goes on."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from pocket_narrator.errors import MissingExtraError
from pocket_narrator.evaluation.metrics.metric import Family, Values
from pocket_narrator.evaluation.metrics.registry import code_place
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.plugins.failures import last_line, own_frames, place_of

SHOWN = 40  # characters of a story, in the line about it
LISTED = 3  # lines of a family, for people


def measure_of_others(
    family: Family, stories: Mapping[int, Sample], tools: Tools, failures: dict[int, str]
) -> dict[int, Values]:
    """The values of each story, by its number. What raises, or gives something else than values, is in `failures` instead: of a
    family that looks at all stories at once all of them are, of others the story alone."""
    try:
        return _measured(family, stories, tools)
    except MissingExtraError:  # which is said once, for all stories
        raise
    except Exception as error:  # whatever others' code may raise
        if family.sees_all or len(stories) == 1:
            failures |= dict.fromkeys(stories, _reason(error, code_place(family)))
            return {}
    found: dict[int, Values] = {}
    for number, story in stories.items():
        found |= measure_of_others(family, {number: story}, tools, failures)
    return found


def _measured(family: Family, stories: Mapping[int, Sample], tools: Tools) -> dict[int, Values]:
    found = list(family.measure(list(stories.values()), tools))
    if len(found) != len(stories):
        raise ValueError(f"{len(found)} values for {len(stories)} stories")
    names = {metric.name for metric in family.metrics}
    for values in found:
        if not isinstance(values, Mapping) or set(values) - names:
            raise ValueError(f"{values!r:.60} is no dictionary of values by the names of its metrics")
        for name, value in values.items():
            numbers = value if isinstance(value, list) else [] if value is None else [value]
            if not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers):
                raise ValueError(f"{name} is {value!r:.40}, and should be a finite number or None")
    return dict(zip(stories, found, strict=True))


def _reason(error: Exception, path: Path | None) -> str:
    place = place_of(error, path) if own_frames(error, path) else None
    return last_line(error) + (f" ({place})" if place else "")


def describe_failures(family: Family, stories: Mapping[int, Sample], failures: Mapping[int, str]) -> list[str]:
    """A line a story: which it is, how it begins, and what was raised."""
    return [
        f"{family.name}, story {number + 1:,} ({stories[number].whole[:SHOWN]!r}): {reason}"
        for number, reason in failures.items()
    ]


def shown_failures(lines: Sequence[str]) -> list[str]:
    """For people: of each family the first ones of such lines, and how many more there are."""
    by_family: dict[str, list[str]] = {}
    for line in lines:
        by_family.setdefault(line.partition(",")[0], []).append(line)
    shown = []
    for family, of_one in by_family.items():
        more = len(of_one) - LISTED
        shown += of_one[:LISTED] + ([f"{family}, {more:,} more of the stories"] if more > 0 else [])
    return shown
