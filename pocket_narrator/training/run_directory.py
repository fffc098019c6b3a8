"""The run directory: everything one training run leaves behind, never overwritten silently.

`runs/<name>/` holds `config.yaml` (the resolved recipe; written last, it makes the folder a run), `tokenizer.json`,
`data.json` (what the run was trained on, and the hashes of those two files), `checkpoints/`, `best.json`,
`metrics.jsonl`, `samples.jsonl`. The newest checkpoint is found by looking, never by a pointer that could disagree.
"""

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pocket_narrator.atomic import atomic_writer
from pocket_narrator.config import Recipe
from pocket_narrator.errors import CheckpointError, RunError
from pocket_narrator.training.atomic_folder import clean_up, is_leftover
from pocket_narrator.training.checkpoint import has_checkpoint, newest_checkpoint, step_name, verify_checkpoint
from pocket_narrator.training.json_file import dump_json, read_json_object
from pocket_narrator.training.json_lines import JsonLines
from pocket_narrator.training.run_identity import CONFIG, DATA, TOKENIZER, RunIdentity
from pocket_narrator.training.run_lock import LOCK, RunLock

CHECKPOINTS, BEST = "checkpoints", "best.json"
Report = Callable[[str], object]


@dataclass(frozen=True)
class Best:
    """The checkpoint with the lowest validation score so far."""

    step: int
    validation_bits_per_byte: float


@dataclass(frozen=True)
class StoredRun:
    """A run as other rooms see it: to tell from it, evaluate it, export it."""

    path: Path
    recipe: Recipe
    data: dict
    tokenizer: Path
    checkpoint: Path


class RunDirectory:
    """A run directory opened for training, by one process at a time. Close it, or use it as a context manager."""

    def __init__(self, path: Path, recipe: Recipe, run_id: str, lock: RunLock | None) -> None:
        """Use `open_or_create`, or `beside`."""
        self.path = path
        self.recipe = recipe
        self.run_id = run_id  # the same after every resume
        self.metrics = JsonLines(path / "metrics.jsonl")
        self.samples = JsonLines(path / "samples.jsonl")
        self._lock = lock

    @staticmethod
    def check(path: Path, recipe: Recipe) -> None:
        """Raises RunError, before any work, where `open_or_create` would for `recipe`; takes no lock, changes nothing."""
        _refuse_foreign_folder(path)
        if has_begun(path):
            RunIdentity.load(path).compare_recipe(recipe)

    @staticmethod
    def refuse_foreign(path: Path) -> None:
        """Raises RunError where `path` is neither a run nor could become one; changes nothing."""
        _refuse_foreign_folder(path)

    @classmethod
    def open_or_create(
        cls, path: Path, recipe: Recipe, tokenizer: Path, data_fingerprint: dict, report: Report = print
    ) -> "RunDirectory":
        """Opens the run in `path` to go on with it, or makes a new one there with a copy of `tokenizer`.

        `data_fingerprint` is JSON that says what is trained on (corpus hash, entropy floor, ...). Raises RunError
        before anything is written if `path` is something else, is in use, or was made by another recipe or from other
        data. A run without any checkpoint is worth nothing yet: it gives way to whatever is trained there now.
        """
        _refuse_foreign_folder(path)
        with _writing(path):
            path.mkdir(parents=True, exist_ok=True)
            lock = RunLock(path, report)
        try:
            with _writing(path):
                clean_up(path)
                if (path / CHECKPOINTS).is_dir():
                    clean_up(path / CHECKPOINTS)
                if not has_begun(path) and not _is_of(path, recipe, tokenizer, data_fingerprint):
                    _clear(path)
                    RunIdentity.create(path, recipe, tokenizer, data_fingerprint)
                (path / CHECKPOINTS).mkdir(exist_ok=True)
            identity = RunIdentity.load(path)
            identity.compare_recipe(recipe)
            identity.compare_data(tokenizer, data_fingerprint)
        except BaseException:
            lock.release()
            raise
        return cls(path, recipe, identity.run_id, lock)

    @classmethod
    def beside(cls, path: Path, recipe: Recipe) -> "RunDirectory":
        """The same run for another process that trains it together with the one that has opened it, and alone writes."""
        return cls(path, recipe, RunIdentity.load(path).run_id, None)

    @staticmethod
    def read(path: Path, which: Literal["best", "last"] = "best", report: Report = print) -> StoredRun:
        """The run in `path` and its best (or last) undamaged checkpoint; takes no lock and changes nothing.

        Raises RunError where there is no run or no checkpoint yet, CheckpointError where all are damaged.
        """
        identity = RunIdentity.load(path)
        checkpoint = _best_checkpoint(path, report) if which == "best" else None
        checkpoint = checkpoint or newest_checkpoint(path / CHECKPOINTS, report)
        if checkpoint is None:
            raise RunError(
                "this run has no checkpoint yet", where=str(path), hint="train it with: narrator train RECIPE"
            )
        return StoredRun(path, identity.recipe, identity.data, path / TOKENIZER, checkpoint)

    @property
    def checkpoints(self) -> Path:
        """The folder to save checkpoints into."""
        return self.path / CHECKPOINTS

    def wind_back(self, step: int | None) -> None:
        """Forgets the records after `step`, the one to resume from; all of them for None. Damaged lines go too."""
        with _writing(self.path):
            self.metrics.wind_back(step)
            self.samples.wind_back(step)
            best = self.best()
            if best is not None and (step is None or best.step > step):
                (self.path / BEST).unlink()

    def best(self) -> Best | None:
        """The best step so far; None before the first, and where the file is damaged."""
        return _read_best(self.path)

    def set_best(self, step: int, validation_bits_per_byte: float) -> None:
        """Points to the checkpoint of `step`, which must have been saved."""
        assert (self.checkpoints / step_name(step)).is_dir(), f"step {step} was not saved"
        assert math.isfinite(validation_bits_per_byte)
        with _writing(self.path), atomic_writer(self.path / BEST, binary=True) as stream:
            stream.write(dump_json({"step": step, "validation_bits_per_byte": validation_bits_per_byte}))

    def close(self) -> None:
        """Closes the records and lets another process in."""
        self.metrics.close()
        self.samples.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> "RunDirectory":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def has_begun(path: Path) -> bool:
    """Whether there is a run in `path` that has something to lose: a checkpoint, be it damaged."""
    return (path / CONFIG).exists() and has_checkpoint(path / CHECKPOINTS)


def _is_of(path: Path, recipe: Recipe, tokenizer: Path, data_fingerprint: dict) -> bool:
    """Whether the run in `path` is one of this recipe and these data, which then keeps its id."""
    try:
        identity = RunIdentity.load(path)
        identity.compare_recipe(recipe)
        identity.compare_data(tokenizer, data_fingerprint)
    except RunError:
        return False
    return True


def _clear(path: Path) -> None:
    """Removes what a training that died before its first checkpoint has left of another run; the recipe, which makes the folder
    a run, goes last of the records."""
    for name in ("metrics.jsonl", "samples.jsonl", BEST, CONFIG):
        (path / name).unlink(missing_ok=True)
    shutil.rmtree(path / "tensorboard", ignore_errors=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(
            f"cannot write in the run directory: {error.strerror or error}",
            where=str(error.filename or path),
            hint="see to the disk and its permissions, then run the same command again",
        ) from error


def _refuse_foreign_folder(path: Path) -> None:
    """A folder that is neither empty, nor a run, nor what a crash leaves of a run in the making."""
    ours = {LOCK, TOKENIZER, DATA}
    if not path.exists() or (path.is_dir() and (path / CONFIG).exists()):
        return
    if not path.is_dir():
        raise RunError("this is a file, not a run directory", where=str(path), hint="choose another name with name=...")
    foreign = sorted(item.name for item in path.iterdir() if item.name not in ours and not is_leftover(item))
    if foreign:
        raise RunError(
            f"this folder exists and is no run: it holds {', '.join(foreign[:3])}",
            where=str(path),
            hint="choose another name with name=..., or move the folder away",
        )


def _read_best(path: Path) -> Best | None:
    try:
        best = read_json_object(path / BEST)
    except (OSError, ValueError):
        return None
    step, score = best.get("step"), best.get("validation_bits_per_byte")
    return Best(step, score) if type(step) is int and isinstance(score, float) else None


def _best_checkpoint(path: Path, report: Report) -> Path | None:
    best = _read_best(path)
    if best is None:
        return None
    checkpoint = path / CHECKPOINTS / step_name(best.step)
    if not any((path / CHECKPOINTS).glob("*")):
        return None  # which the caller says
    try:
        verify_checkpoint(checkpoint)
    except CheckpointError as error:
        report(f"the best checkpoint is damaged, so the newest undamaged one is taken: {error.what}")
        return None
    return checkpoint
