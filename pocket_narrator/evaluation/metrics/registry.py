"""Every metric on stories, by family: what is built in, and what was added."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pocket_narrator.errors import PluginError
from pocket_narrator.evaluation.earlier import metrics as earlier
from pocket_narrator.evaluation.metrics import (
    carryover,
    consistency,
    diversity,
    embedded,
    form,
    memorisation,
    overlap,
    quality,
    traits,
)
from pocket_narrator.evaluation.metrics.metric import Family, Metric, Value, refuse_unfitting_family
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.plugins.origin import names_of_caller
from pocket_narrator.plugins.signature import refuse_other_function
from pocket_narrator.plugins.table import Table, refuse_another_name

FAMILIES: tuple[Family, ...] = (  # built in
    quality.FAMILY,
    form.FAMILY,
    diversity.FAMILY,
    diversity.AMONG,
    consistency.FAMILY,
    carryover.FAMILY,
    carryover.SOFT,
    traits.FAMILY,
    overlap.FAMILY,
    memorisation.FAMILY,
    embedded.COHESION,
    embedded.GRAMMAR,
    earlier.FAMILY,
    embedded.EARLIER,
)
_TABLE: Table[Family] = Table("metrics", "family of metrics", {family.name: family for family in FAMILIES})


def families() -> list[Family]:
    """Those that are built in, and those that were registered."""
    return [*FAMILIES, *_TABLE.added()]


def is_added(family: Family) -> bool:
    """Whether its code is somebody else's."""
    return _TABLE.origin(family.name) is not None


def code_place(family: Family) -> Path | None:
    """Where the code of a family that was added lies; None of what is built in, and of code without a file."""
    origin = _TABLE.origin(family.name)
    return None if origin is None else origin.path


def code_version(family: Family) -> str | None:
    """Of a family that was added the hash of its code: values of other code are not taken from a cache."""
    origin = _TABLE.origin(family.name)
    return None if origin is None else origin.sha256


def register_metric(metric: Metric | Family, of_story: Callable[[Sample], Value] | None = None) -> None:
    """Adds a metric to every evaluation of stories: `of_story` gives the value of one story, None where it says nothing of it.
    Or a `Family` of metrics that are computed together, or that look at all stories at once.

    PluginError for a name that another metric has, and for what is missing or wrong in a metric's description or its function.
    """
    if isinstance(metric, Metric) and callable(of_story):
        refuse_other_function(of_story, ("story",), f"the function of the metric '{metric.name}'")
        family = Family(metric.name, 1, (metric,), _one_by_one(metric.name, of_story))
    elif isinstance(metric, Family) and of_story is None:
        family = metric
    else:
        raise PluginError(
            "register_metric takes a Metric and the function that gives its value, or a Family",
            found=f"{metric!r:.80}",
            expected='register_metric(Metric("words_a_story", "words"), lambda story: len(story.text.split()))',
        )
    _TABLE.register(family.name, family, names_of_caller())


def _refuse_family(name: str, item: object) -> None:
    if not isinstance(item, Family):
        raise PluginError(
            f"the metrics '{name}' are no Family", found=f"{item!r:.80}", hint="name a Family as the entry point"
        )
    refuse_another_name(name, item.name)
    refuse_unfitting_family(item)
    others = {known.name for other in families() if other.name != name for known in other.metrics}
    twice = [known.name for known in item.metrics if known.name in others]
    if twice:
        raise PluginError(f"there is a metric named '{twice[0]}' already", hint="give yours another name")


_TABLE.refuse = _refuse_family


def _one_by_one(
    name: str, of_story: Callable[[Sample], Value]
) -> Callable[[Sequence[Sample], object], list[Mapping[str, Value]]]:
    return lambda stories, tools: [{name: of_story(story)} for story in stories]
