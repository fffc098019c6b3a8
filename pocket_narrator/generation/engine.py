"""Telling many stories at once: each has a slot, and joins and leaves between two steps."""

import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import torch

from pocket_narrator.errors import NarratorError, PromptError
from pocket_narrator.generation.sampler import LogProbs, Sampler, choose_all
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.models.compiled_decoder import CompiledDecoder, why_not_compiled
from pocket_narrator.models.decoder import Decoder, Part, TorchDecoder
from pocket_narrator.models.graph_decoder import GraphDecoder
from pocket_narrator.models.kernels.decode import Precision
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.models.stack import DecoderStack

ROWS_AT_ONCE = 32  # stories in one batch; more only take more memory

Ending = Literal["end", "length"]


class Story:
    """One story that an engine tells or is going to tell."""

    __slots__ = ("ended", "prompt", "sampler", "slot", "told", "unread")

    def __init__(self, prompt: Sequence[int], unread: list[int], sampler: Sampler) -> None:
        self.prompt = prompt
        self.unread = unread  # tokens that its slot has not read yet
        self.sampler = sampler
        self.slot: int | None = None
        self.told = 0
        self.ended = False


class Told(NamedTuple):
    """One more token of a story."""

    story: Story
    token: int
    ending: Ending | None  # why it is the last one: end-of-text, or `max_tokens`
    log_probs: LogProbs | None


class Engine:
    """Tells stories in slots, one token of each a step. Beginnings are read in chunks beside them, so that a long one holds
    nobody up. On a CPU with the C decoder a story depends on its own prompt, options and seed alone, to the last bit.

    For one thread. A module must be in evaluation mode; its weights are copied where the C decoder takes it.
    """

    def __init__(
        self, model: LanguageModel, end_of_text: int, slots: int = ROWS_AT_ONCE, precision: Precision = "fp32"
    ) -> None:
        """precision: of the weights; see `CompiledDecoder`. NarratorError where only fp32 can be had."""
        self.decoder = open_decoder(model, slots, precision)
        self.end_of_text = end_of_text
        self.slots = slots
        self.context = model.context
        self.steps = 0
        self._free = list(reversed(range(slots)))
        self._waiting: deque[Story] = deque()
        self._active: list[Story] = []  # in the order in which they came

    @property
    def waiting(self) -> int:
        """Stories without a slot."""
        return len(self._waiting)

    @property
    def active(self) -> int:
        """Stories with a slot."""
        return len(self._active)

    @property
    def is_idle(self) -> bool:
        return not self._active and not self._waiting

    def submit(self, prompt: Sequence[int], options: SamplingOptions, number: int = 0) -> Story:
        """Takes on a story that continues a beginning (ids without end-of-text). Its chance is of the seed (options.seed,
        number). PromptError where the beginning with its end-of-text token exceeds the context."""
        if len(prompt) + 1 > self.context:
            raise PromptError(
                f"the prompt has {len(prompt) + 1} tokens",
                expected=f"1 to {self.context} tokens, the model's context, with the end-of-text token before it",
                hint="give its last sentences only",
            )
        story = Story(prompt, [self.end_of_text, *prompt], Sampler(options, prompt, number))
        self._waiting.append(story)
        return story

    def cancel(self, story: Story) -> None:
        """Ends a story; its slot is free for the next step."""
        if story.ended:
            return
        story.ended = True
        if story.slot is None:
            self._waiting.remove(story)
        else:
            self._leave(story)

    # The mode is entered in each call and never held across a yield, where it would reach into the caller's code.
    @torch.inference_mode()
    def step(self) -> list[Told]:
        """The next token of each story whose beginning has been read; nothing where there is none."""
        self._admit()
        parts, telling = self._parts()
        if not parts:
            return []
        self.steps += 1
        logits = self.decoder.read(parts)
        rows = [row for row, story in enumerate(telling) if story is not None]
        stories = [story for story in telling if story is not None]
        if not stories:
            return []
        if len(rows) < len(parts):
            logits = logits[rows]
        tokens, log_probs = choose_all(logits, [story.sampler for story in stories])
        return [self._tell(*one) for one in zip(stories, tokens, log_probs, strict=True)]

    def _admit(self) -> None:
        while self._free and self._waiting:
            story = self._waiting.popleft()
            story.slot = self._free.pop()
            self._active.append(story)

    def _parts(self) -> tuple[list[Part], list[Story | None]]:
        """What each slot reads now, and the story where it is told on after that."""
        left = self.decoder.at_once
        parts: list[Part] = []
        telling: list[Story | None] = []
        for story in self._active:
            assert story.slot is not None
            unread = story.unread
            count = len(unread)
            if left is not None and story.told == 0:
                count = min(count, left)
                left -= count
                if count == 0:
                    continue
            parts.append(Part(story.slot, unread[:count]))
            story.unread = unread[count:]
            telling.append(None if story.unread else story)
        return parts, telling

    def _tell(self, story: Story, token: int, log_probs: LogProbs | None) -> Told:
        story.told += 1
        story.unread.append(token)
        story.sampler.history.append(token)
        ending: Ending | None = None
        if token == self.end_of_text:
            ending = "end"
        elif story.told >= story.sampler.options.max_tokens:
            ending = "length"
        if ending is not None:
            story.ended = True
            self._leave(story)
        return Told(story, token, ending, log_probs)

    def _leave(self, story: Story) -> None:
        assert story.slot is not None
        self._active.remove(story)
        self._free.append(story.slot)
        self.decoder.clear(story.slot)


def open_decoder(model: LanguageModel, slots: int, precision: Precision = "fp32") -> Decoder:
    """The fastest decoder that takes a model. NarratorError where a precision needs the C decoder, and it does not."""
    why_not = why_not_compiled(model)
    if why_not is None:
        return CompiledDecoder(model, slots, precision)  # type: ignore[arg-type]
    if precision != "fp32":
        raise NarratorError(f"this model cannot generate in {precision}: {why_not}", hint="use fp32")
    if isinstance(model, DecoderStack) and model.device.type == "cuda":
        try:
            return GraphDecoder(model, slots)
        except RuntimeError as error:  # a driver or a kernel that cannot be recorded
            warnings.warn(f"a step cannot be recorded as a CUDA graph: generation is slower ({error})", stacklevel=2)
    return TorchDecoder(model, slots)


class ToldToken(NamedTuple):
    """One more token of a story of `generate`."""

    story: int
    token: int
    is_last: bool


def generate(
    model: LanguageModel, prompts: Sequence[Sequence[int]], options: SamplingOptions, end_of_text: int
) -> Iterator[ToldToken]:
    """Continues each prompt (ids without end-of-text), story i the prompt i: yields tokens as they are chosen.

    The last token of a story is `end_of_text` unless `options.max_tokens` cut it off. Story i draws from the seed
    (options.seed, i). Raises PromptError where a prompt and its end-of-text token exceed the context.
    """
    if not prompts:
        return
    engine = Engine(model, end_of_text, min(len(prompts), ROWS_AT_ONCE))
    numbers = {engine.submit(prompt, options, number): number for number, prompt in enumerate(prompts)}
    while not engine.is_idle:
        for told in engine.step():
            yield ToldToken(numbers[told.story], told.token, told.ending is not None)
