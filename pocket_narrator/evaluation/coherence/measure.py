"""Figures of a set of stories that the reader has read: how many are whole, and how often and how soon they contradict themselves."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pocket_narrator.evaluation.coherence.survival import Survival, survival_curve
from pocket_narrator.evaluation.metrics.metric import Metric, Value
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.statistics.figures import Estimate, figures_of
from pocket_narrator.storyworld.dials import DEFAULT, Dials
from pocket_narrator.storyworld.reader import LEAST_UNDERSTOOD, MarkedSentence, StoryReading, read_story

# Words: the lower bounds of the groups; short stories have the first five.
DISTANCES = (0, 16, 32, 64, 128, 512, 2_048, 8_192)


@dataclass(frozen=True)
class Coherence:
    """Of one set of stories. Where less than 80 % of the words is understood, there is the figure that says so and no other."""

    stories: int
    figures: dict[str, Estimate]
    contradictions: dict[str, dict[str, int]]
    """By what they are about, and by their distance in words (`16` is from 16 to 31; `none` where nothing was told before)."""
    survival: list[Survival]
    """Of the first contradiction, over words since the prompt."""
    tokens_apart: list[int]
    """Of each contradiction that has a passage before it, in tokens of the model."""
    longest: int = 0
    """Words of the longest story, without its prompt."""

    @property
    def is_understood(self) -> bool:
        """Whether there are figures of coherence."""
        return self.figures["understood"].value >= LEAST_UNDERSTOOD


def measure_coherence(
    samples: Sequence[Sample],
    count_tokens: Callable[[str], int],
    advance: Callable[[int], object] = lambda stories: None,
    chapters: int | None = None,
    dials: Dials = DEFAULT,
) -> Coherence:
    """Reads each story with its prompt. Contradictions in prompts count as those of the story; there are none in held-out ones.
    `chapters`: how many a chronicle has of which each is the beginning; `dials`: those of the stories that the model was trained on."""
    values: dict[str, list[Value]] = {metric.name: [] for metric in METRICS}
    ends: list[tuple[int, bool]] = []
    counts: dict[str, Counter] = {}
    apart: list[int] = []
    longest = [0]
    for sample in samples:
        reading = read_story(sample.beginning + sample.text, dials, chapters)
        prompt = len(sample.beginning)
        told = _words(reading.text[prompt:])
        longest.append(told)
        found = reading.contradictions
        for finding in found:
            group = "none" if finding.words_apart is None else _group(finding.words_apart)
            counts.setdefault(finding.about, Counter())[group] += 1
            if finding.earlier is not None:
                apart.append(count_tokens(reading.text[finding.earlier[1] : finding.begin]))
        for name, value in _values(reading, found, told).items():
            values[name].append(value)
        ends.append((_words(reading.text[prompt : found[0].end]), True) if found else (told, False))
        advance(1)
    figures = figures_of(METRICS, values, [sample.group for sample in samples])
    if figures["understood"].value < LEAST_UNDERSTOOD:
        return Coherence(len(samples), {"understood": figures["understood"]}, {}, [], [])
    by_kind = {about: dict(groups) for about, groups in sorted(counts.items())}
    return Coherence(len(samples), figures, by_kind, survival_curve(ends), apart, max(longest))


def _values(reading: StoryReading, found: tuple[MarkedSentence, ...], told: int) -> dict[str, Value]:
    impossible = sum(finding.kind == "impossible" for finding in found)
    return {
        "understood": reading.understood,
        "read_whole": float(reading.story is not None),
        "plot_ended": float(reading.ended),
        "impossible": [1000.0 * impossible, float(told)],
        "out_of_order": [1000.0 * (len(found) - impossible), float(told)],
        "bits": None if reading.log2_probability is None else -reading.log2_probability,
    }


def _words(text: str) -> int:
    return len(text.split())


def groups_of(contradictions: dict[str, dict[str, int]]) -> list[str]:
    """The groups of distances that a table has: those of short stories, and the ones up to the farthest contradiction."""
    farthest = max((int(group) for groups in contradictions.values() for group in groups if group != "none"), default=0)
    return ["none", *(str(bound) for bound in DISTANCES if bound <= max(farthest, DISTANCES[4]))]


def _group(words: int) -> str:
    return str(max(bound for bound in DISTANCES if bound <= words))


def _ratio(sums_R2: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums_R2[:, 0] / sums_R2[:, 1]


_SOURCE = "ours; docs/reader.md"
METRICS = (
    Metric("understood", "share of the words of a story in sentences whose wording StoryWorld has", _SOURCE, 0, 1, "higher",
           "says nothing of sense; below 0.8, there is no other figure"),
    Metric("read_whole", "share of stories that StoryWorld can tell from the first word to the last", _SOURCE, 0, 1, "higher",
           "a copy of a training story is read whole"),
    Metric("plot_ended", "share of stories whose plot comes to its end", _SOURCE, 0, 1, "higher",
           "stories that were cut at the model's context do not"),
    Metric("impossible", "sentences a thousand words that cannot be in the state that was told before", _SOURCE, 0, None, "lower",
           "a model that says little contradicts little", of_sums=_ratio),
    Metric("out_of_order", "sentences a thousand words in an order that no plot has", _SOURCE, 0, None, "lower",
           "where several sentences are missing, one is counted", of_sums=_ratio),
    Metric("bits", "-log2 P under StoryWorld of stories that were read whole, mean", _SOURCE, 0, None, "neither",
           "of whole stories only; far below those of the corpus, the model tells the same things again and again"),
)  # fmt: skip
