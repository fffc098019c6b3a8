"""From tokens to text: whole characters as they come, and stories that end at a stop text."""

from collections.abc import Sequence

from pocket_narrator.generation.engine import Engine
from pocket_narrator.generation.healing import find_seam
from pocket_narrator.generation.request import GeneratedToken, Request
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.stop_texts import StopTexts
from pocket_narrator.tokenizers import Tokenizer


class TextEngine:
    """An engine whose tokens come with their text. For one thread."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer) -> None:
        self.engine = engine
        self._tokenizer = tokenizer
        self._texts: dict[Request, TextStream] = {}

    def submit(
        self,
        ids: Sequence[int],
        options: SamplingOptions,
        number: int = 0,
        *,
        story: int = 0,
        as_given: bool = False,
        scores_prompt: bool = False,
    ) -> Request:
        """See `Engine.submit`. as_given: for tokens that somebody has chosen; those of a text may be spelled anew at its end,
        unless they are scored."""
        seam = None if as_given or scores_prompt else find_seam(self._tokenizer.prefixes, ids)
        request = self.engine.submit(ids, options, number, seam, scores_prompt, story)
        self._texts[request] = TextStream(self._tokenizer, options.stop)
        return request

    def cancel(self, request: Request) -> None:
        """Ends a story; its slot is free for the next step."""
        self._texts.pop(request, None)
        self.engine.cancel(request)

    def step(self) -> list[GeneratedToken]:
        """The tokens of one step of the engine, with their text."""
        tokens = self.engine.step()
        for token in tokens:
            text = self._texts[token.request]
            token.text = text.push(token.token, token.known)
            if token.is_last and not text.has_stopped:
                token.text += text.finish()
            if text.has_stopped:
                token.ending = "stop"
            if token.is_last:
                self.cancel(token.request)
        return tokens


class TextStream:
    """The text of one story, held back while it may be the beginning of a stop text."""

    def __init__(self, tokenizer: Tokenizer, stops: Sequence[str]) -> None:
        self.has_stopped = False
        self._decoder = tokenizer.stream()
        self._stops = StopTexts(stops)
        self._held = ""

    def push(self, token: int, known: int = 0) -> str:
        """What can be shown after one more token, whose first `known` bytes the prompt has already."""
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
