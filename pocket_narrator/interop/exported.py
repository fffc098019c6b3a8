"""What both kinds of export share: what they take, what they give back, and how they fail."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.errors import InteropError, MissingExtraError
from pocket_narrator.interop.formats import Format, refuse_format
from pocket_narrator.interop.parity import Parity
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.run.loading import LoadedRun, Which, load_trained


@dataclass(frozen=True)
class Exported:
    """What was written, and what was compared."""

    path: Path
    kind: str  # the class, or llama.cpp's architecture
    parity: Parity
    notes: list[str]


@dataclass(frozen=True)
class TrainedStack(LoadedRun):
    """A checkpoint of a stack of layers."""

    model: DecoderStack


def load_for_export(run: Path, to: Format, which: Which) -> TrainedStack:
    """A checkpoint in float32 on the CPU, where it is compared. InteropError, before any weight is read, where the run cannot have the
    format; RunError and CheckpointError as `load_trained`."""
    refuse_format(RunIdentity.load(run).recipe, to, str(run))
    trained = load_trained(run, which)
    assert isinstance(trained.model, DecoderStack)
    trained.model.to("cpu").float()
    return TrainedStack(**vars(trained))


def prompt_of(trained: LoadedRun) -> list[int]:
    """What the greedy text goes on from: the end-of-text token and the recipe's first prompt."""
    return [trained.tokenizer.end_of_text, *trained.tokenizer.encode(trained.recipe.generation.prompts[0])]


def require(package: str) -> None:
    """MissingExtraError where a package is not installed."""
    if importlib.util.find_spec(package) is None:
        raise MissingExtraError(package, "export")


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Makes the folder that `out` goes into; what the disk refuses is an InteropError."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise InteropError(
            f"the export cannot be written: {error.strerror or error}",
            where=str(error.filename or out),
            hint="see to the disk and its permissions; nothing was left behind",
        ) from error
