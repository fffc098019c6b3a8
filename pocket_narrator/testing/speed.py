"""Speed and memory of a mixer beside attention and Mamba: figures to read, which nothing fails for."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from pydantic import ValidationError
from torch import Tensor

from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.testing.properties.states import tensors
from pocket_narrator.testing.subject import Fed, Subject

BESIDE = ("attention", "mamba")
ROWS, CONTEXT = 8, 256
SIZES = {"width": 128, "heads": 4, "context": CONTEXT, "positions": "rope"}
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Speed:
    """What one layer's mixer costs, measured on one machine in float32."""

    name: str
    parameters: int
    training_tokens_per_second: float  # forward and backward, 8 rows of 256 tokens
    generated_tokens_per_second: float  # one token of each of 8 rows at a time, after 256
    kept_bytes_per_token: float  # for the backward pass
    state_bytes: int  # of one story


def measure_speed(name: str) -> list[Speed]:
    """The mixer, then attention and Mamba, all measured in turn; nothing where it refuses these sizes."""
    subjects = {}
    for each in dict.fromkeys((name, *BESIDE)):
        try:
            subjects[each] = Subject(ModelConfig.model_validate({**SIZES, "layers": each}), torch.float32)
        except ValidationError:
            if each == name:
                return []
    fed = {each: subject.fed(training=True) for each, subject in subjects.items()}
    x = next(iter(subjects.values())).inputs(ROWS, CONTEXT)
    training = _in_turn({each: lambda f=f: f(x).sum().backward() for each, f in fed.items()})
    states = {each: f.read(x, f.mixer.start(ROWS))[1] for each, f in fed.items()}
    generating = _in_turn({each: lambda each=each, f=f: _generate(f, x, states, each) for each, f in fed.items()})
    return [
        Speed(
            each,
            sum(parameter.numel() for parameter in f.mixer.parameters()),
            ROWS * CONTEXT / training[each],
            ROWS * 16 / generating[each],
            _kept_bytes(f, x) / (ROWS * CONTEXT),
            sum(t.numel() * t.element_size() for t in tensors(f.mixer.start(1)).values()),
        )
        for each, f in fed.items()
    ]


def _generate(fed: Fed, x: Tensor, states: dict, each: str) -> None:
    for t in range(16):
        _, states[each] = fed.read(x[:, t : t + 1], states[each])


def _in_turn(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median time of each, in seconds, after one round to warm up."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for round_ in range(REPEATS + 1):
        for name, each in work.items():
            begun = time.perf_counter()
            each()
            if round_:
                times[name].append(time.perf_counter() - begun)
    return {name: statistics.median(taken) for name, taken in times.items()}


def _kept_bytes(fed: Fed, x: Tensor) -> int:
    """What autograd keeps of one forward pass, weights apart; each piece of memory once."""
    kept: dict[int, int] = {}
    weights = {parameter.untyped_storage().data_ptr() for parameter in fed.parameters()}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = fed(x)  # held until the end, so that no memory is used twice
        total = sum(kept.values())
        del y
    return total
