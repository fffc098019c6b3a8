"""The state of every random number generator, as tensors and JSON."""

import random

import numpy as np
import torch
from torch import Tensor


def seed_all(seed: int) -> None:
    """Sets every generator, so that a run's states depend on its recipe alone."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed % 2**64)


def save_random_state(rank: int = 0) -> tuple[dict[str, Tensor], dict]:
    """torch's generators as byte tensors named `rng.<device>`, Python's and numpy's as JSON. rank: of this process, where
    several train together; each names its own."""
    tensors = {_name(rank): torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors[f"rng.cuda.{rank}"] = torch.cuda.get_rng_state()
    version, words, gauss = random.getstate()
    kind, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    numpy_state = [str(kind), np.asarray(keys).tolist(), int(position), int(has_gauss), float(cached)]
    return tensors, {"python": [version, list(words), gauss], "numpy": numpy_state}


def restore_random_state(tensors: dict[str, Tensor], others: dict, rank: int = 0) -> None:
    """Takes back what `save_random_state` gave; generators of devices and processes that were not there are left as they are."""
    if _name(rank) in tensors:
        torch.set_rng_state(tensors[_name(rank)])
    if torch.cuda.is_available() and f"rng.cuda.{rank}" in tensors:
        torch.cuda.set_rng_state(tensors[f"rng.cuda.{rank}"])
    version, words, gauss = others["python"]
    random.setstate((version, tuple(words), gauss))
    kind, keys, position, has_gauss, cached = others["numpy"]
    np.random.set_state((kind, np.array(keys, dtype=np.uint32), position, has_gauss, cached))


def _name(rank: int) -> str:
    return f"rng.torch.{rank}" if rank else "rng.torch"
