"""Tools for metrics without any network: vectors of letters, a judge of capitals and stops, one training story."""

from collections.abc import Sequence

import numpy as np

from pocket_narrator.evaluation.memorisation.store import ORDERS, Overlap
from pocket_narrator.evaluation.metrics.text import words
from pocket_narrator.evaluation.metrics.tools import Tools
from tests.evaluation.metrics.texts import ENDING


class WordVectors:
    """Texts are near that share words: hashed counts, scaled to length 1."""

    name = "hashed words"

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [N, 64]."""
        found = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(found, texts, strict=True):
            row[0] = 0.1
            for word in words(text):
                row[sum(word.encode()) % 63 + 1] += 1
        return found / np.linalg.norm(found, axis=1, keepdims=True)


class ShortSentences:
    """Acceptable is what is short."""

    name = "short sentences"

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """float32 [N]."""
        return np.array([1 / (1 + len(words(text)) / 10) for text in texts], dtype=np.float32)


class SeenWords:
    """The slow and plain answer, on words: the training text is the real ending."""

    name = "the real ending"

    def look_up(self, texts: Sequence[str]) -> list[Overlap]:
        """By trying every run."""
        return [self._of_one(words(text), words(ENDING)) for text in texts]

    def _of_one(self, told: tuple[str, ...], trained: tuple[str, ...]) -> Overlap:
        joined = " " + " ".join(trained) + " "

        def stands(run: tuple[str, ...]) -> bool:
            return " " + " ".join(run) + " " in joined

        runs = [(i, j) for i in range(len(told)) for j in range(i + 1, len(told) + 1) if stands(told[i:j])]
        longest = max((j - i for i, j in runs), default=0)
        shares = {}
        for order in ORDERS:
            grams = [told[i : i + order] for i in range(len(told) - order + 1)]
            shares[order] = sum(map(stands, grams)) / len(grams) if grams else None
        return Overlap(len(told), longest, 0 if longest else None, shares[8] if longest else None, shares)


TOOLS = Tools(nouns_by="textblob", embedder=WordVectors(), classifier=ShortSentences(), seen=SeenWords())
