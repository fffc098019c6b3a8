"""Numbers on the command line: `nan` and `inf` are none, though they pass every range (no comparison with NaN is true)."""

import functools
import math
from collections.abc import Callable
from typing import Any

from pocket_narrator.errors import NarratorError


def with_finite_numbers(function: Callable[..., None]) -> Callable[..., None]:
    """A command that refuses what is not finite. NarratorError, before any work."""

    @functools.wraps(function)
    def called(*args: Any, **given: Any) -> None:
        for name, value in given.items():
            if isinstance(value, float) and not math.isfinite(value):
                option = f"--{name.replace('_', '-')}"
                raise NarratorError(
                    f"{option} is {value}, which is no number", hint=f"give a number, or leave {option} out"
                )
        function(*args, **given)

    return called
