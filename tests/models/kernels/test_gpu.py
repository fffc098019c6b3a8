"""What is said where a GPU has no Triton."""

import importlib.util
import warnings

import pytest
import torch

from pocket_narrator.models.kernels import gpu


@pytest.fixture
def unasked(monkeypatch) -> None:
    monkeypatch.setattr(gpu, "_installed", None)


def test_a_missing_triton_is_announced_once(unasked, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.warns(UserWarning, match=r"many times slower\. To install it: pip install \"pocket-narrator\[gpu\]\""):
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
