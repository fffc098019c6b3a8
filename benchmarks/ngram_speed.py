"""Speed and memory of the N-gram: counting, scoring, telling; its perplexity beside KenLM's; the suffix array.

python benchmarks/ngram_speed.py [TRAIN VALIDATION] [--stories 60000] [--vocabulary 10000] [--orders 5] [--repeats 5]
    [--lmplz PATH --query PATH]

TRAIN and VALIDATION are text in the `<|endoftext|>` layout; without them, stories of the embedded corpus are told to a
temporary folder first, a twentieth of them for validation. KenLM (https://github.com/kpu/kenlm) is compared where its
programs `lmplz` and `query` are given: the same tokens, spelled as numbers, one story a line.
"""

import argparse
import math
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from pocket_narrator.corpus import read_stories
from pocket_narrator.evaluation.likelihood.scores import score_stories
from pocket_narrator.generation.engine import generate
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.models.kernels import native
from pocket_narrator.models.ngram import NGramModel, UnboundedNGram
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens import TokenStore, build_store
from pocket_narrator.tokens.suffixes import SuffixArray, sort_suffixes

TOLD = 200  # tokens of each story told
TELLERS = 32  # stories told at once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="TRAIN VALIDATION")
    parser.add_argument("--stories", type=int, default=60_000)
    parser.add_argument("--vocabulary", type=int, default=10_000)
    parser.add_argument("--orders", type=int, nargs="+", default=[5])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--lmplz")
    parser.add_argument("--query")
    arguments = parser.parse_args()
    if len(arguments.files) not in (0, 2):
        parser.error("give both TRAIN and VALIDATION, or neither")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stores = make_stores(folder, arguments.files or tell(folder, arguments.stories), arguments.vocabulary)
        for order in arguments.orders:
            measure(*stores, arguments.vocabulary, order, arguments.repeats)
            if arguments.lmplz and arguments.query:
                compare_with_kenlm(*stores, folder, order, arguments.lmplz, arguments.query)


def tell(folder: Path, stories: int) -> list[Path]:
    """Stories of the embedded corpus in two files."""
    from pocket_narrator.storyworld import write_corpus

    files = [folder / "train.txt", folder / "validation.txt"]
    write_corpus(files[0], stories - stories // 20, 7)
    write_corpus(files[1], stories // 20, 8)
    return files


def make_stores(folder: Path, files: list[Path], vocabulary: int) -> tuple[TokenStore, TokenStore]:
    train, validation = (list(read_stories(path)) for path in files)
    tokenizer = train_bpe([story.text for story in train], vocabulary)
    stores = build_store(train, tokenizer, folder / "train"), build_store(validation, tokenizer, folder / "validation")
    for path, store in zip(files, stores, strict=True):
        print(f"{path.name}: {store.num_tokens / 1e6:.2f} M tokens of {store.num_stories:,} stories")
    print(f"vocabulary {tokenizer.vocabulary_size}; {torch.get_num_threads()} threads; {native.status()}", flush=True)
    return stores


def measure(train: TokenStore, validation: TokenStore, vocabulary: int, order: int, repeats: int) -> None:
    """Prints one line a figure."""
    print(f"\norder {order}; median of {repeats}")
    text = text_of(train)
    model = NGramModel.train(text, vocabulary, order, train.end_of_text)

    def report(name: str, tokens: int, run: Callable[[], object], repeats: int = repeats) -> None:
        median, spread = time_of(run, repeats)
        rate = tokens / median / 1e6
        print(f"{name:<48}{rate:9.3f} M tokens/s {median:9.3f} s   spread {spread:.3f} s", flush=True)

    peak = peak_of_counting(text, vocabulary, order, train.end_of_text)
    rows = ", ".join(f"{len(table.tokens):,}" for table in model.tables)
    n_bytes = sum(tensor.nbytes for tensor in model.tensors().values())
    print(f"N-grams of order 1 and on: {rows}; the model has {n_bytes / 1e6:.0f} MB")
    print(f"peak of counting: {peak / train.num_tokens:.0f} bytes a token")
    report("count and smooth", train.num_tokens, lambda: NGramModel.train(text, vocabulary, order, train.end_of_text))
    rows_BT = torch.from_numpy(row_of(text[: min(len(text), 2**22)], 256))
    report("score: log_probs of rows of 256", rows_BT.numel(), lambda: model.log_probs(rows_BT))
    report(
        "score: the validation stories, score_stories", validation.num_tokens, lambda: score_stories(model, validation)
    )
    report("tell, 32 stories at once", TELLERS * TOLD, lambda: tell_tokens(model, train.end_of_text), repeats=1)
    print(f"perplexity {perplexity(model, validation):.4f}", flush=True)
    started = time.perf_counter()
    places = sort_suffixes(train.tokens, train.end_of_text, vocabulary)
    seconds = time.perf_counter() - started
    print(f"{'suffix array, once':<48}{train.num_tokens / seconds / 1e6:9.3f} M tokens/s {seconds:9.3f} s")
    suffixes = SuffixArray(train.tokens, places, train.end_of_text, vocabulary)
    unbounded = UnboundedNGram.above(model, suffixes)
    report("score, unbounded", validation.num_tokens, lambda: score_stories(unbounded, validation), repeats=1)
    print(f"perplexity, unbounded {perplexity(unbounded, validation):.4f}", flush=True)


def text_of(store: TokenStore) -> np.ndarray:
    return np.append(store.tokens, store.tokens.dtype.type(store.end_of_text))


def row_of(text: np.ndarray, width: int) -> np.ndarray:
    return text[: len(text) // width * width].reshape(-1, width).astype(np.int64)


def perplexity(model: NGramModel, store: TokenStore) -> float:
    return math.exp(score_stories(model, store).nll_N.mean(dtype=np.float64))


def tell_tokens(model: NGramModel, end_of_text: int) -> None:
    """At least TELLERS x TOLD tokens of stories from their beginning."""
    options = SamplingOptions(max_tokens=TOLD)
    told = 0
    while told < TELLERS * TOLD:
        told += sum(1 for _ in generate(model, [[]] * TELLERS, options, end_of_text))


def peak_of_counting(text: np.ndarray, vocabulary: int, order: int, end_of_text: int) -> int:
    """Bytes of all arrays at the worst moment, the model among them; the sort's own memory in C is not in it."""
    tracemalloc.start()
    NGramModel.train(text, vocabulary, order, end_of_text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def compare_with_kenlm(
    train: TokenStore, validation: TokenStore, folder: Path, order: int, lmplz: str, query: str
) -> None:
    """KenLM's perplexity on the same tokens; its own time is that of the whole program, text in and ARPA file out."""
    texts = [folder / "train.ids", folder / "validation.ids"]
    for path, store in zip(texts, (train, validation), strict=True):
        with open(path, "w", encoding="utf-8", newline="\n") as stream:
            for index in range(store.num_stories):
                stream.write(" ".join(map(str, store.story(index)[1:].tolist())) + "\n")
    arpa = folder / "model.arpa"
    command = [lmplz, "-o", str(order), "-S", "2G", "-T", str(folder), "--text", str(texts[0]), "--arpa", str(arpa)]
    started = time.perf_counter()
    subprocess.run([*command, "--discount_fallback"], check=True, capture_output=True)
    seconds = time.perf_counter() - started
    with open(texts[1], "rb") as stories:
        asked = [query, "-v", "summary", str(arpa)]
        answer = subprocess.run(asked, stdin=stories, check=True, capture_output=True, text=True)
    print(f"{'KenLM lmplz':<48}{train.num_tokens / seconds / 1e6:9.3f} M tokens/s {seconds:9.3f} s")
    print("KenLM: " + "; ".join(line.replace("\t", " ") for line in answer.stdout.strip().splitlines()), flush=True)


def time_of(run: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median and spread in seconds, after one run to warm up where there are several."""
    if repeats > 1:
        run()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), max(seconds) - min(seconds)


if __name__ == "__main__":
    main()
