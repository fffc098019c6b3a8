"""The `narrator` command: a table of verbs, each imported only when it is called.

A verb is a function `pocket_narrator.cli.<verb>.<verb>` with Typer annotations, or several in `VERBS` there. Help and
errors are printed without importing Typer, torch or any verb, so they answer at once.
"""

import difflib
import errno
import importlib
import keyword
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pocket_narrator import __version__
from pocket_narrator.errors import NarratorError
from pocket_narrator.visible_text import only_text_is_shown

VERBS = {
    "recipes": "list what can be trained, with sizes and estimated times",
    "storyworld": "write stories of the embedded world to a file",
    "clean": "leave out what is not worth training on, with a reason for every story",
    "prepare": "make everything a recipe needs before training: stories, tokenizer, tokens",
    "train": "train a model from a recipe; resumes by itself",
    "tell": "tell stories with a trained model",
    "serve": "serve a trained model to programs that speak OpenAI's API",
    "demo": "open a page in the browser on which trained models tell stories",
    "bench": "measure how fast a trained model tells, and in how much memory",
    "evaluate": "measure a trained model on stories that it has not seen",
    "compare": "compare measured runs on the same stories, with paired tests",
    "scaling": "fit how loss falls with parameters, data and compute over measured runs",
    "report": "write one page about a measured run",
    "judge": "let a language model behind an endpoint assess stories",
    "inspect": "look into a trained model: what it remembers for how long, and what goes where",
    "stats": "show what is in a corpus: lengths, vocabulary, names, topics, repetition",
    "tokenizer": "train, compare and show tokenizers",
    "seen": "say how much of a passage stands in a run's training text, and where",
    "export": "write a trained model for transformers, vLLM, llama.cpp or Ollama",
    "import": "take over a model of Hugging Face's or a GGUF file, to train on",
    "doctor": "check the fast kernels on this machine",
}

# What is wrong with a disk or a path, whichever verb meets it.
OF_THE_DISK = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS),
    *(errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR),
)


def _is_beside_another() -> bool:
    """Whether torchrun has started several processes of which another one is the first: what a user can mend, that one says."""
    return int(os.environ.get("WORLD_SIZE") or 1) > 1 and os.environ.get("RANK", "0") != "0"


@contextmanager
def _one_message() -> Iterator[None]:
    """What a user can mend ends as one message and exit code 2; only bugs keep their traceback."""
    try:
        yield
        sys.stdout.flush()
    except NarratorError as error:
        if not _is_beside_another():
            print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader has gone (`narrator recipes | head`). Python flushes stdout once more at exit; let it go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        if error.errno not in OF_THE_DISK:
            raise
        hint = "choose a place that can be written to, with space left on its disk"
        where = None if error.filename is None else str(error.filename)
        message = NarratorError(f"the file cannot be used: {error.strerror}", where=where, hint=hint)
        print(f"error: {message}", file=sys.stderr)
        raise SystemExit(2) from None


def main() -> None:
    """Runs the verb named by the first argument of the process."""
    with only_text_is_shown():
        _run()


@_one_message()
def _run() -> None:
    verb, *arguments = sys.argv[1:] or ["--help"]
    if verb in ("-h", "--help"):
        print(_help())
    elif verb == "--version":
        print(f"pocket-narrator {__version__}")
    elif verb in VERBS:
        _call(verb, arguments)
    else:
        nearest = difflib.get_close_matches(verb, VERBS, n=1)
        hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
        raise NarratorError(f"'{verb}' is not a verb of narrator{hint}", hint="narrator --help lists the verbs")


def _call(verb: str, arguments: list[str]) -> None:
    import typer

    name = f"{verb}_" if keyword.iskeyword(verb) else verb
    module = importlib.import_module(f"pocket_narrator.cli.{name}")
    functions = getattr(module, "VERBS", None) or {verb: getattr(module, name)}
    application = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    for name, function in functions.items():
        # Wrapped as well, since Typer would otherwise turn an interrupt or a broken pipe into a silent exit.
        application.command(name)(_one_message()(function))
    # The ancestor that all wrong arguments share, which not every version of Typer names.
    wrong_arguments: Any = typer.BadParameter.__mro__[1]
    try:
        code = application(arguments, prog_name=f"narrator {verb}", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except wrong_arguments as error:
        raise _wrong_arguments(error, f"narrator {verb}") from None
    raise SystemExit(code or 0)


def _wrong_arguments(error: Any, command: str) -> NarratorError:
    """Typer's complaint as one of ours: `--port: should be less than or equal to 65535`."""
    command = error.ctx.command_path if error.ctx is not None else command
    what = " ".join(error.format_message().split()).rstrip(".")
    what = re.sub(r"^Invalid value for '(.+?)': (?:Input |Value error, )?", r"\1: ", what)
    what = re.sub(r" \(Possible options: (.+)\)$", r"; did you mean \1?", what)
    return NarratorError(what[0].lower() + what[1:], where=command, hint=f"{command} --help explains its arguments")


def _help() -> str:
    verbs = "\n".join(f"  {verb:<12}{text}" for verb, text in VERBS.items())
    return f"""usage: narrator VERB [ARGUMENTS]

Trains, tells with, and measures small language models that write stories.

verbs:
{verbs}

narrator VERB --help explains a verb; narrator --version names this version.
A first run: narrator train storyworld-quick"""


if __name__ == "__main__":
    main()
