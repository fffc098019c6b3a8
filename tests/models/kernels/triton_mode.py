"""Where the Triton kernels are tested: in Triton's interpreter, and on a GPU where there is one.

The interpreter has to be chosen before Triton is imported, so its tests run in a process of their own: a file's test
`test_in_tritons_interpreter` starts pytest again on the same file, and there the operators' CPU kernels are Triton's.
"""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from pocket_narrator.models.kernels import convolution, selective_scan

ROOT = Path(__file__).parents[3]
INSTALLED = importlib.util.find_spec("triton") is not None
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = "cpu" if INTERPRETED else "cuda"

runs_triton = pytest.mark.skipif(
    not (INSTALLED and (INTERPRETED or torch.cuda.is_available())), reason="neither a GPU nor Triton's interpreter"
)
needs_triton = pytest.mark.skipif(not INSTALLED or INTERPRETED, reason="Triton is not installed, or interpreted")

if INTERPRETED:
    from pocket_narrator.models.kernels.triton import convolution as triton_convolution
    from pocket_narrator.models.kernels.triton import scan as triton_scan

    selective_scan._c_takes = lambda _, state: state <= selective_scan.GPU_MAX_STATE
    convolution._c_takes = lambda _, taps: taps <= convolution.GPU_MAX_TAPS
    selective_scan._chunk = lambda _: selective_scan.GPU_CHUNK
    selective_scan._forward = triton_scan.forward
    selective_scan.native_scan.register_kernel("cpu")(lambda *given: triton_scan.forward(*given, keep=True))
    selective_scan.native_scan_backward.register_kernel("cpu")(triton_scan.backward)
    convolution._forward = triton_convolution.forward
    convolution.native_convolution.register_kernel("cpu")(triton_convolution.forward)
    convolution.native_convolution_backward.register_kernel("cpu")(triton_convolution.backward)


def on_device(function: Callable) -> Callable:
    """The same function for tensors that lie on the CPU, computed where the kernels are."""

    def run(*arguments: object) -> tuple[Tensor, ...] | Tensor:
        found = function(*(x.to(DEVICE) if isinstance(x, Tensor) else x for x in arguments))
        return tuple(x.cpu() for x in found) if isinstance(found, tuple) else found.cpu()

    return run


def run_interpreted(path: str) -> None:
    """The tests of a file in Triton's interpreter; fails where one of them does, or none ran."""
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", path],
        cwd=ROOT,
        env=os.environ | {"TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-6000:] + answer.stderr[-2000:]
    assert re.search(r"\b[1-9]\d* passed", answer.stdout), answer.stdout


def compile_without_gpu(kernel_name: str, module: object, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch):
    """What Triton and its assembler make, for an H100 or H200, of the kernel that `call` would launch."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    kernel, launched = getattr(module, kernel_name), []

    class Recorder:
        def __getitem__(self, grid: object) -> Callable[..., None]:
            return lambda *given, **named: launched.append((given, named))

    monkeypatch.setattr(module, kernel_name, Recorder())
    call()
    ((given, named),) = launched
    options = {name: named.pop(name) for name in ("num_warps", "num_stages") if name in named}
    arguments = dict(zip(kernel.arg_names, given, strict=False)) | named
    kinds = {
        torch.float32: "*fp32",
        torch.bfloat16: "*bf16",
        torch.float16: "*fp16",
        torch.int32: "*i32",
        torch.int64: "*i64",
        torch.uint8: "*u8",
    }
    signature, constants, attributes = {}, {}, {}
    for place, parameter in enumerate(kernel.params):
        value = arguments[parameter.name]
        if (
            parameter.is_constexpr
            or value is None
            or value is True
            or value is False
            or (type(value) is int and value == 1)
        ):
            signature[parameter.name], constants[parameter.name] = "constexpr", value
            continue
        is_tensor, is_float = isinstance(value, Tensor), isinstance(value, float)
        signature[parameter.name] = kinds[value.dtype] if is_tensor else "fp32" if is_float else "i32"
        if is_tensor or (not is_float and value % 16 == 0):
            attributes[(place,)] = [["tt.divisibility", 16]]
    source = ASTSource(kernel, signature, constants, attributes)
    return triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)
