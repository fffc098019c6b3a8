"""Every metric on stories, by family."""

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
from pocket_narrator.evaluation.metrics.metric import Family, Metric

FAMILIES: tuple[Family, ...] = (
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
METRICS: dict[str, Metric] = {metric.name: metric for family in FAMILIES for metric in family.metrics}
