"""What a mixer is to everything but its arithmetic: name, options, place in a layer, checks and cost. torch is not needed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.signature import place_of_definition, refuse_other_arguments
from pocket_narrator.plugins.target import resolve
from pocket_narrator.recipe.section import Section


class StackSizes(Protocol):
    """What a mixer may ask of the recipe's section `model`."""

    @property
    def width(self) -> int: ...
    @property
    def heads(self) -> int: ...
    @property
    def key_value_heads(self) -> int | None: ...
    @property
    def context(self) -> int: ...
    @property
    def window(self) -> int | None: ...
    @property
    def positions(self) -> str: ...
    @property
    def bias(self) -> bool: ...

    def options_of(self, name: str) -> Any:
        """The options of a mixer, an instance of its kind's `options`."""
        ...


@dataclass(frozen=True, slots=True)
class MixerCost:
    """What one mixer costs, its output product included."""

    products: int  # weights of matrix products: one multiply-add a token each
    others: int  # other parameters
    flops: int  # forward, a token, beside the products
    activations: int  # numbers kept for the backward pass, a token, its normalised input included
    state: int  # numbers remembered of one story


@dataclass(frozen=True)
class MixerKind:
    """One kind of sequence mixer, under the name that `model.layers` has for it.

    `module` is the class, a subclass of `pocket_narrator.Mixer` that is made with `(model, index)`: the recipe's section
    `model`, and the layer's number from 0. It is the class itself or "package.module:Class", imported when a stack is made.
    """

    name: str  # as `narrator inspect` shows it
    module: str | type
    options: type[Section] | None = None  # the section `model.NAME`; every field needs a default
    has_feed_forward: bool = True  # False: the mixer is a whole layer, no feed-forward network follows it
    takes_values: bool = False  # its forms can add value embeddings to what it stores of a token
    check: Callable[[Any], None] | None = None  # of the section `model`: raises ValueError, naming the keys
    cost: Callable[[Any, int], MixerCost] | None = None  # of `model` and the layer's number; None: counted by torch
    published_as: tuple[
        str, ...
    ] = ()  # transformers' classes that can hold a stack of these alone; none: our own class

    def load(self) -> Any:
        """The class, imported where it is named only. PluginError where it is none, or not a mixer: which methods are missing."""
        found = resolve(self.module, f"the class of the mixer '{self.name}', {self.module},")
        refuse_other_class(self.name, found)
        return found


REQUIRED = ("forward", "start", "prefill")  # the forms that every mixer has; others have defaults
ARGUMENTS = {  # what its methods are called with, by place
    "forward": ("x_BTC", "starts_BT", "values_BTC"),
    "forward_from": ("x_BTC", "state", "starts_BT", "values_BTC"),
    "start": ("rows",),
    "prefill": ("x_BTC", "state", "lengths_B", "values_BTC"),
}


def refuse_other_class(name: str, found: object) -> None:
    """PluginError where `found` is no class of a mixer."""
    if not isinstance(found, type):
        raise PluginError(f"the mixer '{name}' is no class", found=f"{found!r:.80}", expected=EXPECTED)
    bases = [f"{base.__module__}.{base.__name__}" for base in found.__mro__]
    absent = set(getattr(found, "__abstractmethods__", ()))
    missing = [method for method in REQUIRED if method in absent or not _has(found, method)]
    if missing:
        what = f"the class {found.__name__} of the mixer '{name}' has no method {' and no '.join(missing)}"
        raise PluginError(what, where=place_of_definition(found), expected=EXPECTED)
    if BASE not in bases:
        what = f"the class {found.__name__} of the mixer '{name}' does not derive from pocket_narrator.Mixer"
        raise PluginError(what, where=place_of_definition(found), expected=EXPECTED)
    if absent:
        what = f"the class {found.__name__} of the mixer '{name}' has no method {' and no '.join(sorted(absent))}"
        raise PluginError(what, where=place_of_definition(found), expected=EXPECTED)
    refuse_other_arguments(found, ("model", "index"), f"the class {found.__name__} of the mixer '{name}'", EXPECTED)
    for method, arguments in ARGUMENTS.items():
        what = f"{method} of the class {found.__name__} of the mixer '{name}'"
        expected = f"def {method}(self, {', '.join(arguments)})"
        refuse_other_arguments(getattr(found, method), ("self", *arguments), what, expected)


BASE = "pocket_narrator.models.mixers.mixer.Mixer"
EXPECTED = "a subclass of pocket_narrator.Mixer with forward, start and prefill, made with (model, index)"


def _has(found: type, method: str) -> bool:
    """nn.Module has a `forward` that only raises."""
    return getattr(getattr(found, method, None), "__name__", "_forward_unimplemented") != "_forward_unimplemented"
