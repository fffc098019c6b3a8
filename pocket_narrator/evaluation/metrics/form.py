"""The form of a story: length, readability, dialogue, whole sentences, an ending."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.text import Sample, ends_whole, paragraphs, sentences, words

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

LONGEST_SENTENCE = 60  # words
_MISPLACED = re.compile(r"\s[,.!?;:]|(?<!\.)[.] [a-z]|[,;:][,.!?;:]|(?<![!?.])[!?.]{2,}[,;:]|(?<!\.)\.\.(?!\.)|,$")
# Pairs of words that do not follow each other in English.
_ARTICLE = r"(?:the|a|an|my|your|his|our|their)"
_CLASH = re.compile(
    rf"\b{_ARTICLE} (?:{_ARTICLE}|and|or|but|of|to|is|are|was|were|has|had|he|she|they|we|it|him|them|said|did|does)\b"
    r"|\b(?:to|of|with|for|from|into|very|was|were|is|are) (?:and|but|of|was|were|is|are|he|she|they|said|asked)\b"
    r"|\b(?:he|she|they|we) (?:he|she|they|we|him|them|the|a|an|of|is she|is he)\b"
    r"|\b(\w+) \1 (?:\1)\b"
)
_QUOTED = re.compile(r"[\"\u201c]([^\"\u201c\u201d]*)[\"\u201d]")
_VOWELS = re.compile(r"[aeiouy]+")
_ENDINGS = re.compile(
    r"\b(?:the end|ever after|from (?:that|this) (?:day|moment|time|night)(?: on)?|from then on|for the rest of|"
    r"after that,|at last|in the end|lesson|learned|learnt|remembered|never forgot|never again|always|forever|for life|"
    r"goodbye|good night|went home|fell asleep|to sleep|to bed|best friends|happy|happily|proud|glad|smiled|laughed|"
    r"hugged|thanked|loved|safe)\b",
    re.IGNORECASE,
)


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Each story by itself."""
    return [_of_one(story) for story in stories]


def _of_one(story: Sample) -> Values:
    text = story.text
    found, lines = words(text), sentences(text)
    syllables = sum(map(count_syllables, found))
    quoted = sum(len(words(said)) for said in _QUOTED.findall(text))
    return {
        "words": float(len(found)),
        "sentences": float(len(lines)),
        "reading_grade": 0.39 * len(found) / len(lines) + 11.8 * syllables / len(found) - 15.59 if found else None,
        "dialogue_share": quoted / len(found) if found else None,
        "quotes_closed": quotes_closed(text),
        "well_formed_sentences": sum(map(is_well_formed, lines)) / len(lines) if lines else None,
        "ending": None if not found else float(has_ending(story)),
    }


@lru_cache(None)
def count_syllables(word: str) -> int:
    """By vowel groups: a silent e at the end and -ed are none; at least one."""
    plain = word.replace("'s", "")
    count = len(_VOWELS.findall(plain))
    if plain.endswith("e") and not plain.endswith(("le", "ee", "ye")) and count > 1:
        count -= 1
    if plain.endswith("ed") and not plain.endswith(("ted", "ded", "eed", "ied")) and count > 1:
        count -= 1
    return max(count, 1)


def is_well_formed(sentence: str) -> bool:
    """Capital at the start, a stop at the end, no misplaced mark, no word pair that English does not have, 1 to 60 words."""
    text = sentence.lstrip("\"'\u201c\u2018( ")
    return (
        bool(text)
        and (text[0].isupper() or text[0].isdigit())
        and ends_whole(sentence)
        and _MISPLACED.search(sentence) is None
        and _CLASH.search(text.lower()) is None
        and 1 <= len(words(sentence)) <= LONGEST_SENTENCE
    )


def quotes_closed(text: str) -> float | None:
    """Share of paragraphs in which every double quote has its partner; None without a paragraph."""
    lines = paragraphs(text)
    closed = [line.count('"') % 2 == 0 and line.count("\u201c") == line.count("\u201d") for line in lines]
    return sum(closed) / len(closed) if closed else None


def has_ending(story: Sample) -> bool:
    """Whether the teller ended it, the last sentence is whole, and one of the last two closes the story in words.

    Where nobody can say whether the teller ended it, the text has to be enough.
    """
    last = sentences(story.text)[-2:]
    closed = bool(last) and ends_whole(last[-1]) and _ENDINGS.search(" ".join(last)) is not None
    return closed and story.ended is not False


METRICS = (
    Metric("words", "words of the story", "-", 0, None, "neither", "length is no quality"),
    Metric("sentences", "sentences of the story; `...` ends none", "-", 0, None, "neither", "length is no quality"),
    Metric("reading_grade", "school grade: 0.39 words a sentence + 11.8 syllables a word - 15.59", "Kincaid 1975", None, None,
           "neither", "word order does not count; syllables are guessed by rules"),
    Metric("dialogue_share", "share of words between double quotes", "ours", 0, 1, "neither", "unclosed quotes shift it"),
    Metric("quotes_closed", "share of paragraphs whose double quotes are paired", "ours", 0, 1, "higher",
           "a story without dialogue has 1"),
    Metric("well_formed_sentences", "share of sentences with capital, stop, no misplaced mark and no impossible word pair",
           "ours", 0, 1, "higher", "grammar beyond neighbours is not seen; a loop of one good sentence has 1"),
    Metric("ending", "share of stories that the model ended, with a closing phrase in the last two sentences", "ours",
           0, 1, "higher", "a closing phrase is no resolution"),
)  # fmt: skip
FAMILY = Family("form", 1, METRICS, measure)
