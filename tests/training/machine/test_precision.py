"""Device, arithmetic and compilation: chosen by the recipe and the machine, refused clearly, announced."""

import os
import shutil
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import RecipeError
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.training.machine import precision
from pocket_narrator.training.machine.precision import Machine, choose_machine, compile_layers
from tests.small_runs import small_recipe

CPU = Machine(torch.device("cpu"), torch.float32)
NO_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


def told_by_compile(tmp_path: Path, flops: float, compile: str) -> tuple[list[str], DecoderStack]:
    recipe = small_recipe(tmp_path, compile=compile)
    stack = DecoderStack(recipe.model, 300)
    told: list[str] = []
    compile_layers(stack, recipe, flops, CPU, told.append)
    return told, stack


def is_compiled(stack: DecoderStack) -> bool:
    return any(layer._compiled_call_impl is not None for layer in stack.layers)


@pytest.mark.parametrize(("name", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_the_recipe_decides(name: str, dtype: torch.dtype, tmp_path: Path) -> None:
    machine = choose_machine(small_recipe(tmp_path, precision=name).training)
    assert machine == Machine(torch.device("cpu"), dtype)
    assert str(dtype).removeprefix("torch.") in machine.describe()
    assert machine.scaler() is None
    with machine.autocast():
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == dtype


@NO_CUDA
def test_auto_takes_bf16_where_the_processor_multiplies_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = small_recipe(tmp_path, precision="auto", device="auto").training
    for flag, dtype in (("amx_bf16", torch.bfloat16), ("avx512_bf16", torch.bfloat16), ("avx2", torch.float32)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda flag=flag: {flag: True})
        assert choose_machine(training).dtype == dtype


@NO_CUDA
@pytest.mark.parametrize(("key", "value"), [("device", "cuda"), ("precision", "fp16")])
def test_what_this_machine_has_not_is_refused(key: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=f"training.{key}={value}") as raised:
        choose_machine(small_recipe(tmp_path, model=None, **{key: value}).training)
    assert raised.value.hint


def test_fp16_has_a_scaler() -> None:
    assert isinstance(Machine(torch.device("cpu"), torch.float16).scaler(), torch.amp.GradScaler)


def test_compile_off_says_and_does_nothing(tmp_path: Path) -> None:
    told, stack = told_by_compile(tmp_path, 1e18, "off")
    assert told == []
    assert not is_compiled(stack)


@pytest.mark.skipif(shutil.which(os.environ.get("CXX", precision.DEFAULT_CXX)) is None, reason="no C++ compiler")
def test_compile_auto_compiles_long_runs_only(tmp_path: Path) -> None:
    told, stack = told_by_compile(tmp_path, 0.9 * precision.COMPILE_PAYS_AFTER_FLOPS["cpu"], "auto")
    assert told == []
    assert not is_compiled(stack)
    told, stack = told_by_compile(tmp_path, 1.1 * precision.COMPILE_PAYS_AFTER_FLOPS["cpu"], "auto")
    assert told == ["torch.compile: layers are compiled in the first step"]
    assert is_compiled(stack)


@pytest.mark.parametrize(("minutes", "pays"), [(2, False), (10, True)])
def test_a_gpu_compiles_what_takes_minutes(minutes: int, pays: bool, tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path, compile="auto", steps=None, minutes=minutes)
    stack = DecoderStack(recipe.model, 300)
    compile_layers(stack, recipe, 0.0, Machine(torch.device("cuda"), torch.bfloat16), lambda _: None)
    assert is_compiled(stack) == pays


@pytest.mark.parametrize("wanted", ["auto", "on"])
def test_compile_without_a_compiler_says_so(wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    told, stack = told_by_compile(tmp_path, 1e18, wanted)
    assert told == ["torch.compile: not used, there is no C++ compiler (install no-such-compiler, or set CXX)"]
    assert not is_compiled(stack)
