"""Prompts and passages on the command line, with and without quotes."""

import sys
from collections.abc import Sequence

from pocket_narrator.errors import PromptError
from pocket_narrator.terminal.messages import say


def read_prompts(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """The prompts that were typed; none where nothing was. `--prompt TEXT` is always one, whatever is in it.

    PromptError where both are given.
    """
    if words and options:
        both = f"{' '.join(words)} and --prompt"
        raise PromptError("prompts are given in two ways", found=both, hint="put --prompt before each of them")
    return list(options) or read_texts(words, "prompt", "for several of one word each, put --prompt before each")


def read_texts(words: Sequence[str], noun: str, otherwise: str) -> list[str]:
    """Texts as a shell hands them over: `Once upon a time` without quotes is one, and said to be.

    Where a blank stands in one of the words, quotes have been used, and each word is a text of its own. A `-` alone is read
    from standard input.
    """
    if list(words) == ["-"]:
        if sys.stdin is None:
            raise PromptError(f"there is no standard input to read the {noun} from", hint=f"type the {noun}, in quotes")
        try:
            return [sys.stdin.read().rstrip("\r\n")]
        except UnicodeDecodeError as error:
            raise PromptError(
                f"the {noun} on standard input is no UTF-8: {error.reason} at byte {error.start:,}",
                hint="convert it first: iconv -f ITS-ENCODING -t UTF-8 FILE | narrator ...",
            ) from None
    if len(words) < 2 or any(not word or any(map(str.isspace, word)) for word in words):
        return list(words)
    whole = " ".join(words)
    say(f'one {noun}: "{whole}" ({otherwise})')
    return [whole]
