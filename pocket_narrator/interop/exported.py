"""What all kinds of export share: what they take, what they give back, and how they fail."""

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.errors import InteropError, MissingExtraError, reason_of
from pocket_narrator.files.plain_file import open_plain
from pocket_narrator.interop.formats import Format, refuse_format
from pocket_narrator.interop.parity import Parity
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.run.loading import LoadedRun, Which, load_trained

BEGINNING = 2000  # bytes of a file that say what it is


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


def refuse_foreign_file(out: Path, is_ours: Callable[[bytes], bool], kind: str, hint: str) -> None:
    """InteropError where a file lies there that is neither empty nor `kind`, of which `is_ours` is told the first bytes."""
    if not out.is_file():
        return
    try:
        with open_plain(out) as stream:
            begins = stream.read(BEGINNING)
    except OSError as error:
        raise InteropError(
            f"a file lies there that cannot be read: {reason_of(error)}", where=str(out), hint=hint
        ) from None
    if begins and not is_ours(begins):
        raise InteropError(f"a file lies there that is no {kind}, and would be lost", where=str(out), hint=hint)


def refuse_foreign_folder(out: Path, mark: str) -> None:
    """InteropError for whatever is there and neither an earlier export, which has a file of the name `mark`, nor an empty folder."""
    is_ours = out.is_dir() and (not any(out.iterdir()) or (out / mark).is_file())
    if out.exists() and not is_ours:
        raise InteropError(
            "there is something here already that is no earlier export",
            where=str(out),
            hint="choose another place with --out, or move it away",
        )


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
