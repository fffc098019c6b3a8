"""What a model is in another library's terms, and the words for what does not fit there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from pydantic import ValidationError
from torch import Tensor

from pocket_narrator.errors import InteropError

Config = Mapping[str, object]
Tensors = Mapping[str, Tensor]


@dataclass(frozen=True)
class ForeignModel:
    """A config (the content of `config.json`) and tensors under the names of a class of Hugging Face's."""

    config: dict[str, object]
    tensors: dict[str, Tensor]

    @property
    def kind(self) -> str:
        """The class, such as `LlamaForCausalLM`."""
        names = self.config["architectures"]
        assert isinstance(names, list)
        return names[0]


# What files hold beside weights, which transformers leaves out as well: masks, and what positions are rotated by.
NO_WEIGHTS = re.compile(r"(^|\.)(attn|attention|crossattention)\.(masked_)?bias$|(^|\.)rotary_emb\.inv_freq$")
SHOWN = 3  # names in a message


class Taken(Mapping[str, Tensor]):
    """Tensors, and which of them have been taken."""

    def __init__(self, tensors: Tensors) -> None:
        self._tensors = tensors
        self._taken: set[str] = set()

    def __getitem__(self, name: str) -> Tensor:
        self._taken.add(name)
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def refuse_left_over(self, passed_over: str | None) -> None:
        """InteropError where weights are left, such as those of layers that the config does not have. passed_over: a name that
        may be."""
        left = [
            name
            for name in self._tensors
            if name not in self._taken and name != passed_over and not NO_WEIGHTS.search(name)
        ]
        if left:
            more = f" and {len(left) - SHOWN} more" if left[SHOWN:] else ""
            names = ", ".join(name[:80] for name in left[:SHOWN])
            refuse(f"its config has no place for {len(left):,} of its {len(self):,} weights: {names}{more}")


def whole_number(config: Config, key: str, default: int | None = None, largest: int = 1 << 24) -> int:
    """A size out of a config that may say anything."""
    value = config.get(key)
    value = default if value is None else value
    if type(value) is not int or not 0 < value <= largest:
        refuse(f"its config says {key}={str(value)[:40]}", f"a whole number from 1 to {largest:,}")
    return value


def number(config: Config, key: str, default: float) -> float:
    """A positive number out of a config that may say anything."""
    value = config.get(key, default)
    if type(value) not in (int, float) or not 0 < value <= 1e12:  # type: ignore[operator]
        refuse(f"its config says {key}={str(value)[:40]}", "a positive number")
    return float(value)  # type: ignore[arg-type]


def refuse_other_settings(config: Config, ours: Mapping[str, object], kind: str) -> None:
    """InteropError where a config asks for something else than what our stack does; a key that is missing is as ours."""
    for key, expected in ours.items():
        given = config.get(key, expected)
        if given != expected:
            refuse(f"the {kind} has {key}={str(given)[:60]}, and our stack only {expected}")


def is_tied(config: Config, tensors: Tensors, head: str) -> bool:
    """Whether the head is the embedding; where the config does not say, whether there is no head of its own."""
    given = config.get("tie_word_embeddings")
    return head not in tensors if given is None else bool(given)


def take(tensors: Tensors, names: Sequence[str], kind: str) -> list[Tensor]:
    """The tensors of these names. InteropError where some are missing."""
    missing = [name for name in names if name not in tensors]
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        refuse(f"the {kind} lacks the weight {missing[0]}{more}")
    return [tensors[name] for name in names]


@contextmanager
def refusing_misfits() -> Iterator[None]:
    """What a config and weights that do not belong together do to the arithmetic becomes an InteropError."""
    try:
        yield
    except ValidationError as error:
        refuse(f"its config is beyond what our stack can be: {first_problem(error)}")
    except (OverflowError, ValueError, TypeError, KeyError, IndexError, RuntimeError) as error:
        refuse(f"its config and its weights do not belong together: {' '.join(str(error).split())[:200]}")


def first_problem(error: ValidationError) -> str:
    """What a model section is refused for, in one line."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return " ".join(f"{place}: {first['msg']}".removeprefix(": ").split())[:200]


def refuse(what: str, expected: str | None = None) -> NoReturn:
    raise InteropError(what, expected=expected, hint="import a model of another shape, or one that is whole")
