"""The code blocks of the documentation, and the commands in them and in its sentences."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md", "benchmarks/README.md")
    ),
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.name != "experiments.md"),
]  # the log has the commands of its days

FENCE = re.compile(r"^( *)```(\w*)")
INLINE = re.compile(r"`(narrator [^`]+)`")


class Block(NamedTuple):
    page: str  # path from the root
    line: int  # of its first line
    language: str
    text: str


class Command(NamedTuple):
    place: str  # page:line
    words: list[str]


def blocks_of(page: Path) -> Iterator[Block]:
    """Every fenced block, without the blanks that it is indented by."""
    name, lines = page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8").splitlines()
    begun: tuple[int, str, str] | None = None
    for number, line in enumerate(lines):
        fence = FENCE.match(line)
        if fence and begun is None:
            begun = (number + 1, *fence.groups())
        elif fence and begun:
            start, indent, language = begun
            yield Block(name, start + 1, language, "\n".join(line.removeprefix(indent) for line in lines[start:number]))
            begun = None
    assert begun is None, f"{name}:{begun}: this block does not end"


def commands_of(block: Block) -> Iterator[Command]:
    """What a shell would run, word by word: without comments, and each part of a pipe by itself."""
    whole = block.text.replace("\\\n", " ")
    for number, line in enumerate(whole.splitlines()):
        words = shlex.split(line, comments=True)
        while "|" in words:
            yield Command(f"{block.page}:{block.line + number}", words[: words.index("|")])
            words = words[words.index("|") + 1 :]
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):  # the environment of this command
            words = words[1:]
        if words:
            yield Command(f"{block.page}:{block.line + number}", words)


def inline_commands(page: Path) -> Iterator[Command]:
    """`narrator ...` in sentences and tables, which may leave out what is not spoken of."""
    name, fenced = page.relative_to(ROOT).as_posix(), False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= bool(FENCE.match(line))
        for found in () if fenced else INLINE.findall(line):
            yield Command(f"{name}:{number}", found.split())
