"""A run in Python: what it shows is what the folder holds, and what cannot be done is refused before any work."""

import json
import shutil
import sys
from pathlib import Path

import pytest

import pocket_narrator
from pocket_narrator.errors import CheckpointError, CorpusError, RecipeError, RunError
from pocket_narrator.evaluation.coherence import of_run
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.training.loop import Trainer
from pocket_narrator.workbench.run import Run, runs
from pocket_narrator.workbench.steps import compare, evaluate, prepare, train
from tests.evaluation.tiny_run import make_run
from tests.small_runs import damage
from tests.tiny_experiment import make_experiment


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_experiment(tmp_path_factory.mktemp("experiment"))


@pytest.fixture(autouse=True)
def in_the_experiment(experiment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(experiment)


def test_a_run_is_opened_by_name_path_or_itself() -> None:
    assert [run.name for run in runs()][-2:] == ["other", "tiny"]
    paths = {Run(given).path for given in ("tiny", "runs/tiny", Path("runs/tiny"), Run("tiny"))}
    assert paths == {Path("runs/tiny")}
    for given, message in (("tinny", "did you mean runs/tiny"), ("tiny.yaml", "a file, and not a run directory")):
        with pytest.raises(RunError, match=message):
            Run(given)
    with pytest.raises(RunError, match="best or last"):
        Run("tiny", which="newest")  # type: ignore[arg-type]


def test_tables_hold_what_the_files_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run("tiny")
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert run.metrics["step"].tolist() == [line["step"] for line in lines]
    assert run.stories["made_in"].unique().tolist() == ["training"]
    prompt = run.recipe.generation.prompts[0]
    samples = [
        json.loads(line)["text"] for line in (run.path / "samples.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert (run.stories["prompt"] + run.stories["text"]).tolist() == samples
    assert set(run.stories["prompt"]) == {prompt}
    found = run.evaluate(quiet=True)
    scores = run.scores
    assert scores["nats"].sum() == pytest.approx(found.likelihood.loss * found.likelihood.tokens)
    assert scores["tokens"].sum() == found.likelihood.tokens
    frames = {name: getattr(run, name).to_dict("records") for name in ("stories", "scores")}
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert {name: getattr(run, name) for name in frames} == frames
    assert [row["step"] for row in run.metrics] == [line["step"] for line in lines]


def test_the_narrator_tells_what_the_command_tells() -> None:
    assert Run("tiny").narrator().tell("Once", seed=3) == Narrator.load("runs/tiny").tell("Once", seed=3)


def test_evaluating_is_the_commands_evaluation() -> None:
    found = evaluate(Run("tiny"), stories=5, quiet=True)
    assert found.likelihood == evaluate_run("runs/tiny", stories=5).likelihood
    for options, message in (
        ({"suite": "quik"}, "there is no suite 'quik'"),
        ({"suite": "quick", "stories": 3}, "in the same way"),
        ({"split": "test"}, "there is no split 'test'"),
        ({"precision": "fp16"}, "there is no precision"),
        ({"stories": 0}, "leaves nothing to evaluate"),
        ({"stride": -1}, "moves no window on"),
        ({"stride": 65}, "is too long"),
        ({"suite": "coherence", "stories": 3}, "in the same way"),
        ({"suite": "ledger", "split": "train"}, "in the same way"),
    ):
        with pytest.raises(RunError, match=message):
            Run("tiny").evaluate(**options)


def test_what_storyworld_knows_is_asked_by_the_same_suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(of_run, "PROMPTS", 3)
    corpus = "corpus={kind: storyworld, stories: 40, validation_stories: 12, seed: 3}"
    run = Run(make_run(corpus, "model.context=256", "tokenizer.vocabulary_size=300"))
    exam, ledger = run.evaluate("memory", stories=5, quiet=True), run.evaluate("ledger", stories=6, quiet=True)
    assert (exam.protocol.stories, exam.figures[0].kind) == (5, None)
    assert exam.figures[0].questions == len(exam.answers.kind_Q)
    assert (ledger.stories, ledger.lines[-1].name) == (6, "all")
    told = run.evaluate("coherence", quiet=True).sets["told"]
    assert told.stories == 6
    assert {path.name for path in (run.path / "evaluation").glob("*.json")} == {
        "memory.json",
        "ledger.json",
        "coherence.json",
    }
    run.path.rename(tmp_path / "kept")
    with pytest.raises(RunError, match="which StoryWorld alone can do"):
        Run(make_run()).evaluate("memory", quiet=True)


def test_a_finished_run_is_left_as_it_is_and_another_recipe_is_refused() -> None:
    before = sorted((path.name, path.stat().st_mtime_ns) for path in Path("runs/tiny/checkpoints").rglob("*"))
    again = train("tiny.yaml", quiet=True)
    assert sorted((path.name, path.stat().st_mtime_ns) for path in Path("runs/tiny/checkpoints").rglob("*")) == before
    assert again.step == Run("tiny").step
    with pytest.raises(RunError, match="made for 8 steps"):
        train("tiny.yaml", steps=9, quiet=True)
    with pytest.raises(RecipeError, match="there is no recipe"):
        train("tiny.yml", quiet=True)


def test_quiet_says_nothing_and_the_default_says_what_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    train("tiny.yaml", steps=1, name="quiet", quiet=True)
    prepare("tiny.yaml", {"tokenizer.vocabulary_size": 280}, quiet=True)
    assert capsys.readouterr() == ("", "")
    train("tiny.yaml", steps=1, name="loud")
    said = capsys.readouterr()
    assert "36 k parameters" in said.err
    assert said.out == ""


def test_an_interrupted_training_goes_on_by_the_same_call(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train("tiny.yaml", name="whole", quiet=True)
    step = Trainer._train_step

    def interrupted(self: Trainer, *arguments: object) -> object:
        done = step(self, *arguments)  # type: ignore[arg-type]
        if self.step == 5:
            import signal

            signal.raise_signal(signal.SIGINT)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_train_step", interrupted)
        with pytest.raises(KeyboardInterrupt, match="the same call goes on"):
            train("tiny.yaml", name="parted", quiet=True)
    parted = train("tiny.yaml", name="parted", quiet=True)
    assert parted.scores.equals(whole.scores)


def test_fine_tuning_begins_with_the_bases_weights() -> None:
    tuned = train("tiny.yaml", base="other", name="tuned", steps=1, quiet=True)
    assert tuned.recipe.model == Run("other").recipe.model
    with pytest.raises(RecipeError, match=r"model\.width cannot be changed"):
        train("tiny.yaml", base="other", name="wider", width=64, quiet=True)
    assert not Path("runs/wider").exists()


def test_comparing_takes_runs_names_and_folders() -> None:
    found = [compare(["tiny", "other"]), compare([Run("tiny"), Path("runs/other")])]
    assert [c.models for c in found[:1]] == [c.models for c in found[1:]]
    for given, message in (
        (["tiny"], "cannot be compared"),
        ("tiny", "cannot be compared"),
        (["tiny", "x"], "no such run"),
    ):
        with pytest.raises(RunError, match=message):
            compare(given)


def test_prepared_data_gives_its_stories_back() -> None:
    data = prepare("tiny.yaml", quiet=True)
    stories = list(data.stories("validation"))
    assert [story.text for story in stories] == [
        pocket_narrator.make_story(40 + i, data_seed()).text for i in range(20)
    ]
    assert data.statistics("validation").stories == 20
    with pytest.raises(pocket_narrator.NarratorError, match="there is no split"):
        data.stories("test")  # type: ignore[arg-type]


def data_seed() -> int:
    return Run("tiny").recipe.corpus.seed  # type: ignore[union-attr]


def test_a_notebook_shows_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Run("tiny")._repr_html_()
    assert "attention" in shown
    assert f"{Run('tiny').metrics['validation_bits_per_byte'].min():.2f}"[:3] in shown
    monkeypatch.chdir(tmp_path)
    assert "step" in Run(make_run())._repr_html_()  # which has not been evaluated


def test_damage_and_what_is_not_there_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run(make_run())
    with pytest.raises(RunError, match="no scores of single stories"):
        _ = run.scores
    (tmp_path / "stories.txt").unlink()
    shutil.rmtree("data")
    with pytest.raises(CorpusError):
        run.evaluate(quiet=True)
    for checkpoint in (run.path / "checkpoints").iterdir():
        damage(checkpoint / "model.safetensors")
    with pytest.raises(CheckpointError):
        _ = Run(run.path).model
