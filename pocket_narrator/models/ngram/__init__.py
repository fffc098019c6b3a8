"""N-grams with modified Kneser-Ney smoothing: counted in one pass, and a `LanguageModel` like any other."""

from pocket_narrator.models.ngram.model import NGramModel, NGramState
from pocket_narrator.models.ngram.unbounded import UnboundedNGram

__all__ = ["NGramModel", "NGramState", "UnboundedNGram"]
