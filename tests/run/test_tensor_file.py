"""Tensors of any shape and stride are written as what they hold."""

import io

import pytest
import torch
from safetensors.torch import load

from pocket_narrator.run.tensor_file import write_tensors


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(12).reshape(3, 4).T,
        torch.arange(6000).reshape(3, 2000)[1:2, 7],  # one element with a stride of 2,000, contiguous to torch
        torch.arange(6000).reshape(3, 2000)[1:2, 7:8],
        torch.arange(6, dtype=torch.bfloat16).reshape(2, 1, 3).transpose(0, 1),
        torch.tensor(5.0),
        torch.zeros(0, 3),
    ],
    ids=lambda tensor: f"{tuple(tensor.shape)}-{tensor.stride()}",
)
def test_strides_change_nothing(tensor: torch.Tensor) -> None:
    sink = io.BytesIO()
    write_tensors(sink, {"a": tensor})
    found = load(sink.getvalue())["a"]
    assert found.dtype == tensor.dtype
    assert torch.equal(found, tensor)
