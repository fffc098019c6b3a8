"""Where a run's numbers and samples go: the record in the run directory, and mirrors of it that may fail.

A mirror never stops or holds up a run: the first thing that goes wrong with it is reported once, and it is switched off.
"""

import contextlib
import importlib.util
import threading
from collections.abc import Callable
from typing import Protocol

from pocket_narrator.errors import MissingExtraError
from pocket_narrator.recipe.schema import Recipe, TrackingConfig
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.tracking.wandb import RunFacts, WandbTracker

Report = Callable[[str], object]
CLOSING_S = 20  # longer than W&B waits for its upload


class Tracker(Protocol):
    """Something that follows a run; steps never go down."""

    def log(self, step: int, values: dict[str, float]) -> None: ...

    def text(self, step: int, name: str, text: str) -> None: ...

    def close(self) -> None: ...


class JsonlTracker:
    """The record: `metrics.jsonl` and `samples.jsonl`. Raises RunError where it cannot be written."""

    def __init__(self, run_directory: RunDirectory) -> None:
        self._run = run_directory

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.metrics.append({"step": step, **values})

    def text(self, step: int, name: str, text: str) -> None:
        self._run.samples.append({"step": step, "name": name, "text": text})

    def close(self) -> None:
        self._run.metrics.close()
        self._run.samples.close()


class TensorboardTracker:
    """Event files in `tensorboard/` of the run directory; what an earlier life logged after `first_step` is hidden."""

    def __init__(self, run_directory: RunDirectory, first_step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(
            str(run_directory.path / "tensorboard"), purge_step=first_step or None, flush_secs=10
        )

    def log(self, step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def text(self, step: int, name: str, text: str) -> None:
        self._writer.add_text(name, text, step)

    def close(self) -> None:
        self._writer.close()


class Mirror:
    """A tracker that must not harm the run: opened and called under guard, switched off at the first failure."""

    def __init__(self, name: str, open_tracker: Callable[[], Tracker], report: Report) -> None:
        self._name = name
        self._report = report
        self._tracker: Tracker | None = None
        self._guard(lambda: setattr(self, "_tracker", open_tracker()))

    def log(self, step: int, values: dict[str, float]) -> None:
        if self._tracker is not None:
            self._guard(lambda tracker=self._tracker: tracker.log(step, values))

    def text(self, step: int, name: str, text: str) -> None:
        if self._tracker is not None:
            self._guard(lambda tracker=self._tracker: tracker.text(step, name, text))

    def close(self) -> None:
        if self._tracker is not None:
            self._guard(lambda close=self._tracker.close: _in_time(close))
            self._tracker = None

    def _guard(self, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:  # whatever a third party raises, training goes on
            failed, self._tracker = self._tracker, None
            if failed is not None:  # its threads and processes are not to outlive it; nobody waits for them
                threading.Thread(target=_quietly, args=(failed.close,), daemon=True).start()
            self._report(f"{self._name} is switched off for the rest of this run ({error}); metrics.jsonl goes on")


def _in_time(close: Callable[[], object]) -> None:
    """Closes something, but does not wait for ever: TimeoutError."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            close()
        except Exception as error:  # raised where it is waited for
            errors.append(error)

    closing = threading.Thread(target=run, daemon=True)
    closing.start()
    closing.join(CLOSING_S)
    if closing.is_alive():
        raise TimeoutError(f"it was not closed within {CLOSING_S} s")
    if errors:
        raise errors[0]


def _quietly(close: Callable[[], object]) -> None:
    with contextlib.suppress(Exception):
        close()


class Trackers:
    """The record first, then its mirrors; a tracker itself, and a context manager."""

    def __init__(self, trackers: list[Tracker]) -> None:
        self._trackers = trackers

    def log(self, step: int, values: dict[str, float]) -> None:
        for tracker in self._trackers:
            tracker.log(step, values)

    def text(self, step: int, name: str, text: str) -> None:
        for tracker in self._trackers:
            tracker.text(step, name, text)

    def close(self) -> None:
        for tracker in self._trackers:
            tracker.close()

    def __enter__(self) -> "Trackers":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_trackers(
    run_directory: RunDirectory, recipe: Recipe, facts: RunFacts, first_step: int = 0, report: Report = print
) -> Trackers:
    """The record of the run and the mirrors that the recipe asks for; `first_step` is where a resumed run goes on."""
    require_trackers(recipe.tracking)
    trackers: list[Tracker] = [JsonlTracker(run_directory)]
    if recipe.tracking.wandb:
        trackers.append(Mirror("W&B", lambda: WandbTracker(run_directory, recipe, facts, report), report))
    if recipe.tracking.tensorboard:
        trackers.append(Mirror("TensorBoard", lambda: TensorboardTracker(run_directory, first_step), report))
    return Trackers(trackers)


def require_trackers(tracking: TrackingConfig) -> None:
    """Raises MissingExtraError, before any work, where a mirror asked for is not installed."""
    for wanted, package in ((tracking.wandb, "wandb"), (tracking.tensorboard, "tensorboard")):
        if wanted and importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "track")
