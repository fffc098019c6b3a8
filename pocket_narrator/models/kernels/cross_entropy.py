"""The head and the loss in one: logits exist for one chunk of tokens at a time, forward and backward.

The gradient of softmax cross-entropy is known as soon as the logits are (softmax minus one hot), so each chunk's share
of the gradients is computed in the forward pass and nothing is recomputed; the same idea as Liger's fused loss.

Legend: N tokens, V vocabulary, C width.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.gpu import triton_takes

IGNORE = -100
CHUNK_ELEMENTS = 2**24  # logits alive at once: 32 MiB in bf16
GPU_CHUNK_ELEMENTS = 2**29  # 1 GiB: fewer, larger products
FEWEST_ROWS = 1024  # or more: every chunk adds to the whole gradient of the weight, which passes through memory for it


def linear_cross_entropy(x_NC: Tensor, weight_VC: Tensor, targets_N: Tensor) -> Tensor:
    """Sum over tokens of -log softmax(x W^T)[target], in nats, float32. Targets of -100 count nothing.

    Under autocast the products run in the autocast dtype; sums and the softmax are float32 in any case.
    """
    return _LinearCrossEntropy.apply(x_NC, weight_VC, targets_N)


def linear_log_probs(x_NC: Tensor, weight_VC: Tensor, targets_N: Tensor) -> Tensor:
    """log softmax(x W^T)[target] for each token [N], float32, nats; 0 where the target is -100. No gradient."""
    with torch.no_grad():
        dtype = _product_dtype(x_NC)
        weight = _padded(weight_VC.to(dtype))
        parts = []
        for rows in _chunks(x_NC, weight.shape[0]):
            with torch.autocast(x_NC.device.type, enabled=False):
                logits = x_NC[rows].to(dtype) @ weight.t()
            parts.append(-_losses_and_gradient(logits, targets_N[rows], weight_VC.shape[0], 0.0)[0])
        return torch.cat(parts) if parts else x_NC.new_zeros(0, dtype=torch.float32)


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x_NC: Tensor, weight_VC: Tensor, targets_N: Tensor) -> Tensor:
        dtype = _product_dtype(x_NC)
        need_x, need_weight = ctx.needs_input_grad[:2]
        vocabulary_size = weight_VC.shape[0]
        weight = _padded(weight_VC.to(dtype))
        x = x_NC.to(dtype)
        grad_x = torch.empty_like(x) if need_x else None
        grad_weight = torch.zeros_like(weight_VC) if need_weight else None
        losses = []
        with torch.autocast(x.device.type, enabled=False):
            for rows in _chunks(x, weight.shape[0]):
                logits = x[rows] @ weight.t()
                scale = 1.0 if need_x or need_weight else 0.0
                loss, gradient = _losses_and_gradient(logits, targets_N[rows], vocabulary_size, scale)
                losses.append(loss.sum())
                if grad_x is not None:
                    torch.mm(gradient, weight, out=grad_x[rows])
                if grad_weight is not None:
                    grad_weight += (gradient.t() @ x[rows])[:vocabulary_size]
        ctx.save_for_backward(grad_x, grad_weight)
        ctx.dtypes = (x_NC.dtype, weight_VC.dtype)
        return torch.stack(losses).sum()

    @staticmethod
    def backward(ctx, grad_loss: Tensor):
        grad_x, grad_weight = ctx.saved_tensors
        x_dtype, _ = ctx.dtypes
        grad_x = None if grad_x is None else grad_x.to(x_dtype) * grad_loss
        grad_weight = None if grad_weight is None else grad_weight.mul_(grad_loss)
        return grad_x, grad_weight, None


def _product_dtype(x: Tensor) -> torch.dtype:
    device = x.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype


def _chunks(x_NC: Tensor, vocabulary_size: int) -> list[slice]:
    tokens = x_NC.shape[0]
    rows = max(FEWEST_ROWS, (GPU_CHUNK_ELEMENTS if x_NC.is_cuda else CHUNK_ELEMENTS) // vocabulary_size)
    return [slice(start, min(start + rows, tokens)) for start in range(0, tokens, rows)]


def _padded(weight_VC: Tensor) -> Tensor:
    """Zero rows up to a multiple of 64: rows of logits that begin on a cache line make the products up to 1.4x faster."""
    missing = -weight_VC.shape[0] % 64
    return F.pad(weight_VC, (0, 0, 0, missing)) if missing else weight_VC


def _losses_and_gradient(
    logits: Tensor, targets_N: Tensor, vocabulary_size: int, scale: float
) -> tuple[Tensor, Tensor]:
    """Loss of each row [N] and scale * (softmax - one hot) [N, columns]; columns past the vocabulary are padding with
    gradient 0. `logits` may be overwritten."""
    if logits.device.type == "cpu" and logits.dtype in (torch.float32, torch.bfloat16) and native.available():
        losses = torch.empty(logits.shape[0], dtype=torch.float32)
        targets = targets_N.contiguous()
        rows, columns = logits.shape
        native.call(
            f"cross_entropy_{native.suffix(logits.dtype)}", logits=logits, targets=targets, losses=losses, N=rows,
            V=vocabulary_size, stride=columns, scale=scale,
        )  # fmt: skip
        return losses, logits
    if triton_takes(logits):
        from pocket_narrator.models.kernels.triton import cross_entropy as triton_cross_entropy

        return triton_cross_entropy.losses_and_gradient(logits, targets_N, vocabulary_size, scale, IGNORE), logits
    losses, gradient = losses_and_gradient_reference(logits[:, :vocabulary_size], targets_N, scale)
    return losses, F.pad(gradient, (0, logits.shape[1] - vocabulary_size))


def losses_and_gradient_reference(logits: Tensor, targets_N: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """The same in plain torch, for any dtype and device."""
    wide = logits if logits.dtype == torch.float64 else logits.float()
    losses = F.cross_entropy(wide, targets_N, ignore_index=IGNORE, reduction="none")
    if scale == 0:
        return losses, logits
    counted = (targets_N != IGNORE)[:, None]
    one_hot_at = targets_N.clamp(min=0)[:, None]
    gradient = torch.softmax(wide, dim=-1)
    gradient.scatter_add_(1, one_hot_at, torch.full_like(one_hot_at, -1, dtype=gradient.dtype))
    return losses, (gradient * counted * scale).to(logits.dtype)
