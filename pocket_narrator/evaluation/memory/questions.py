"""The questions of the exam: a pay-off of a story, after the story itself and after a twin with another set-up.

Which ones are asked depends on the stories alone, never on a model or its tokenizer, so that all models answer the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pocket_narrator.evaluation.memory.kinds import kind_of, kind_of_recall
from pocket_narrator.evaluation.memory.oracle import Tell, available_bits
from pocket_narrator.evaluation.memory.twins import Mismatch, TwinStory, tell_twin
from pocket_narrator.storyworld.chooser import Chooser
from pocket_narrator.storyworld.story import Recall, StoryworldStory

Item = TypeVar("Item")
MOST_WORDS = 8  # of a pay-off: those that follow say little about what was set up
MOST_PAYOFFS = 3  # of a twin, at even distances: a name comes again in every other sentence
FEWEST_BITS = 0.1  # that are available: branches that begin alike ask nothing
_MOST_TWINS, _FEWEST_TWINS = 24, 6  # of a chronicle: the fewer, the longer it is
_LENGTH = 30_000  # characters of a chronicle that has the most


@dataclass(frozen=True, slots=True)
class TwinQuestion:
    """How likely are the words `story[begin:end]` after `story[:begin]`, and how likely after `twin[:twin_begin]`?"""

    kind: str
    step: int  # the decision that the twin took otherwise
    begin: int
    end: int
    twin_begin: int
    told: int  # up to where the story has told it before
    available: float  # bits that an ideal reader gains here, at most 1


@dataclass(frozen=True, slots=True)
class Twin:
    """A twin's text and what is asked with it, from the front to the back."""

    text: str
    questions: tuple[TwinQuestion, ...]


@dataclass(frozen=True, slots=True)
class AskedStory:
    """A held-out story and its twins."""

    index: int
    text: str
    twins: tuple[Twin, ...]

    @property
    def questions(self) -> int:
        return sum(len(twin.questions) for twin in self.twins)


def ask_about(index: int, seed: int, tell: Tell) -> AskedStory:
    """The questions about one story of StoryWorld; `tell` tells it, and its twins."""
    story = tell(Chooser(seed, index))
    ask = _ask_chronicle if story.recalls else _ask_story
    twins = [Twin(twin.story.text, questions) for twin, questions in ask(story, seed, tell) if questions]
    return AskedStory(index, story.text, tuple(twins))


def _ask_story(story: StoryworldStory, seed: int, tell: Tell) -> Iterator[tuple[TwinStory, tuple[TwinQuestion, ...]]]:
    """A twin for each decision that has a kind; what differs after its set-up is asked."""
    for step, (site, _, _) in enumerate(story.trace):
        if kind_of(site) is not None:
            twin = tell_twin(story, step, seed, tell)
            yield twin, tuple(_questions(story, twin, step, tell))


def _questions(story: StoryworldStory, twin: TwinStory, step: int, tell: Tell) -> Iterator[TwinQuestion]:
    if len(twin.stretches) < 2 or _other_facts(story, twin, step):
        return
    setup, *payoffs = twin.stretches
    told = [stretch.end for stretch in twin.stretches]
    chosen = [(stretch, before) for stretch, before in zip(payoffs, told, strict=False) if stretch.end > stretch.begin]
    for stretch, before in spread(chosen, MOST_PAYOFFS):
        end = _end_of_words(story.text, stretch)
        kind = kind_of(story.trace[step][0], story.text[setup.begin : stretch.begin + 1].count("\n"))
        assert kind is not None
        available = 1.0
        if stretch.forked:
            available = available_bits(story, twin.story, (stretch.begin, end), stretch.twin_begin, tell)
        if available >= FEWEST_BITS:
            yield TwinQuestion(kind, step, stretch.begin, end, stretch.twin_begin, before, available)


def _ask_chronicle(
    story: StoryworldStory, seed: int, tell: Tell
) -> Iterator[tuple[TwinStory, tuple[TwinQuestion, ...]]]:
    """Twins for some of the decisions that the chronicle calls back, those that it calls back from the farthest and from the
    nearest among them; what depends on one of them and is told otherwise in the twin is asked."""
    recalls: dict[int, list[Recall]] = {}
    for recall in story.recalls:
        recalls.setdefault(recall.decision, []).append(recall)
    steps = sorted(recalls, key=lambda step: (max(r.begin - r.last_told for r in recalls[step]), step))
    most = max(_FEWEST_TWINS, min(_MOST_TWINS, _MOST_TWINS * _LENGTH // len(story.text)))
    for step in spread(steps, most):
        twin = tell_twin(story, step, seed, tell)
        pairs = [
            (recall, stretch) for recall in recalls[step] for stretch in twin.stretches[1:] if _tells(stretch, recall)
        ]
        pairs.sort(key=lambda pair: (pair[0].begin - pair[0].last_told, pair[0].begin))
        asked = [
            TwinQuestion(
                kind_of_recall(recall.kind),
                step,
                stretch.begin,
                _end_of_words(story.text, stretch),
                stretch.twin_begin,
                min(recall.last_told, stretch.begin),
                1.0,
            )
            for recall, stretch in spread(pairs, MOST_PAYOFFS)
        ]
        yield twin, tuple(sorted(asked, key=lambda question: question.begin))


def _tells(stretch: Mismatch, recall: Recall) -> bool:
    return stretch.begin < recall.end and recall.begin < stretch.end


def _other_facts(story: StoryworldStory, twin: TwinStory, step: int) -> bool:
    """Whether the twin differs in more than one fact: another one had to be drawn before the first pay-off."""
    end, twin_end = twin.stretches[1].begin, twin.stretches[1].twin_begin
    kept = {i for i in twin.kept if i is not None}
    lost = any(
        i not in kept and kind_of(story.trace[i][0]) is not None
        for i in range(step, len(story.trace))
        if story.decided_at[i] <= end
    )
    return lost or any(
        i is None and at <= twin_end and kind_of(decision[0]) is not None
        for i, at, decision in zip(twin.kept, twin.story.decided_at, twin.story.trace, strict=True)
    )


def spread(items: Sequence[Item], most: int) -> Sequence[Item]:
    """The first, the last, and those at even distances between them."""
    if len(items) <= most:
        return items
    return [items[i * (len(items) - 1) // (most - 1)] for i in range(most)]


def _end_of_words(text: str, stretch: Mismatch) -> int:
    """Where its words end, of which there are at most `MOST_WORDS`."""
    words = text[stretch.begin : stretch.end].split(maxsplit=MOST_WORDS)
    if len(words) <= MOST_WORDS:
        return stretch.end
    return stretch.end - len(words[-1]) - 1
