"""Telling many stories at once: each has a slot, and joins and leaves between two steps."""

import warnings
from collections import deque
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from pocket_narrator.errors import NarratorError
from pocket_narrator.generation.healing import Healing, Seam
from pocket_narrator.generation.prompt import refuse_long_prompt
from pocket_narrator.generation.request import Ending, GeneratedToken, Request
from pocket_narrator.generation.sampler import Chosen, Sampler, choose_all, log_probs_of
from pocket_narrator.generation.sampling import SamplingOptions, not_numbers
from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.models.decoding.compiled import CompiledDecoder, mixer_without_form, why_not_compiled
from pocket_narrator.models.decoding.cuda_graph import GraphDecoder
from pocket_narrator.models.decoding.decoder import Decoder, Part, TorchDecoder
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.terminal.notes import say_once

ROWS_AT_ONCE = 32  # stories in one batch; more only take more memory


class Engine:
    """Generates stories in slots, one token of each a step. Prompts are read in chunks beside them, so that a long one holds
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
        self._waiting: deque[Request] = deque()
        self._active: list[Request] = []  # in the order in which they came

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
        story: int = 0,
    ) -> Request:
        """Takes on a story that continues a prompt (ids without end-of-text). It draws from the seed (options.seed, number).
        PromptError where the prompt exceeds the context.

        seam: from where on the prompt may be spelled anew. scores_prompt, without a seam: the prompt is read token by
        token, and its log-probabilities are in `prompt_log_probs` when the story's first token has been generated. story:
        what the caller knows its tokens by.
        """
        assert not (seam and scores_prompt)
        refuse_long_prompt(len(prompt), self.context)
        kept = prompt if seam is None else prompt[: seam.at]
        unread = [self.end_of_text, *kept]
        request = Request(prompt, unread, Sampler(options, kept, number), seam, scores_prompt, story)
        self._waiting.append(request)
        return request

    def cancel(self, request: Request) -> None:
        """Ends a story; its slot is free for the next step."""
        if request.ended:
            return
        request.ended = True
        if request.slot is None:
            self._waiting.remove(request)
        else:
            self._leave(request)

    # The mode is entered in each call and never held across a yield, where it would reach into the caller's code.
    @torch.inference_mode()
    def step(self) -> list[GeneratedToken]:
        """The next token of each story whose prompt has been read; nothing where there is none."""
        self._admit()
        parts, telling = self._parts()
        if not parts:
            return []
        self.steps += 1
        logits = self.decoder.read(parts)
        rows = [
            row for row, request in enumerate(telling) if request is not None and self._is_ready(request, logits[row])
        ]
        stories = [request for row in rows if (request := telling[row]) is not None]
        if not stories:
            return []
        if len(rows) < len(parts):
            logits = logits[rows]
        failed = [told for told in map(self._score, stories, logits) if told is not None]
        rows = [row for row, request in enumerate(stories) if not (request.unread or request.ended)]
        if len(rows) < len(stories):
            logits, stories = logits[rows], [stories[row] for row in rows]
        chosen = choose_all(logits, [request.sampler for request in stories])
        told = (self._tell(*one) for one in zip(stories, chosen, strict=True))
        return [*failed, *(one for one in told if one is not None)]

    def _score(self, request: Request, logits_V: Tensor) -> GeneratedToken | None:
        """Where a story's prompt is still being read: what the model says of the next token there, or why it says nothing."""
        if not request.unread:
            return None
        assert request.prompt_log_probs is not None
        if not bool(logits_V.amax().isfinite()):
            return self._tell(request, Chosen(-1, failure=not_numbers()))
        log_probs = log_probs_of(logits_V, request.unread[0], request.sampler.options.logprobs or 0)
        assert log_probs is not None
        request.prompt_log_probs.append(log_probs)
        return None

    def _admit(self) -> None:
        while self._free and self._waiting:
            request = self._waiting.popleft()
            request.slot = self._free.pop()
            self._active.append(request)

    def _parts(self) -> tuple[list[Part], list[Request | None]]:
        """What each slot reads now, and the request that may get a token after that."""
        left = self.decoder.at_once
        parts: list[Part] = []
        telling: list[Request | None] = []
        for request in self._active:
            assert request.slot is not None
            unread = request.unread
            is_scored = request.prompt_log_probs is not None
            count = min(len(unread), 1) if is_scored else len(unread)
            if left is None:
                count = 1 if request.has_read else count
            elif request.generated == 0:
                count = min(count, left)
                left -= count
                if count == 0:
                    continue
            parts.append(Part(request.slot, unread[:count]))
            request.unread, request.has_read = unread[count:], True
            telling.append(None if request.unread and not is_scored else request)
        return parts, telling

    def _is_ready(self, request: Request, logits_V: Tensor) -> bool:
        """False where the prompt has been read up to its seam and stays as it is: its other tokens are read first."""
        seam, request.seam = request.seam, None
        if seam is None:
            return True
        others = request.prompt[seam.at :]
        if seam.is_chosen(others[0], logits_V):
            request.sampler.healing = Healing(seam.tokens, seam.owed) if seam.owed else None
            return True
        request.unread += others
        for token in others:
            request.sampler.add(token)
        return False

    def _tell(self, request: Request, chosen: Chosen) -> GeneratedToken | None:
        """None for a token that only spells the end of the prompt."""
        token, log_probs, failure = chosen
        if failure is not None:
            request.ended = True
            self._leave(request)
            return GeneratedToken(request, self.end_of_text, "failed", None, failure=failure)
        request.unread.append(token)
        request.sampler.add(token)
        known, healing = 0, request.sampler.healing
        if healing is not None:
            known, is_all = healing.take(token)
            if not healing.owed:
                request.sampler.healing = None
            if is_all:
                return None
        request.generated += 1
        ending: Ending | None = None
        if token == self.end_of_text:
            ending = "end"
        elif request.generated >= request.sampler.options.max_tokens:
            ending = "length"
        if ending is not None:
            request.ended = True
            self._leave(request)
        return GeneratedToken(request, token, ending, log_probs, known)

    def _leave(self, request: Request) -> None:
        assert request.slot is not None
        self._active.remove(request)
        self._free.append(request.slot)
        self.decoder.clear(request.slot)


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
    elif isinstance(model, DecoderStack) and (mixer := mixer_without_form(model)) is not None:
        say_once(
            f"the mixer '{mixer}' has no form for the C decoder: stories are generated through torch, which is slower"
        )
    return TorchDecoder(model, slots)


def generate(
    model: LanguageModel, prompts: Sequence[Sequence[int]], options: SamplingOptions, end_of_text: int
) -> Iterator[GeneratedToken]:
    """Continues each prompt (ids without end-of-text), story i the prompt i: yields tokens as they are chosen.

    The last token of a story is `end_of_text` unless `options.max_tokens` cut it off. Story i draws from the seed
    (options.seed, i). Raises PromptError where a prompt and its end-of-text token exceed the context, NarratorError where the
    model's output is not a number.
    """
    if not prompts:
        return
    engine = Engine(model, end_of_text, min(len(prompts), ROWS_AT_ONCE))
    for number, prompt in enumerate(prompts):
        engine.submit(prompt, options, number, story=number)
    while not engine.is_idle:
        for token in engine.step():
            if token.failure is not None:
                raise token.failure
            yield token
