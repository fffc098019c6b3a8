"""The Python API: a trained model that tells stories."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Self

import torch

from pocket_narrator.errors import PromptError
from pocket_narrator.generation.beam import beam_search
from pocket_narrator.generation.engine import ROWS_AT_ONCE, Engine
from pocket_narrator.generation.healing import find_seam
from pocket_narrator.generation.prompt import encode_prompt
from pocket_narrator.generation.request import GeneratedToken
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.text_engine import TextEngine
from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.recipe.limits import MOST_GENERATED
from pocket_narrator.recipe.schema import GenerationConfig
from pocket_narrator.run.loading import Which, load_trained
from pocket_narrator.tokenizers import Tokenizer

Option = object  # of any type that a field of SamplingOptions has


class Narrator:
    """Tells stories from their prompts.

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
        self, model: LanguageModel, tokenizer: Tokenizer, generation: GenerationConfig, precision: Precision = "fp32"
    ) -> None:
        """`generation` has the defaults of the options. A module must be in evaluation mode. precision: of the weights."""
        self.model = model
        self.tokenizer = tokenizer
        self.generation = generation
        self.precision: Precision = precision
        self._spare: tuple[Engine, object] | None = None  # one that nobody uses, and the weights that it was made of

    @classmethod
    def load(cls, path: str | Path, which: Which = "best", precision: Precision = "fp32") -> Self:
        """Out of a run directory; raises RunError or CheckpointError where there is nothing to tell with."""
        trained = load_trained(path, which)
        return cls(trained.model, trained.tokenizer, trained.recipe.generation, precision)

    def stream(self, prompt: str, **options: Option) -> Iterator[str]:
        """One story bit by bit, its prompt first; "" is the prompt of any story. Raises PromptError, before the first bit."""
        tokens = self.stream_all([prompt], 1, **options)
        return (text for text in chain([prompt], (token.text for token in tokens)) if text)

    def tell(self, prompts: str | Sequence[str], stories: int = 1, **options: Option) -> list[str]:
        """`stories` stories of each prompt, which they include; in the order of the prompts."""
        given = [prompts] if isinstance(prompts, str) else prompts
        tokens = self.stream_all(given, stories, **options)
        told = [prompt for prompt in given for _ in range(stories)]
        for token in tokens:
            told[token.story] += token.text
        return told

    def stream_all(self, prompts: Sequence[str], stories: int = 1, **options: Option) -> Iterator[GeneratedToken]:
        """The tokens of many stories at once, as they are generated: `token.story` counts the stories in the order of the
        prompts, and a prompt followed by the `text` of its story's tokens is the story. Story i of a prompt draws from the seed
        (seed, i), whatever other prompts stand beside it. Raises PromptError, before the first token; what is to be said of the
        decoder is said before that, too."""
        if len(prompts) * stories > MOST_GENERATED:
            raise PromptError(
                f"{len(prompts) * stories:,} stories are more than memory is lent for",
                expected=f"at most {MOST_GENERATED:,} at once",
                hint="ask for fewer, and again with another seed",
            )
        chosen = self.options(**options)
        encoded = [self.encode(prompt) for prompt in prompts]
        given = [(ids, i) for ids in encoded for i in range(stories)]
        engine, made_of = self._take_engine(min(len(given), ROWS_AT_ONCE))
        return self._stream(given, chosen, engine, made_of)

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
        self, prompts: list[tuple[list[int], int]], options: SamplingOptions, engine: Engine, made_of: object
    ) -> Iterator[GeneratedToken]:
        teller = TextEngine(engine, self.tokenizer)
        requests = [teller.submit(ids, options, i, story=number) for number, (ids, i) in enumerate(prompts)]
        try:
            while not engine.is_idle:
                for token in teller.step():
                    if token.failure is not None:
                        raise token.failure
                    yield token
        finally:
            for request in requests:
                teller.cancel(request)
            self._spare = engine, made_of

    def _take_engine(self, slots: int) -> tuple[Engine, object]:
        """One with at least so many slots, made anew where the model has been trained on since."""
        made_of = _versions(self.model)
        spare, self._spare = self._spare, None
        if spare is not None and spare[1] == made_of and made_of is not None and spare[0].slots >= slots:
            return spare
        return Engine(self.model, self.tokenizer.end_of_text, slots, self.precision), made_of

    def encode(self, prompt: str) -> list[int]:
        """The ids of a prompt; PromptError where it does not fit into the context."""
        return encode_prompt(prompt, self.tokenizer, self.model.context)


def _versions(model: LanguageModel) -> object:
    """What changes when the weights do; None where that cannot be told."""
    if not isinstance(model, torch.nn.Module):
        return None
    try:
        return [(parameter.data_ptr(), parameter._version) for parameter in model.parameters()]
    except RuntimeError:  # made in inference mode
        return None
