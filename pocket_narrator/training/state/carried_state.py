"""The states that windows of long texts hand on, as named tensors, so that a checkpoint can hold them."""

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from pocket_narrator.models.mixers.mixer import names_of
from pocket_narrator.models.stack import CarriedState


def carried_tensors(carried: Sequence[CarriedState], first: int = 0) -> dict[str, Tensor]:
    """`carried.<micro-batch>.<layer>.<field>` to tensor. first: the number of the first of these micro-batches in the step."""
    return {f"carried.{first + i}.{name}": getattr(owner, field) for i, name, owner, field in _parts(carried)}


def restore_carried(carried: Sequence[CarriedState], tensors: Mapping[str, Tensor], first: int, count: int) -> None:
    """Puts back, into the states of the micro-batches from `first` on of a step of `count`, what `carried_tensors` gave for the
    same rows, in however many micro-batches."""
    stored = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("carried."))
    for i, name, owner, field in _parts(carried):
        rows = torch.cat([tensors[f"carried.{part}.{name}"] for part in range(stored)])
        each = len(rows) // count
        own = rows[(first + i) * each : (first + i + 1) * each]
        setattr(owner, field, own.to(getattr(owner, field).device, copy=True))


def _parts(carried: Sequence[CarriedState]) -> Iterator[tuple[int, str, object, str]]:
    for index, state in enumerate(carried):
        yield index, "before", state, "before_B"
        for layer, mixer in enumerate(state.mixers):
            for name in names_of(mixer):
                yield index, f"{layer}.{name}", mixer, name
