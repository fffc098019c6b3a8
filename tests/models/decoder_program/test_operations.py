"""An operation of the C decoder is built by the names of its fields, or not at all."""

from typing import Any

import pytest
import torch

from pocket_narrator.models.decoder_program.operations import Program, padded
from pocket_narrator.models.kernels import native

pytestmark = pytest.mark.skipif(not native.available(), reason=native.status())


@pytest.fixture
def program() -> Program:
    return Program(rows=4)


def skip_fields(program: Program, **changed: Any) -> dict[str, Any]:
    right = {"width": 8, "old": 2.0, "new": 0.5, "x": program.rows_of(8), "embedded": program.rows_of(8)}
    return right | changed


def run(program: Program) -> None:
    program.run([0, 0], [0, 0], [0, 1], [0], [0, 2], [1])


def test_one_that_is_right(program: Program) -> None:
    fields = skip_fields(program)
    fields["x"].fill_(3.0)
    fields["embedded"].fill_(4.0)
    assert program.add("skip", **fields) == 0
    run(program)
    assert fields["x"][:2, :8].unique().tolist() == [8.0]
    assert fields["x"][2:, :8].unique().tolist() == [3.0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"old": None}, "skip: old is missing"),
        ({"x": None}, "skip: x is missing"),
        ({"width": 8.0}, "skip: width has to be an integer"),
        ({"x": torch.zeros(4, 8, dtype=torch.bfloat16)}, "skip: x has to be rows of activations"),
        ({"x": torch.zeros(32)}, "skip: x has to be rows of activations"),
        ({"x": torch.zeros(8, 4).t()}, "skip: x has to be rows of activations"),
        ({"x": torch.zeros(3, 8)}, "skip: x has 3 rows, and a step up to 4"),
        ({"fresh": 1.0}, "skip has no argument fresh; it takes embedded, new, old, width, x"),
    ],
)
def test_each_that_is_wrong(program: Program, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        program.add("skip", **skip_fields(program, **changed))


@pytest.mark.parametrize("kind", ["gated", "stepped", "summed"])
def test_what_only_some_kinds_need_has_to_be_there_for_those(program: Program, kind: str) -> None:
    rows = {name: program.rows_of(32) for name in ("queries", "keys", "values", "output")}
    sizes = {"heads": 2, "shared": 1, "key_width": 16, "value_width": 16}
    numbers = {"epsilon": 1e-6, "temperature": 16, "lowest": -5.0}
    needed = {
        "gated": {"choice": program.rows_of(32), "gain": torch.ones(16)},
        "stepped": {"choice": program.rows_of(2), "gain": torch.ones(3 * 2)},
        "summed": {"sums": torch.zeros(1, 2, 16)},
    }[kind]
    fields = {**sizes, **numbers, **rows, "state": torch.zeros(1, 2, 16, 16)}
    program.add("recur", kind=kind, **fields, **needed)
    for name in needed:
        with pytest.raises(TypeError, match="recur: a tensor is missing"):
            program.add("recur", kind=kind, **fields, **needed | {name: None})


def test_a_kind_that_there_is_not(program: Program) -> None:
    with pytest.raises(TypeError, match="the decoder has no operation scans"):
        program.add("scans")


def test_a_field_is_exchanged_by_its_name(program: Program) -> None:
    other = program.rows_of(8).fill_(100.0)
    number = program.add("skip", **skip_fields(program, x=program.rows_of(8), new=1.0))
    run(program)
    program.point(number, x=other)
    run(program)
    assert other[0, 0] == 200.0
    with pytest.raises(TypeError, match="skip: x is missing"):
        program.point(number, x=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="skip has no argument y"):
        program.point(number, y=other)


def test_widths_are_rounded_up_to_constants_of_the_library() -> None:
    assert [padded(1), padded(64), padded(65), padded(17, "LANES")] == [64, 64, 128, 32]


def test_a_constant_that_there_is_not() -> None:
    with pytest.raises(KeyError):
        native.constant("LANE")
