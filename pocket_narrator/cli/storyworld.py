"""`narrator storyworld`: writes a corpus of simulated stories."""

import time
from pathlib import Path
from typing import Annotated

import typer

from pocket_narrator.storyworld import write_corpus


def storyworld(
    stories: Annotated[int, typer.Option(help="How many stories to write.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Stories are a function of the seed and their number.")] = 7,
    out: Annotated[Path, typer.Option(help="The file to write, in the <|endoftext|> layout.")] = Path("storyworld.txt"),
    workers: Annotated[int | None, typer.Option(help="Processes to use; all cores by default.")] = None,
) -> None:
    """Write a corpus of simulated stories whose entropy is known."""
    started = time.perf_counter()
    summary = write_corpus(out, stories, seed, workers)
    elapsed = time.perf_counter() - started
    print(f"{out}: {summary.stories:,} stories, {summary.bytes:,} bytes, {summary.stories / elapsed:,.0f} stories/s")
    print(f"entropy floor: {summary.bits_per_byte_floor:.4f} +- {summary.standard_error:.4f} bits per byte")
    print(f"  read some:       head -n 20 {out}")
    print(f"  the same again:  narrator storyworld --stories {stories} --seed {seed} --out {out}")
    print("  train on such:   narrator train storyworld-quick")
