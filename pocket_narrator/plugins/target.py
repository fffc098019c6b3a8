"""Functions and classes that are named now and imported when they are wanted."""

import importlib
from collections.abc import Callable
from typing import Any

from pocket_narrator.plugins.failures import import_failed

Target = str | Callable[..., Any]  # "package.module:function", or the thing itself


def resolve(target: Target, what: str) -> Any:
    """The thing itself. PluginError, about `what`, where it cannot be imported."""
    if not isinstance(target, str):
        return target
    module, _, name = target.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise import_failed(what, None, error) from error
