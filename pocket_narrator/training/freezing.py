"""Parts of a model that training leaves as they are."""

import re

from torch import nn

from pocket_narrator.errors import RecipeError


def freeze(model: nn.Module, parts: tuple[str, ...]) -> int:
    """Freezes the parameters of each part, such as `embedding`, `layers.0`, `layers.0-3` or `layers.2.mixer`, and returns how
    many numbers are frozen. RecipeError where a part is not there, or nothing is left to train."""
    parameters = dict(model.named_parameters())
    for part in parts:
        names = [name for name in parameters if any(f"{name}.".startswith(f"{p}.") for p in _spelled_out(part))]
        if not names:
            there = sorted({name.split(".")[0] for name in parameters})
            raise RecipeError(
                f"training.frozen: the model has no part '{part}'",
                expected=f"{', '.join(there)}; of the layers one or some, as in layers.0 or layers.0-3",
            )
        for name in names:
            parameters[name].requires_grad_(False)
    if not any(parameter.requires_grad for parameter in parameters.values()):
        raise RecipeError("training.frozen leaves nothing to train", hint="leave out the head or some layers")
    return sum(parameter.numel() for parameter in parameters.values() if not parameter.requires_grad)


def _spelled_out(part: str) -> list[str]:
    """`layers.0-2` as `layers.0`, `layers.1`, `layers.2`."""
    match = re.fullmatch(r"layers\.(\d{1,4})-(\d{1,4})(\..+)?", part)
    if match is None:
        return [part]
    return [f"layers.{index}{match[3] or ''}" for index in range(int(match[1]), int(match[2]) + 1)]
