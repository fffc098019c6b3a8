"""`narrator seen`: overlap of a passage with the training text."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pocket_narrator.cli.arguments.prompt import read_texts
from pocket_narrator.cli.arguments.run import DATA, must_be_a_run
from pocket_narrator.process.allocator import keep_freed_memory

if TYPE_CHECKING:
    from pocket_narrator.evaluation.memorisation.passage import PassageOverlap, SeenInRun


def seen(
    run: Annotated[
        Path, typer.Argument(help="A run directory, such as runs/NAME, of any kind of model.", callback=must_be_a_run)
    ],
    passage: Annotated[
        list[str],
        typer.Argument(help="Passages, each in quotes; words without quotes are one; - reads one from standard input."),
    ],
    data: Annotated[Path | None, DATA] = None,
) -> None:
    """Show the overlap of a passage with a run's training text, word for word: is it memorised?"""
    keep_freed_memory()
    from pocket_narrator.evaluation.memorisation.passage import seen_by_run

    passages = read_texts(passage, "passage", "several stand in quotes")
    found = seen_by_run(run, passages, text=data)
    print("\n\n".join(_describe(one, found) for one in found.passages))
    print(
        f"\nlooked for in the {found.training_stories:,} training stories ({found.training_tokens:,} tokens) of {found.run}"
    )


def _describe(one: "PassageOverlap", found: "SeenInRun") -> str:
    if one.longest is None:
        return f"not one of the passage's {one.tokens:,} tokens occurs in the training text"
    stretch = one.longest
    others = f", and in {stretch.stories - 1:,} more" if stretch.stories > 1 else ""
    lines = [
        f"the longest overlap with the training text: {stretch.tokens:,} of the passage's {one.tokens:,} tokens, "
        f"in training story {stretch.story + 1:,}{others}",
        f"  ...{stretch.before}[[{stretch.text}]]{stretch.after}...",
        "",
        f"{'':<28}{'this passage':>14}{'held-out stories':>18}",
        f"{'longest overlap, tokens':<28}{stretch.tokens:>14,}{found.usual_longest:>18.1f}",
    ]
    for length, share in one.shares.items():
        usual = found.usual_shares[length]
        lines.append(f"{f'{length} tokens in a row in it':<28}{_percent(share):>14}{_percent(usual):>18}")
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "too short" if share is None else f"{100 * share:.1f} %"
