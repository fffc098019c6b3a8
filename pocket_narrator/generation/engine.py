"""Telling many stories at once: each has a slot, and joins and leaves between two steps."""

import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from pocket_narrator.errors import NarratorError
from pocket_narrator.generation.healing import Healing, Seam
from pocket_narrator.generation.sampler import Chosen, LogProbs, Sampler, choose_all, log_probs_of
from pocket_narrator.generation.sampling import SamplingOptions, not_numbers
from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.models.decoding.compiled import CompiledDecoder, mixer_without_form, why_not_compiled
from pocket_narrator.models.decoding.cuda_graph import GraphDecoder
from pocket_narrator.models.decoding.decoder import Decoder, Part, TorchDecoder
from pocket_narrator.models.language_model import LanguageModel, refuse_long_prompt
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.terminal.notes import say_once

ROWS_AT_ONCE = 32  # stories in one batch; more only take more memory

Ending = Literal["end", "length", "failed"]


class Story:
    """One story that an engine tells or is going to tell."""

    __slots__ = ("ended", "has_read", "prompt", "prompt_log_probs", "sampler", "seam", "slot", "told", "unread")

    def __init__(
        self, prompt: Sequence[int], unread: list[int], sampler: Sampler, seam: Seam | None, scores_prompt: bool
    ) -> None:
        self.prompt = prompt
        self.unread = unread  # tokens that its slot has not read yet
        self.sampler = sampler
        self.seam = seam  # until it is decided whether the prompt's end is spelled anew
        self.prompt_log_probs: list[LogProbs] | None = [] if scores_prompt else None
        self.slot: int | None = None
        self.has_read = False
        self.told = 0
        self.ended = False


class Told(NamedTuple):
    """One more token of a story; or that it cannot be told on, which ends no other one."""

    story: Story
    token: int
    ending: Ending | None  # why it is the last one: end-of-text, or `max_tokens`
    log_probs: LogProbs | None
    known: int = 0  # bytes of the token that the prompt has already
    failure: Exception | None = None


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

    def submit(
        self,
        prompt: Sequence[int],
        options: SamplingOptions,
        number: int = 0,
        seam: Seam | None = None,
        scores_prompt: bool = False,
    ) -> Story:
        """Takes on a story that continues a beginning (ids without end-of-text). Its chance is of the seed (options.seed,
        number). PromptError where the beginning exceeds the context.

        seam: from where on the beginning may be spelled anew. scores_prompt, without a seam: the beginning is read token by
        token, and its log-probabilities are in `prompt_log_probs` when the story's first token has been told.
        """
        assert not (seam and scores_prompt)
        refuse_long_prompt(len(prompt), self.context)
        kept = prompt if seam is None else prompt[: seam.at]
        story = Story(prompt, [self.end_of_text, *kept], Sampler(options, kept, number), seam, scores_prompt)
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
        rows = [row for row, story in enumerate(telling) if story is not None and self._can_tell(story, logits[row])]
        stories = [story for row in rows if (story := telling[row]) is not None]
        if not stories:
            return []
        if len(rows) < len(parts):
            logits = logits[rows]
        failed = [told for told in map(self._score, stories, logits) if told is not None]
        rows = [row for row, story in enumerate(stories) if not (story.unread or story.ended)]
        if len(rows) < len(stories):
            logits, stories = logits[rows], [stories[row] for row in rows]
        chosen = choose_all(logits, [story.sampler for story in stories])
        told = (self._tell(*one) for one in zip(stories, chosen, strict=True))
        return [*failed, *(one for one in told if one is not None)]

    def _score(self, story: Story, logits_V: Tensor) -> Told | None:
        """Where a story is still reading its beginning: what the model says of the next token there, or why it says nothing."""
        if not story.unread:
            return None
        assert story.prompt_log_probs is not None
        if not bool(logits_V.amax().isfinite()):
            return self._tell(story, Chosen(-1, failure=not_numbers()))
        log_probs = log_probs_of(logits_V, story.unread[0], story.sampler.options.logprobs or 0)
        assert log_probs is not None
        story.prompt_log_probs.append(log_probs)
        return None

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
            is_scored = story.prompt_log_probs is not None
            count = min(len(unread), 1) if is_scored else len(unread)
            if left is None:
                count = 1 if story.has_read else count
            elif story.told == 0:
                count = min(count, left)
                left -= count
                if count == 0:
                    continue
            parts.append(Part(story.slot, unread[:count]))
            story.unread, story.has_read = unread[count:], True
            telling.append(None if story.unread and not is_scored else story)
        return parts, telling

    def _can_tell(self, story: Story, logits_V: Tensor) -> bool:
        """False where the beginning has been read up to its seam and stays as it is: its other tokens are read first."""
        seam, story.seam = story.seam, None
        if seam is None:
            return True
        others = story.prompt[seam.at :]
        if seam.is_chosen(others[0], logits_V):
            story.sampler.healing = Healing(seam.tokens, seam.owed) if seam.owed else None
            return True
        story.unread += others
        for token in others:
            story.sampler.add(token)
        return False

    def _tell(self, story: Story, chosen: Chosen) -> Told | None:
        """None for a token that only spells the end of the beginning."""
        token, log_probs, failure = chosen
        if failure is not None:
            story.ended = True
            self._leave(story)
            return Told(story, self.end_of_text, "failed", None, failure=failure)
        story.unread.append(token)
        story.sampler.add(token)
        known, healing = 0, story.sampler.healing
        if healing is not None:
            known, is_all = healing.take(token)
            if not healing.owed:
                story.sampler.healing = None
            if is_all:
                return None
        story.told += 1
        ending: Ending | None = None
        if token == self.end_of_text:
            ending = "end"
        elif story.told >= story.sampler.options.max_tokens:
            ending = "length"
        if ending is not None:
            story.ended = True
            self._leave(story)
        return Told(story, token, ending, log_probs, known)

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
    if isinstance(model, DecoderStack) and (mixer := mixer_without_form(model)) is not None:
        say_once(
            f"the mixer '{mixer}' has no form for the C decoder: stories are generated through torch, which is slower"
        )
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
    (options.seed, i). Raises PromptError where a prompt and its end-of-text token exceed the context, NarratorError where the
    model's output is not a number.
    """
    if not prompts:
        return
    engine = Engine(model, end_of_text, min(len(prompts), ROWS_AT_ONCE))
    numbers = {engine.submit(prompt, options, number): number for number, prompt in enumerate(prompts)}
    while not engine.is_idle:
        for told in engine.step():
            if told.failure is not None:
                raise told.failure
            yield ToldToken(numbers[told.story], told.token, told.ending is not None)
