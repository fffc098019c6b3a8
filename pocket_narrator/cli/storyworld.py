"""`narrator storyworld`: writes a corpus of simulated stories."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pocket_narrator.cli.arguments.output import file_to_write
from pocket_narrator.cli.arguments.workers import WORKERS
from pocket_narrator.storyworld import Dials, write_corpus
from pocket_narrator.storyworld.corpus import refuse_foreign
from pocket_narrator.terminal.messages import shell_words


def storyworld(
    stories: Annotated[int, typer.Option(help="How many stories to write.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Stories are a function of the seed and their number.")] = 7,
    out: Annotated[
        Path, typer.Option(parser=file_to_write, metavar="FILE", help="The file to write, in the <|endoftext|> layout.")
    ] = Path("storyworld.txt"),
    decoration: Annotated[
        float, typer.Option(help="Probability of details that nothing depends on, from 0 to 1.")
    ] = 1.0,
    lexicon: Annotated[float, typer.Option(help="Share of the names, things, places and small words, up to 1.")] = 1.0,
    dependency: Annotated[
        int, typer.Option(help="Paragraphs more between what a story sets up and what comes of it.")
    ] = 0,
    chapters: Annotated[
        int | None, typer.Option(help="Long stories instead: chronicles of so many chapters, 2 to 400.")
    ] = None,
    workers: Annotated[int | None, WORKERS] = None,
) -> None:
    """Write a corpus of simulated stories whose entropy is known."""
    started = time.perf_counter()
    dials = Dials(decoration, lexicon, dependency)
    refuse_foreign(out)
    summary = write_corpus(out, stories, seed, workers, dials, chapters)
    elapsed = time.perf_counter() - started
    told = f"{out}: {summary.stories:,} stories, {summary.bytes:,} bytes, {summary.stories / elapsed:,.0f} stories/s"
    if chapters is not None:
        speed = summary.stories * chapters / elapsed
        told = f"{out}: {summary.stories:,} chronicles of {chapters} chapters, {summary.bytes:,} bytes, {speed:,.0f} chapters/s"
    print(told)
    print(f"entropy floor: {summary.bits_per_byte_floor:.4f} +- {summary.standard_error:.4f} bits per byte")
    for distance, share in summary.far_share.items():
        print(f"  without memory beyond {distance:,} tokens: {share:.1%} of the bits are for what stands farther back")
    named = shell_words([out])
    print(f"  read some:       head -n 20 {named}")
    changed = {name: value for name, value in asdict(dials).items() if value != getattr(Dials(), name)}
    options = "".join(f" --{name} {value}" for name, value in changed.items())
    keys = "".join(f" corpus.world.{name}={value}" for name, value in changed.items())
    recipe = "storyworld-quick"
    if chapters is not None:
        recipe, options, keys = (
            "chronicles-mamba-1m",
            f" --chapters {chapters}{options}",
            f" corpus.chapters={chapters}{keys}",
        )
    print(f"  the same again:  narrator storyworld --stories {stories} --seed {seed}{options} --out {named}")
    print(f"  train on such:   narrator train {recipe}{keys}")
