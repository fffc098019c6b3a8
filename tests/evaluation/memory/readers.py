"""Language models whose memory is known: the simulator itself, one that has it backwards, one without a memory."""

import math
from collections.abc import Iterable

import torch

from pocket_narrator.evaluation.memory.oracle import probability_of
from pocket_narrator.evaluation.memory.questions import AskedStory
from pocket_narrator.storyworld.story import StoryworldStory, tell
from pocket_narrator.tokenizers import Tokenizer

IMPOSSIBLE = 1e-9  # what a token gets that cannot come
NEAR = 10  # characters that pay-off and twin may begin with alike


class _Reader:
    device = torch.device("cpu")

    def __init__(self, tokenizer: Tokenizer, context: int = 4096) -> None:
        self.tokenizer = tokenizer
        self.vocabulary_size = tokenizer.vocabulary_size
        self.context = context


class Simulator(_Reader):
    """Knows some stories and gives each token the probability that StoryWorld gives its text after what stands before."""

    def __init__(self, tokenizer: Tokenizer, known: Iterable[StoryworldStory], asked: AskedStory) -> None:
        super().__init__(tokenizer)
        self.known = {one.text: one for one in known}
        questions = [question for twin in asked.twins for question in twin.questions]
        self.asked = {place for question in questions for place in range(question.begin, question.end)}
        self.kept: dict[tuple[str, str], float] = {}
        self.sign = 1  # -1: the likelier the less likely, so that it is sure of the wrong beginning

    def log_probs(self, tokens_BT: torch.Tensor) -> torch.Tensor:
        found = torch.zeros(tokens_BT.shape[0], tokens_BT.shape[1] - 1, dtype=torch.float64)
        for row, tokens in zip(found, tokens_BT.tolist(), strict=True):
            pieces = [self.tokenizer.decode([token]) for token in tokens]
            whole = "".join(pieces)
            story = max(self.known.values(), key=lambda one: _alike(one.text, whole))
            alike, text = _alike(story.text, whole), ""
            for place, piece in enumerate(pieces[1:]):
                # What nobody asks for is left out: far before the place where another text goes on after a twin, too.
                is_asked = len(text) in self.asked if alike == len(whole) else len(text) > alike - NEAR
                if piece and is_asked and story.text.startswith(text):
                    probability = self.probability(story.text, len(text), piece)
                    row[place] = self.sign * math.log(max(IMPOSSIBLE, probability))
                text += piece
        return found

    def probability(self, text: str, at: int, piece: str) -> float:
        key = text[:at], piece
        if key not in self.kept:
            self.kept[key] = probability_of(self.known[text], at, piece, tell)
        return self.kept[key]


def _alike(a: str, b: str) -> int:
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


class Undecided(_Reader):
    """Finds each token as likely as any other, whatever stands before."""

    def log_probs(self, tokens_BT: torch.Tensor) -> torch.Tensor:
        return torch.full((tokens_BT.shape[0], tokens_BT.shape[1] - 1), -1.0)
