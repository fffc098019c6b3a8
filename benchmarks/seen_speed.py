"""Two ways to find told stories in the training text: passes of n-gram hashes, and the suffix array. Time, memory, same answers?

    python benchmarks/seen_speed.py runs/NAME --way passes
    python benchmarks/seen_speed.py runs/NAME --way suffixes

500 validation stories of the run are looked up in its training store. One way a process, so that the peak of memory is its
own; the suffix array is sorted anew.
"""

import argparse
import resource
import time

import numpy as np

from pocket_narrator.evaluation.memorisation.passage import match_passages
from pocket_narrator.evaluation.memorisation.store import ORDERS, SeenInStore
from pocket_narrator.evaluation.samples.generate import story_texts
from pocket_narrator.run.loading import load_trained
from pocket_narrator.tokens.prepare import prepare
from pocket_narrator.tokens.suffixes import SuffixArray, sort_suffixes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--way", choices=("passes", "suffixes"), required=True)
    options = parser.parse_args()
    trained = load_trained(options.run)
    prepared = prepare(trained.recipe)
    store, tokenizer = prepared.train, trained.tokenizer
    texts = story_texts(prepared.validation, tokenizer)[:500]
    before = peak()
    started = time.perf_counter()
    if options.way == "passes":
        ready = started
        found = SeenInStore(store, tokenizer).look_up(texts)
        longest = [one.longest for one in found]
        shares = [np.mean([one.shares[order] for one in found if one.shares[order] is not None]) for order in ORDERS]
    else:
        vocabulary_size = tokenizer.vocabulary_size
        places = sort_suffixes(store.tokens, store.end_of_text, vocabulary_size)
        ready = time.perf_counter()
        suffixes = SuffixArray(store.tokens, places, store.end_of_text, vocabulary_size)
        lengths = match_passages(suffixes, [np.asarray(ids) for ids in tokenizer.encode_batch(texts)])
        longest = [int(one.max(initial=0)) for one in lengths]
        shares = [
            np.mean([(one[: len(one) - order + 1] >= order).mean() for one in lengths if len(one) >= order])
            for order in ORDERS
        ]
    done = time.perf_counter()
    print(
        f"{options.way}: {len(texts)} stories in {store.num_tokens:,} tokens: {ready - started:.1f} s to sort, "
        f"{done - ready:.1f} s to look up, {(peak() - before) / 1e6:.0f} MB more; longest runs {np.mean(longest):.3f} on "
        f"average, shares of {ORDERS}-grams {', '.join(f'{share:.5f}' for share in shares)}"
    )


def peak() -> int:
    """Bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
