"""A run is known by what it is, not by where things lay: moved, renamed and called from elsewhere it goes on to the same bits."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pocket_narrator.errors import CorpusError, RunError
from pocket_narrator.evaluation.inside.inspection import inspect_run
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.evaluation.memorisation.passage import seen_by_run
from pocket_narrator.evaluation.report.run_page import write_run_page
from pocket_narrator.files.json_file import dump_json
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.training.prolong import Extension, prolonged
from pocket_narrator.workbench import from_recipe
from tests.narrator_process import narrator
from tests.small_runs import assert_same_run, small_recipe, write_stories

STOP_AT = 7


def train(recipe: Recipe, run: str | Path, **options) -> Path:
    return from_recipe.train(recipe, Path(run), report=lambda _: None, **options).run


def stopped(recipe: Recipe, run: str | Path, **options) -> Path:
    """Trains until a step that no checkpoint was saved after."""
    original = from_recipe.Trainer._train_step

    def stop(self: from_recipe.Trainer):
        if self.step == STOP_AT:
            raise KeyboardInterrupt
        return original(self)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(from_recipe.Trainer, "_train_step", stop)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, run, **options)
    return Path(run)


def make_project(folder: Path) -> None:
    """A base run, a tokenizer file, and of each kind of run a whole one and one that was stopped; relative to `folder`."""
    recipe = small_recipe(Path("in"), "base", {"layers": "mamba*2", "positions": "none"})
    train(recipe, "runs/base", data_root=folder / "data")
    (folder / "mine.json").write_bytes((folder / "runs/base/tokenizer.json").read_bytes())
    other = small_recipe(Path("in"), "file")
    of_file = other.model_copy(
        update={"tokenizer": other.tokenizer.model_copy(update={"kind": "file", "path": "mine.json"})}
    )
    tuned = small_recipe(Path("in"), "tuned", steps=10)
    cases = [("plain", small_recipe(Path("in"), "plain"), {}), ("file", of_file, {})]
    cases += [("tuned", tuned, {"base": Path("runs/base")})]
    for name, recipe, options in cases:
        train(recipe, f"runs/{name}-whole", **options)
        stopped(recipe, f"runs/{name}", **options)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "in").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        make_project(folder)
    return folder


@pytest.fixture
def moved(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same project in another place, its runs renamed, and the old place gone from sight; called from elsewhere."""
    folder = tmp_path / "there"
    shutil.copytree(project, folder)
    for run in list((folder / "runs").iterdir()):
        run.rename(run.with_name(f"renamed-{run.name}"))
        forget_place(run.with_name(f"renamed-{run.name}"), project, folder)
    (folder / "mine.json").unlink()
    monkeypatch.chdir(tmp_path)
    return folder


def forget_place(run: Path, then: Path, now: Path | None) -> None:
    """Makes the absolute folder in data.json one that is not there, as on another machine; or, for None, the whole record, as in
    runs of earlier versions."""
    stored = json.loads((run / "data.json").read_text())
    if now is None:
        del stored["data"]["prepared"]
    else:
        stored["data"]["prepared"]["folder"] = stored["data"]["prepared"]["folder"].replace(str(then), "nowhere")
    identity = {"run_id": stored["run_id"], "data": stored["data"]}
    stored["sha256"]["data.json"] = hashlib.sha256(dump_json(identity)).hexdigest()
    (run / "data.json").write_bytes(dump_json(stored))


def own_recipe(run: Path) -> Recipe:
    return load_recipe([str(run / "config.yaml")])


@pytest.mark.parametrize("kind", ["plain", "file", "tuned"])
def test_a_moved_and_renamed_run_goes_on_to_the_same_bits(project: Path, moved: Path, kind: str, capfd) -> None:
    """The data lies beside it, where it lay relative to the run; the text is not where the recipe says."""
    run = moved / "runs" / f"renamed-{kind}"
    train(own_recipe(run), run)
    assert_same_run(run, project / "runs" / f"{kind}-whole")
    assert "train.txt: the file cannot be read" in (said := capfd.readouterr().err)
    assert "going on with what was prepared from it" in said
    assert not Path("data").exists()


@pytest.mark.parametrize(
    ("kind", "place"),
    [("tuned", "in/train.txt"), ("tuned", "in"), ("tuned", "data"), ("plain", "elsewhere"), ("file", "elsewhere")],
)
def test_the_text_of_a_run_may_lie_anywhere(project: Path, moved: Path, kind: str, place: str) -> None:
    run = moved / "runs" / f"renamed-{kind}"
    forget_place(run, project, None)
    if place == "elsewhere":
        shutil.move(moved / "in", "texts")
        shutil.rmtree(moved / "data")
    train(own_recipe(run), Path("there/runs") / run.name, text=Path("texts") if place == "elsewhere" else moved / place)
    assert_same_run(run, project / "runs" / f"{kind}-whole")


@pytest.mark.parametrize("kind", ["plain", "file", "tuned"])
def test_the_recipe_as_it_was_called_then_still_goes_on(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The run alone is renamed, and called by its absolute path; made by an earlier version, it does not say where its data
    lies."""
    folder = tmp_path / "there"
    shutil.copytree(project, folder)
    monkeypatch.chdir(folder)
    run = (folder / "runs" / kind).rename(folder / "runs" / "other")
    forget_place(run, project, None)
    recipe = own_recipe(run)
    if kind == "tuned":  # the recipe that it was begun with, without --from
        recipe = small_recipe(Path("in"), "tuned", steps=10)
    train(recipe, run.resolve())
    assert_same_run(run, project / "runs" / f"{kind}-whole")


@pytest.mark.parametrize("kind", ["plain-whole", "file-whole", "tuned-whole"])
def test_a_moved_run_is_measured_looked_up_reported_and_trained_on_from(project: Path, moved: Path, kind: str) -> None:
    run = moved / "runs" / f"renamed-{kind}"
    before = evaluate_run(project / "runs" / kind).likelihood
    assert evaluate_run(run).likelihood == before
    assert seen_by_run(run, ["the cat sat"]).training_stories == 24
    assert "Left out" not in write_run_page(run).read_text(encoding="utf-8")
    if kind == "tuned-whole":
        assert inspect_run(run).layers
    recipe = small_recipe(Path("again"), "again", steps=2)
    assert RunIdentity.load(train(recipe, "runs/again", base=run)).data["base"]["name"] == run.name


def test_a_moved_run_is_prolonged(moved: Path) -> None:
    parent = moved / "runs/renamed-file-whole"
    recipe, _ = prolonged(parent, Extension("steps", 3), [])
    run = train(recipe, "runs/longer", parent=parent)
    assert RunIdentity.load(run).data["parent"]["name"] == parent.name
    assert not Path("data").exists()


MEASURES: dict[str, Callable[[Path, Path | None], object]] = {
    "evaluate": lambda run, text: evaluate_run(run, text=text),
    "seen": lambda run, text: seen_by_run(run, ["the cat"], text=text),
    "report": lambda run, text: write_run_page(run, text=text),
    "inspect": lambda run, text: inspect_run(run, text=text),
    "train": lambda run, text: train(own_recipe(run), run, text=text),
}


@pytest.mark.parametrize("verb", MEASURES)
def test_data_is_looked_at_before_it_is_used(project: Path, moved: Path, verb: str) -> None:
    run, measure = moved / "runs/renamed-tuned-whole", MEASURES[verb]
    evaluate_run(run)  # for the report
    forget_place(run, project, None)
    shutil.rmtree(moved / "data")
    shutil.copytree(moved / "in", "other")
    write_stories(Path("other/train.txt"), 24, seed=9)
    if verb != "report":  # which leaves out what it cannot look into
        with pytest.raises(CorpusError, match="is not found") as missing:
            measure(run, None)
        assert "--data PATH" in str(missing.value)
    with pytest.raises(RunError, match="the corpus has changed") as refused:
        measure(run, Path("other"))
    then, now = re.findall(r"[0-9a-f]{12}", refused.value.found or "")
    assert RunIdentity.load(run).data["corpus_hash"].startswith(then)
    assert then != now
    assert not list(Path("data").rglob("tokens.bin"))  # refused before it was encoded
    with pytest.raises(CorpusError, match="no such file or folder"):
        measure(run, Path("nowhere"))
    measure(run, moved / "in")


def test_another_text_under_the_same_path_is_refused_and_the_same_under_another_goes_on(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "there"
    shutil.copytree(project, folder)
    monkeypatch.chdir(folder)
    run, recipe = Path("runs/plain"), own_recipe(Path("runs/plain"))
    shutil.copytree("in", "same")
    write_stories(Path("in/train.txt"), 24, seed=9)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(RunError, match="the corpus has changed") as refused:
        train(recipe, run)
    assert RunIdentity.load(run).data["corpus_hash"][:12] in refused.value.found
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    corpus = {
        **recipe.corpus.model_dump(),
        "train": str(folder / "same/train.txt"),
        "validation": "same/validation.txt",
    }
    train(Recipe.model_validate({**recipe.model_dump(), "corpus": corpus}), run)
    assert_same_run(run, project / "runs/plain-whole")
    assert own_recipe(run).corpus.train == str(folder / "same/train.txt")


def test_another_tokenizer_under_the_same_path_is_refused(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pocket_narrator.tokenizers import train_bpe

    shutil.copytree(project, tmp_path / "there")
    monkeypatch.chdir(tmp_path / "there")
    train_bpe(["some other text"], 280).save("mine.json")
    with pytest.raises(RunError, match=r"tokenizer\.path: \w{12} in the run, \w{12} in mine\.json now"):
        train(own_recipe(Path("runs/file")), "runs/file")
    evaluate_run("runs/file-whole")  # which has its own


def test_the_commands(project: Path, moved: Path) -> None:
    run = moved / "runs/renamed-tuned"
    done = narrator(
        "train", f"{run}/config.yaml", "--run", "there/runs/renamed-tuned", "--stories", "0", cwd=moved.parent
    )
    assert done.returncode == 0, done.stderr
    for verb in ("evaluate", "seen", "report", "inspect"):
        passage = ["the cat"] if verb == "seen" else []
        done = narrator(verb, str(run), *passage, "--data", str(moved / "in"), cwd=moved.parent)
        assert done.returncode == 0, done.stderr
    new = narrator("train", f"{run}/config.yaml", "name=new", "--data", str(moved / "in"), cwd=moved.parent)
    assert new.returncode == 2
    assert "--data is for a run that goes on" in new.stderr
    assert not (moved.parent / "runs").exists()
    file = narrator("evaluate", "there/in/train.txt", "--data", "there", cwd=moved.parent)
    assert "--data has no effect with a file" in file.stderr
