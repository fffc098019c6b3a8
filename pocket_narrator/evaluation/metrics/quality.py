"""Is it one story, told in order? Four sides of a text, and one score that needs all four: out of order, the best
sentences are worth half at the first breach and nothing at the second.

Repetition ties sentences together, and so do loops: `freshness` is one of the sides, and a side at zero makes the score
zero. Nothing here reads for sense; it finds texts that are not stories, and models that lose the thread.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pocket_narrator.evaluation.metrics.consistency import refers_back
from pocket_narrator.evaluation.metrics.form import is_well_formed, quotes_closed
from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.text import Sample, names, ngrams, sentences, words

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

BREACHES = 2  # of order; so many, and nothing is left of it
FEWEST_WORDS = 20  # shorter ones are no stories: their quality is 0, and nothing else is said of them
FRESH_ORDER = 4
NAMELESS = 4  # sentences for one mention of a name, or more: not told of people by their names
REACH = 3  # words between an article and its noun

# Frequent ones that are no words of the languages around; the rarest English story has 12 % of them.
_ENGLISH_WORDS = (
    "the and to she they his them with that you said were would there this not it but from had then what when into"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
LEAST_ENGLISH = 0.04  # share of them in five sentences
FEWEST_TO_TELL = 12  # words, in which English would have some
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
    "he she they it him her but then so and yet after also because when while that this now finally suddenly"
)
_NO_BEGINNING = frozenset(_NO_BEGINNING_WORDS.split())
_INDEFINITE = frozenset({"a", "an", "some"})
_DEFINITE = frozenset({"the", "his", "her", "their"})


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Order and names are those of beginning and continuation together; ties, repetition and form are counted where the
    continuation makes them, so that a good beginning lends nothing to what comes after it."""
    lines = [sentences(story.whole) for story in stories]
    nouns = tools.nouns.nouns([line for story in lines for line in story])
    found, first = [], 0
    for story, own in zip(stories, lines, strict=True):
        found.append(_of_one(story, own, nouns[first : first + len(own)]))
        first += len(own)
    return found


def _of_one(story: Sample, lines: Sequence[str], nouns: Sequence[frozenset[str]]) -> Values:
    begun = len(sentences(story.beginning))
    told = lines[begun:]
    if len(words(story.text)) < FEWEST_WORDS or len(lines) < 2 or not told:
        return {**{metric.name: None for metric in METRICS}, "story_quality": 0.0}
    order = max(0.0, 1 - order_breaches(story.whole, lines, nouns) / BREACHES)
    named = names(story.whole)
    coherence, cast, lasting = coherence_of(lines, nouns, named, begun), recurring_names(named), lasting_names(named)
    ties = [share for share in (coherence, cast, lasting) if share is not None]
    unity = sum(ties) / len(ties)
    fresh = freshness(words(story.beginning), words(story.text))
    formed = [is_well_formed(line) and english for line, english in zip(told, english_sentences(told), strict=True)]
    form = (quotes_closed(story.text) or 0.0) * sum(formed) / len(told)
    return {
        "order": order,
        "coherence": coherence,
        "recurring_names": cast,
        "lasting_names": lasting,
        "unity": unity,
        "freshness": fresh,
        "form": form,
        "story_quality": order * (unity * fresh * form) ** (1 / 3),
    }


def coherence_of(
    lines: Sequence[str], nouns: Sequence[frozenset[str]], named: Sequence[Sequence[str]], begun: int = 0
) -> float:
    """Share of sentences, from number `begun` on, tied to what is before: to the last one by a noun or name of both, or by a
    pronoun that has somebody or something to refer to. One that says the one before again is not tied."""
    said = [words(line) for line in lines]
    refers = refers_back(lines, nouns, named)
    tied = [
        bool(refers[i] or nouns[i] & nouns[i - 1]) and said[i] != said[i - 1] for i in range(max(begun, 1), len(lines))
    ]
    return sum(tied) / len(tied) if tied else 0.0


def recurring_names(named: Sequence[Sequence[str]]) -> float | None:
    """Share of the story's names that it mentions more than once; None without names."""
    counts = Counter(name for line in named for name in line)
    return sum(count > 1 for count in counts.values()) / len(counts) if counts else None


def lasting_names(named: Sequence[Sequence[str]]) -> float | None:
    """Share of the mentions of names in one half of the sentences whose name the other half has too, in the half where it is
    higher: 0 where all the people of the first half vanish and others come. None where a half mentions fewer than two, or
    fewer than one in NAMELESS sentences: in long tales of a king and a fox, named people come and go."""
    middle = len(named) // 2
    halves = [[name for line in part for name in line] for part in (named[:middle], named[middle:])]
    if min(map(len, halves)) < max(2, middle / NAMELESS):
        return None
    both = set(halves[0]) & set(halves[1])
    return max(sum(name in both for name in half) / len(half) for half in halves)


def english_sentences(lines: Sequence[str]) -> list[bool]:
    """Whether the five sentences around each have English function words; of a few words alone nobody can say."""
    found = []
    for i in range(len(lines)):
        first = max(0, min(i - 2, len(lines) - 5))
        near = [word for line in lines[first : first + 5] for word in words(line)]
        found.append(len(near) < FEWEST_TO_TELL or sum(map(_ENGLISH.__contains__, near)) >= LEAST_ENGLISH * len(near))
    return found


def freshness(before: tuple[str, ...], told: tuple[str, ...]) -> float:
    """1 - twice the share of told word 4-grams that came before: where half of them did, nothing is left."""
    seen = set(ngrams(before, FRESH_ORDER))
    grams = ngrams(told, FRESH_ORDER)
    repeated = 0
    for gram in grams:
        repeated += gram in seen
        seen.add(gram)
    return max(0.0, 1 - 2 * repeated / len(grams)) if grams else 0.0


def order_breaches(text: str, lines: Sequence[str], nouns: Sequence[frozenset[str]]) -> int:
    """How often the text breaks the order in which stories are told, each kind of breach but the third counted once:

    a first sentence that goes on (`He`, `Then`, a quote) and introduces nobody; an opening formula after the second
    sentence; a name that is introduced (`named Lily`) after it was used; things with `the` and only later with `a`, at
    least as many as the other way about; a closing formula in the first half with more than three sentences to come.
    """
    if not lines:
        return BREACHES
    breaches = 0
    first = words(lines[0])
    goes_on = lines[0][0] in "\"'\u201c" or (bool(first) and first[0] in _NO_BEGINNING)
    breaches += goes_on and _OPENING.search(" ".join(first)) is None
    breaches += any(_FORMULA.search(line) for line in lines[2:])
    breaches += _late_introductions(lines)
    breaches += _definite_as_often_first(lines, nouns)
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


def _definite_as_often_first(lines: Sequence[str], nouns: Sequence[frozenset[str]]) -> bool:
    """Whether as many things or more have `the` before `a` than `a` before `the`: no better than sentences in any order.

    One such thing is no breach among many: a long tale has `the door` of one house, and later a door of another.
    """
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
    both = [(first_definite[noun], number) for noun, number in first_indefinite.items() if noun in first_definite]
    late = sum(definite < indefinite for definite, indefinite in both)
    return late > 0 and late >= sum(indefinite < definite for definite, indefinite in both)


METRICS = (
    Metric("order", f"1 - breaches of telling order / {BREACHES}, at least 0 (opening, introductions, most things with a before the, closing)",
           "ours, after Prince 1981 and Barzilay & Lapata 2008", 0, 1, "higher",
           "knows English children's stories only; a long tale has a formula inside it now and then"),
    Metric("coherence", "share of sentences tied to what is before by a noun or name of the last one, or by a pronoun that can "
           "refer to somebody of its gender or something in the last three; repeating ties none", "after Barzilay & Lapata 2008",
           0, 1, "higher", "shuffled sentences of one story keep most of it; nouns that are swapped for others tie as well"),
    Metric("recurring_names", "share of the names that are mentioned more than once", "ours", 0, 1, "higher",
           "a walk-on part with a name counts against it; a loop has 1"),
    Metric("lasting_names", "share of the mentions of names in one half whose name the other half has too, in the better half",
           "ours", 0, 1, "higher", "one name that both have is enough where few others are mentioned"),
    Metric("unity", "mean of coherence, recurring_names and lasting_names, of those that say something", "ours",
           0, 1, "higher", "a loop of two sentences has 1"),
    Metric("freshness", f"1 - twice the share of word {FRESH_ORDER}-grams that came before, at least 0", "after Welleck 2020", 0, 1,
           "higher", "word salad has 1; refrains count against it"),
    Metric("form", "share of sentences that are well formed and English x quotes_closed", "ours", 0, 1, "higher", "a loop of one good sentence has 1"),
    Metric("story_quality", "order x geometric mean of unity, freshness and form; 0 where fewer than 20 words were generated", "ours",
           0, 1, "higher", "reads nothing for sense: other nouns, contradictions and invented words cost nothing"),
)  # fmt: skip
FAMILY = Family("quality", 3, METRICS, measure, tools=("nouns",))
