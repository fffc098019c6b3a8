"""The `narrator` command: a table of commands, each imported only when it is called.

A command is a function `pocket_narrator.cli.<name>.<name>` with Typer annotations, or several in `COMMANDS` there. Help and
errors are printed without importing Typer, torch or any command, so they answer at once.
"""

import errno
import importlib
import keyword
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pocket_narrator import __version__
from pocket_narrator.cli.commands import ALIASES, COMMANDS, unknown_command
from pocket_narrator.errors import NarratorError
from pocket_narrator.process.openmp import wait_briefly
from pocket_narrator.terminal.messages import for_terminal, is_beside_another
from pocket_narrator.terminal.visible_text import only_text_is_shown

# What is wrong with a disk or a path, whichever command meets it.
OF_THE_DISK = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS),
    *(errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EEXIST, errno.EIO),
)


@contextmanager
def _one_message() -> Iterator[None]:
    """What a user can mend ends as one message and exit code 2; only bugs keep their traceback."""
    try:
        yield
        sys.stdout.flush()
    except NarratorError as error:
        if not is_beside_another():
            _print_error(error)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader has gone (`narrator recipes | head`). Python flushes stdout once more at exit; let it go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except Exception as error:
        from pocket_narrator.plugins.uncaught import failure_of_own_code

        message = failure_of_own_code(error) or _failure_of_the_disk(error)
        if message is None:
            raise
        _print_error(message)
        raise SystemExit(2) from None


def _failure_of_the_disk(error: Exception) -> NarratorError | None:
    if not isinstance(error, OSError) or error.errno not in OF_THE_DISK:
        return None
    hint = "choose a place that can be written to, with space left on its disk"
    where = None if error.filename is None else str(error.filename)
    return NarratorError(f"the file cannot be used: {error.strerror}", where=where, hint=hint)


def _print_error(error: NarratorError) -> None:
    print(for_terminal(f"error: {error}", sys.stderr), file=sys.stderr)


def main() -> None:
    """Runs the command named by the first argument of the process."""
    with only_text_is_shown():
        _run()


@_one_message()
def _run() -> None:
    first, *arguments = sys.argv[1:] or ["--help"]
    if first in ("-h", "--help", "help"):
        if not arguments:
            print(_help())
            return
        first, arguments = arguments[0], [*arguments[1:], "--help"]
        if first == "help":
            print(_help())
            return
    if first in ("-V", "-v", "--version", "version"):
        print(f"pocket-narrator {__version__}")
        return
    wait_briefly()
    if first in COMMANDS or first in ALIASES:
        _call(first, arguments)
    else:
        from pocket_narrator.cli.own_commands import find_command

        function = find_command(first, arguments)
        if function is None:
            raise unknown_command(first)
        _call(first, arguments, {first: function})


def command_functions(typed: str) -> dict[str, Callable[..., None]]:
    """The functions behind a command by their names: one, or one for each subcommand."""
    name = ALIASES.get(typed, typed)
    name = f"{name}_" if keyword.iskeyword(name) else name.replace("-", "_")
    module = importlib.import_module(f"pocket_narrator.cli.{name}")
    return getattr(module, "COMMANDS", None) or {typed: getattr(module, name)}


def command_parser(typed: str, functions: dict[str, Callable[..., Any]] | None = None) -> Any:
    """The parser of a command, made from the annotations of its functions; for several, of a group with one for each.
    functions: of a command that was added."""
    import typer

    from pocket_narrator.cli.arguments.finite_numbers import with_finite_numbers
    from pocket_narrator.cli.arguments.own_code import OF_NO_RUN, WITHOUT, with_own_code

    application = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name, function in (functions or command_functions(typed)).items():
        # Wrapped as well, since Typer would otherwise turn an interrupt or a broken pipe into a silent exit.
        taken = function if typed in WITHOUT else with_own_code(function, takes_trust=typed not in OF_NO_RUN)
        if functions is None:  # a command that was added may have a use for infinity
            taken = with_finite_numbers(taken)
        application.command(name)(_one_message()(taken))
    return typer.main.get_command(application)


def _call(typed: str, arguments: list[str], functions: dict[str, Callable[..., Any]] | None = None) -> None:
    import typer

    from pocket_narrator.cli.arguments.wrong_arguments import complete_options, refuse_empty, wrong_arguments

    parser = command_parser(typed, functions)
    if arguments == ["help"] and not os.path.exists("help"):
        arguments = ["--help"]
    # The ancestor that all wrong arguments share, which not every version of Typer names.
    refused: Any = typer.BadParameter.__mro__[1]
    words = [typed, *complete_options(parser, typed, arguments)]
    refuse_empty(parser, words)
    try:
        code = parser.main(words[1:], prog_name=f"narrator {typed}", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except refused as error:
        raise wrong_arguments(error, words) from None
    raise SystemExit(code or 0)


def _help() -> str:
    commands = "\n".join(f"  {name:<12}{text}" for name, text in COMMANDS.items())
    aliases = "; ".join(f"{alias} is {name}" for alias, name in ALIASES.items())
    return f"""usage: narrator COMMAND [ARGUMENTS]

Trains, generates with, and evaluates small language models that write stories.

commands:
{commands}

Other names: {aliases}.
narrator help COMMAND explains a command; narrator version names this version.
A first run: narrator train storyworld-quick"""


if __name__ == "__main__":
    main()
