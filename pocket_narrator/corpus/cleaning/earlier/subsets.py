"""The subsets of the earlier project."""

import random

import numpy as np

from pocket_narrator.corpus.cleaning.subsets import SUBSETS


def choose_subsets_strictly(stories: int, seed: int) -> dict[str, np.ndarray]:
    """The first n//2, n//4 and n//8 of one list that Python's `random` has shuffled."""
    order = list(range(stories))
    random.Random(seed).shuffle(order)
    chosen = {}
    for name, divisor in SUBSETS.items():
        if stories >= divisor:
            chosen[name] = np.zeros(stories, bool)
            chosen[name][order[: stories // divisor]] = True
    return chosen
