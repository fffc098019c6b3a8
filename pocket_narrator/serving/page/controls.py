"""What the page's controls say, as sampling options."""

import secrets
from dataclasses import dataclass
from typing import Any, Self

from pocket_narrator.errors import PromptError
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.serving.page.storytellers import Storyteller
from pocket_narrator.serving.page.telling import LIKELIEST

MOST_TOKENS = 2000  # of one story


@dataclass(frozen=True)
class Controls:
    """The values of the controls, as the browser has sent them."""

    temperature: Any
    top_p: Any
    top_k: Any
    min_p: Any
    repetition_penalty: Any
    max_tokens: Any
    seed: Any

    @classmethod
    def of(cls, *values: Any) -> Self:
        """In the order of the fields. Without a seed, a new one."""
        *others, seed = values
        return cls(*others, another_seed() if seed is None else seed)  # pyright: ignore[reportCallIssue]

    def options(self, storyteller: Storyteller) -> SamplingOptions:
        """PromptError for values that mean nothing."""
        chosen = storyteller.narrator.options(
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=self.top_k,
            min_p=self.min_p,
            repetition_penalty=self.repetition_penalty,
            max_tokens=self.max_tokens,
            seed=self.seed,
            logprobs=LIKELIEST,
        )
        if chosen.max_tokens > MOST_TOKENS:
            raise PromptError(f"length={chosen.max_tokens:,} is too much", expected=f"{MOST_TOKENS:,} tokens a story")
        return chosen


def another_seed() -> int:
    return secrets.randbelow(10**6)
