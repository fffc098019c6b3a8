"""The options with which commands take own code: `--plugin FILE`, and `--trust` for the copy that a run keeps."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from pocket_narrator.terminal.messages import carried_options

WITHOUT = (
    "check",
    "clean",
    "doctor",
    "new-mixer",
    "runs",
    "storyworld",
)  # commands that read neither a recipe nor a run
NOTHING_OF_THEIRS = ("recipes", "--help")  # show nothing of own code, which so need not be named to them
OF_NO_RUN = ("import", "prepare", "read", "recipes", "stats", "tokenizer")  # those that read no run

PLUGIN = typer.Option(
    "--plugin",
    metavar="FILE",
    help="Own code: a file that registers mixers, metrics and so on, or an installed package. Can be repeated.",
)
TRUST = typer.Option("--trust", help="Run the copy of own code that a run keeps. It is a program: read it first.")


def _for_next_commands(files: Sequence[str], is_trusted: bool) -> dict[str, Sequence[str]]:
    """What commands that are printed need to have the own code that this one has, by their names."""
    plugins = [word for file in files for word in ("--plugin", file)]
    without = (*WITHOUT, *NOTHING_OF_THEIRS)
    return {
        "": [*plugins, *["--trust"] * is_trusted],
        **dict.fromkeys(OF_NO_RUN, plugins),
        **dict.fromkeys(without, ()),
    }


def with_own_code(function: Callable[..., Any], takes_trust: bool = True) -> Callable[..., Any]:
    """The function of a command with these two options, which are seen to before it is called. `takes_trust`: the command may
    load a run; others have --plugin alone."""

    @functools.wraps(function)
    def called(*args: Any, own_code_files: list[str], own_code_trusted: bool = False, **kwargs: Any) -> Any:
        from pocket_narrator.plugins.kept import trust_kept_code
        from pocket_narrator.plugins.load import load_plugins

        with carried_options(_for_next_commands(own_code_files, own_code_trusted)):
            if own_code_trusted:
                trust_kept_code()
            load_plugins(own_code_files)
            return function(*args, **kwargs)

    added: dict[str, tuple[Any, Any]] = {"own_code_files": (Annotated[list[str], PLUGIN], [])}
    if takes_trust:
        added["own_code_trusted"] = (Annotated[bool, TRUST], False)
    signature = inspect.signature(function, eval_str=True)
    parameters = [
        *signature.parameters.values(),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, (annotation, default) in added.items()
        ),
    ]
    called.__dict__["__signature__"] = signature.replace(parameters=parameters)
    called.__annotations__ = {
        **{name: parameter.annotation for name, parameter in signature.parameters.items()},
        **{name: annotation for name, (annotation, _) in added.items()},
    }
    return called
