"""Time and peak memory of training BPE on a large text, beside Hugging Face's trainer.

python benchmarks/tokenizer_training.py [FILE] [--gigabytes 2] [--vocabulary 10000] [--workers 2] [--peer]

FILE is text in the `<|endoftext|>` layout; without it, as many StoryWorld stories are told to a temporary folder first
as make `gigabytes`. Each contestant is a process of its own; memory is the largest resident size of it and its workers together,
sampled ten times a second (Linux). The peer counts words by threads of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

BYTES_A_STORY = 820  # of StoryWorld, roughly


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--vocabulary", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--contestant", choices=("ours", "peer"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        contest(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.file or Path(folder) / "storyworld.txt"
        if arguments.file is None:
            from pocket_narrator.storyworld import write_corpus

            write_corpus(path, int(arguments.gigabytes * 1e9 / BYTES_A_STORY), 7)
        size = path.stat().st_size
        print(f"{path.name}: {size / 1e9:.2f} GB, vocabulary {arguments.vocabulary:,}, {arguments.workers} workers")
        for contestant in ("ours", "peer") if arguments.peer else ("ours",):
            seconds, gigabytes, answer = run(contestant, path, arguments)
            print(
                f"{contestant:<6}{seconds:8.1f} s {size / 1e6 / seconds:8.1f} MB/s  peak {gigabytes:5.2f} GB  "
                f"{answer['tokens']:,} tokens, fingerprint {answer['fingerprint'][:12]}"
            )


def run(contestant: str, path: Path, arguments: argparse.Namespace) -> tuple[float, float, dict]:
    """Wall-clock seconds, peak 10^9 bytes and what the process said."""
    options = [
        "--vocabulary",
        str(arguments.vocabulary),
        "--workers",
        str(arguments.workers),
        "--contestant",
        contestant,
    ]
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, str(path), *options], stdout=subprocess.PIPE, text=True)
    peak = [0]
    watcher = threading.Thread(target=watch, args=(process, peak), daemon=True)
    watcher.start()
    said, _ = process.communicate()
    seconds = time.perf_counter() - started
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{contestant} failed")
    return seconds, peak[0] / 1e9, json.loads(said)


def watch(process: subprocess.Popen, peak: list[int]) -> None:
    """Keeps in `peak` the most bytes that the process and its descendants had resident at once."""
    while process.poll() is None:
        peak[0] = max(peak[0], sum(resident(one) for one in family(process.pid)))
        time.sleep(0.1)


def family(process: int) -> list[int]:
    found = [process]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, children.read_text(encoding="ascii").split())
            except OSError:
                continue
    return found


def resident(process: int) -> int:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def contest(arguments: argparse.Namespace) -> None:
    """Trains in this process and prints what came out as JSON."""
    from pocket_narrator.corpus import read_stories
    from pocket_narrator.tokenizers import Tokenizer, train_bpe

    if arguments.contestant == "ours":
        tokenizer = train_bpe(
            (story.text for story in read_stories(arguments.file)), arguments.vocabulary, arguments.workers
        )
    else:
        from tokenizers import Tokenizer as HuggingFaceTokenizer
        from tokenizers import decoders, models, pre_tokenizers, processors, trainers

        inner = HuggingFaceTokenizer(models.BPE())
        inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        inner.decoder = decoders.ByteLevel()
        inner.post_processor = processors.ByteLevel(trim_offsets=False)
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        trainer = trainers.BpeTrainer(
            vocab_size=arguments.vocabulary,
            special_tokens=["<|endoftext|>"],
            initial_alphabet=alphabet,
            show_progress=False,
        )
        inner.train_from_iterator((story.text for story in read_stories(arguments.file)), trainer)
        tokenizer = Tokenizer(inner.to_str())
    print(json.dumps({"tokens": tokenizer.vocabulary_size, "fingerprint": tokenizer.fingerprint}))


if __name__ == "__main__":
    main()
