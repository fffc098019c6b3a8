"""The rules of the earlier project's preprocessing, exactly, faults included: for comparison, not for use.

Letters are ASCII letters. Anything beyond ASCII is fatal, typographic quotes included, and so is one word below the
threshold, names included. White space collapses to single blanks, so paragraphs are lost. Every reason is collected.
"""

import re

from pocket_narrator.corpus.cleaning.english import zipf
from pocket_narrator.corpus.cleaning.mend import one_line
from pocket_narrator.corpus.cleaning.verdict import Reason, Verdict
from pocket_narrator.recipe.schema import CleaningConfig

_LETTER = re.compile("[A-Za-z]")
_WORD = re.compile("[A-Za-z]+")
_DISALLOWED = re.compile(r"[^A-Za-z0-9\s.,;:'\"?!()\-\[\]/`$+]")
SHOWN = 5


def judge_strictly(story: str, settings: CleaningConfig) -> Verdict:
    """Everything but duplicates, which need the other stories."""
    text = one_line(story)
    reasons = []
    letters = len(_LETTER.findall(text))
    if letters < settings.min_letters:
        reasons.append(Reason("too_few_letters", str(letters)))
    if offending := _first_offending(text):
        reasons.append(Reason("invalid_chars", offending))
    words = _WORD.findall(text)
    rare = list(dict.fromkeys(word for word in words if zipf(word) < settings.least_zipf()))
    if rare or not words:
        reasons.append(Reason("non_english_words", " ".join(rare[:SHOWN])))
    return Verdict(text, tuple(reasons), (), text.lower().encode("utf-8", "backslashreplace").split())


def _first_offending(text: str) -> str | None:
    """The first character beyond ASCII, or else the first that is not in the list."""
    if not text.isascii():
        return "non_ascii:" + next(character for character in text if not character.isascii())
    found = _DISALLOWED.search(text)
    return found.group() if found else None
