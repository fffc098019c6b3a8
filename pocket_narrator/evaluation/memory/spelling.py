"""Questions as tokens. Legend: a place is a number of tokens, the end-of-text start counted."""

from dataclasses import dataclass

from pocket_narrator.evaluation.memory.questions import AskedStory
from pocket_narrator.tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class SpelledQuestion:
    """The words `words` stand at place `at` of the story, and might stand at place `twin_at` of the twin."""

    words: list[int]
    at: int
    twin_at: int
    distance: int  # tokens since the story told it last


@dataclass(frozen=True, slots=True)
class SpelledTwin:
    """A twin's tokens, after an end-of-text."""

    tokens: list[int]
    questions: list[SpelledQuestion]


@dataclass(frozen=True, slots=True)
class SpelledStory:
    """A story's tokens, after an end-of-text."""

    tokens: list[int]
    twins: list[SpelledTwin]

    @property
    def questions(self) -> int:
        """How many are asked."""
        return sum(len(twin.questions) for twin in self.twins)

    @property
    def longest(self) -> int:
        """Tokens that have to be read for the question at the longest distance from the start, in either text."""
        asked = [question for twin in self.twins for question in twin.questions]
        return max((max(q.at, q.twin_at) + len(q.words) for q in asked), default=0)


def spell(asked: AskedStory, tokenizer: Tokenizer) -> SpelledStory:
    """Texts are spelled in pieces that end where a question's words begin or end, so that these are tokens of their own."""
    questions = [question for twin in asked.twins for question in twin.questions]
    cuts = {place for question in questions for place in (question.begin, question.end, question.told)}
    tokens, places = _in_pieces(asked.text, cuts, tokenizer)
    twins = []
    for twin in asked.twins:
        twin_tokens, twin_places = _in_pieces(twin.text, {q.twin_begin for q in twin.questions}, tokenizer)
        found = []
        for question in twin.questions:
            at, end = places[question.begin], places[question.end]
            distance = at - places[question.told]
            found.append(SpelledQuestion(tokens[at:end], at, twin_places[question.twin_begin], distance))
        twins.append(SpelledTwin(twin_tokens, found))
    return SpelledStory(tokens, twins)


def _in_pieces(text: str, cuts: set[int], tokenizer: Tokenizer) -> tuple[list[int], dict[int, int]]:
    """Token ids of a text, and the place of each cut."""
    ends = sorted(cuts | {len(text)})
    pieces = [text[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    tokens, places = [tokenizer.end_of_text], {}
    for end, ids in zip(ends, tokenizer.encode_batch(pieces), strict=True):
        tokens += ids.tolist()
        places[end] = len(tokens)
    return tokens, places
