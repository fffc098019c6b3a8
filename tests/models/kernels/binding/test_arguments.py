"""Wrong arguments of C kernels are refused before C is entered; the message names the kernel and the argument."""

from typing import Any

import numpy as np
import pytest
import torch

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.arguments import Rows

pytestmark = pytest.mark.skipif(not native.available(), reason=native.status())

ROWS, WIDTH = 3, 16


def norm_arguments(**changed: Any) -> dict[str, Any]:
    """Of `norm_forward_float`, right ones but for those changed."""
    right = {
        "x": torch.randn(ROWS, WIDTH),
        "gain": torch.ones(WIDTH),
        "bias": None,
        "y": torch.empty(ROWS, WIDTH),
        "statistics": torch.empty(ROWS, 2),
        "N": ROWS,
        "C": WIDTH,
        "centred": False,
        "epsilon": 1e-6,
    }
    return right | changed


def test_right_ones_are_computed_with() -> None:
    given = norm_arguments()
    native.call("norm_forward_float", **given)
    torch.testing.assert_close(given["y"], torch.nn.functional.rms_norm(given["x"], (WIDTH,), eps=1e-6))


@pytest.mark.parametrize("name", [name for name in norm_arguments() if name != "bias"])
def test_each_that_is_missing(name: str) -> None:
    given = norm_arguments()
    del given[name]
    with pytest.raises(TypeError, match=rf"kernel norm_forward_float: {name} is missing"):
        native.call("norm_forward_float", **given)
    with pytest.raises(TypeError, match=rf"kernel norm_forward_float: {name} is missing"):
        native.call("norm_forward_float", **norm_arguments(**{name: None}))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("x", torch.randn(ROWS, WIDTH, dtype=torch.float64), "float32"),
        ("x", torch.randn(ROWS, WIDTH).bfloat16(), "torch.bfloat16"),
        ("x", torch.randn(WIDTH, ROWS).t(), "non-contiguous"),
        ("x", torch.empty(ROWS, WIDTH, device="meta"), "meta"),
        ("x", np.zeros((ROWS, WIDTH)), "float64"),
        ("x", np.zeros((WIDTH, ROWS), np.float32).T, "non-contiguous"),
        ("x", [0.0] * WIDTH, "list"),
        ("x", 140_000_000, "int"),
        ("x", Rows(torch.randn(ROWS, WIDTH, dtype=torch.float64)), "float64"),
        ("N", 3.0, "an integer"),
        ("N", "3", "an integer"),
        ("N", torch.tensor(3), "an integer"),
        ("epsilon", torch.tensor(1e-6), "a number"),
        ("epsilon", "0", "a number"),
        ("epsilon", True, "a number"),
    ],
)
def test_each_of_a_wrong_kind(name: str, value: object, said: str) -> None:
    with pytest.raises(TypeError, match=rf"kernel norm_forward_float: {name} has to be .*{said}"):
        native.call("norm_forward_float", **norm_arguments(**{name: value}))


def test_integers_that_would_not_fit() -> None:
    with pytest.raises(TypeError, match="kernel norm_forward_float: N has to be an integer of 64 bits"):
        native.call("norm_forward_float", **norm_arguments(N=2**63))


def test_names_that_it_does_not_have() -> None:
    with pytest.raises(TypeError, match=r"kernel norm_forward_float has no argument gains; it takes C, N, bias"):
        native.call("norm_forward_float", **norm_arguments(gains=torch.ones(WIDTH)))
    with pytest.raises(TypeError, match="there is no kernel norm_forwards_float"):
        native.call("norm_forwards_float", **norm_arguments())


def test_a_value_of_an_enumeration_goes_by_its_name() -> None:
    hidden, out = torch.randn(ROWS, WIDTH), torch.empty(ROWS, WIDTH)
    with pytest.raises(
        TypeError, match=r"kernel activation_forward_float: kind has to be one of linear, gelu, .*'relu'"
    ):
        native.call("activation_forward_float", hidden=hidden, out=out, N=ROWS, F=WIDTH, kind="relu")
    with pytest.raises(TypeError, match="kind has to be one of"):
        native.call("activation_forward_float", hidden=hidden, out=out, N=ROWS, F=WIDTH, kind=1)


def test_a_struct_of_another_kind() -> None:
    step = native.layouts()["decode_step"][0]()
    with pytest.raises(TypeError, match="kernel decode_room: o has to be a struct operation, or an array of them"):
        native.call("decode_room", o=step, rows=1)


def test_a_bound_call_is_checked_when_it_is_bound_and_keeps_its_tensors() -> None:
    with pytest.raises(TypeError, match="gain is missing"):
        native.bind("norm_forward_float", **norm_arguments(gain=None))
    y = torch.empty(ROWS, WIDTH)
    run = native.bind("norm_forward_float", **norm_arguments(x=torch.ones(ROWS, WIDTH), y=y))
    torch.full((ROWS, WIDTH), 7.0)  # would take the memory of what was freed
    run()
    torch.testing.assert_close(y, torch.ones(ROWS, WIDTH))


def test_rows_of_a_wider_tensor() -> None:
    wide = torch.randn(2, 3, 40)
    assert Rows(wide[..., 8:24]).stride == 40
    assert Rows(wide[..., 8:24]).tensor.data_ptr() == wide[..., 8:24].data_ptr()
    assert Rows(wide.transpose(0, 1)).tensor.is_contiguous()
