"""The questions of the exam: a pay-off of a story, after the story itself and after a twin with another set-up.

Which ones are asked depends on the stories alone, never on a model or its tokenizer, so that all models answer the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pocket_narrator.evaluation.memory.kinds import kind_of
from pocket_narrator.evaluation.memory.oracle import available_bits
from pocket_narrator.evaluation.memory.twins import Stretch, TwinStory, tell_twin
from pocket_narrator.storyworld.story import StoryworldStory, make_story, tell

MOST_WORDS = 8  # of a pay-off: those that follow say little about what was set up
MOST_PAYOFFS = 3  # of a twin, at even distances: a name comes again in every other sentence


@dataclass(frozen=True, slots=True)
class Question:
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
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class AskedStory:
    """A held-out story and its twins."""

    index: int
    text: str
    twins: tuple[Twin, ...]

    @property
    def questions(self) -> int:
        return sum(len(twin.questions) for twin in self.twins)


def ask_about(index: int, seed: int) -> AskedStory:
    """The questions about one story of StoryWorld."""
    story = make_story(index, seed)
    twins = []
    for step, (site, _, _) in enumerate(story.trace):
        if kind_of(site) is not None:
            twin = tell_twin(story, step, seed, tell)
            if questions := tuple(_questions(story, twin, step)):
                twins.append(Twin(twin.story.text, questions))
    return AskedStory(index, story.text, tuple(twins))


def _questions(story: StoryworldStory, twin: TwinStory, step: int) -> Iterator[Question]:
    if len(twin.stretches) < 2 or _other_facts(story, twin, step):
        return
    setup, *payoffs = twin.stretches
    told = [stretch.end for stretch in twin.stretches]
    chosen = [(stretch, before) for stretch, before in zip(payoffs, told, strict=False) if stretch.end > stretch.begin]
    for stretch, before in _spread(chosen):
        end = _end_of_words(story.text, stretch)
        kind = kind_of(story.trace[step][0], story.text[setup.begin : stretch.begin + 1].count("\n"))
        assert kind is not None
        available = available_bits(story, twin.story, stretch.begin, end, stretch.twin_begin) if stretch.forked else 1.0
        yield Question(kind, step, stretch.begin, end, stretch.twin_begin, before, available)


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


def _spread(items: Sequence) -> Sequence:
    """The first, the last, and as many between them."""
    if len(items) <= MOST_PAYOFFS:
        return items
    return [items[i * (len(items) - 1) // (MOST_PAYOFFS - 1)] for i in range(MOST_PAYOFFS)]


def _end_of_words(text: str, stretch: Stretch) -> int:
    """Where its words end, of which there are at most `MOST_WORDS`."""
    words = text[stretch.begin : stretch.end].split(maxsplit=MOST_WORDS)
    if len(words) <= MOST_WORDS:
        return stretch.end
    return stretch.end - len(words[-1]) - 1
