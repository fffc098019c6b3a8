"""Runs of others' code: they keep it, resume exactly, and run their copy only where that is said."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocket_narrator import load_plugin as load_plugin_in_python
from pocket_narrator.errors import PluginError, RunError
from pocket_narrator.files.json_file import read_json_object
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.plugins.kept import FOLDER, KeptCode, trust_kept_code
from pocket_narrator.recipe.mixers import MIXERS
from pocket_narrator.run.identity import DATA, RunIdentity
from pocket_narrator.run.loading import load_trained
from pocket_narrator.training.loop import Trainer
from pocket_narrator.workbench.from_recipe import train
from pocket_narrator.workbench.run import Run
from tests.plugins.own_files import MIXER, nothing_added, write_mixer
from tests.small_runs import assert_same_run, small_recipe


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_run(folder: Path, name: str = "own", steps: int = 6, layers: str = "leaky attention") -> Path:
    load_plugin(write_mixer(folder))
    recipe = small_recipe(folder, model={"layers": layers, "leaky": {"channels": 8}}, steps=steps)
    return train(recipe, folder / "runs" / name, report=lambda _: None).run


@pytest.fixture
def run(folder: Path) -> Iterator[Path]:
    """A run, and a process that does not know its mixer."""
    with nothing_added():
        made = make_run(folder)
    return made


def test_a_run_keeps_path_hash_and_copy_and_one_without_own_code_keeps_nothing(folder: Path) -> None:
    run = make_run(folder)
    (stored,) = read_json_object(run / DATA)["own_code"]
    origin = MIXERS.origin("leaky")
    assert origin is not None
    assert stored["path"] == str(folder / "leaky.py")
    assert stored["sha256"] == origin.sha256
    assert stored["names"] == [["mixers", "leaky", None]]
    copy = run / FOLDER / origin.sha256[:12] / "leaky.py"
    assert copy.read_bytes() == (folder / "leaky.py").read_bytes()
    plain = train(small_recipe(folder, steps=1), folder / "runs" / "plain", report=lambda _: None).run
    assert "own_code" not in read_json_object(plain / DATA)
    assert not (plain / FOLDER).exists()


def test_the_copy_is_run_where_that_is_said_and_generates_the_same(folder: Path, run: Path) -> None:
    with pytest.raises(PluginError) as caught:
        load_trained(run)
    said = str(caught.value)
    stored = read_json_object(run / DATA)["own_code"][0]
    for part in ("the mixer 'leaky'", str(run / FOLDER), stored["sha256"], "--trust", "--plugin leaky.py"):
        assert part in said
    assert MIXERS.names()[-1] != "leaky"
    (folder / "leaky.py").unlink()
    trust_kept_code()
    told = Narrator.load(run).tell("the cat", seed=3)
    assert MIXERS.names()[-1] == "leaky"
    with nothing_added():
        load_plugin(write_mixer(folder))
        assert Narrator.load(run).tell("the cat", seed=3) == told


def test_the_same_code_from_a_file_needs_no_leave(folder: Path, run: Path) -> None:
    load_plugin(write_mixer(folder, file="elsewhere.py"))
    assert load_trained(run).recipe.stack()[0].options_of("leaky").channels == 8


def test_an_interrupted_run_goes_on_to_the_same_bits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = make_run(folder, "whole", steps=12)
    load_plugin(folder / "leaky.py")
    recipe = small_recipe(folder, model={"layers": "leaky attention", "leaky": {"channels": 8}}, steps=12)
    step = Trainer._train_step

    def stops_at_seven(self: Trainer) -> object:
        if self.step == 7:
            raise KeyboardInterrupt
        return step(self)

    monkeypatch.setattr(Trainer, "_train_step", stops_at_seven)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, folder / "runs" / "parted", report=lambda _: None)
    monkeypatch.setattr(Trainer, "_train_step", step)
    with nothing_added():
        trust_kept_code()
        identity = RunIdentity.load(folder / "runs" / "parted")
        train(identity.recipe, folder / "runs" / "parted", report=lambda _: None)
    assert_same_run(folder / "runs" / "parted", whole)


def test_code_that_has_changed_is_refused_and_names_both_hashes(folder: Path, run: Path) -> None:
    write_mixer(folder, text=MIXER.replace("self.keeps * sums", "0.9 * sums"))
    load_plugin(folder / "leaky.py")
    with pytest.raises(
        RunError, match="the code of the mixer 'leaky' has changed since this run was trained"
    ) as caught:
        load_trained(run)
    stored = read_json_object(run / DATA)["own_code"][0]
    origin = MIXERS.origin("leaky")
    assert origin is not None
    assert stored["sha256"] in (caught.value.expected or "")
    assert origin.sha256 in (caught.value.found or "")
    recipe = small_recipe(folder, model={"layers": "leaky attention", "leaky": {"channels": 8}}, steps=6)
    with pytest.raises(RunError, match="has changed"):
        train(recipe, run, report=lambda _: None)


def test_a_copy_that_is_gone_or_changed_is_never_run(run: Path) -> None:
    trust_kept_code()
    (copy,) = (run / FOLDER).glob("*/leaky.py")
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text + "\nraise SystemExit\n", encoding="utf-8")
    with pytest.raises(RunError, match="is not as it was written"):
        load_trained(run)
    copy.unlink()
    with pytest.raises(RunError, match="the copy of its code is not there") as caught:
        load_trained(run)
    assert "--plugin leaky.py" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../leaky.py"},
        {"file": ".."},
        {"sha256": "../../elsewhere"},
        {"names": 5},
        {"names": [["mixers"]]},
    ],
)
def test_a_record_that_nobody_wrote_is_damage(run: Path, change: dict) -> None:
    stored = read_json_object(run / DATA)
    with pytest.raises((ValueError, TypeError, KeyError)):
        KeptCode.of_json({**stored["own_code"][0], **change})
    stored["own_code"][0] |= change
    (run / DATA).write_text(json.dumps(stored), encoding="utf-8")
    trust_kept_code()
    with pytest.raises(RunError, match=r"data.json cannot be used"):
        load_trained(run)


def test_in_python_consent_is_to_one_run_and_no_other(folder: Path) -> None:
    with nothing_added():
        mine = make_run(folder)
    write_mixer(folder, text=MIXER.replace("self.keeps * sums", "0.9 * sums"))
    with nothing_added():
        load_plugin(folder / "leaky.py")
        recipe = small_recipe(folder, model={"layers": "leaky", "leaky": {"channels": 8}}, steps=1)
        theirs = train(recipe, folder / "runs" / "theirs", report=lambda _: None).run
    for order in ((mine, theirs), (theirs, mine)):
        with nothing_added():
            assert Run(order[0], trust=True).step
            with pytest.raises((PluginError, RunError)):
                Run(order[1]).recipe  # noqa: B018
            assert Run(order[0]).recipe.name
    with nothing_added():
        with pytest.raises(PluginError, match="only run where you say so") as caught:
            Run(mine).recipe  # noqa: B018
        assert f"Run({str(mine)!r}, trust=True)" in (caught.value.hint or "")
        assert MIXERS.find("leaky") is None


def test_consent_to_a_run_is_kept_by_its_place_however_it_is_written(folder: Path) -> None:
    with nothing_added():
        make_run(folder)
    with nothing_added():
        Run("own", trust=True)
        assert Run(folder / "runs" / ".." / "runs" / "own").recipe.name
    with nothing_added():
        load_plugin_in_python(str(folder / "leaky.py"))
        assert Run("own").recipe.name
