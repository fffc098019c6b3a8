"""One token a row, with options of its own each, in C (sample.h)."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.models.kernels import native


class Choice(NamedTuple):
    """How a row's token is chosen; what is not asked for has no effect."""

    temperature: float  # 0: the most likely token
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    uniform: float = 0.0  # in [0, 1): the point of the cumulative probability


def takes(logits_BV: Tensor) -> bool:
    """Whether `sample` can read these logits."""
    return (
        logits_BV.device.type == "cpu"
        and logits_BV.dtype == torch.float32
        and logits_BV.stride(1) == 1
        and native.available()
    )


def sample(logits_BV: Tensor, choices: list[Choice]) -> list[int]:
    """The token of each row, -1 where its logits are not numbers."""
    columns = list(zip(*choices, strict=True))
    top_k = np.minimum(np.array(columns[1], np.float64), 2**31).astype(np.int64)
    reals = [np.array(columns[i], np.float64) for i in (0, 2, 3, 4)]
    tokens = np.empty(len(choices), np.int64)
    temperatures, top_p, min_p, uniforms = map(torch.from_numpy, reals)
    native.call(
        "sample", native.Rows(logits_BV), len(choices), logits_BV.stride(0), logits_BV.shape[1], temperatures,
        torch.from_numpy(top_k), top_p, min_p, uniforms, torch.from_numpy(tokens),
    )  # fmt: skip
    return tokens.tolist()
