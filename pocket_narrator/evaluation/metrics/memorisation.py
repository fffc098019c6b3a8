"""How much of a told story stands in the training text, word for word."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pocket_narrator.errors import NarratorError
from pocket_narrator.evaluation.memorisation.store import ORDERS
from pocket_narrator.evaluation.metrics.metric import Family, Metric, Value, Values
from pocket_narrator.evaluation.metrics.text import Sample

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Of what was told, without the beginning. NarratorError where no training text is at hand."""
    if tools.seen is None:
        raise NarratorError(
            "memorisation needs the training text", hint="evaluate a run whose training text is on this machine"
        )
    found: list[Values] = []
    for overlap in tools.seen.look_up([story.text for story in stories]):
        told = overlap.tokens > 0
        values: dict[str, Value] = {
            "longest_overlap": float(overlap.longest) if told else None,
            "longest_overlap_share": overlap.longest / overlap.tokens if told else None,
            "nearest_story_share": overlap.nearest_share,
            "nearest_story": None if overlap.nearest is None else float(overlap.nearest),
        }
        values |= {f"seen_{order}grams": overlap.shares[order] for order in ORDERS}
        found.append(values)
    return found


_FAILURE = "formulas that every story has count too: compare with real stories"
METRICS = (
    Metric("longest_overlap", "tokens of the longest overlap with one training story", "after Lee 2022", 0, None, "neither",
           "in tokens: not to be compared across tokenizers"),
    Metric("longest_overlap_share", "the same as a share of the story", "after Lee 2022", 0, 1, "lower", "short stories have more"),
    Metric("nearest_story_share", "share of 8-grams that occur in the training story with the longest overlap", "after Lee 2022",
           0, 1, "lower", "another story may be nearer in pieces"),
    *(
        Metric(f"seen_{order}grams", f"share of token {order}-grams that occur in the training text", "after McCoy 2023", 0, 1,
               "lower", _FAILURE)
        for order in ORDERS
    ),
)  # fmt: skip
FAMILY = Family(
    "memorisation", 1, METRICS, measure, tools=("seen",), measure_all_at_once=True, full_only=True, as_set=True
)
