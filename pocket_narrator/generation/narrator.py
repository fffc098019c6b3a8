"""The Python API: a trained model that tells stories."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from pocket_narrator.config import Generation
from pocket_narrator.errors import PromptError
from pocket_narrator.generation.engine import generate
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.training.trained import Which, load_trained

Option = float | int | None


class Piece(NamedTuple):
    """Some more characters of a story; the last piece may have none."""

    story: int
    text: str
    is_last: bool


class Narrator:
    """Tells stories from their beginnings.

    Options are the fields of `SamplingOptions` (temperature, top_k, top_p, min_p, repetition_penalty, no_repeat_ngram,
    max_tokens, seed); those not given are the recipe's. The same call tells the same stories; another seed, others.
    """

    def __init__(self, model: LanguageModel, tokenizer: Tokenizer, generation: Generation) -> None:
        """`generation` has the defaults of the options. A module must be in evaluation mode."""
        self.model = model
        self.tokenizer = tokenizer
        self.generation = generation

    @classmethod
    def load(cls, path: str | Path, which: Which = "best") -> Self:
        """Out of a run directory; raises RunError or CheckpointError where there is nothing to tell with."""
        trained = load_trained(path, which)
        return cls(trained.model, trained.tokenizer, trained.recipe.generation)

    def stream(self, prompt: str, **options: Option) -> Iterator[str]:
        """One story piece by piece, its beginning first. Raises PromptError, before the first piece."""
        return (piece.text for piece in self.stream_all([prompt], 1, **options))

    def tell(self, prompts: str | Sequence[str], stories: int = 1, **options: Option) -> list[str]:
        """`stories` stories of each beginning, which they include; in the order of the beginnings."""
        beginnings = [prompts] if isinstance(prompts, str) else prompts
        told = [""] * (len(beginnings) * stories)
        for piece in self.stream_all(beginnings, stories, **options):
            told[piece.story] += piece.text
        return told

    def stream_all(self, prompts: Sequence[str], stories: int = 1, **options: Option) -> Iterator[Piece]:
        """Many stories at once, numbered in the order of the beginnings; each one's first piece is its beginning."""
        chosen = SamplingOptions.of_recipe(self.generation).changed(**options)
        encoded = [self._encode(prompt) for prompt in prompts]
        texts = [prompt for prompt in prompts for _ in range(stories)]
        return self._stream(texts, [ids for ids in encoded for _ in range(stories)], chosen)

    def _stream(self, texts: list[str], ids: list[list[int]], options: SamplingOptions) -> Iterator[Piece]:
        for number, text in enumerate(texts):
            yield Piece(number, text, is_last=False)
        decoders = [self.tokenizer.stream() for _ in texts]
        for number, token, is_last in generate(self.model, ids, options, self.tokenizer.end_of_text):
            text = decoders[number].push(token)
            if is_last:
                text += decoders[number].finish()
            if text or is_last:
                yield Piece(number, text, is_last)

    def _encode(self, prompt: str) -> list[int]:
        ids = self.tokenizer.encode(prompt)
        if not prompt.strip():
            raise PromptError("the prompt is empty", remedy='give a beginning, such as "Once upon a time"')
        if len(ids) + 1 > self.model.context:
            raise PromptError(
                f"the prompt has {len(ids):,} tokens",
                where=f'"{prompt[:40]}..."',
                limit=f"at most {self.model.context - 1:,}: the model's context and the end-of-text token before a story",
                remedy="give its last sentences only",
            )
        return ids
