"""Figures and the scores of single stories: one measurement, or refused."""

import os
from pathlib import Path

import numpy as np
import pytest

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.measured_model import read_measured_run
from pocket_narrator.evaluation.likelihood.story_scores import FIGURES, NAME, WAITING, SingleScores, write_figures
from pocket_narrator.files.json_file import dump_json, read_json_object
from tests.evaluation.comparison.measured_runs import measured_run
from tests.small_runs import damage


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return measured_run(tmp_path, "one", 1.0)


def scores_of(nats: float) -> SingleScores:
    stories = np.arange(50)
    return SingleScores(stories, np.full(50, nats), np.full(50, 7), np.full(50, 30))


def measure_again(run: Path, nats: float) -> None:
    figures = read_json_object(run / "evaluation" / FIGURES)
    figures["likelihood"] |= {"tokens": 350, "loss": nats}
    del figures["single_scores_sha256"]
    write_figures(run / "evaluation", figures, scores_of(nats))


def test_written_as_one_wherever_a_process_dies(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every rename: what can be read is the measurement before, or the new one."""
    measure_again(run, 1.0)
    renames = 0

    class Killed(BaseException):
        pass

    def is_one() -> float:
        found = read_measured_run(run)
        assert set(found.single.nats_S) == {found.measured["likelihood"]["loss"]}
        return found.measured["likelihood"]["loss"]

    real = os.replace
    for dies_at in range(4):
        before, count = is_one(), 0

        def replace(source: Path, target: Path, dies_at: int = dies_at) -> None:
            nonlocal count, renames
            count, renames = count + 1, renames + 1
            if count == dies_at + 1:
                raise Killed
            real(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", replace)
            try:
                measure_again(run, before + 1)
            except Killed:
                assert is_one() in (before, before + 1)
            else:
                assert is_one() == before + 1
                break
        measure_again(run, before + 1)
        assert is_one() == before + 1
    assert (dies_at, count) == (3, 3), "three renames: the scores, the figures, the scores into their place"
    assert not (run / "evaluation" / WAITING).exists()


def test_scores_of_another_measurement_are_refused(run: Path, tmp_path: Path) -> None:
    """Though they are of as many tokens: every model's are, on the same stories."""
    other = measured_run(tmp_path, "other", 1.0, seed=1)
    (run / "evaluation" / NAME).write_bytes((other / "evaluation" / NAME).read_bytes())
    with pytest.raises(RunError, match="damaged, or of another measurement") as caught:
        read_measured_run(run)
    assert f"narrator evaluate {run}" in str(caught.value.hint)


@pytest.mark.parametrize("name", [FIGURES, NAME])
def test_a_flipped_bit_is_refused(name: str, run: Path) -> None:
    damage(run / "evaluation" / name)
    with pytest.raises(RunError, match="damaged"):
        read_measured_run(run)


def test_older_figures_name_no_scores(run: Path) -> None:
    figures = read_json_object(run / "evaluation" / FIGURES)
    del figures["single_scores_sha256"]
    (run / "evaluation" / FIGURES).write_bytes(dump_json(figures))
    assert read_measured_run(run).measured["likelihood"] == figures["likelihood"]


@pytest.mark.parametrize("key", ["tokens", "bits_per_byte", "bits_per_byte_interval"])
@pytest.mark.parametrize("value", ["5", {}, True, [1.0]])
def test_older_figures_of_other_types_are_refused(key: str, value: object, run: Path) -> None:
    figures = read_json_object(run / "evaluation" / FIGURES)
    figures["likelihood"][key] = value
    (run / "evaluation" / FIGURES).write_bytes(dump_json(figures))
    with pytest.raises(RunError, match="the values are damaged"):
        read_measured_run(run)
