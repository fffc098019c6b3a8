"""Dimensions of one element may have any stride: kernels that take the distance between tokens read the same whatever it is."""

import itertools
import random

import pytest
import torch
from torch import Tensor

from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels.binding.arguments import Rows
from pocket_narrator.models.kernels.convolution import short_convolution, short_convolution_reference
from pocket_narrator.models.kernels.selective_scan import selective_scan, selective_scan_reference
from pocket_narrator.models.kernels.tracks import track_read, track_read_reference

SHAPES = [shape for shape in itertools.product((1, 2, 3), (1, 4), (1, 8)) if 1 in shape]
LAYOUTS = ("transposed", "of one in a wider one", "any strides", "the first of many", "expanded")


def lay(values: Tensor, layout: str, chance: random.Random) -> Tensor:
    """The same numbers, elsewhere in memory."""
    B, T, E = values.shape
    if layout == "transposed":
        return values.transpose(1, 2).contiguous().transpose(1, 2)
    if layout == "of one in a wider one":
        wide = torch.full((B, T, E + 5), 7.0)
        wide[..., 2 : E + 2] = values
        return wide[..., 2 : E + 2]
    if layout == "the first of many":
        wide = torch.full((B, T + 3, E), 7.0)
        wide[:, :T] = values
        return wide[:, :T]
    if layout == "expanded" and B > 1:
        return values[:1].expand(B, T, E)
    strides = list(values.stride())
    odd = [stride if size > 1 else chance.randrange(100) for size, stride in zip(values.shape, strides, strict=True)]
    return values.as_strided(values.shape, odd)


def variants() -> list[tuple[tuple[int, ...], str]]:
    return [(shape, layout) for shape in SHAPES for layout in LAYOUTS]


def test_the_distance_between_tokens_is_where_they_lie() -> None:
    chance = random.Random(3)
    for shape, layout in variants():
        laid = lay(torch.randn(shape), layout, chance)
        rows = Rows(laid)
        B, T, E = shape
        found = torch.as_strided(rows.tensor, (B * T, E), (rows.stride, 1 if E > 1 else 0))
        assert torch.equal(found, laid.reshape(B * T, E)), (shape, layout)


@pytest.mark.skipif(not native.available(), reason=native.status())
@pytest.mark.parametrize("kernel", ["scan", "convolution", "tracks"])
def test_every_kernel_that_takes_strides(kernel: str) -> None:
    chance = random.Random(4)
    generator = torch.Generator().manual_seed(1)

    def random_tensor(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    def laid(*shape: int, layout: str) -> Tensor:
        return lay(random_tensor(*shape), layout, chance)

    for (B, T, E), layout in variants():
        if kernel == "scan":
            u, delta, gate = (laid(B, T, E, layout=layout) for _ in range(3))
            inputs, outputs = (laid(B, T, 4, layout=layout)[:, :, None] for _ in range(2))
            rates, skip = -random_tensor(E, 4).abs(), random_tensor(E)
            arguments = (u, delta, rates, inputs, outputs, skip, gate, None, None, None)
            pairs = list(zip(selective_scan(*arguments), selective_scan_reference(*arguments, [E], True), strict=True))
        elif kernel == "convolution":
            x, weight, bias = laid(B, T, E, layout=layout), random_tensor(E, 4), random_tensor(E)
            pairs = [(short_convolution(x, weight, bias), short_convolution_reference(x, weight, bias, None, None))]
        else:
            y, gate = random_tensor(B, T, E), laid(B, T, E, layout=layout)
            arguments = (random_tensor(E), None, [E], 1e-5)
            pairs = [(track_read(y, gate, *arguments), track_read_reference(y, gate, *arguments))]
        for found, expected in pairs:
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4, msg=f"{kernel} {(B, T, E)} {layout}")
