"""Commands that were added: `narrator NAME`, from an installed package or with `--plugin FILE`."""

from collections.abc import Callable, Sequence

from pocket_narrator.cli.commands import ALIASES, COMMANDS
from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.origin import names_of_caller
from pocket_narrator.plugins.table import Table
from pocket_narrator.plugins.target import Target, resolve

VERBS: Table[Target] = Table("verbs", "command", {})


def _refuse_taken(name: str, item: object) -> None:
    if name in COMMANDS or name in ALIASES:
        raise PluginError(f"there is a command named '{name}' already", hint="give yours another name")


VERBS.refuse = _refuse_taken


def register_verb(name: str, function: Target) -> None:
    """Makes a function with Typer's annotations known as `narrator NAME`. PluginError for a name that is taken."""
    VERBS.register(name, function, names_of_caller())


def find_command(name: str, arguments: Sequence[str]) -> Callable | None:
    """The function of an added command; own code that the arguments name is loaded first. None where there is none."""
    from pocket_narrator.plugins.load import load_plugins

    words = list(arguments)
    named = [words[place + 1] for place, word in enumerate(words[:-1]) if word == "--plugin"]
    named += [word.partition("=")[2] for word in words if word.startswith("--plugin=")]
    load_plugins(named)
    target = VERBS.find(name) if name.isidentifier() else None
    return None if target is None else resolve(target, f"the command '{name}'")
