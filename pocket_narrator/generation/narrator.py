"""The Python API: a trained model that tells stories."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import torch

from pocket_narrator.errors import PromptError
from pocket_narrator.generation.beam import beam_search
from pocket_narrator.generation.engine import ROWS_AT_ONCE, Engine
from pocket_narrator.generation.healing import find_seam
from pocket_narrator.generation.sampler import LogProbs
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.teller import Ending, Teller
from pocket_narrator.models.decoding.native_program import Precision
from pocket_narrator.models.language_model import LanguageModel, refuse_long_prompt
from pocket_narrator.recipe.schema import Generation
from pocket_narrator.run.loading import Which, load_trained
from pocket_narrator.tokenizers import Tokenizer

Option = object  # of any type that a field of SamplingOptions has


class Piece(NamedTuple):
    """Some more characters of a story; the last piece may have none."""

    story: int
    text: str
    is_last: bool
    ending: Ending | None = None
    """Of the last piece: why the story ends."""
    tokens: tuple[int, ...] = ()
    """What the text was told with; none for a beginning. The first may begin with the end of the beginning (see `healing`)."""
    log_probs: tuple[LogProbs, ...] = ()
    """Of the tokens, where they were asked for."""


class Narrator:
    """Tells stories from their beginnings.

    Options are the fields of `SamplingOptions` (temperature, top_k, top_p, stop, max_tokens, seed, ...); those not given are
    the recipe's. The same call tells the same stories; another seed, others.

    Example:
        >>> narrator = Narrator.load(Run("tiny").path)
        >>> narrator.tell("Once", seed=1, max_tokens=5) == narrator.tell("Once", seed=1, max_tokens=5)
        True
        >>> "".join(narrator.stream("Once", seed=1, max_tokens=5)) == narrator.tell("Once", seed=1, max_tokens=5)[0]
        True
    """

    def __init__(
        self, model: LanguageModel, tokenizer: Tokenizer, generation: Generation, precision: Precision = "fp32"
    ) -> None:
        """`generation` has the defaults of the options. A module must be in evaluation mode. precision: of the weights."""
        self.model = model
        self.tokenizer = tokenizer
        self.generation = generation
        self.precision: Precision = precision
        self._longest_token = max(len(tokenizer.token_bytes(token)) for token in range(tokenizer.vocabulary_size))
        self._spare: tuple[Engine, object] | None = None  # one that nobody uses, and the weights that it was made of

    @classmethod
    def load(cls, path: str | Path, which: Which = "best", precision: Precision = "fp32") -> Self:
        """Out of a run directory; raises RunError or CheckpointError where there is nothing to tell with."""
        trained = load_trained(path, which)
        return cls(trained.model, trained.tokenizer, trained.recipe.generation, precision)

    def stream(self, prompt: str, **options: Option) -> Iterator[str]:
        """One story piece by piece, its beginning first; "" is the beginning of any story. Raises PromptError, before the
        first piece."""
        return (piece.text for piece in self.stream_all([prompt], 1, **options))

    def tell(self, prompts: str | Sequence[str], stories: int = 1, **options: Option) -> list[str]:
        """`stories` stories of each beginning, which they include; in the order of the beginnings."""
        beginnings = [prompts] if isinstance(prompts, str) else prompts
        told = [""] * (len(beginnings) * stories)
        for piece in self.stream_all(beginnings, stories, **options):
            told[piece.story] += piece.text
        return told

    def stream_all(self, prompts: Sequence[str], stories: int = 1, **options: Option) -> Iterator[Piece]:
        """Many stories at once, numbered in the order of the beginnings; each one's first piece is its beginning. Story i of a
        beginning draws from the seed (seed, i), whatever other beginnings stand beside it."""
        chosen = self.options(**options)
        encoded = [self.encode(prompt) for prompt in prompts]
        texts = [prompt for prompt in prompts for _ in range(stories)]
        return self._stream(texts, [(ids, i) for ids in encoded for i in range(stories)], chosen)

    def options(self, **options: Option) -> SamplingOptions:
        """The recipe's, some of them replaced; PromptError for those that cannot be used."""
        return SamplingOptions.of_recipe(self.generation).changed(**options)

    def search(self, prompt: str, beams: int = 4, max_tokens: int = 200) -> list[tuple[str, float]]:
        """The likeliest stories that beam search finds, with their log-probabilities in nats; best first."""
        self.options(max_tokens=max_tokens)  # refused here as when stories are drawn
        ids = self.encode(prompt)
        seam = find_seam(self.tokenizer.prefixes, ids)
        found = beam_search(self.model, ids, self.tokenizer.end_of_text, beams, max_tokens, seam=seam)
        told = (self.tokenizer.decode_bytes(one.tokens)[one.known :].decode(errors="replace") for one in found)
        return [(prompt + text, one.log_prob) for text, one in zip(told, found, strict=True)]

    def _stream(
        self, texts: list[str], prompts: list[tuple[list[int], int]], options: SamplingOptions
    ) -> Iterator[Piece]:
        for number, text in enumerate(texts):
            yield Piece(number, text, is_last=False)
        engine, made_of = self._take_engine(min(len(prompts), ROWS_AT_ONCE))
        teller = Teller(engine, self.tokenizer)
        stories = {teller.submit(ids, options, i): number for number, (ids, i) in enumerate(prompts)}
        silent: dict[int, list] = {number: [] for number in stories.values()}  # told without any text to show yet
        try:
            while not engine.is_idle:
                for passage in teller.step():
                    if passage.failure is not None:
                        raise passage.failure
                    number = stories[passage.story]
                    silent[number].append(passage)
                    if passage.text or passage.ending is not None:
                        told, silent[number] = silent[number], []
                        logs = tuple(one.log_probs for one in told if one.log_probs is not None)
                        tokens = tuple(one.token for one in told)
                        yield Piece(number, passage.text, passage.ending is not None, passage.ending, tokens, logs)
        finally:
            for story in stories:
                teller.cancel(story)
            self._spare = engine, made_of

    def _take_engine(self, slots: int) -> tuple[Engine, object]:
        """One with at least so many slots, made anew where the model has been trained on since."""
        made_of = _versions(self.model)
        spare, self._spare = self._spare, None
        if spare is not None and spare[1] == made_of and made_of is not None and spare[0].slots >= slots:
            return spare
        return Engine(self.model, self.tokenizer.end_of_text, slots, self.precision), made_of

    def encode(self, prompt: str) -> list[int]:
        """The ids of a beginning; PromptError where it does not fit into the context."""
        most = self.model.context * self._longest_token
        if len(prompt) > most:  # not worth encoding
            raise PromptError(
                f"the prompt has {len(prompt):,} characters",
                where=f'"{prompt[:40]}..."',
                expected=f"less than {most:,}: {self.model.context} tokens of the model's context have no more",
                hint="give its last sentences only",
            )
        ids = self.tokenizer.encode(prompt)
        refuse_long_prompt(len(ids), self.model.context, f'"{prompt[:40]}..."')
        return ids


def _versions(model: LanguageModel) -> object:
    """What changes when the weights do; None where that cannot be told."""
    if not isinstance(model, torch.nn.Module):
        return None
    try:
        return [(parameter.data_ptr(), parameter._version) for parameter in model.parameters()]
    except RuntimeError:  # made in inference mode
        return None
