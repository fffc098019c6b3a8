"""From tokens to text: whole characters as they come, and stories that end at a stop text."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from pocket_narrator.generation.engine import Engine, Story
from pocket_narrator.generation.healing import find_seam
from pocket_narrator.generation.sampler import LogProbs
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.tokenizers import Tokenizer

Ending = Literal["end", "length", "stop"]  # end-of-text, `max_tokens`, one of the texts of `stop`


class Passage(NamedTuple):
    """One more token of a story, and the text that can be shown now: none while a character or a stop text may be going on."""

    story: Story
    text: str
    token: int
    ending: Ending | None
    log_probs: LogProbs | None


class Teller:
    """An engine whose stories are text. For one thread."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer) -> None:
        self.engine = engine
        self._tokenizer = tokenizer
        self._texts: dict[Story, TextStream] = {}

    def submit(self, ids: Sequence[int], options: SamplingOptions, number: int = 0, *, as_given: bool = False) -> Story:
        """See `Engine.submit`. as_given: for tokens that somebody has chosen; those of a text may be spelled anew at its end."""
        seam = None if as_given else find_seam(self._tokenizer.prefixes, ids)
        story = self.engine.submit(ids, options, number, seam)
        self._texts[story] = TextStream(self._tokenizer, options.stop)
        return story

    def cancel(self, story: Story) -> None:
        """Ends a story; its slot is free for the next step."""
        self._texts.pop(story, None)
        self.engine.cancel(story)

    def step(self) -> list[Passage]:
        """What one step of the engine has told."""
        passages = []
        for told in self.engine.step():
            text = self._texts[told.story]
            ending: Ending | None = told.ending
            shown = text.push(told.token, told.known)
            if ending is not None and not text.has_stopped:
                shown += text.finish()
            if text.has_stopped:
                ending = "stop"
            if ending is not None:
                self.cancel(told.story)
            passages.append(Passage(told.story, shown, told.token, ending, told.log_probs))
        return passages


class TextStream:
    """The text of one story, held back while it may be the beginning of a stop text."""

    def __init__(self, tokenizer: Tokenizer, stops: Sequence[str]) -> None:
        self.has_stopped = False
        self._decoder = tokenizer.stream()
        self._stops = stops
        self._held = ""

    def push(self, token: int, known: int = 0) -> str:
        """What can be shown after one more token, whose first `known` bytes the beginning has already."""
        return self._show(self._decoder.push(token, known), at_the_end=False)

    def finish(self) -> str:
        """What is left when no more tokens come."""
        return self._show(self._decoder.finish(), at_the_end=True)

    def _show(self, more: str, at_the_end: bool) -> str:
        text = self._held + more
        found = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self.has_stopped, self._held = True, ""
            return text[: min(found)]
        held = 0 if at_the_end else max((_begun(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]


def _begun(text: str, stop: str) -> int:
    """The length of the longest beginning of `stop` that `text` ends with."""
    return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)
