"""Do the things of the beginning come back? By nouns, and by their meaning where there is an embedder."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pocket_narrator.errors import NarratorError
from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.text import Sample, sentences

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Embedder, Tools

NEAR = 0.70  # cosine from which a noun counts as said again


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Stories without a beginning, or whose beginning has no noun, say nothing."""
    found: list[Values] = []
    for beginning, text in nouns_of_both(stories, tools):
        both = beginning & text
        found.append(
            {
                "noun_coverage": len(both) / len(beginning) if beginning else None,
                "noun_jaccard": len(both) / len(beginning | text) if beginning else None,
                "noun_precision": len(both) / len(text) if beginning and text else None,
            }
        )
    return found


def measure_softly(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """By the nearest noun of the continuation. NarratorError without an embedder."""
    embedder = needed_embedder(tools)
    pairs = nouns_of_both(stories, tools)
    nouns = sorted({noun for pair in pairs for side in pair for noun in side})
    vectors = dict(zip(nouns, embedder.embed(nouns), strict=True)) if nouns else {}
    found: list[Values] = []
    for beginning, text in pairs:
        if not beginning:
            found.append({"soft_noun_coverage": None, "soft_noun_coverage_70": None})
            continue
        nearest = np.zeros(len(beginning))
        if text:
            theirs = np.stack([vectors[noun] for noun in sorted(text)])
            nearest = (np.stack([vectors[noun] for noun in sorted(beginning)]) @ theirs.T).max(axis=1)
        found.append(
            {"soft_noun_coverage": float(nearest.mean()), "soft_noun_coverage_70": float((nearest >= NEAR).mean())}
        )
    return found


def needed_embedder(tools: "Tools") -> "Embedder":
    """The embedder; NarratorError where none was given."""
    if tools.embedder is None:
        raise NarratorError(
            "this metric needs sentence embeddings",
            hint="--embedder minilm, or the folder or id of a sentence-transformers model",
        )
    return tools.embedder


def nouns_of_both(stories: Sequence[Sample], tools: "Tools") -> list[tuple[frozenset[str], frozenset[str]]]:
    """The nouns of each beginning and each continuation."""
    texts = [text for story in stories for text in (story.beginning, story.text)]
    lines = [sentences(text) for text in texts]
    nouns = iter(tools.nouns.nouns([line for own in lines for line in own]))
    sets = [frozenset().union(*(next(nouns) for _ in own)) for own in lines]
    return list(zip(sets[::2], sets[1::2], strict=True))


METRICS = (
    Metric("noun_coverage", "share of the prompt's nouns that come again in the continuation", "the earlier project",
           0, 1, "neither", "a copied prompt has 1"),
    Metric("noun_jaccard", "nouns of both / nouns of either", "the earlier project", 0, 1, "neither", "short stories have more"),
    Metric("noun_precision", "share of the continuation's nouns that the prompt has", "the earlier project", 0, 1, "neither",
           "a story in which nothing new happens has 1"),
)  # fmt: skip
SOFT_METRICS = (
    Metric("soft_noun_coverage", "mean over the prompt's nouns of the highest cosine to a noun of the continuation",
           "the earlier project", -1, 1, "neither", "grows with the number of nouns"),
    Metric("soft_noun_coverage_70", f"share of the prompt's nouns with a cosine of at least {NEAR}", "the earlier project",
           0, 1, "neither", "a copied prompt has 1"),
)  # fmt: skip
FAMILY = Family("noun_carryover", 1, METRICS, measure, tools=("nouns",))
SOFT = Family("soft_noun_carryover", 1, SOFT_METRICS, measure_softly, tools=("nouns", "embedder"), full_only=True)
