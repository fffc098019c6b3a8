"""The models of the page: each is loaded once, and tells everybody's stories on a thread of its own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from pocket_narrator.errors import NarratorError
from pocket_narrator.generation.engine import Engine
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.generation.text_engine import TextEngine
from pocket_narrator.models.decoder_program.operations import Precision
from pocket_narrator.serving.worker import Worker

SLOTS = 8  # stories that one model tells at once
QUEUE = 8  # stories that wait for a slot


@dataclass(frozen=True)
class Storyteller:
    """A model on the page."""

    name: str
    about: str
    narrator: Narrator
    worker: Worker


def open_storytellers(runs: Sequence[Path], precision: Precision = "fp32") -> list[Storyteller]:
    """Reads every run. Raises NarratorError where one is given twice, and what `Narrator.load` raises.

    Each is called by its folder's name; where several have the same one, by the path that was given.
    """
    names = _names(runs)
    opened = []
    for name, run in zip(names, runs, strict=True):
        narrator = Narrator.load(run, precision=precision)
        engine = Engine(narrator.model, narrator.tokenizer.end_of_text, SLOTS, precision)
        opened.append(
            Storyteller(name, _about(narrator), narrator, Worker(TextEngine(engine, narrator.tokenizer), QUEUE))
        )
    return opened


def _names(runs: Sequence[Path]) -> list[str]:
    resolved = [run.resolve() for run in runs]
    for number, run in enumerate(resolved):
        if run in resolved[:number]:
            raise NarratorError("a run is given twice", where=str(runs[number]), hint="name it once")
    same = Counter(run.name for run in resolved)
    return [run.name if same[run.name] == 1 else str(given) for run, given in zip(resolved, runs, strict=True)]


def _about(narrator: Narrator) -> str:
    model = narrator.model
    if isinstance(model, torch.nn.Module):
        parameters = sum(parameter.numel() for parameter in model.parameters())
        return f"{parameters / 1e6:.3g} M parameters, context of {model.context:,} tokens"
    return "counts of word sequences"
