"""From tokens to text: whole characters as they come, and stories that end at a stop text."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from pocket_narrator.generation.engine import Engine, Story
from pocket_narrator.generation.healing import find_seam
from pocket_narrator.generation.sampler import LogProbs
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.stop_texts import StopTexts
from pocket_narrator.tokenizers import Tokenizer

# end-of-text, `max_tokens`, one of the texts of `stop`, or what is in `failure`
Ending = Literal["end", "length", "stop", "failed"]


class Passage(NamedTuple):
    """One more token of a story, and the text that can be shown now: none while a character or a stop text may be going on."""

    story: Story
    text: str
    token: int
    ending: Ending | None
    log_probs: LogProbs | None
    failure: Exception | None = None


class Teller:
    """An engine whose stories are text. For one thread."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer) -> None:
        self.engine = engine
        self._tokenizer = tokenizer
        self._texts: dict[Story, TextStream] = {}

    def submit(
        self,
        ids: Sequence[int],
        options: SamplingOptions,
        number: int = 0,
        *,
        as_given: bool = False,
        scores_prompt: bool = False,
    ) -> Story:
        """See `Engine.submit`. as_given: for tokens that somebody has chosen; those of a text may be spelled anew at its end,
        unless they are scored."""
        seam = None if as_given or scores_prompt else find_seam(self._tokenizer.prefixes, ids)
        story = self.engine.submit(ids, options, number, seam, scores_prompt)
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
            passages.append(Passage(told.story, shown, told.token, ending, told.log_probs, told.failure))
        return passages


class TextStream:
    """The text of one story, held back while it may be the beginning of a stop text."""

    def __init__(self, tokenizer: Tokenizer, stops: Sequence[str]) -> None:
        self.has_stopped = False
        self._decoder = tokenizer.stream()
        self._stops = StopTexts(stops)
        self._held = ""

    def push(self, token: int, known: int = 0) -> str:
        """What can be shown after one more token, whose first `known` bytes the beginning has already."""
        return self._show(self._decoder.push(token, known), at_the_end=False)

    def finish(self) -> str:
        """What is left when no more tokens come."""
        return self._show(self._decoder.finish(), at_the_end=True)

    def _show(self, more: str, at_the_end: bool) -> str:
        text = self._held + more
        found = self._stops.push(more)
        if found is not None:
            self.has_stopped = True
            shown, self._held = text[: len(self._held) + found], ""
            return shown
        held = 0 if at_the_end else self._stops.begun
        self._held = text[len(text) - held :]
        return text[: len(text) - held]
