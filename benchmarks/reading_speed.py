"""Speed of reading stories: every kind of file, and what the split and a mixture add.

python benchmarks/reading_speed.py [FILE] [--repeats 5]

FILE is text in the `<|endoftext|>` layout; without it, 20,000 StoryWorld stories are told to a temporary folder first. Its
stories are written in every other kind, and read to the end: once to warm up, then `repeats` times. MB are of text.
"""

import argparse
import bz2
import gzip
import json
import lzma
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from text_pipeline import time_of

from pocket_narrator.corpus import Story, read_stories
from pocket_narrator.corpus.sources import open_corpus
from pocket_narrator.corpus.text.layouts import Layout
from pocket_narrator.recipe.schema import FilesCorpusConfig, MixtureCorpusConfig


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.file or Path(folder) / "storyworld.txt"
        if arguments.file is None:
            from pocket_narrator.storyworld import write_corpus

            write_corpus(path, 20_000, 7)
        measure(path, Path(folder), arguments.repeats)


def measure(path: Path, folder: Path, repeats: int) -> None:
    """Prints one line a way to read."""
    stories = [story.text for story in read_stories(path)]
    size = sum(len(story.encode()) for story in stories)
    print(f"{path.name}: {size / 1e6:.1f} MB of text, {len(stories):,} stories; median of {repeats}")

    def report(way: str, run: Callable[[], object]) -> None:
        median, spread = time_of(run, repeats)
        print(f"{way:<40} {size / 1e6 / median:8.1f} MB/s   {median:7.3f} s   spread {spread:.3f} s")

    for name, layout in write_all(path, stories, folder):
        report(name, lambda name=name, layout=layout: drain(read_stories(folder / name, layout)))
    files = {"kind": "files", "train": str(path)}
    whole = open_corpus(FilesCorpusConfig.model_validate(files | {"validation": str(folder / "lines.txt")}), folder)
    report("stream of a recipe", lambda: drain(whole.train.read()))
    split = open_corpus(FilesCorpusConfig.model_validate(files), folder)
    report("with a share set aside", lambda: drain(split.train.read()))
    halves = {name: {"corpus": files | {"seed": seed}} for seed, name in enumerate("ab")}
    mixture = open_corpus(MixtureCorpusConfig.model_validate({"kind": "mixture", "sources": halves}), folder)
    report("mixture of it with itself, for twice that", lambda: drain(mixture.train.read()))


def write_all(path: Path, stories: list[str], folder: Path) -> list[tuple[str, Layout]]:
    """The stories in every kind of file; their names and layouts."""
    import pyarrow
    from pyarrow import parquet

    raw = path.read_bytes()
    (folder / "endoftext.txt").write_bytes(raw)
    (folder / "lines.txt").write_text("".join(" ".join(s.split()) + "\n" for s in stories), encoding="utf-8")
    rows = "".join(json.dumps({"text": story}) + "\n" for story in stories)
    (folder / "objects.jsonl").write_text(rows, encoding="utf-8")
    parquet.write_table(pyarrow.table({"text": stories}), folder / "table.parquet")
    (folder / "text.txt.gz").write_bytes(gzip.compress(raw))
    (folder / "text.txt.xz").write_bytes(lzma.compress(raw, preset=1))
    (folder / "text.txt.bz2").write_bytes(bz2.compress(raw))
    with pyarrow.CompressedOutputStream(str(folder / "text.txt.zst"), "zstd") as stream:
        stream.write(raw)
    text = [
        "endoftext.txt",
        "objects.jsonl",
        "table.parquet",
        *(f"text.txt.{end}" for end in ("gz", "xz", "bz2", "zst")),
    ]
    return [("lines.txt", "lines"), *((name, "endoftext") for name in text)]


def drain(stories: Iterable[str | Story]) -> int:
    """Reads to the end."""
    return sum(1 for _ in stories)


if __name__ == "__main__":
    main()
