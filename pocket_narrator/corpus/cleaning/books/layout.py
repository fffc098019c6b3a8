"""Undoes hard wraps: a paragraph becomes a line, and verse, lists and headings keep their lines."""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import quantiles

Blocks = list[list[str]]  # paragraphs as lists of lines, with their indents

_BREAK = re.compile(r"^[\s*\u2022.~#_=-]*$")  # nothing but stars or strokes: a scene ends
_FIRST_WORD = re.compile(r"\s*(\S*)")
_DEFAULT_WIDTH = 72


def blocks_of(text: str) -> Blocks:
    """Paragraphs: what stands between blank lines, or begins with an indent in a text that is set like that."""
    blocks: Blocks = []
    block: list[str] = []
    for line in (*text.expandtabs(4).split("\n"), ""):
        line = line.rstrip()
        if line:
            block.append(line)
        elif block:
            blocks += _parted_by_indents(block)
            block = []
    return blocks


def wrap_width(blocks: Blocks) -> float:
    """How wide the book is set: most lines that are wrapped are nearly as long."""
    lengths = [len(line) for block in blocks if len(block) > 2 for line in block[:-1]]
    return quantiles(lengths, n=10)[7] if len(lengths) > 10 else _DEFAULT_WIDTH


def unwrap(block: list[str], width: float) -> str:
    """A paragraph on one line, or its lines as they are where they were not broken for want of room."""
    if all(_BREAK.match(line) for line in block):
        return "* * *"
    if len(block) == 1 or not _is_wrapped(block, width):
        return "\n".join(" ".join(line.split()) for line in block)
    return joined(block)


def joined(lines: Sequence[str]) -> str:
    """Lines that were one, with single blanks."""
    text = lines[0].strip()
    for line in lines[1:]:
        # A stroke at a line's end is a hyphen or a dash; neither has a blank after it.
        text += line.strip() if text.endswith(("-", "\u2014")) else " " + line.strip()
    return " ".join(text.split())


def _is_wrapped(block: list[str], width: float) -> bool:
    """Whether most lines end because the next word did not fit, or in the middle of a sentence's small letters."""
    room = max(max(map(len, block)), 0.75 * width)
    wrapped = 0
    for line, after in pairwise(block):
        match = _FIRST_WORD.match(after)
        word = match.group(1) if match else ""
        is_full = len(line) + 1 + len(word) > room - 2
        wrapped += is_full or (len(line) >= 0.55 * width and not word[:1].isupper())
    return wrapped >= 0.6 * (len(block) - 1)


def _parted_by_indents(block: list[str]) -> Blocks:
    """Several paragraphs without blank lines between, each begun by an indent; or the block as it is."""
    indents = [len(line) - len(line.lstrip()) for line in block]
    usual = min(indents)
    begins = [at for at, indent in enumerate(indents) if usual + 1 < indent < usual + 9]
    if len(block) < 4 or not begins or len(begins) > 0.6 * len(block) or usual + 1 < indents[-1] > indents[0]:
        return [block]
    cuts = sorted({0, *begins, len(block)})
    return [block[start:stop] for start, stop in pairwise(cuts)]
