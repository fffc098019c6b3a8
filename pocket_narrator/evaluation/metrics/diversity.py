"""Does a story repeat itself, how rich are its words, and how alike are many stories?"""

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.text import Sample, ngrams, sentences, words

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools

WINDOW = 50  # words that distinct-n looks at, whatever the length of the text
LONGEST_LOOP = 20  # words
MTLD_THRESHOLD = 0.72
MTLD_WORDS = 50  # shorter texts have no MTLD
_ORDERS = 4


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Within each story."""
    return [_of_one(story.text) for story in stories]


def _of_one(text: str) -> Values:
    found = words(text)
    fours = ngrams(found, 4)
    lines = [words(line) for line in sentences(text)]
    raw = text.encode()
    return {
        **{f"distinct_{order}": distinct_in_windows(found, order) for order in (1, 2, 3)},
        "repeated_4grams": 1 - len(set(fours)) / len(fours) if fours else None,
        "loop_share": loop_share(found) if found else None,
        "repeated_sentences": 1 - len(set(lines)) / len(lines) if lines else None,
        "mtld": mtld(found) if len(found) >= MTLD_WORDS else None,
        "compression_ratio": len(raw) / len(zlib.compress(raw, 9)) if raw else None,
    }


def distinct_in_windows(items: tuple[str, ...], order: int, window: int = WINDOW) -> float | None:
    """Mean over all windows of `window` words of different n-grams / n-grams; None for shorter texts.

    The moving average of Covington & McFall (2010) for n-grams; counted by sliding, one n-gram in and one out.
    """
    if len(items) < window:
        return None
    grams = ngrams(items, order)
    width = window - order + 1
    counts = Counter(grams[:width])
    total, different = len(counts), len(counts)
    for old, new in zip(grams, grams[width:], strict=False):
        counts[old] -= 1
        different -= counts[old] == 0
        different += counts[new] == 0
        counts[new] += 1
        total += different
    return total / ((len(grams) - width + 1) * width)


def loop_share(items: tuple[str, ...], longest: int = LONGEST_LOOP) -> float:
    """Share of words that say again what was said just before: in a run of at most `longest` words that follows itself.

    Single words have to come three times (`very, very` is no loop).
    """
    looped = [False] * len(items)
    for period in range(1, min(longest, len(items) // 2) + 1):
        needed = 2 if period == 1 else period  # matches in a row that make a loop
        run = 0
        for i in range(period, len(items)):
            run = run + 1 if items[i] == items[i - period] else 0
            if run == needed:
                looped[i - needed + 1 : i + 1] = [True] * needed
            elif run > needed:
                looped[i] = True
    return sum(looped) / len(items)


def mtld(items: tuple[str, ...], threshold: float = MTLD_THRESHOLD) -> float:
    """Measure of textual lexical diversity: words in a run before types/tokens falls below the threshold, both ways."""
    return (_mtld_one_way(items, threshold) + _mtld_one_way(items[::-1], threshold)) / 2


def _mtld_one_way(items: tuple[str, ...], threshold: float) -> float:
    factors, types, tokens = 0.0, set(), 0
    for word in items:
        types.add(word)
        tokens += 1
        if len(types) / tokens < threshold:
            factors += 1
            types, tokens = set(), 0
    if tokens:
        factors += (1 - len(types) / tokens) / (1 - threshold)
    return len(items) / factors if factors else float(len(items))


def measure_among(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Self-BLEU: of each story among those of the same beginning, and of the first story of each beginning.

    Texts of fewer than four words have none."""
    texts = [words(story.text) for story in stories]
    groups: dict[int, list[int]] = defaultdict(list)
    for i, story in enumerate(stories):
        groups[story.group].append(i)
    same: list[float | None] = [None] * len(stories)
    others: list[float | None] = [None] * len(stories)
    for members in groups.values():
        if len(members) > 1:
            for i, score in zip(members, self_bleu([texts[i] for i in members]), strict=True):
                same[i] = score if len(texts[i]) >= _ORDERS else None
    firsts = [members[0] for members in groups.values()]
    if len(firsts) > 1:
        for i, score in zip(firsts, self_bleu([texts[i] for i in firsts]), strict=True):
            others[i] = score if len(texts[i]) >= _ORDERS else None
    pairs = zip(same, others, strict=True)
    return [{"self_bleu_same_beginning": one, "self_bleu_other_beginnings": many} for one, many in pairs]


def self_bleu(texts: Sequence[tuple[str, ...]]) -> list[float]:
    """BLEU-4 (0 to 1, add-1 smoothing above order 1) of each text, with all other texts as its references.

    Of each n-gram only the two highest counts over all texts are kept, so that time grows with the words and not with
    the pairs of texts.
    """
    logs = [0.0] * len(texts)
    for order in range(1, _ORDERS + 1):
        counts = [Counter(ngrams(text, order)) for text in texts]
        best: dict[tuple[str, ...], tuple[int, int, int]] = {}  # n-gram: highest count, whose it is, second highest
        for owner, counted in enumerate(counts):
            for gram, count in counted.items():
                high, whose, second = best.get(gram, (0, -1, 0))
                if count > high:
                    best[gram] = count, owner, high
                elif count > second:
                    best[gram] = high, whose, count
        for owner, counted in enumerate(counts):
            matches = 0
            for gram, count in counted.items():
                high, whose, second = best[gram]
                matches += min(count, second if whose == owner else high)
            total, smooth = sum(counted.values()), int(order > 1)
            precision = (matches + smooth) / (total + smooth) if total + smooth else 0.0
            logs[owner] += math.log(precision) / _ORDERS if precision else -math.inf
    lengths = sorted(len(text) for text in texts)
    return [math.exp(log) * _brevity(len(text), lengths) for log, text in zip(logs, texts, strict=True)]


def _brevity(length: int, lengths: list[int]) -> float:
    """Of a text of that length, by the nearest length among the others (the shorter of two)."""
    others = lengths.copy()
    others.remove(length)
    nearest = min(others, key=lambda other: (abs(other - length), other))
    return 1.0 if length >= nearest or not length else math.exp(1 - nearest / length)


METRICS = (
    *(
        Metric(f"distinct_{order}", f"different {order}-grams / {order}-grams in windows of {WINDOW} words, mean",
               "Li 2016; Covington & McFall 2010", 0, 1, "neither", "shuffled words score best")
        for order in (1, 2, 3)
    ),
    Metric("repeated_4grams", "share of word 4-grams that the story has had before", "Welleck 2020", 0, 1, "lower",
           "refrains on purpose count too"),
    Metric("loop_share", f"share of words in runs of 1 to {LONGEST_LOOP} words that follow themselves at once",
           "ours", 0, 1, "lower", "a loop with one word changed is not seen"),
    Metric("repeated_sentences", "share of sentences that the story has had before, word for word", "ours", 0, 1,
           "lower", "a short cry such as 'Yes!' counts like a long sentence"),
    Metric("mtld", f"mean length of runs with types/tokens of at least {MTLD_THRESHOLD}, both ways", "McCarthy & Jarvis 2010",
           1, None, "neither", "word salad scores best; no value under 50 words"),
    Metric("compression_ratio", "UTF-8 bytes / zlib bytes", "Shaib 2024", 0, None, "lower",
           "grows with length: compare texts of one length"),
)  # fmt: skip
AMONG_METRICS = (
    Metric("self_bleu_same_beginning", "BLEU-4 of a story with the others of its prompt as references", "Zhu 2018",
           0, 1, "lower", "word salad scores best; grows with the number of stories"),
    Metric("self_bleu_other_beginnings", "the same of the first story of each prompt, among all first ones",
           "Zhu 2018", 0, 1, "lower", "word salad scores best; grows with the number of stories"),
)  # fmt: skip
FAMILY = Family("diversity", 1, METRICS, measure)
AMONG = Family("diversity_among_stories", 1, AMONG_METRICS, measure_among, sees_all=True)
