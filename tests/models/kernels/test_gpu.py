"""Which operators a GPU has, and what is said where it has no Triton."""

import importlib.util
import warnings

import pytest
import torch

from pocket_narrator.models.kernels import convolution, gpu, selective_scan


@pytest.fixture
def unasked(monkeypatch) -> None:
    monkeypatch.setattr(gpu, "_installed", None)


def test_a_missing_triton_is_announced_once(unasked, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.warns(UserWarning, match=r"many times slower\. To install it: pip install \"?triton"):
        assert not gpu._triton_is_installed()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not gpu._triton_is_installed()


def test_an_installed_triton_is_not_announced(unasked, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gpu._triton_is_installed()


def test_tensors_of_the_cpu_are_not_taken(unasked, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not gpu.triton_takes(torch.zeros(1))


def test_the_answer_holds_inside_compiled_code(unasked, monkeypatch):
    monkeypatch.setattr(gpu, "_installed", True)
    compiled = torch.compile(lambda x: x + 1 if gpu._triton_is_installed() else x, backend="eager", fullgraph=True)
    assert compiled(torch.zeros(2)).tolist() == [1, 1]


@pytest.mark.parametrize(
    "operator",
    [
        selective_scan.native_scan,
        selective_scan.native_scan_backward,
        convolution.native_convolution,
        convolution.native_convolution_backward,
    ],
    ids=lambda operator: operator._name,
)
def test_each_operator_has_a_form_for_either_device(operator):
    for key in ("CPU", "CUDA"):
        assert torch._C._dispatch_has_kernel_for_dispatch_key(operator._qualname, key)
