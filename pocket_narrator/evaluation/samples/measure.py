"""Runs the metrics over told stories, beside the real ones that they continue, and keeps figures, values and protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from pocket_narrator.errors import CorpusError, MissingExtraError, NarratorError
from pocket_narrator.evaluation.metrics.metric import Value, Values
from pocket_narrator.evaluation.metrics.registry import families as known_families
from pocket_narrator.evaluation.metrics.registry import is_added
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.evaluation.metrics.wrapping import unwrapped_story
from pocket_narrator.evaluation.samples.generate import halves
from pocket_narrator.evaluation.samples.others_metrics import describe_failures, shown_failures
from pocket_narrator.evaluation.samples.value_cache import measure_with_cache
from pocket_narrator.evaluation.statistics.bootstrap import FEWEST
from pocket_narrator.evaluation.statistics.figures import Estimate, figures_of
from pocket_narrator.files.json_file import write_json_object
from pocket_narrator.progress import progress

Suite = Literal["quick", "full"]
# beginnings of validation stories, stories of each, and stories of each set-up beginning
SIZES: dict[Suite, tuple[int, int, int]] = {"quick": (32, 2, 2), "full": (125, 4, 8)}
CORPUS_STORIES: dict[Suite, int] = {"quick": 64, "full": 500}


@dataclass(frozen=True)
class Measured:
    """One set of stories, measured."""

    figures: dict[str, Estimate]
    left_out: dict[str, str]
    """Families that could not be measured, with the reason."""
    values: dict[str, list[Value]]
    """By metric: one entry a story, for paired comparisons."""
    stories: int
    failed: list[str] = field(default_factory=list)
    """Stories on which a metric that was added has raised: a line each."""


def measure_stories(
    stories: Sequence[Sample],
    tools: Tools,
    suite: Suite = "full",
    cache: Path | None = None,
    families: Sequence[str] | None = None,
    label: str = "measuring",
) -> Measured:
    """All metrics of a suite (or of some `families`), of hard-wrapped texts with their paragraphs a line each. A family
    whose extra is missing is named in `left_out`, and the others go on. CorpusError where there is no story."""
    if not stories:
        raise CorpusError("there is no story to evaluate", hint="give at least one; two for intervals")
    chosen = [
        f for f in known_families() if (suite == "full" or not f.full_only) and (families is None or f.name in families)
    ]
    figures: dict[str, Estimate] = {}
    left_out: dict[str, str] = {}
    values: dict[str, list[Value]] = {}
    failed: list[str] = []
    groups = [story.group for story in stories]
    unwrapped = [unwrapped_story(story) for story in stories]
    with progress(label, len(chosen) * len(stories), "values") as bar:
        for family in chosen:
            try:
                own = stories if family.as_set else unwrapped
                failures: dict[int, str] | None = {} if is_added(family) else None
                found = measure_with_cache(family, own, tools, cache, bar.advance, failures)
                failed += describe_failures(family, dict(enumerate(own)), failures or {})
            except MissingExtraError as error:
                left_out[family.name] = f"{error.what}; {error.hint}"
                continue
            except NarratorError as error:
                left_out[family.name] = f"{error.what}; {error.hint}" if error.hint else error.what
                continue
            by_name = _by_name(found)
            figures |= figures_of(family.metrics, by_name, groups)
            values |= by_name
    return Measured(figures, left_out, values, len(stories), failed)


def _by_name(found: Sequence[Values]) -> dict[str, list[Value]]:
    names = {name: None for values in found for name in values}
    return {name: [values.get(name) for values in found] for name in names}


def measure_told(
    told: Sequence[Sample], setups: Sequence[Sample], tools: Tools, suite: Suite, cache: Path | None
) -> dict[str, Measured]:
    """`told`: all metrics of what a model told, and of set-up beginnings what comes back of them; `real`: the same
    metrics of how those stories really went on, once a beginning: what a perfect teller would have."""
    found = measure_stories(told, tools, suite, cache)
    if setups:
        traits = measure_stories(setups, tools, suite, cache, ["continuation_traits"], label="measuring set-ups")
        found = replace(found, figures=found.figures | traits.figures)
    firsts = {story.group: story for story in reversed(told)}
    real = [
        Sample(story.reference, story.beginning, None, group)
        for group, story in sorted(firsts.items())
        if story.reference is not None
    ]
    return {"told": found} | (
        {"real": measure_stories(real, tools, suite, cache, label="measuring real ones")} if real else {}
    )


def measure_corpus(texts: Sequence[str], tools: Tools, suite: Suite, cache: Path | None) -> dict[str, Measured]:
    """Real stories, whole; and their second halves, as if told from their first halves: the ceiling for a model."""
    whole = [Sample(text, group=i) for i, text in enumerate(texts)]
    second = [replace(half, group=i) for i, text in enumerate(texts) if (half := halves(text)) is not None]
    found = {"whole": measure_stories(whole, tools, suite, cache, label="measuring whole stories")}
    if second:
        found["second half"] = measure_stories(second, tools, suite, cache, label="measuring second halves")
    return found


def write_measured(folder: Path, name: str, protocol: dict, measured: dict[str, Measured]) -> Path:
    """`NAME.json` with protocol and figures, `NAME-values.json` with the value of each story; returns the first."""
    sets = {
        key: {
            "stories": one.stories,
            "figures": {metric: asdict(figure) for metric, figure in one.figures.items()},
            "left_out": one.left_out,
            **({"failed": one.failed} if one.failed else {}),
        }
        for key, one in measured.items()
    }
    path = folder / f"{name}.json"
    write_json_object(folder / f"{name}-values.json", {key: one.values for key, one in measured.items()})
    write_json_object(path, {"protocol": protocol, "sets": sets})
    return path


SHOWN = {"told": "generated", "real": "held-out"}  # the names of the sets of stories, for people


def describe_measured(measured: dict[str, Measured]) -> list[str]:
    """A table: one line a metric, one column a set, with intervals; then what was left out and why."""
    columns = list(measured)
    lines = [f"{'':<30}" + "".join(f"{SHOWN.get(column, column):^34}" for column in columns) + "better"]
    for family in known_families():
        rows = [metric for metric in family.metrics if any(metric.name in one.figures for one in measured.values())]
        if rows:
            lines += ["", family.name.replace("_", " ")]
        for metric in rows:
            cells = [_cell(one.figures.get(metric.name), one.stories) for one in measured.values()]
            better = "" if metric.direction == "neither" else metric.direction
            lines.append(f"  {metric.name:<28}" + "".join(f"{cell:^34}" for cell in cells) + better)
    for column, one in measured.items():
        lines += [
            "",
            f"{SHOWN.get(column, column)}: {one.stories:,} {'story' if one.stories == 1 else 'stories'}; intervals (95 %) by bootstrap over prompts",
        ]
        without = [figure for figure in one.figures.values() if figure.interval is None]
        if any(figure.beginnings < FEWEST for figure in without):
            lines.append(f"  no interval: values of fewer than {FEWEST} prompts")
        if any(figure.beginnings >= FEWEST for figure in without):
            lines.append("  all alike: the same value whatever prompts are drawn, so that there is no interval")
    reasons = {family: reason for one in measured.values() for family, reason in one.left_out.items()}
    lines += [""] * bool(reasons) + [f"left out: {family} ({reason})" for family, reason in reasons.items()]
    failed = list(dict.fromkeys(line for one in measured.values() for line in one.failed))
    lines += [""] * bool(failed) + [f"failed: {line}" for line in shown_failures(failed)]
    return [line.rstrip() for line in lines]


def _cell(figure: Estimate | None, stories: int) -> str:
    if figure is None:
        return "-"
    of = "" if figure.stories == stories else f" n={figure.stories}"
    if figure.interval is None:
        why = "no interval" if figure.beginnings < FEWEST else "all alike"
        return f"{figure.value:.3f} ({why}){of}"
    low, high = figure.interval
    return f"{figure.value:.3f} ({low:.3f} to {high:.3f}){of}"


def describe_figures(figures: Mapping[str, Estimate]) -> list[str]:
    """One line a figure."""
    return [
        f"  {name:<28}{_cell(figure, figure.stories):^34}{figure.stories:>8,} values"
        for name, figure in figures.items()
    ]
