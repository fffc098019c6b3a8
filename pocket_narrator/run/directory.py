"""The run directory: everything one training run leaves behind, never overwritten silently.

`runs/<name>/` holds `config.yaml` (the resolved recipe; written last, it makes the folder a run), `tokenizer.json`,
`data.json` (what the run was trained on, and the hashes of those two files), `checkpoints/`, `best.json`,
`metrics.jsonl`, `samples.jsonl`, and `own_code/` where others' code is needed. The newest checkpoint is found by looking, never by a pointer that could disagree.
"""

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pocket_narrator.errors import CheckpointError, PluginError, RunError
from pocket_narrator.files.json_file import read_json_object, write_json_object
from pocket_narrator.files.json_lines import JsonLines, read_json_lines
from pocket_narrator.files.temporary_files import clean_up, is_temporary, sweep
from pocket_narrator.plugins.kept import FOLDER
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import (
    has_checkpoint,
    newest_checkpoint,
    newest_state,
    step_name,
    verify_checkpoint,
)
from pocket_narrator.run.find import CONFIG
from pocket_narrator.run.identity import DATA, TOKENIZER, RunIdentity
from pocket_narrator.run.lock import LOCK, RunLock
from pocket_narrator.run.records import CHECKPOINTS, COUNTS, METRICS, SAMPLES, missing_records

BEST = "best.json"
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

    def __init__(
        self, path: Path, recipe: Recipe, run_id: str, lock: RunLock | None, report: Report = lambda _: None
    ) -> None:
        """Use `open_or_create`, or `beside`."""
        self.path = path
        self.recipe = recipe
        self.run_id = run_id  # the same after every resume
        self.metrics = JsonLines(path / METRICS)
        self.samples = JsonLines(path / SAMPLES)
        self._lock = lock
        self._report = report

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
            sweep(path.parent)
            lock = RunLock(path, report)
        try:
            with _writing(path):
                sweep(path)  # where others may be writing, such as a report
                if (path / CHECKPOINTS).is_dir():
                    clean_up(path / CHECKPOINTS)
                if not has_begun(path) and not _is_of(path, recipe, tokenizer, data_fingerprint):
                    _clear(path)
                    RunIdentity.create(path, recipe, tokenizer, data_fingerprint)
                (path / CHECKPOINTS).mkdir(exist_ok=True)
            identity = RunIdentity.load(path)
            identity.compare_recipe(recipe)
            identity.compare_data(tokenizer, data_fingerprint)
            with _writing(path):
                identity.go_on_with(recipe, data_fingerprint, report)
        except BaseException:
            lock.release()
            raise
        return cls(path, recipe, identity.run_id, lock, report)

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

    def truncate_after(self, step: int | None) -> None:
        """Forgets the records after `step`, the one to resume from; all of them for None. Damaged lines go too."""
        with _writing(self.path):
            for file in (self.metrics, self.samples):
                file.truncate_after(step, self._report)
                if step is not None and (missing := missing_records(self.path, file.path.name, step, file.count())):
                    self._report(f"{file.path}: {missing} of its records are missing")
            best = self.best()
            if best is not None and (step is None or best.step > step):
                (self.path / BEST).unlink()

    def best(self) -> Best | None:
        """The best step so far; None before the first, and where the file is damaged."""
        return _read_best(self.path)

    def record_counts(self) -> dict[str, dict[str, int]]:
        """How many records there are, for a checkpoint's state."""
        return {COUNTS: {file.path.name: file.count() for file in (self.metrics, self.samples)}}

    def set_best(self, step: int, validation_bits_per_byte: float) -> None:
        """Points to the checkpoint of `step`, which must have been saved."""
        assert (self.checkpoints / step_name(step)).is_dir(), f"step {step} was not saved"
        assert math.isfinite(validation_bits_per_byte)
        with _writing(self.path):
            write_json_object(self.path / BEST, {"step": step, "validation_bits_per_byte": validation_bits_per_byte})

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
    except (RunError, PluginError):
        return False
    return True


def _clear(path: Path) -> None:
    """Removes what a training that died before its first checkpoint has left of another run; the recipe, which makes the folder
    a run, goes last of the records."""
    for name in (METRICS, SAMPLES, BEST, CONFIG):
        (path / name).unlink(missing_ok=True)
    for name in ("tensorboard", FOLDER):
        shutil.rmtree(path / name, ignore_errors=True)


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
    ours = {LOCK, TOKENIZER, DATA, FOLDER}
    if not path.exists() or (path.is_dir() and (path / CONFIG).exists()):
        return
    if not path.is_dir():
        raise RunError("this is a file, not a run directory", where=str(path), hint="choose another name with name=...")
    foreign = sorted(item.name for item in path.iterdir() if item.name not in ours and not is_temporary(item))
    if foreign:
        raise RunError(
            f"this folder exists and is no run: it holds {', '.join(foreign[:3])}",
            where=str(path),
            hint="choose another name with name=..., or move the folder away",
        )


def _read_best(path: Path) -> Best | None:
    """None where it is missing or damaged."""
    try:
        return _parse_best(read_json_object(path / BEST))
    except (OSError, ValueError):
        return None


def _parse_best(best: dict) -> Best:
    step, score = best.get("step"), best.get("validation_bits_per_byte")
    if type(step) is not int or not isinstance(score, float):
        raise ValueError("does not hold a step and its score")
    return Best(step, score)


def _best_of(path: Path, report: Report) -> Best | None:
    """What `best.json` says; where it is missing or damaged, what the newest checkpoint knew, and that is said."""
    try:
        return _parse_best(read_json_object(path / BEST))
    except FileNotFoundError:
        why = "is missing"
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
    except ValueError as error:
        why = str(error)
    known = _best_by_the_records(path)
    if known is not None:
        report(
            f"{BEST} {why}; by the newest checkpoint and the records step {known.step:,} is the best, so it is taken"
        )
        return known
    if why != "is missing":  # which it is before the first evaluation
        report(f"{BEST} {why}; the newest checkpoint is taken")
    return None


def _best_by_the_records(path: Path) -> Best | None:
    """The best that the newest checkpoint knew of, or itself: it was saved before it was evaluated."""
    newest = newest_state(path / CHECKPOINTS)
    if newest is None:
        return None
    step, state = newest
    stored = state.get("best")
    pairs = [stored] if isinstance(stored, list) and len(stored) == 2 else []
    records = read_json_lines(path / METRICS, report=lambda _: None)
    pairs += [[step, record.get("validation_bits_per_byte")] for record in records if record["step"] == step]
    known = [Best(*pair) for pair in pairs if type(pair[0]) is int and isinstance(pair[1], float)]
    return min(known, key=lambda best: (best.validation_bits_per_byte, best.step), default=None)


def _best_checkpoint(path: Path, report: Report) -> Path | None:
    if not any((path / CHECKPOINTS).glob("*")):
        return None  # which the caller says
    best = _best_of(path, report)
    if best is None:
        return None
    checkpoint = path / CHECKPOINTS / step_name(best.step)
    try:
        verify_checkpoint(checkpoint)
    except CheckpointError as error:
        report(f"the best checkpoint is damaged, so the newest undamaged one is taken: {error.what}")
        return None
    return checkpoint
