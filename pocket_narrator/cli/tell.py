"""`narrator tell`: tells stories with a trained model."""

import io
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.allocator import keep_freed_memory

if TYPE_CHECKING:
    from pocket_narrator.generation.narrator import Piece


def tell(
    run: Annotated[Path, typer.Argument(help="A run directory, such as runs/NAME.")],
    prompt: Annotated[
        list[str] | None, typer.Argument(help="Beginnings of stories, each in quotes; the recipe's by default.")
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="Lower is safer, higher is wilder; 0 is --greedy.")] = None,
    top_k: Annotated[int | None, typer.Option(help="Choose among the so many most likely tokens.")] = None,
    top_p: Annotated[float | None, typer.Option(help="Choose among the most likely tokens of this total.")] = None,
    min_p: Annotated[float | None, typer.Option(help="No token less likely than this share of the likeliest.")] = None,
    repetition_penalty: Annotated[float | None, typer.Option(help="Above 1 holds used tokens back.")] = None,
    no_repeat_ngram: Annotated[int | None, typer.Option(help="Never repeat a run of so many tokens.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Cut a story off after so many new tokens.")] = None,
    stories: Annotated[int, typer.Option(min=1, help="Stories of each beginning.")] = 1,
    seed: Annotated[
        int | None, typer.Option(help="The same seed tells the same stories; a new one by default.")
    ] = None,
    greedy: Annotated[bool, typer.Option("--greedy", help="Always take the most likely token.")] = False,
    which: Annotated[Literal["best", "last"], typer.Option(help="The checkpoint to tell with.")] = "best",
    stream: Annotated[bool, typer.Option(help="Show stories as they are told, or when they are finished.")] = True,
) -> None:
    """Tell stories; options that are not given are the recipe's."""
    keep_freed_memory()
    from pocket_narrator.generation.narrator import Narrator

    given = {
        "temperature": 0.0 if greedy else temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "repetition_penalty": repetition_penalty,
        "no_repeat_ngram": no_repeat_ngram,
        "max_tokens": max_tokens,
        "seed": secrets.randbelow(10**6) if seed is None else seed,
    }
    options = {name: value for name, value in given.items() if value is not None}
    narrator = Narrator.load(run, which)
    prompts = prompt or list(narrator.generation.prompts)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may not have every character of a story
    if stream:
        _print_in_order(narrator.stream_all(prompts, stories, **options), len(prompts) * stories)
    else:
        print(_rule().join(f"{story}\n" for story in narrator.tell(prompts, stories, **options)), end="")
    if seed is None and options.get("temperature", narrator.generation.temperature) > 0:
        print(f"told with --seed {options['seed']}", file=sys.stderr)


def _print_in_order(pieces: Iterator["Piece"], stories: int) -> None:
    """Prints the first story as it comes, and each other one as soon as those before it have ended."""
    texts = [""] * stories
    ended = [False] * stories
    current = 0
    for piece in pieces:
        ended[piece.story] = piece.is_last
        if piece.story == current:
            print(piece.text, end="", flush=True)
        else:
            texts[piece.story] += piece.text
        while current < stories and ended[current]:
            current += 1
            print("\n" if current == stories else "\n" + _rule() + texts[current], end="", flush=True)


def _rule() -> str:
    return "-" * min(shutil.get_terminal_size().columns, 80) + "\n"
