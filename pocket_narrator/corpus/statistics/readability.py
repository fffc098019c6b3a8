"""Flesch's formulas, with syllables counted by rules: English only, and good for comparing corpora, not for single words."""

import re

_VOWELS = re.compile(r"[aeiouy]+")
# -e and -es after a consonant, but not -le after one (table); -es not after a hiss (wishes); -ed not after t or d (wanted)
_SILENT = re.compile(r"[a-z](?:(?:[aeiouy]l|[^aeiouyl])e|(?:[aeiouy]l|[^aeiouylszxcghj]|th|gh|ph)es|[^aeiouytd]ed)$")
LARGEST_CACHE = 200_000


def count_syllables(word: str) -> int:
    """Groups of vowels in a lower-case word; a silent e (made, makes, jumped) does not count, that of little does."""
    syllables = len(_VOWELS.findall(word))
    return max(1, syllables - (_SILENT.search(word) is not None))


def reading_ease(words: int, sentences: int, syllables: int) -> float:
    """Flesch (1948): 100 is very easy, 60 plain English, 0 very hard."""
    return 206.835 - 1.015 * words / sentences - 84.6 * syllables / words


def grade_level(words: int, sentences: int, syllables: int) -> float:
    """Kincaid, Fishburne, Rogers & Chissom (1975): the American school year that can read it."""
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


class Syllables(dict[str, int]):
    """Syllables of words, each counted once."""

    def __missing__(self, word: str) -> int:
        if len(self) > LARGEST_CACHE:
            self.clear()
        self[word] = syllables = count_syllables(word)
        return syllables
