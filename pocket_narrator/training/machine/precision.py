"""Which device, which arithmetic, and whether to compile: decided once, announced, the same for the same recipe."""

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from pocket_narrator.errors import RecipeError
from pocket_narrator.models.kernels import native
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.process.memory import machine_memory
from pocket_narrator.recipe.schema import Recipe, TrainingConfig

DEFAULT_CXX = {"darwin": "clang++", "win32": "cl"}.get(sys.platform, "g++")
# Compiling takes half a minute; what it pays after is some hours of work on a CPU, some minutes on a GPU.
COMPILE_PAYS_AFTER_FLOPS = {"cpu": 2e15, "cuda": 1e16}
COMPILE_PAYS_AFTER_MINUTES = 10  # on a GPU, where the length of a run is a time


@dataclass(frozen=True)
class Machine:
    """Where and how the arithmetic of a run is done."""

    device: torch.device
    dtype: torch.dtype  # of the products; weights and sums stay float32

    def autocast(self) -> contextlib.AbstractContextManager:
        """The context in which a loss is computed."""
        if self.dtype == torch.float32:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    def scaler(self) -> torch.amp.GradScaler | None:
        """Gradients in fp16 underflow unless the loss is scaled (Micikevicius et al. 2018)."""
        return torch.amp.GradScaler(self.device.type) if self.dtype == torch.float16 else None

    def memory(self) -> tuple[int, str]:
        """Bytes that a model may have at most, and of what."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_properties(self.device).total_memory, "the GPU"
        return machine_memory(), "this machine, or of what this process may use of it"

    def describe(self) -> str:
        """One line for the log."""
        if self.device.type == "cuda":
            name = torch.cuda.get_device_name(self.device)
        else:
            threads = torch.get_num_threads()
            name = f"CPU, {threads} thread{'' if threads == 1 else 's'}"
        kernels = f", {native.status()}" if self.device.type == "cpu" else ""
        return f"{name}, {str(self.dtype).removeprefix('torch.')}{kernels}"

    def kernels(self) -> dict[str, str | None] | None:
        """What a run records of the kernels that compute it; none on a GPU."""
        return native.identity() if self.device.type == "cpu" else None

    def keep_kernels(self, used: Mapping[str, str | None] | None, report: Callable[[str], object]) -> None:
        """Goes on with those that a run was computed by so far, where they are here; otherwise it is reported that bits will differ."""
        others = None if used is None or self.device.type != "cpu" else native.keep_to(used)
        if others is not None:
            report(others)


def choose_machine(training: TrainingConfig) -> Machine:
    """RecipeError where the recipe asks for what this machine has not."""
    has_cuda = torch.cuda.is_available()
    if training.device == "cuda" and not has_cuda:
        raise RecipeError("training.device=cuda, and torch finds no CUDA device here", hint="training.device=auto")
    device = torch.device("cuda" if has_cuda and training.device != "cpu" else "cpu")
    dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    if training.precision == "auto":
        return Machine(device, torch.bfloat16 if multiplies_bf16(device) else torch.float32)
    if training.precision == "fp16" and device.type == "cpu":
        raise RecipeError("training.precision=fp16 needs a GPU", hint="training.precision=bf16 or fp32")
    return Machine(device, dtypes[training.precision])


def multiplies_bf16(device: torch.device) -> bool:
    """Whether a device has instructions for bf16 products; without them bf16 is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capability = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(capability.get("avx512_bf16") or capability.get("amx_bf16") or capability.get("bf16"))


def compile_layers(
    model: DecoderStack, recipe: Recipe, flops: float, machine: Machine, report: Callable[[str], object]
) -> None:
    """Compiles each layer in place where the recipe says so, or where it pays (`auto`); a failure is a message."""
    training, on_cpu = recipe.stack()[1], machine.device.type == "cpu"
    wanted = training.compile
    is_long = flops >= COMPILE_PAYS_AFTER_FLOPS[machine.device.type]
    is_long = is_long or (not on_cpu and (training.minutes or 0) >= COMPILE_PAYS_AFTER_MINUTES)
    if wanted == "off" or (wanted == "auto" and not is_long):
        return
    if on_cpu:
        compiler = os.environ.get("CXX", DEFAULT_CXX)  # as torch looks for it
        if shutil.which(compiler) is None:
            report(f"torch.compile: not used, there is no C++ compiler (install {compiler}, or set CXX)")
            return
    try:
        import torch._dynamo

        torch._dynamo.config.suppress_errors = wanted == "auto"
        for layer in model.layers:
            layer.compile()
        report("torch.compile: layers are compiled in the first step")
    except Exception as error:  # whatever the compiler raises, training goes on without it
        report(f"torch.compile: not used ({error})")
