"""What looks at a model while it trains: its failures are told and recorded, and the training goes on."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pocket_narrator.errors import NarratorError
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.tracking.trackers import Tracker

EVALUATION, SAMPLE = "evaluation", "sample"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Observers:
    """What the rooms below this one look with."""

    evaluate: Callable[[LanguageModel], dict[str, float]]  # has "validation_bits_per_byte"
    measured_on: str  # the stories of `evaluate`, in words
    sample: Callable[[LanguageModel], str]
    report: Callable[[str], object]


class Watch:
    """Calls the observers of one run, and keeps what they find in its record."""

    def __init__(self, observers: Observers, run_directory: RunDirectory, tracker: Tracker) -> None:
        self._observers = observers
        self._run_directory = run_directory
        self._tracker = tracker
        self._told: set[str] = set()  # observers whose failure has been told

    def evaluate(self, model: LanguageModel, step: int) -> float | None:
        """Records the figures, and returns the bits per byte; none where they could not be found."""
        values = self._guarded(EVALUATION, step, lambda: self._observers.evaluate(model))
        if values is None:
            return None
        self._tracker.log(step, values)
        return values["validation_bits_per_byte"]

    def sample(self, model: LanguageModel, step: int) -> None:
        """Records a story."""
        story = self._guarded(SAMPLE, step, lambda: self._observers.sample(model))
        if story is not None:
            self._tracker.text(step, "story", story)

    def recorded(self, step: int, looks: Sequence[str]) -> tuple[list[str], float | None]:
        """Those of `looks` that the record of a step does not have, and the bits per byte that it has."""
        metrics = [r for r in self._read("metrics.jsonl") if r["step"] == step]
        failed = {record.get("failed") for record in metrics}
        scores = [r["validation_bits_per_byte"] for r in metrics if "validation_bits_per_byte" in r]
        done = failed | ({EVALUATION} if scores else set())
        if any(record["step"] == step for record in self._read("samples.jsonl")):
            done.add(SAMPLE)
        is_number = bool(scores) and isinstance(scores[-1], float) and math.isfinite(scores[-1])
        return [look for look in looks if look not in done], scores[-1] if is_number else None

    def _read(self, name: str) -> list[dict]:
        return list(read_json_lines(self._run_directory.path / name, report=lambda _: None))

    def _guarded(self, name: str, step: int, look: Callable[[], Found]) -> Found | None:
        try:
            return look()
        except Exception as error:  # whatever it is, the work of the training is worth more than a look at it
            what = error.what if isinstance(error, NarratorError) else f"{type(error).__name__}: {error}"
        self._run_directory.metrics.append({"step": step, "failed": name, "error": what[:1000]})
        if name not in self._told:
            self._told.add(name)
            first_line = (what.splitlines() or [""])[0][:300]
            self._observers.report(f"step {step:,}: the {name} failed ({first_line}); the training goes on")
        return None
