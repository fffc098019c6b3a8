# pyright: reportMissingImports=false
"""The softmax, the loss and the gradient of the logits in Triton, for GPUs: what cross_entropy.py does in C on a CPU.

A program takes one row of logits. It passes over the row twice: once for the largest logit and the sum of exponentials, both
kept up to date from block to block (Milakov & Gimelshein 2018), once to put the gradient where the logits were. Plain torch
makes some ten passes, and float32 copies of all logits.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 4096  # columns at a time, at most


@triton.jit
def _kernel(
    logits, targets, losses, stride, vocabulary_size, columns, scale,
    IGNORE: tl.constexpr, GRADIENT: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    own = logits + row * stride
    target = tl.load(targets + row)
    counts = target != IGNORE
    place = tl.arange(0, BLOCK)

    largest = tl.full([BLOCK], -float("inf"), tl.float32)
    total = tl.zeros([BLOCK], tl.float32)
    for first in range(0, vocabulary_size, BLOCK):
        x = tl.load(own + first + place, mask=first + place < vocabulary_size, other=-float("inf")).to(tl.float32)
        higher = tl.maximum(largest, x)
        # Where nothing has been seen but minus infinity, its difference from itself would be no number.
        kept = tl.where(largest == -float("inf"), 0.0, tl.exp(largest - higher))
        new = tl.where(x == -float("inf"), 0.0, tl.exp(x - higher))
        total = total * kept + new
        largest = higher
    top = tl.max(largest, 0)
    log_total = top + tl.log(tl.sum(total * tl.exp(largest - top), 0))

    at_target = tl.load(own + tl.where(counts, target, 0)).to(tl.float32)
    tl.store(losses + row, tl.where(counts, log_total - at_target, 0.0))
    if GRADIENT:
        weight = tl.where(counts, scale, 0.0)
        tl.debug_barrier()  # the target's logit is read before it is overwritten
        for first in range(0, columns, BLOCK):
            column = first + place
            x = tl.load(own + column, mask=column < vocabulary_size, other=-float("inf")).to(tl.float32)
            gradient = (tl.exp(x - log_total) - tl.where(column == target, 1.0, 0.0)) * weight
            tl.store(own + column, gradient, mask=column < columns)


def losses_and_gradient(logits: Tensor, targets_N: Tensor, vocabulary_size: int, scale: float, ignore: int) -> Tensor:
    """The loss of each row [N], float32; `logits` [N, columns] become scale * (softmax - one hot), and 0 in the columns past
    the vocabulary. A scale of 0 leaves them as they are."""
    rows, columns = logits.shape
    assert logits.stride(1) == 1
    losses = torch.empty(rows, dtype=torch.float32, device=logits.device)
    block = min(BLOCK, triton.next_power_of_2(columns))
    with torch.cuda.device_of(logits):
        _kernel[(rows,)](
            logits, targets_N.contiguous(), losses, logits.stride(0), vocabulary_size, columns, float(scale),
            IGNORE=ignore, GRADIENT=scale != 0, BLOCK=block, num_warps=8 if block >= 2048 else 4,
        )  # fmt: skip
    return losses
