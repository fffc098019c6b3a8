"""The page of every command with its arguments and options, made from the parsers. `python docs/_site/command_pages.py` prints it."""

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pocket_narrator.cli.commands import ALIASES, COMMANDS, EXAMPLES
from pocket_narrator.cli.main import command_functions

HEAD = """# Every command

Made from the parsers of the commands; `narrator COMMAND --help` says the same. How commands read what is typed is in
[the command line](../command-line.md).
"""


def write() -> str:
    """The page as Markdown."""
    lines = [HEAD]
    for name, about in COMMANDS.items():
        aliases = [alias for alias, command in ALIASES.items() if command == name]
        also = f" Also `narrator {aliases[0]}`." if aliases else ""
        lines += [f"## narrator {name}", "", f"{about[0].upper()}{about[1:]}.{also}", ""]
        lines += ["```bash", f"narrator {EXAMPLES[name]}", "```", ""]
        functions = command_functions(name)
        for inner, function in functions.items():
            lines += [f"### narrator {name} {inner}", ""] if len(functions) > 1 else []
            lines += [_plain(function.__doc__), "", *_table(function), ""]
    return "\n".join(lines)


def _table(function: Callable[..., None]) -> Iterator[str]:
    yield "| argument or option | value | default | meaning |"
    yield "|---|---|---|---|"
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if get_origin(parameter.annotation) is not Annotated:  # Typer's own context
            continue
        kind, info = get_args(parameter.annotation)[:2]
        is_argument = type(info).__name__ == "ArgumentInfo"
        given = [name for name in (info.default, *(info.param_decls or ())) if isinstance(name, str)]
        names = given or [("" if is_argument else "--") + parameter.name.replace("_", "-")]
        spelled = ", ".join(f"`{name.upper() if is_argument else name}`" for name in names)
        default = parameter.default
        if default is inspect.Parameter.empty:
            shown = "has to be given" if is_argument and info.default_factory is None else ""
        else:
            shown = "" if default in (None, False) else f"`{default}`"
        shown = info.show_default if isinstance(info.show_default, str) else shown
        cells = [spelled, "" if kind is bool else _value(kind, info), shown, _plain(info.help)]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|').replace('<', '&lt;') for cell in cells)} |"


def _value(kind: Any, info: Any) -> str:
    """What may be written, and between which bounds."""
    inner = [part for part in get_args(kind) if part is not NoneType]
    if get_origin(kind) is Literal:
        return ", ".join(map(str, inner))
    if inner:
        return f"{_value(inner[0], info)}{', several' if get_origin(kind) is list else ''}"
    bounds = [f"at least {info.min}" * (info.min is not None), f"at most {info.max}" * (info.max is not None)]
    return ", ".join([{int: "whole number", float: "number", Path: "path"}.get(kind, "text"), *filter(None, bounds)])


def _plain(text: str | None) -> str:
    return re.sub(r"\s*\n\s*", " ", inspect.cleandoc(text or "")).strip()


if __name__ == "__main__":
    print(write())
