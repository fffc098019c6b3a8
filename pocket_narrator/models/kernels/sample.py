"""One token a row, with options of its own each, in C (sample.h)."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.arguments import Rows


class RowSampling(NamedTuple):
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


def sample(logits_BV: Tensor, choices: list[RowSampling]) -> list[int]:
    """The token of each row, -1 where its logits are not numbers."""
    count, reals = len(choices), np.array(choices, np.float64).T.copy()
    top_k = np.minimum(reals[1], 2**31).astype(np.int64)
    tokens = np.empty(count, np.int64)
    temperatures, _, top_p, min_p, uniforms = reals
    logits = Rows(logits_BV)
    native.call(
        "sample", logits=logits, rows=count, stride=logits.stride, V=logits_BV.shape[1], temperatures=temperatures, top_k=top_k,
        top_p=top_p, min_p=min_p, uniforms=uniforms, tokens=tokens,
    )  # fmt: skip
    return tokens.tolist()
