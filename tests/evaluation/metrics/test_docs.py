"""`docs/metrics.md` has every metric as the registry has it. `python tests/evaluation/metrics/test_docs.py` prints the table."""

from pathlib import Path

from pocket_narrator.evaluation.likelihood import confidence
from pocket_narrator.evaluation.metrics.metric import Metric
from pocket_narrator.evaluation.metrics.registry import FAMILIES

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"
TITLES = "| metric | what it is | source | range | better | known failure |"


def row(metric: Metric) -> str:
    """One line of the table."""
    low, high = ("" if bound is None else f"{bound:g}" for bound in (metric.low, metric.high))
    better = "-" if metric.direction == "neither" else metric.direction
    cells = (f"`{metric.name}`", metric.definition, metric.source, f"{low}..{high}", better, metric.failure)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def tables() -> str:
    """All metrics, a table a family."""
    extra = {"overlap": "sacrebleu", "memorisation": "a token store", "soft_noun_carryover": "`--embedder`"}
    extra |= {"cohesion": "`--embedder`", "earlier_text_quality": "`--embedder`", "grammar": "`--grammar`"}
    sets = [(family.name, family.metrics) for family in FAMILIES]
    sets += [("calibration", confidence.METRICS)]
    parts = []
    for name, metrics in sets:
        needs = f" (needs {extra[name]})" if name in extra else ""
        lines = [f"### {name.replace('_', ' ').capitalize()}{needs}", "", TITLES, "|---|---|---|---|---|---|"]
        parts.append("\n".join([*lines, *map(row, metrics)]))
    return "\n\n".join(parts) + "\n"


def test_the_page_has_every_metric_as_it_is():
    assert tables() in DOCS.read_text(encoding="utf-8")


if __name__ == "__main__":
    print(tables(), end="")
