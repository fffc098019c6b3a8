"""What some metrics need beside the stories: a noun tagger, an embedder, a classifier, the training text. Each is
loaded once, when it is first asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from pocket_narrator.evaluation.memorisation.store import SearchableText
from pocket_narrator.evaluation.metrics.nouns import NounFinder, find_nouns_by


class Embedder(Protocol):
    """Sentences to vectors."""

    name: str

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [N, D], each row of length 1."""
        ...


class Classifier(Protocol):
    """Sentences to the probability that they are acceptable English."""

    name: str

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [N]."""
        ...


@dataclass
class Tools:
    """Optional parts. A metric that needs one that is not here is left out, and named."""

    nouns_by: str = "auto"  # spacy, textblob or words; auto: the first that is installed
    embedder: Embedder | None = None
    classifier: Classifier | None = None
    seen: SearchableText | None = None

    @cached_property
    def nouns(self) -> NounFinder:
        """The noun finder."""
        return find_nouns_by(self.nouns_by)

    def setting(self, name: str) -> str:
        """What a tool is, for the key under which its values are kept."""
        tool = getattr(self, name)
        return "none" if tool is None else tool.name
