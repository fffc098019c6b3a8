"""What the options of sampling may be: one table for recipes, the command line, the API and the page.

Within these bounds every float32 logit that a sound model gives stays finite, and one story's token costs what another's does.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import Field


@dataclass(frozen=True)
class Bounds:
    """A number from `at_least`, or above `above`, up to `at_most`; `off`: values that switch an option off."""

    at_most: float
    at_least: float | None = None
    above: float | None = None
    whole: bool = False
    off: tuple[float, ...] = ()

    def field(self, default: Any) -> Any:
        """A recipe's key with these bounds."""
        return Field(default=default, ge=self.at_least, gt=self.above, le=self.at_most)

    def hold(self, value: object) -> bool:
        """Whether a value may be used; NaN, infinity and truth values may not."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return False
        low = self.at_least is None or value >= self.at_least
        return low and (self.above is None or value > self.above) and value <= self.at_most

    def __str__(self) -> str:
        low = f"above {self.above:g}" if self.above is not None else f"of at least {self.at_least:g}"
        off = f"; {' or '.join(f'{value:g}' for value in self.off)}: off" if self.off else ""
        return f"a {'whole ' * self.whole}number {low} and at most {self.at_most:.10g}{off}"


BOUNDS = {
    "temperature": Bounds(100, at_least=0),
    "top_k": Bounds(2**31 - 1, at_least=-1, whole=True, off=(0, -1)),
    "top_p": Bounds(1, above=0, off=(1,)),
    "min_p": Bounds(1, at_least=0, off=(0,)),
    "typical": Bounds(1, above=0, off=(1,)),
    "mirostat": Bounds(100, at_least=0, off=(0,)),
    "mirostat_rate": Bounds(1, above=0),
    "repetition_penalty": Bounds(100, at_least=0.01),
    "no_repeat_ngram": Bounds(64, at_least=0, whole=True, off=(0,)),
    "logprobs": Bounds(20, at_least=0, whole=True),
    "max_tokens": Bounds(10_000_000, at_least=1, whole=True),
    "seed": Bounds(2**64 - 1, at_least=0, whole=True),
}
