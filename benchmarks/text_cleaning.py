"""Speed and peak memory of cleaning, looking for duplicates and tokenizing, from raw text to a token store.

python benchmarks/text_cleaning.py [FILE] [--megabytes 200 2000] [--workers 2] [--vocabulary 4096]

FILE is text in the `<|endoftext|>` layout, of which the first `megabytes` are taken; without it, as many StoryWorld
stories are told first (about 1,500 a second a core). Every size is a process of its own: it cleans (all rules, exact and
near duplicates, subsets, manifest), trains a tokenizer on the first 20 MB of clean text (not timed) and writes the token store.
Memory is the largest resident size of the process and its workers together, sampled ten times a second (Linux).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from itertools import islice
from pathlib import Path

from tokenizer_training import watch

INDEX_BYTES = 286  # a kept story, for exact and near duplicates at the similarity 0.8
BYTES_A_STORY = 820  # of StoryWorld, roughly
SAMPLE_STORIES = 25_000  # that the tokenizer is trained on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--measured", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measured:
        print(json.dumps(measure(arguments.measured, arguments.workers, arguments.vocabulary)))
        return
    for megabytes in arguments.megabytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "raw.txt"
            write_raw(path, megabytes * 1_000_000, arguments.file)
            report(path, arguments)


def write_raw(path: Path, size: int, given: Path | None) -> None:
    """A file of about `size` bytes; one that is smaller is repeated no further than it goes."""
    if given is None:
        from pocket_narrator.storyworld import write_corpus

        write_corpus(path, size // BYTES_A_STORY, 7)
        return
    with open(given, "rb") as source, open(path, "wb") as copy:
        left = size
        while left > 0 and (chunk := source.read(min(left, 1 << 24))):
            copy.write(chunk)
            left -= len(chunk)
        copy.write(source.readline())


def report(path: Path, arguments: argparse.Namespace) -> None:
    """Prints one line."""
    options = ["--measured", str(path), "--workers", str(arguments.workers), "--vocabulary", str(arguments.vocabulary)]
    process = subprocess.Popen([sys.executable, __file__, *options], stdout=subprocess.PIPE, text=True)
    peak = [0]
    watcher = threading.Thread(target=watch, args=(process, peak), daemon=True)
    watcher.start()
    said, _ = process.communicate()
    watcher.join()
    if process.returncode:
        raise SystemExit("the measured process failed")
    found = json.loads(said)
    size = path.stat().st_size / 1e6
    index = INDEX_BYTES * found["kept"] / 1e9
    seconds = found["clean_s"] + found["tokenize_s"]
    print(
        f"{size:8,.0f} MB  {found['read']:,} stories, {found['kept']:,} kept  cleaning {size / found['clean_s']:6.2f} MB/s  "
        f"tokenizing {size / found['tokenize_s']:6.2f} MB/s  both {size / seconds:6.2f} MB/s  "
        f"peak {peak[0] / 1e9:5.2f} GB, of which the index of duplicates {index:5.2f} GB"
    )


def measure(path: Path, workers: int, vocabulary: int) -> dict[str, float]:
    """Times both steps in this process."""
    from pocket_narrator.corpus import read_stories
    from pocket_narrator.corpus.cleaning.clean import clean
    from pocket_narrator.recipe.schema import CleaningConfig
    from pocket_narrator.tokenizers import train_bpe
    from pocket_narrator.tokens import build_store

    size = path.stat().st_size
    started = time.perf_counter()
    done = clean(read_stories(path), path.parent / "cleaned", CleaningConfig(), expected_bytes=size, workers=workers)
    cleaned = time.perf_counter()
    tokenizer = train_bpe((story.text for story in islice(read_stories(done.clean), SAMPLE_STORIES)), vocabulary)
    trained = time.perf_counter()
    build_store(read_stories(done.clean), tokenizer, path.parent / "tokens", expected_bytes=size, workers=workers)
    tokenized = time.perf_counter()
    counts = done.manifest["train"]["stories"]
    return {
        "read": counts["read"],
        "kept": counts["kept"],
        "clean_s": cleaned - started,
        "tokenize_s": tokenized - trained,
    }


if __name__ == "__main__":
    main()
