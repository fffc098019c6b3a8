"""What is in a corpus: counted in one pass, with bounded memory."""

from pocket_narrator.corpus.statistics.gather import Statistics, gather_statistics

__all__ = ["Statistics", "gather_statistics"]
