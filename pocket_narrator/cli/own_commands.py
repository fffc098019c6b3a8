"""Commands that were added: `narrator NAME`, from an installed package or with `--plugin FILE`."""

import inspect
from collections.abc import Callable, Sequence

from pocket_narrator.cli.commands import ALIASES, COMMANDS
from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.failures import last_line
from pocket_narrator.plugins.origin import names_of_caller
from pocket_narrator.plugins.signature import place_of_definition
from pocket_narrator.plugins.table import Table
from pocket_narrator.plugins.target import Target, resolve

VERBS: Table[Target] = Table("verbs", "command", {})


def _refuse_unfitting(name: str, item: object) -> None:
    """PluginError for the name of another command, and for a function whose arguments no command line can give."""
    if name in COMMANDS or name in ALIASES:
        raise PluginError(f"there is a command named '{name}' already", hint="give yours another name")
    if isinstance(item, str) and ":" in item:
        return  # imported when it is wanted
    if not callable(item):
        raise PluginError(f"the command '{name}' is no function", found=f"{item!r:.60}", expected=EXPECTED)
    import typer

    application = typer.Typer(add_completion=False)
    try:
        if many := [
            one
            for one in inspect.signature(item).parameters.values()
            if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        ]:
            raise TypeError(f"{many[0]} is none or several")
        application.command(name)(item)
        typer.main.get_command(application)
    except Exception as error:  # of whatever sort: Typer raises RuntimeError, AssertionError and more
        what = f"the command '{name}' has parameters that no command line can give: {last_line(error)}"
        raise PluginError(what, where=place_of_definition(item), expected=EXPECTED) from error


EXPECTED = "a function whose parameters have Typer's annotations: def shout(text: str, times: int = 1) -> None"
VERBS.refuse = _refuse_unfitting


def register_verb(name: str, function: Target) -> None:
    """Makes a function with Typer's annotations known as `narrator NAME`. PluginError for a name that is taken."""
    VERBS.register(name, function, names_of_caller())


def plugins_named(words: Sequence[str]) -> list[str]:
    """What `--plugin` names among the words of a command, before they are parsed."""
    apart = [words[place + 1] for place, word in enumerate(words[:-1]) if word == "--plugin"]
    return apart + [word.partition("=")[2] for word in words if word.startswith("--plugin=")]


def find_command(name: str, arguments: Sequence[str]) -> Callable | None:
    """The function of an added command; own code that the arguments name is loaded first. None where there is none."""
    from pocket_narrator.plugins.load import load_plugins

    load_plugins(plugins_named(arguments))
    target = VERBS.find(name) if name.isidentifier() else None
    return None if target is None else resolve(target, f"the command '{name}'")
