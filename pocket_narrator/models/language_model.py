"""What telling and measuring see of a model, whatever its kind."""

from collections.abc import Sequence
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

import torch
from torch import Tensor

UNLIMITED = 2**31 - 1  # the context of a model that reads any length


class LanguageModelState(Protocol):
    """What a model remembers of each row of a batch of growing stories."""

    def select(self, rows: Tensor) -> Self:
        """The state of some rows, in the order given; a copy."""
        ...

    def join(self, other: Self) -> Self:
        """This state's rows followed by the other's; a copy."""
        ...


State = TypeVar("State", bound=LanguageModelState)


class LanguageModel(Protocol[State]):
    """Scores texts and continues them: what generation and evaluation see of a model, whatever its kind. Any object with
    these methods is one. Legend: B rows, T tokens, V vocabulary.

    Example:
        >>> import torch
        >>> model, tokenizer = Run("tiny").model, Run("tiny").tokenizer
        >>> tokens = [tokenizer.end_of_text, *tokenizer.encode("Once upon a time")]
        >>> model.log_probs(torch.tensor([tokens])).shape == (1, len(tokens) - 1)
        True
    """

    @property
    def vocabulary_size(self) -> int: ...

    @property
    def context(self) -> int:
        """The most tokens that a prediction may look at: a prompt has at most this many, `log_probs` takes one more.
        UNLIMITED where there is no such limit."""
        ...

    @property
    def device(self) -> torch.device:
        """Where the tokens given to it must lie."""
        ...

    def log_probs(self, tokens_BT: Tensor) -> Tensor:
        """log p(token t + 1 | tokens <= t): [B, T - 1], float32, nats."""
        ...

    def logits(self, tokens_BT: Tensor) -> Tensor:
        """Unnormalised log-probabilities of token t + 1, given the tokens <= t: [B, T, V], float32; T is at most `context`."""
        ...

    def start(self, prompts: Sequence[Sequence[int]]) -> State:
        """The state after reading one prompt a row, of 1 to `context` tokens; prompts may differ in length."""
        ...

    def next_logits(self, state: State) -> Tensor:
        """Unnormalised log-probabilities of each row's next token: [B, V], float32."""
        ...

    def advance(self, state: State, tokens_B: Tensor) -> State:
        """The state after one more token a row; the given state may be changed in place."""
        ...


@runtime_checkable
class CarriesState(Protocol):
    """A `LanguageModel` that can read a long text in windows, its recurrent state carried from each to the next."""

    @property
    def context(self) -> int: ...

    @property
    def device(self) -> torch.device: ...

    def initial_state(self, rows: int) -> Any:
        """The state before the first window; its `select(rows)` gives that of some rows."""
        ...

    def log_probs_from(self, tokens_BT: Tensor, carried: Any) -> tuple[Tensor, Any]:
        """`log_probs` of one window, and the state after all of its tokens but the last, which begins the next window."""
        ...
