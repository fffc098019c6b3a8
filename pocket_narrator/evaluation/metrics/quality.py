"""Is it one story, told in order? Four sides of a text, and one score that is as good as all four together.

Repetition ties sentences together, and so do loops: `freshness` is one of the sides, and a side at zero makes the score
zero. Nothing here reads for sense; it finds texts that are not stories, and models that lose the thread.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pocket_narrator.evaluation.metrics.form import is_well_formed, quotes_closed
from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.text import Story, names, ngrams, sentences, words

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

BREACHES = 2  # of order; so many, and nothing is left of it
FEWEST_WORDS = 20  # shorter texts are no stories: every side is 0
FRESH_ORDER = 4
REACH = 3  # words between an article and its noun

_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|their|its)\b")
_OPENING = re.compile(
    r"\b(?:once|long ago|many years ago|do you know|have you|one (?:\w+ )?(?:day|morning|evening|afternoon|night|time|"
    r"summer|winter|spring|autumn)|there (?:was|were|lived|once))\b"
)
_FORMULA = re.compile(
    r"\b(?:once upon a time|there once (?:was|lived)|long ago|many years ago|do you know [A-Z]|"
    r"there (?:was|lived) an? [\w ]{0,40}\b(?:named|called))\b",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(r"\b(?:named|called|name was) ([A-Z]\w+)")
_CLOSING = re.compile(
    r"\b(?:happily ever after|the end\.|from that day on|from then on|friends? (?:for life|forever)|never forgot)|^after that,",
    re.IGNORECASE,
)
_NO_BEGINNING_WORDS = (
    "he she they it him her but then so and yet after also because when while that this the now finally suddenly"
)
_NO_BEGINNING = frozenset(_NO_BEGINNING_WORDS.split())
_INDEFINITE = frozenset({"a", "an", "some"})
_DEFINITE = frozenset({"the", "his", "her", "their"})


def measure(stories: Sequence[Story], tools: "Tools") -> list[Values]:
    """Of beginning and continuation together: a story is one text."""
    lines = [sentences(story.whole) for story in stories]
    nouns = tools.nouns.nouns([line for story in lines for line in story])
    found, first = [], 0
    for story, own in zip(stories, lines, strict=True):
        found.append(_of_one(story.whole, own, nouns[first : first + len(own)]))
        first += len(own)
    return found


def _of_one(text: str, lines: Sequence[str], nouns: Sequence[frozenset[str]]) -> Values:
    order = max(0.0, 1 - order_breaches(text, lines, nouns) / BREACHES)
    coherence, cast = coherence_of(lines, nouns), recurring_names(text)
    unity = coherence if cast is None or coherence is None else (coherence + cast) / 2
    fresh = freshness(words(text))
    form = 0.0
    if lines:
        form = (quotes_closed(text) or 0.0) * sum(map(is_well_formed, lines)) / len(lines)
    is_story = len(words(text)) >= FEWEST_WORDS
    quality = (order * (unity or 0.0) * fresh * form) ** 0.25 if is_story else 0.0
    return {
        "order": order if lines else None,
        "coherence": coherence,
        "recurring_names": cast,
        "unity": unity,
        "freshness": fresh,
        "form": form if lines else None,
        "story_quality": quality,
    }


def coherence_of(lines: Sequence[str], nouns: Sequence[frozenset[str]]) -> float | None:
    """Share of sentences tied to the one before: by a noun or name of both, or by a pronoun that has something to refer
    to there (a noun, a name, or another pronoun). A sentence that says the one before again is not tied. None for fewer
    than two sentences."""
    if len(lines) < 2:
        return None
    said = [words(line) for line in lines]
    pronouns = [_PRONOUN.search(" ".join(line)) is not None for line in said]
    tied = 0
    for i in range(1, len(lines)):
        shared = bool(nouns[i] & nouns[i - 1])
        referred = pronouns[i] and bool(nouns[i - 1] or pronouns[i - 1])
        tied += (shared or referred) and said[i] != said[i - 1]
    return tied / (len(lines) - 1)


def recurring_names(text: str) -> float | None:
    """Share of the story's names that it mentions more than once; None without names."""
    counts = Counter(name for line in names(text) for name in line)
    return sum(count > 1 for count in counts.values()) / len(counts) if counts else None


def freshness(items: tuple[str, ...]) -> float:
    """Share of word 4-grams that were not told before; 0 for texts without one."""
    grams = ngrams(items, FRESH_ORDER)
    return len(set(grams)) / len(grams) if grams else 0.0


def order_breaches(text: str, lines: Sequence[str], nouns: Sequence[frozenset[str]]) -> int:
    """How often the text breaks the order in which stories are told, each kind of breach but the third counted once:

    a first sentence that goes on (`He`, `Then`, a quote) and introduces nobody; an opening formula after the second
    sentence; a name that is introduced (`named Lily`) after it was used; a thing with `the` and only later with `a`;
    a closing formula in the first half with more than three sentences to come.
    """
    if not lines:
        return BREACHES
    breaches = 0
    first = words(lines[0])
    goes_on = lines[0][0] in "\"'\u201c" or (bool(first) and first[0] in _NO_BEGINNING)
    breaches += goes_on and _OPENING.search(" ".join(first)) is None
    breaches += any(_FORMULA.search(line) for line in lines[2:])
    breaches += _late_introductions(lines)
    breaches += _definite_first(lines, nouns)
    closings = [i for i, line in enumerate(lines) if _CLOSING.search(line)]
    breaches += bool(closings) and closings[0] < len(lines) / 2 and len(lines) - 1 - closings[0] > 3
    return int(breaches)


def _late_introductions(lines: Sequence[str]) -> int:
    used: set[str] = set()
    late = 0
    for line in lines:
        late += sum(name in used for name in _INTRODUCTION.findall(line))
        used |= set(re.findall(r"\b[A-Z]\w+", line))
    return late


def _definite_first(lines: Sequence[str], nouns: Sequence[frozenset[str]]) -> bool:
    first_definite: dict[str, int] = {}
    first_indefinite: dict[str, int] = {}
    for number, (line, own) in enumerate(zip(lines, nouns, strict=True)):
        said = words(line)
        for i, word in enumerate(said):
            before = said[max(0, i - REACH) : i]
            # The nearest article; `a jar of the jam` is about the jam.
            article = next((w for w in reversed(before) if w in _INDEFINITE or w in _DEFINITE), None)
            is_head = word in own and (i + 1 == len(said) or said[i + 1] not in own)
            if article is not None and is_head:
                table = first_indefinite if article in _INDEFINITE else first_definite
                table.setdefault(word, number)
    return any(first_definite.get(noun, number) < number for noun, number in first_indefinite.items())


METRICS = (
    Metric("order", f"1 - breaches of telling order / {BREACHES}, at least 0 (opening, introductions, a before the, closing)",
           "ours, after Prince 1981 and Barzilay & Lapata 2008", 0, 1, "higher", "knows English children's stories only"),
    Metric("coherence", "share of sentences tied to the one before by a noun, a name or a pronoun; repeating ties none",
           "after Barzilay & Lapata 2008", 0, 1, "higher", "shuffled sentences of one story keep most of it"),
    Metric("recurring_names", "share of the names that are mentioned more than once", "ours", 0, 1, "higher",
           "a walk-on part with a name counts against it; a loop has 1"),
    Metric("unity", "mean of coherence and recurring_names, or coherence where there are no names", "ours", 0, 1, "higher",
           "a loop of two sentences has 1"),
    Metric("freshness", f"share of word {FRESH_ORDER}-grams that were not told before", "after Welleck 2020", 0, 1,
           "higher", "word salad has 1; refrains count against it"),
    Metric("form", "well_formed_sentences x quotes_closed", "ours", 0, 1, "higher", "a loop of one good sentence has 1"),
    Metric("story_quality", "geometric mean of order, unity, freshness and form; 0 under 20 words or two sentences", "ours",
           0, 1, "higher", "reads nothing for sense: a spliced story keeps most of it"),
)  # fmt: skip
FAMILY = Family("quality", 1, METRICS, measure, tools=("nouns",))
