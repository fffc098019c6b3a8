"""What every sequence mixer offers: a parallel form for training and a recurrent form for telling."""

from abc import ABC, abstractmethod
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, Protocol, Self

from torch import Tensor, nn

from pocket_narrator.errors import PluginError
from pocket_narrator.models.decoder_program.builder import ProgramBuilder
from pocket_narrator.models.outline import outline
from pocket_narrator.recipe.mixer_kind import MixerCost
from pocket_narrator.recipe.schema import ModelConfig


class MixerState(Protocol):
    """What a mixer remembers of each row of a batch."""

    def select(self, rows: Tensor) -> Self:
        """The state of some rows, in the order given; a copy."""
        ...

    def join(self, other: Self) -> Self:
        """This state's rows followed by the other's; a copy."""
        ...


def names_of(state: MixerState) -> list[str]:
    """Of the tensors that a state consists of: states are dataclasses of tensors, whose first dimension is the row. PluginError
    where it is none."""
    if not is_dataclass(state):
        raise PluginError(
            f"the state of a mixer is a {type(state).__name__}, and should be a dataclass of tensors",
            expected="a dataclass whose fields are tensors, the row first, with select(rows) and join(other)",
        )
    return [field.name for field in fields(state)]


class Memory(NamedTuple):
    """For how many tokens some channels remember (to 1/e) where the token has no say: learned."""

    name: str
    tokens: Tensor  # one number a channel
    shortest: float | None = None  # bounds that the recipe sets
    longest: float | None = None


class Mixer(nn.Module, ABC):
    """One sequence-mixing layer. Causal: output t depends on inputs up to t only.

    A subclass has `forward`, `start` and `prefill`, and a product `out` of its own; all else has a default. It is made with
    the recipe's section `model` and the number of its layer, from 0. Legend: B rows, T tokens, C width.

    Example:
        >>> import torch
        >>> mixer = Run("tiny").model.layers[0].mixer
        >>> isinstance(mixer, Mixer)
        True
        >>> mixer(torch.zeros(1, 5, 32)).shape
        torch.Size([1, 5, 32])
    """

    out: nn.Linear  # what it adds to the residual stream comes out of this product

    def initialise(self) -> None:
        """Sets the weights that should not begin as the stack begins them: called after those of all products are set."""

    @abstractmethod
    def forward(self, x_BTC: Tensor, starts_BT: Tensor | None = None, values_BTC: Tensor | None = None) -> Tensor:
        """The parallel form [B, T, C] -> [B, T, C]. Nothing is carried across a story start where `starts_BT` is given.
        values_BTC is added to what the mixer stores of each token (value embeddings)."""

    def forward_from(
        self, x_BTC: Tensor, state: MixerState, starts_BT: Tensor | None = None, values_BTC: Tensor | None = None
    ) -> tuple[Tensor, MixerState]:
        """The parallel form for one window of a longer text: goes on from the state at the end of the window before, and
        gives the state at its own end. No gradient reaches the state given. A mixer whose memory is its window (attention)
        begins anew."""
        return self.forward(x_BTC, starts_BT, values_BTC), state

    @abstractmethod
    def start(self, rows: int) -> MixerState:
        """The state before the first token."""

    @abstractmethod
    def prefill(
        self, x_BTC: Tensor, state: MixerState, lengths_B: Tensor, values_BTC: Tensor | None = None
    ) -> tuple[Tensor, MixerState]:
        """Reads `lengths_B[b]` tokens of each row after those that the state has seen; outputs past them are undefined.
        The state may be changed in place. One token costs constant work."""

    # ---- optional: speed, costs, and looking inside

    def compile_into(self, builder: ProgramBuilder, norm: tuple, values: Tensor | None) -> None:
        """Adds this layer's operations to the program of the C decoder: they read `builder.x` through `norm`, add what the
        mixer gives to it, and keep what they remember of each story in memory of the builder's. values: the table of
        value embeddings, None where the layer has none. A mixer without this method generates through torch."""
        raise NotImplementedError

    def why_not_compiled(self) -> str | None:
        """What keeps the C decoder from holding this layer, of which it has a form: its sizes; None: nothing."""
        return None

    def memories(self) -> list[Memory]:
        """For how long its channels remember, where it learns that."""
        return []

    def learned(self) -> dict[str, list[float]]:
        """Learned numbers by name; `narrator inspect` shows those named cross_track_gates."""
        return {}

    def views(self, x_BTC: Tensor, values_BTC: Tensor | None = None) -> dict[str, Tensor]:
        """What it does with the rows of a batch, by name, each with the row first: for looking at, not for speed."""
        return {}

    @classmethod
    def count(cls, model: ModelConfig, index: int) -> MixerCost:
        """What a layer costs, where its kind has no `cost`: weights and state are exact; of the arithmetic only the products
        are counted, and what is kept for the backward pass is taken to be the inputs and outputs of the products."""
        made: Any = cls
        mixer, state = outline(lambda: ((one := made(model, index)), one.start(1)))
        linears = [module for module in mixer.modules() if isinstance(module, nn.Linear)]
        products = sum(linear.weight.numel() for linear in linears)
        return MixerCost(
            products=products,
            others=sum(parameter.numel() for parameter in mixer.parameters()) - products,
            flops=0,
            activations=model.width + sum(linear.in_features + linear.out_features for linear in linears),
            state=sum(one.numel() for name in names_of(state) if (one := getattr(state, name)).is_floating_point()),
        )
