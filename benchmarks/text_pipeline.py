"""Speed of the way from raw text to batches, step by step.

python benchmarks/text_pipeline.py [FILE] [--vocabulary 4096] [--context 256] [--rows 32] [--repeats 5]

FILE is text in the `<|endoftext|>` layout; without it, 20,000 StoryWorld stories are told to a temporary folder first.
Each step runs once to warm up, then `repeats` times; the median and the spread (largest minus smallest) are printed.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tokenizers import Tokenizer as HuggingFaceTokenizer

from pocket_narrator.corpus import read_stories
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens import BatchOrder, build_store
from pocket_narrator.tokens.packing import Chance, pack

BATCHES = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.file or Path(folder) / "storyworld.txt"
        if arguments.file is None:
            from pocket_narrator.storyworld import write_corpus

            write_corpus(path, 20_000, 7)
        measure(path, Path(folder), arguments.vocabulary, arguments.context, arguments.rows, arguments.repeats)


def measure(path: Path, folder: Path, vocabulary: int, context: int, rows: int, repeats: int) -> None:
    """Prints one line a step."""
    size = path.stat().st_size
    stories = list(read_stories(path))
    texts = [story.text for story in stories]
    tokenizer = train_bpe(texts, vocabulary)
    store = build_store(stories, tokenizer, folder / "tokens")
    order = BatchOrder(store, context, rows, "packed")
    hugging_face = HuggingFaceTokenizer.from_str(tokenizer.to_text())
    tokens = f"{store.num_tokens / 1e6:.2f} M tokens, vocabulary {tokenizer.vocabulary_size}"
    print(f"{path.name}: {size / 1e6:.1f} MB, {len(stories):,} stories, {tokens}; median of {repeats}")

    def report(step: str, run: Callable[[], object]) -> None:
        median, spread = time_of(run, repeats)
        print(f"{step:<40} {size / 1e6 / median:8.1f} MB/s   {median:7.3f} s   spread {spread:.3f} s")

    report("read stories", lambda: sum(1 for _ in read_stories(path)))
    report("train the tokenizer", lambda: train_bpe(texts, vocabulary))
    report("encode", lambda: tokenizer.encode_batch(texts))
    report("encode, Hugging Face encode_batch_fast", lambda: hugging_face.encode_batch_fast(texts))
    report("build the token store", lambda: build_store(read_stories(path), tokenizer, folder / "tokens"))
    report("lay an epoch of packed rows", lambda: pack(store.offsets, context, Chance(0, 0)))
    median, spread = time_of(lambda: [order.batch(step) for step in range(BATCHES)], repeats)
    print(
        f"{f'gather a batch of {rows} x {context}':<40} {1e3 * median / BATCHES:8.3f} ms, spread {1e3 * spread / BATCHES:.3f} ms"
    )


def time_of(run: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median and spread in seconds, after one run to warm up."""
    run()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), max(seconds) - min(seconds)


if __name__ == "__main__":
    main()
