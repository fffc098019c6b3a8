"""What telling and measuring see of a model, whatever its kind."""

from collections.abc import Sequence
from typing import Protocol, Self

from torch import Tensor


class LanguageModelState(Protocol):
    """What a model remembers of each row of a batch of growing stories."""

    def select(self, rows: Tensor) -> Self:
        """The state of some rows, in the order given; a copy."""
        ...

    def join(self, other: Self) -> Self:
        """This state's rows followed by the other's; a copy."""
        ...


class LanguageModel(Protocol):
    """Scores texts and continues them. Legend: B rows, T tokens, V vocabulary."""

    @property
    def vocabulary_size(self) -> int: ...

    @property
    def context(self) -> int:
        """The most tokens that `log_probs` and a prompt may have."""
        ...

    def log_probs(self, tokens_BT: Tensor) -> Tensor:
        """log p(token t + 1 | tokens <= t): [B, T - 1], float32, nats."""
        ...

    def start(self, prompts: Sequence[Sequence[int]]) -> LanguageModelState:
        """The state after reading one prompt a row; prompts may differ in length."""
        ...

    def next_logits(self, state: LanguageModelState) -> Tensor:
        """Unnormalised log-probabilities of each row's next token: [B, V], float32."""
        ...

    def advance(self, state: LanguageModelState, tokens_B: Tensor) -> LanguageModelState:
        """The state after one more token a row; the given state may be changed in place."""
        ...
