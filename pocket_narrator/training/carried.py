"""The states that windows of long texts hand on, as named tensors, so that a checkpoint can hold them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from torch import Tensor

from pocket_narrator.models.stack import CarriedState


def carried_tensors(carried: Sequence[CarriedState]) -> dict[str, Tensor]:
    """`carried.<micro-batch>.<layer>.<field>` to tensor."""
    return {name: getattr(owner, field) for name, owner, field in _parts(carried)}


def restore_carried(carried: Sequence[CarriedState], tensors: Mapping[str, Tensor]) -> None:
    """Puts back, into states of the same shapes, what `carried_tensors` gave."""
    for name, owner, field in _parts(carried):
        setattr(owner, field, tensors[name].to(getattr(owner, field).device))


def _parts(carried: Sequence[CarriedState]) -> Iterator[tuple[str, object, str]]:
    for index, state in enumerate(carried):
        yield f"carried.{index}.before", state, "before_B"
        for layer, mixer in enumerate(state.mixers):
            for field in fields(mixer):  # pyright: ignore[reportArgumentType] - states are dataclasses of tensors
                yield f"carried.{index}.{layer}.{field.name}", mixer, field.name
