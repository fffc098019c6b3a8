"""Which words are English, and which language a text is in. Both work offline, from tables in the packages.

wordfreq's list is frozen on purpose, so a threshold means the same next year; py3langid ships its model (5 MB) and
names 97 languages, at half a millisecond a story, so it is asked only where the words look wrong.
"""

import math
from functools import lru_cache

from pocket_narrator.errors import MissingExtraError


@lru_cache(maxsize=4)
def known_words(least_zipf: float) -> frozenset[bytes]:
    """The lower-case words with a Zipf frequency of at least this in English: log10 of uses in a billion words.

    As UTF-8 bytes, since stories are split as bytes. 2.5 gives 54,000 words, 2 gives 96,000.
    """
    frequencies = _wordfreq().get_frequency_dict("en")
    return frozenset(
        word.encode() for word, frequency in frequencies.items() if round(math.log10(frequency) + 9, 2) >= least_zipf
    )


@lru_cache(maxsize=1 << 17)
def zipf(word: str) -> float:
    """wordfreq's own figure for one word; 0 for one it has never seen."""
    return _wordfreq().zipf_frequency(word, "en")


def language_of(text: str) -> str:
    """The most likely language's ISO 639-1 code."""
    try:
        import py3langid
    except ImportError:
        raise MissingExtraError("py3langid", "data") from None
    return str(py3langid.classify(text)[0])


def _wordfreq():
    try:
        import wordfreq
    except ImportError:
        raise MissingExtraError("wordfreq", "data") from None
    return wordfreq
