"""N-grams with modified Kneser-Ney smoothing: counted in one pass, and a `LanguageModel` like any other."""

from pocket_narrator.models.ngram.model import NGramModel, NGramState
from pocket_narrator.models.ngram.unbounded import UnboundedNGram, ngram_from_tensors

__all__ = ["NGramModel", "NGramState", "UnboundedNGram", "ngram_from_tensors"]
