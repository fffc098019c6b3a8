"""The standard rules: a pure function from a story to a verdict, the same on one machine and on a cluster.

The story is encoded and split into words once; every rule looks at the result. Rules that nearly always pass are
decided by operations on whole strings and sets, and look closer only when something is found.
"""

import re
from typing import NamedTuple

from pocket_narrator.corpus.cleaning.english import known_words, language_of
from pocket_narrator.corpus.cleaning.mend import mend
from pocket_narrator.corpus.cleaning.verdict import Reason, Verdict
from pocket_narrator.corpus.stories import DELIMITER
from pocket_narrator.recipe.schema import CleaningConfig

# Of the distinct words of English stories and novels at least 53% are among the 3,000 commonest (Zipf 4.5), of other
# languages' at most 33%. Only between and below is the language looked at closely, which takes long.
COMMON_ZIPF = 4.5
ENGLISH_SHARE = 0.5
NOT_FOR_BOOKS = ("truncated", "foreign_words")  # rare words and any kind of last line belong to books
BOOK_SAMPLE_WORDS = 1_000  # from its middle: a language is known by these, and longer texts have more distinct words
BOOK_ODD_SHARE = 1e-3  # of the characters that may be odd: a word of Greek is no reason against a book
SHOWN = 5  # characters or words that a detail names

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALLOWED = _LETTERS + b"0123456789 \n.,;:'\"?!()-[]/`$+%&*_#"
# Beyond ASCII: letters with accents, inverted marks, money, fractions, degrees.
_OUTSIDE = re.compile(
    "[^" + re.escape(_ALLOWED.decode()) + "\u00a1\u00a2\u00a3\u00a5\u00a7\u00b0\u00bc-\u00bf\u00c0-\u024f\u20ac]"
)
_ENDING = re.compile(r"(?:[.!?][\"')\]*_` ]*|\bthe end\W*)$", re.IGNORECASE)
_TAIL = 24  # characters in which an ending is looked for

# Words are runs of letters and digits; every byte of a letter beyond ASCII counts as one.
_IS_WORD = [chr(byte).isalnum() if byte < 128 else True for byte in range(256)]
_SPLIT = bytes(byte if _IS_WORD[byte] else 32 for byte in range(256))
_SPLIT_AND_LOWER = _SPLIT.lower()


def judge(story: str, settings: CleaningConfig) -> Verdict:
    """Mends a story and holds it against every rule of `settings`."""
    if len(story) > settings.max_characters:
        return Verdict(story, (Reason("too_long", f"{len(story)}"),), (), [])
    return judge_mended(*mend(story), settings)


def judge_mended(text: str, mended: tuple[str, ...], settings: CleaningConfig) -> Verdict:
    """Holds a story or book that has been mended against the rules."""
    raw = text.encode()
    words = split_words(text, raw)
    sample = words if not settings.books else words[len(words) // 2 :][:BOOK_SAMPLE_WORDS]
    seen = _Seen(text, raw, set(sample), settings)
    found = [
        rule(seen)
        for name, rule in _RULES.items()
        if name not in settings.skip and not (settings.books and name in NOT_FOR_BOOKS)
    ]
    return Verdict(text, tuple(reason for reason in found if reason), mended, words)


def split_words(text: str, raw: bytes) -> list[bytes]:
    """The words in lower case; `raw` is the text in UTF-8."""
    if len(raw) == len(text):
        return raw.translate(_SPLIT_AND_LOWER).split()
    return text.lower().encode().translate(_SPLIT_AND_LOWER).split()


class _Seen(NamedTuple):
    """What the rules look at."""

    text: str  # mended
    raw: bytes  # in UTF-8
    distinct: set[bytes]  # words
    settings: CleaningConfig


def _empty(seen: _Seen) -> Reason | None:
    return None if seen.text else Reason("empty", "")


def _delimiter_inside(seen: _Seen) -> Reason | None:
    return Reason("delimiter_inside", "") if DELIMITER in seen.text else None


def _too_few_letters(seen: _Seen) -> Reason | None:
    text, raw = seen.text, seen.raw
    letters = len(raw) - len(raw.translate(None, _LETTERS)) if len(raw) == len(text) else sum(map(str.isalpha, text))
    return Reason("too_few_letters", str(letters)) if letters < seen.settings.min_letters else None


def _odd_characters(seen: _Seen) -> Reason | None:
    if not seen.raw.translate(None, _ALLOWED):
        return None
    all_found = _OUTSIDE.findall(seen.text)
    if seen.settings.books and len(all_found) <= BOOK_ODD_SHARE * len(seen.text):
        return None
    found = list(dict.fromkeys(all_found))
    return Reason("odd_characters", " ".join(map(_show_character, found[:SHOWN]))) if found else None


def _truncated(seen: _Seen) -> Reason | None:
    tail = seen.text[-_TAIL:]
    return None if _ENDING.search(tail) else Reason("truncated", f"...{tail}".replace("\n", " "))


def _foreign_words(seen: _Seen) -> Reason | None:
    """Words that English does not know and that stand in lower case somewhere: what is always capitalised is a name."""
    distinct, settings = seen.distinct, seen.settings
    unknown = distinct - known_words(settings.least_zipf())
    if len(unknown) <= settings.max_foreign_words * len(distinct):
        return None
    unknown.intersection_update(seen.raw.translate(_SPLIT).split())
    unknown = {word for word in unknown if word.isalpha() or not word.isascii()}  # without numbers
    share = len(unknown) / len(distinct)  # an odd word said often is one odd word
    if share <= settings.max_foreign_words:
        return None
    shown = " ".join(word.decode("utf-8", "replace") for word in sorted(unknown)[:SHOWN])
    return Reason("foreign_words", f"{100 * share:.0f}%: {shown}")


def _other_language(seen: _Seen) -> Reason | None:
    if len(seen.distinct & known_words(COMMON_ZIPF)) >= ENGLISH_SHARE * len(seen.distinct):
        return None
    language = language_of(seen.text)
    return Reason("other_language", language) if language != "en" else None


_RULES = {
    "empty": _empty,
    "delimiter_inside": _delimiter_inside,
    "too_few_letters": _too_few_letters,
    "odd_characters": _odd_characters,
    "truncated": _truncated,
    "foreign_words": _foreign_words,
    "other_language": _other_language,
}


def _show_character(character: str) -> str:
    return character if character.isascii() and character.isprintable() else f"U+{ord(character):04X}"
