"""Whether a function that was added can be called as it will be: looked at when it is registered."""

import inspect
from collections.abc import Sequence
from typing import Any

from pocket_narrator.errors import PluginError


def refuse_other_function(function: object, arguments: Sequence[str], what: str) -> None:
    """PluginError where `function` cannot be called with these arguments, in this order. what: `the schedule 'mine'`.

    "package.module:function", which is imported when it is wanted, is only looked at for its colon.
    """
    expected = f"a function of ({', '.join(arguments)})"
    if isinstance(function, str):
        if ":" not in function:
            raise PluginError(f"{what} is named by a text that names no function", found=f"{function!r:.60}", expected=f'"package.module:function", or {expected}')  # fmt: skip
        return
    if not callable(function):
        raise PluginError(f"{what} is no function", found=f"{function!r:.60}", expected=expected)
    refuse_other_arguments(function, arguments, what, expected)


def refuse_other_arguments(function: Any, arguments: Sequence[str], what: str, expected: str) -> None:
    """The same of something that can be called; `expected` says how."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # written in C: it will say so itself
        return
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise PluginError(
            f"{what} cannot be called with {len(arguments)} argument{'s' * (len(arguments) != 1)}: {error}",
            where=place_of_definition(function),
            expected=expected,
            found=f"({', '.join(signature.parameters)})",
        ) from None


def place_of_definition(thing: Any) -> str | None:
    """`my_mixer.py:12`, where a function or class is written; None where nobody knows."""
    try:
        return f"{inspect.getsourcefile(thing)}:{inspect.getsourcelines(thing)[1]}"
    except (OSError, TypeError):
        return getattr(thing, "__module__", None)
