"""A story on the page while it is told: its text, what each token surprised the model, and how it ended."""

import time
from dataclasses import dataclass

from pocket_narrator.generation.request import GeneratedToken
from pocket_narrator.generation.sampler import LogProbs
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.serving.openai.replies import token_name
from pocket_narrator.serving.page.storytellers import Storyteller
from pocket_narrator.serving.worker import TellingFailed

FRAME_S = 0.04  # between two pictures of a story: the eye needs no more, and the browser has time to draw them
LIKELIEST = 3  # tokens that are named beside the one that was told


@dataclass(frozen=True)
class Word:
    """Text that one token, or several within one character, have added."""

    text: str
    nats: float
    likeliest: tuple[tuple[str, float], ...]
    """The most likely tokens in its place, and their log-probabilities."""


class Telling:
    """One story of one model. For the event loop on which it begins."""

    def __init__(self, storyteller: Storyteller, prompt: str, options: SamplingOptions) -> None:
        """Begins to tell. Raises NarratorError for a prompt that cannot be used, Overloaded where all slots are taken.

        options: with `logprobs`.
        """
        self.storyteller = storyteller
        self.options = options
        self._tokenizer = storyteller.narrator.tokenizer
        ids = storyteller.narrator.encode(prompt)
        self.prompt = prompt
        self.words: list[Word] = []
        self.ending: str | None = None
        self.failure: str | None = None
        self.tokens = 0
        self.nats = 0.0  # of all tokens together
        self.seconds = 0.0
        self._unshown_nats = 0.0
        self._began = time.monotonic()
        self._job = storyteller.worker.submit([(ids, 0)], options)

    @property
    def text(self) -> str:
        """The story so far, with its prompt."""
        return self.prompt + "".join(word.text for word in self.words)

    def stop(self) -> None:
        """Ends the story where it is; one that has ended stays as it is."""
        if self.ending is None:
            self.take()
        if self.ending is None:
            self.ending = "stopped"
            self.storyteller.worker.cancel(self._job)

    def take(self) -> None:
        """Adds what has been told since the last time."""
        while self.ending is None and not self._job.events.empty():
            event = self._job.events.get_nowait()
            if isinstance(event, TellingFailed):
                self.failure, self.ending = event.message, "failed"
            else:
                self._add(event)

    def _add(self, token: GeneratedToken) -> None:
        logs = token.log_probs
        assert logs is not None
        self.tokens += 1
        self.nats -= logs.chosen
        self._unshown_nats -= logs.chosen
        self.seconds = time.monotonic() - self._began
        self.ending = token.ending
        if token.text:
            self.words.append(Word(token.text, self._unshown_nats, self._named(logs)))
            self._unshown_nats = 0.0

    def _named(self, logs: LogProbs) -> tuple[tuple[str, float], ...]:
        return tuple((token_name(self._tokenizer, token), log_prob) for token, log_prob in logs.likeliest)
