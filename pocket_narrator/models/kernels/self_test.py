"""Every fast kernel beside its plain torch reference in float64, on this machine: what `narrator doctor` shows, and what a
freshly compiled library has to pass before it is used."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.attention import attention, attention_reference
from pocket_narrator.models.kernels.convolution import short_convolution, short_convolution_reference
from pocket_narrator.models.kernels.cross_entropy import linear_cross_entropy
from pocket_narrator.models.kernels.pointwise import activation, activation_reference, norm, norm_reference
from pocket_narrator.models.kernels.selective_scan import selective_scan, selective_scan_reference
from pocket_narrator.models.ngram import NGramModel
from pocket_narrator.models.ngram.scoring import score, score_reference
from pocket_narrator.models.ngram.sorting import sort_ngrams, sort_reference, story_lengths
from pocket_narrator.models.positions import rotation_table

TRAINED_IN = (torch.float32, torch.bfloat16)
LIMITS = {torch.float32: 2e-5, torch.bfloat16: 3e-2, torch.int8: 1e-2}  # of the largest value
ROWS, LENGTH, HEADS, HEAD_WIDTH, VOCABULARY, STATE = 2, 96, 2, 32, 300, 16


@dataclass(frozen=True)
class Check:
    """One kernel at one dtype, forward and backward where it has a backward."""

    kernel: str
    dtype: torch.dtype
    error: float  # largest difference from the reference, of the largest value; NaN where it failed altogether
    seconds: float
    reference_seconds: float  # of the reference at float32

    @property
    def limit(self) -> float:
        return LIMITS[self.dtype]

    @property
    def passed(self) -> bool:
        return self.error <= self.limit


@dataclass(frozen=True)
class _Kernel:
    name: str
    fast: Callable[..., Tensor | tuple[Tensor, ...]]
    reference: Callable[..., Tensor | tuple[Tensor, ...]]
    tensors: Sequence[Tensor]  # of the dtype that is tested
    parameters: Sequence[Tensor] = ()  # never below float32


def check_kernels(device: str = "cpu") -> list[Check]:
    """Runs every kernel, whichever form is in use on this device."""
    found = []
    # The first kernel may be wanted where nothing is to be differentiated, or in the middle of a step.
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(device, enabled=False):
        for kernel in _kernels(device):
            for dtype in TRAINED_IN:
                if kernel.name.endswith("norm") and dtype != torch.float32:
                    continue  # norms read the residual stream, which is float32
                found.append(_check(kernel, dtype))
        if device == "cpu":
            found += [_check_ngrams(), *_check_decoder()]
    return found


def _check_decoder() -> list[Check]:
    """Nothing where there is none: without the compiled kernels stories are told by torch itself."""
    from pocket_narrator.models.decoder_check import check_decoder

    return check_decoder() if native.available() else []


def _check(kernel: _Kernel, dtype: torch.dtype) -> Check:
    rounded = [tensor.to(dtype).double() for tensor in kernel.tensors]  # so that only the arithmetic differs
    expected, _ = _run(kernel.reference, rounded, kernel.parameters, torch.float64)
    found, seconds = _run(kernel.fast, rounded, kernel.parameters, dtype)
    _, reference_seconds = _run(kernel.reference, rounded, kernel.parameters, torch.float32)
    errors = [float((a - b).abs().max() / b.abs().max().clamp(min=1e-3)) for a, b in zip(found, expected, strict=True)]
    return Check(kernel.name, dtype, max(errors), seconds, reference_seconds)


def _check_ngrams() -> Check:
    """Sorting and scoring N-grams; the error is infinite where the order is another."""
    pick = np.random.default_rng(0)
    text = np.minimum(pick.geometric(0.1, 20_000), VOCABULARY - 1).astype(np.uint16)
    text[pick.random(len(text)) < 0.01] = text[0] = text[-1] = 0  # end-of-text
    tables = NGramModel.train(text, VOCABULARY, 4, 0).tables
    tokens = pick.integers(0, VOCABULARY, (ROWS, LENGTH))
    tokens[0] = text[:LENGTH]
    score(tables, tokens)  # to warm up
    started = time.perf_counter()
    found = sort_ngrams(text, VOCABULARY, 4, 0)
    scores = score(tables, tokens)
    middle = time.perf_counter()
    starts, common = sort_reference(text, story_lengths(text, 4, 0), 4)
    expected = score_reference(tables, tokens)
    ended = time.perf_counter()
    is_sorted = np.array_equal(found.starts_N, starts) and np.array_equal(found.common_N, common)
    error = float(np.abs(scores - expected).max() / np.abs(expected).max()) if is_sorted else math.inf
    return Check("N-grams", torch.float32, error, middle - started, ended - middle)


def _run(
    function: Callable[..., Tensor | tuple[Tensor, ...]],
    tensors: Sequence[Tensor],
    parameters: Sequence[Tensor],
    dtype: torch.dtype,
) -> tuple[list[Tensor], float]:
    """Outputs and gradients in float64, and the seconds of the second of two runs."""
    single = torch.float64 if dtype == torch.float64 else torch.float32
    seconds, results = 0.0, []
    for _ in range(2):
        given = [tensor.to(dtype, copy=True).requires_grad_() for tensor in tensors]
        given += [tensor.to(single, copy=True).requires_grad_() for tensor in parameters]
        started = time.perf_counter()
        outputs = function(*given)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        generator = torch.Generator().manual_seed(1)
        grads = [torch.randn(y.shape, generator=generator, dtype=torch.float64).to(y) for y in outputs]
        torch.autograd.backward(outputs, grads)
        results = [*outputs, *(tensor.grad for tensor in given if tensor.grad is not None)]
        if given[0].is_cuda:
            torch.cuda.synchronize()
        seconds = time.perf_counter() - started
    return [tensor.detach().double() for tensor in results], seconds


def _kernels(device: str) -> list[_Kernel]:
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(device)

    starts = torch.zeros(ROWS, LENGTH, dtype=torch.bool, device=device)
    starts[:, [0, 41]] = True
    lower = torch.where(torch.arange(LENGTH, device=device) >= 41, 41, 0).expand(ROWS, -1).to(torch.int32).contiguous()
    rotation = rotation_table(torch.arange(LENGTH, device=device), HEAD_WIDTH, 10_000.0)
    width = HEADS * HEAD_WIDTH
    attend = {
        "lower_BT": lower,
        "rotation": rotation,
        "heads": HEADS,
        "key_value_heads": HEADS,
        "window": 64,
        "scale": HEAD_WIDTH**-0.5,
        "normalise": False,
    }
    targets = torch.randint(VOCABULARY, (ROWS * LENGTH,), generator=generator).to(device)
    scan = (
        [
            normal(ROWS, LENGTH, width),
            normal(ROWS, LENGTH, width),
            normal(ROWS, LENGTH, width),
            normal(ROWS, LENGTH, 1, STATE),
            normal(ROWS, LENGTH, 1, STATE),
        ],
        [-torch.exp(normal(width, STATE)), normal(width), normal(width), normal(ROWS, STATE, width)],
    )

    def scanned(function: Callable[..., tuple[Tensor, Tensor]]) -> Callable[..., tuple[Tensor, Tensor]]:
        def run(u, delta, gate, inputs, outputs, rates, skip, bias, initial):
            return function(u, delta, rates, inputs, outputs, skip, gate, bias, starts, initial, [width], True)

        return run

    def convolved(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        return lambda x, before, weight, bias: function(x, weight, bias, starts, before)

    kernels = [
        _Kernel(
            "attention",
            partial(attention, **attend),
            partial(attention_reference, **attend),
            [normal(ROWS, LENGTH, 3 * width)],
        ),
        _Kernel(
            "linear cross entropy",
            lambda x, weight: linear_cross_entropy(x, weight.to(x.dtype), targets),
            lambda x, weight: F.cross_entropy(x @ weight.t(), targets, reduction="sum"),
            [normal(ROWS * LENGTH, width)],
            [normal(VOCABULARY, width)],
        ),
        _Kernel("selective scan", scanned(selective_scan), scanned(selective_scan_reference), *scan),
        _Kernel(
            "short convolution",
            convolved(short_convolution),
            convolved(short_convolution_reference),
            [normal(ROWS, LENGTH, width), normal(ROWS, 3, width)],
            [normal(width, 4), normal(width)],
        ),
    ]
    for centred in (False, True):
        kernels.append(
            _Kernel(
                "layer norm" if centred else "rms norm",
                lambda x, gain, bias, centred=centred: norm(x, gain, bias if centred else None, centred, 1e-6),
                lambda x, gain, bias, centred=centred: norm_reference(
                    x, gain, bias if centred else None, centred, 1e-6
                ),
                [normal(ROWS, LENGTH, width)],
                [normal(width), normal(width)],
            )
        )
    for kind in ("gelu", "squared_relu", "swiglu"):
        fast, reference = partial(activation, kind=kind), partial(activation_reference, kind=kind)
        kernels.append(_Kernel(kind.replace("_", " "), fast, reference, [normal(ROWS, LENGTH, 2 * width)]))
    return kernels
