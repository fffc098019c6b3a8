"""What was measured goes into a real offline W&B run, under the earlier keys; a failing mirror harms nothing."""

import importlib.util
import json
import os
from pathlib import Path

import pytest

from pocket_narrator.evaluation.suite import Options, evaluate_run_suite
from pocket_narrator.evaluation.wandb_mirror import mirror_evaluation
from tests.evaluation.tiny_run import make_run
from tests.offline_wandb import read_history, read_records, read_summary

# The run's usual corpus is words at random, in which no story has a first sentence to tell from.
STORIES = (
    "corpus={kind: storyworld, stories: 60, validation_stories: 16}",
    "tokenizer.vocabulary_size=400",
    "model.context=256",
)
pytestmark = pytest.mark.skipif(importlib.util.find_spec("wandb") is None, reason="needs wandb")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory):
    """The folder with a measured run in it, and no key of W&B's."""
    folder = tmp_path_factory.mktemp("mirror")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in [name for name in os.environ if name.startswith("WANDB_")]:
            patch.delenv(name)
        patch.setenv("WANDB_MODE", "offline")
        run = make_run("tracking.wandb=true", *STORIES)
        evaluate_run_suite(run, "best", Options(nouns="words"))
        yield folder / run


def test_figures_and_tables(measured: Path) -> None:
    messages: list[str] = []
    before = set(measured.glob("wandb/offline-run-*/*.wandb"))
    mirror_evaluation(measured, [("Once", " upon a time.")], messages.append)
    assert messages == []
    (path,) = set(measured.glob("wandb/offline-run-*/*.wandb")) - before
    summary = read_summary(path)
    likelihood = json.loads((measured / "evaluation" / "likelihood.json").read_text(encoding="utf-8"))["likelihood"]
    assert summary["eval_loss"] == summary["eval/loss"] == likelihood["loss"]
    assert summary["eval_ppl"] == summary["eval/perplexity"] == likelihood["perplexity"]
    assert (summary["eval_tokens"], summary["num_generations"]) == (likelihood["tokens"], 1)
    figures = json.loads((measured / "evaluation" / "stories-quick.json").read_text(encoding="utf-8"))["sets"]["told"]
    figure = figures["figures"]["earlier_distinct_2"]
    assert summary["eval/earlier_distinct_2"] == summary["earlier_distinct_2/mean"] == figure["value"]
    assert summary["earlier_distinct_2/count"] == figure["stories"]
    assert summary["earlier_distinct_2/min"] <= figure["value"] <= summary["earlier_distinct_2/max"]
    (row,) = read_history(path)

    def table(name: str) -> dict:
        return json.loads((path.parent / "files" / row[f"{name}/path"]).read_text(encoding="utf-8"))

    assert table("generations")["data"] == [[0, "Once", " upon a time.", 3]]
    results = {(line[0], line[1]): line for line in table("results_table")["data"]}
    assert results["earlier_distinct_2", "told"][2] == figure["value"]
    assert table("eval_samples")["columns"] == ["idx", "prompt", "generation", "reference", "len_words"]
    assert len(table("eval_samples")["data"]) > 10
    names = {record.request.log_artifact.artifact.name for record in read_records(path) if record.HasField("request")}
    names |= {record.artifact.name for record in read_records(path) if record.HasField("artifact")}
    assert "tiny-evaluation" in names


def test_without_a_key_it_stays_offline_and_says_so_once(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_MODE")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(measured))
    monkeypatch.delenv("NETRC", raising=False)
    before = len(list(measured.glob("wandb/offline-run-*")))
    messages: list[str] = []
    mirror_evaluation(measured, report=messages.append)
    (message,) = messages
    assert f"stays offline; to upload later: wandb sync {measured}/wandb/offline-run-*" in message
    mirror_evaluation(measured, [("Once", " upon a time.")], messages.append)  # after a training, which has said it
    assert len(messages) == 1
    assert len(list(measured.glob("wandb/offline-run-*"))) > before


def test_a_failure_is_reported_and_harms_nothing(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messages: list[str] = []
    monkeypatch.setenv("WANDB_MODE", "nonsense")
    mirror_evaluation(measured, report=messages.append)
    (message,) = messages
    assert "W&B has not taken the evaluation" in message
