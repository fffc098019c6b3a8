"""From logits to the next token: what may be said next, and the draw.

Every function takes logits [B, V] and returns new ones in which a token that may not be said has minus infinity. They are applied in
this order, each one to what the one before has left: logit bias, repetition penalty, no-repeat n-gram (`Sampler` keeps what has been
used), then, in `choose`, temperature, top-k, top-p, typical, min-p, draw. Legend: B rows, V vocabulary.
"""

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from pocket_narrator.errors import NarratorError, PromptError
from pocket_narrator.generation.stop_texts import borders
from pocket_narrator.recipe.sampling import BOUNDS
from pocket_narrator.recipe.schema import GenerationConfig

NEVER = float("-inf")
GREEDY_BELOW = 1e-5  # a temperature under this one is taken as 0
LARGEST_BIAS, MOST_BIASES = 100.0, 100_000
MOST_STOPS, LONGEST_STOP = 64, 1000


@dataclass(frozen=True)
class SamplingOptions:
    """How stories are told. Raises PromptError for values outside of `recipe.sampling.BOUNDS`; those that switch an option off
    (a top_k of 0 or -1, a top_p of 1, ...) become None."""

    temperature: float = 0.8
    """Logits are divided by it; 0 always takes the most likely token (greedy)."""
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float = 1.0
    no_repeat_ngram: int | None = None
    max_tokens: int = 400
    """A story that has not ended after this many new tokens is cut off."""
    seed: int = 0
    """Story i of a call draws from the seed (seed, i)."""
    typical: float | None = None
    """Keeps the tokens whose surprise is nearest to the expected one, until they have this probability together."""
    mirostat: float | None = None
    """Keeps the surprise of a story near so many bits a token, in place of top-k, top-p, typical and min-p."""
    mirostat_rate: float = 0.1
    logit_bias: tuple[tuple[int, float], ...] = ()
    """What is added to the logits of some tokens: pairs of token and bias, or a mapping."""
    stop: tuple[str, ...] = ()
    """A story ends before the first of these texts in it; one text, or several."""
    logprobs: int | None = None
    """Log-probabilities are told too: of the token, and of so many of the most likely ones."""

    def __post_init__(self) -> None:
        for name, bounds in BOUNDS.items():
            value, may_be_none = getattr(self, name), type(self).__dataclass_fields__[name].default is None
            if not (bounds.hold(value) or (may_be_none and value is None)):
                raise PromptError(f"{name}={str(value)[:40]} cannot be used", expected=f"{name} is {bounds}")
            if value in bounds.off:
                object.__setattr__(self, name, None)
        self._check_biases()
        self._check_stops()

    @cached_property
    def biases(self) -> tuple[Tensor, Tensor] | None:
        """The tokens of `logit_bias` and what is added to their logits, made once for all the stories of a request."""
        if not self.logit_bias:
            return None
        tokens, values = zip(*self.logit_bias, strict=True)
        return torch.tensor(tokens), torch.tensor(values, dtype=torch.float32)

    def prepare(self) -> None:
        """What would otherwise be done when the first story with these options begins."""
        _ = self.biases
        for stop in self.stop:
            borders(stop)

    @classmethod
    def of_recipe(cls, generation: GenerationConfig) -> Self:
        """The recipe's section `generation`."""
        return cls(**generation.model_dump(exclude={"prompts"}))

    def changed(self, **options: object) -> Self:
        """With some options replaced; PromptError for one that does not exist."""
        names = [field.name for field in fields(self)]
        for name in options:
            if name not in names:
                nearest = difflib.get_close_matches(name, names, n=1)
                raise PromptError(
                    f"there is no sampling option '{name}'",
                    expected=", ".join(names),
                    hint=f"did you mean {nearest[0]}?" if nearest else None,
                )
        return replace(self, **options)

    def _check_biases(self) -> None:
        given: object = self.logit_bias
        pairs = list(given.items()) if isinstance(given, Mapping) else given
        try:
            if len(pairs) > MOST_BIASES:  # type: ignore[arg-type]
                raise PromptError(f"logit_bias has {len(pairs):,} tokens", expected=f"at most {MOST_BIASES:,}")  # type: ignore[arg-type]
            biases = tuple((token, float(bias)) for token, bias in pairs)  # type: ignore[union-attr]
            good = all(
                type(token) is int and 0 <= token < 2**31 and abs(bias) <= LARGEST_BIAS for token, bias in biases
            )
        except (TypeError, ValueError, OverflowError):
            biases, good = (), False
        if not good:
            raise PromptError(
                "logit_bias cannot be used",
                expected=f"ids of tokens, each with a number from -{LARGEST_BIAS:g} to {LARGEST_BIAS:g}",
            )
        object.__setattr__(self, "logit_bias", biases)

    def _check_stops(self) -> None:
        stops = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)
        if len(stops) > MOST_STOPS or not all(map(_can_be_told, stops)):
            raise PromptError(
                f"stop has {len(stops):,} texts" if len(stops) > MOST_STOPS else "one of the stop texts cannot be used",
                expected=f"at most {MOST_STOPS} texts of 1 to {LONGEST_STOP} characters",
            )
        object.__setattr__(self, "stop", stops)


def _can_be_told(stop: object) -> bool:
    """No story has half a surrogate pair in it."""
    return isinstance(stop, str) and 0 < len(stop) <= LONGEST_STOP and not re.search("[\ud800-\udfff]", stop)


def choose(logits_BV: Tensor, options: SamplingOptions, uniforms: Sequence[float]) -> list[int]:
    """The next token of each row, of logits that bias, penalty and forbidden n-grams have been applied to; `uniforms`: one number in
    [0, 1) a row. Raises NarratorError where logits are not numbers."""
    _refuse_what_is_no_number(logits_BV)
    if options.temperature < GREEDY_BELOW:
        return logits_BV.argmax(dim=-1).tolist()
    logits_BV = apply_temperature(logits_BV, options.temperature)
    if options.top_k is not None:
        logits_BV = keep_top_k(logits_BV, options.top_k)
    if options.top_p is not None:
        logits_BV = keep_top_p(logits_BV, options.top_p)
    if options.typical is not None:
        logits_BV = keep_typical(logits_BV, options.typical)
    if options.min_p is not None:
        logits_BV = keep_min_p(logits_BV, options.min_p)
    return draw(logits_BV, torch.tensor(uniforms, dtype=torch.float64, device=logits_BV.device)).tolist()


def not_numbers() -> NarratorError:
    """What is wrong where logits are NaN."""
    return NarratorError(
        "the model's output is not a number", hint="its training has diverged: train with a lower learning rate"
    )


def _refuse_what_is_no_number(logits: Tensor) -> None:
    if not logits.amax(dim=-1).isfinite().all() or logits.isnan().any():
        raise not_numbers()


def add_bias(logits_BV: Tensor, tokens_N: Tensor, biases_N: Tensor) -> Tensor:
    """Adds to the logits of some tokens. PromptError for a token outside the vocabulary."""
    rows, V = logits_BV.shape
    if int(tokens_N.max()) >= V:
        raise PromptError(f"logit_bias: there is no token {int(tokens_N.max())}", expected=f"ids below {V}")
    biases = biases_N.to(logits_BV).expand(rows, -1)
    return logits_BV.index_add(1, tokens_N.to(logits_BV.device), biases)


def penalise_repetition(logits_BV: Tensor, histories: Sequence[Sequence[int]], penalty: float) -> Tensor:
    """Tokens that the story has already used: positive logits are divided by `penalty`, negative ones multiplied
    (Keskar et al. 2019, CTRL, section 4.1, in the form that also holds for negative logits)."""
    result = logits_BV.clone()
    for row, history in enumerate(histories):
        used = torch.tensor(sorted(set(history)), dtype=torch.long, device=result.device)
        logits = result[row, used]
        result[row, used] = torch.where(logits > 0, logits / penalty, logits * penalty)
    return result


def apply_temperature(logits_BV: Tensor, temperature: float) -> Tensor:
    """Logits over the temperature, in float64; the largest becomes 0, so that none overflows."""
    wide = logits_BV.double()
    return (wide - wide.amax(dim=-1, keepdim=True)) / temperature


def keep_top_k(logits_BV: Tensor, k: int) -> Tensor:
    """The k most likely tokens (Fan et al. 2018), and those as likely as the last of them."""
    smallest = logits_BV.topk(min(k, logits_BV.shape[-1]), dim=-1).values[:, -1:]
    return logits_BV.masked_fill(logits_BV < smallest, NEVER)


def keep_top_p(logits_BV: Tensor, p: float) -> Tensor:
    """The fewest of the most likely tokens that have probability p together (nucleus; Holtzman et al. 2020)."""
    ordered, tokens = logits_BV.sort(dim=-1, descending=True, stable=True)
    probabilities = torch.softmax(ordered, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    ordered = ordered.masked_fill(before >= p, NEVER)
    return torch.empty_like(logits_BV).scatter_(-1, tokens, ordered)


def keep_typical(logits_BV: Tensor, p: float) -> Tensor:
    """The fewest tokens whose surprise is nearest to the expected one that have probability p together (Meister et al. 2022)."""
    logs = torch.log_softmax(logits_BV.double(), dim=-1)
    probabilities = logs.exp()
    expected = -(probabilities * logs.clamp(min=-1e300)).sum(dim=-1, keepdim=True)
    tokens = (-logs - expected).abs().argsort(dim=-1, stable=True)
    ordered = probabilities.gather(-1, tokens)
    unlikely = ordered.cumsum(dim=-1) - ordered >= p
    return logits_BV.masked_fill(torch.empty_like(unlikely).scatter_(-1, tokens, unlikely), NEVER)


def keep_min_p(logits_BV: Tensor, p: float) -> Tensor:
    """The tokens at least p times as likely as the most likely one (Nguyen et al. 2024)."""
    if p == 0:
        return logits_BV
    return logits_BV.masked_fill(logits_BV < logits_BV.amax(dim=-1, keepdim=True) + math.log(p), NEVER)


def draw(logits_BV: Tensor, uniforms_B: Tensor) -> Tensor:
    """One token a row [B], at the point `uniforms_B` (float64, in [0, 1)) of the cumulative probability.

    One number decides a row, so that a row's story depends neither on its neighbours nor on the device.
    """
    cumulative = torch.softmax(logits_BV.double(), dim=-1).cumsum(dim=-1)
    points = uniforms_B[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, points, right=True)[:, 0]


def draw_at_surprise(logits_V: Tensor, options: SamplingOptions, ceiling: float, uniform: float) -> tuple[int, float]:
    """A token whose surprise is at most `ceiling` bits, and the next ceiling: lower after a token that was more surprising
    than `options.mirostat` bits, higher after one that was less (Mirostat 2: Basu et al. 2021). The first ceiling is twice
    that target."""
    assert options.mirostat is not None
    _refuse_what_is_no_number(logits_V)
    logits = apply_temperature(logits_V[None], options.temperature)
    surprises = -torch.log_softmax(logits, dim=-1) / math.log(2)
    within = surprises <= ceiling
    within[0, logits.argmax()] = True
    kept = logits.masked_fill(~within, NEVER)
    token = int(draw(kept, torch.tensor([uniform], dtype=torch.float64, device=logits.device)))
    return token, ceiling - options.mirostat_rate * (float(surprises[0, token]) - options.mirostat)
