"""Run directories: made once, resumed only as what they are, written by one process, read by anybody."""

import contextlib
import errno
import itertools
import json
import math
import multiprocessing
import os
import shutil
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import CheckpointError, NarratorError, RunError
from pocket_narrator.files.json_lines import read_json_lines
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.checkpoint import load_checkpoint, save_checkpoint
from pocket_narrator.run.directory import Best, RunDirectory
from tests.training.faults.failing_disk import FailingDisk

DATA = {"corpus": "0123abcd", "floor": 1.25, "tokens": {"train": 1000}}


def make_recipe(**changes: object) -> Recipe:
    tree: dict = {"name": "run", "corpus": {"kind": "storyworld"}, "training": {"steps": 100, "learning_rate": 1e-3}}
    for path, value in changes.items():
        section, _, key = path.rpartition("__")
        (tree.setdefault(section, {}) if section else tree)[key] = value
    return Recipe.model_validate(tree)


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    path = tmp_path / "tokenizer.json"
    path.write_text('{"version": "1.0"}')
    return path


@pytest.fixture
def path(tmp_path: Path, tokenizer: Path) -> Path:
    """A run with checkpoints at 100 and 200."""
    path = tmp_path / "runs" / "run"
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        for step in (100, 200):
            save_checkpoint(run.checkpoints, step, {"a": torch.full((2,), float(step))}, {}, {})
        run.set_best(100, 1.5)
    return path


def contents(path: Path) -> dict[str, bytes]:
    return {str(item.relative_to(path)): item.read_bytes() for item in path.rglob("*") if item.is_file()}


def test_a_new_run_holds_what_it_was_made_from(path: Path, tokenizer: Path) -> None:
    names = {".lock", "best.json", "checkpoints", "config.yaml", "data.json", "tokenizer.json"}
    assert {item.name for item in path.iterdir()} == names
    assert load_recipe([str(path / "config.yaml")]) == make_recipe()
    assert list(make_recipe().model_dump()) == [
        line.split(":")[0] for line in (path / "config.yaml").read_text().splitlines() if line[0] not in " -"
    ]
    assert (path / "tokenizer.json").read_bytes() == tokenizer.read_bytes()
    assert json.loads((path / "data.json").read_text())["data"] == DATA


def test_the_same_recipe_resumes(path: Path, tokenizer: Path) -> None:
    before = contents(path)
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as first:
        pass
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as second:
        assert second.run_id == first.run_id
        assert second.best() == Best(100, 1.5)
    assert contents(path) == before


def test_what_does_not_change_the_numbers_may_differ(path: Path, tokenizer: Path) -> None:
    recipe = make_recipe(about="another description", name="renamed", tracking__tensorboard=True)
    with RunDirectory.open_or_create(path, recipe, tokenizer, DATA) as run:
        assert run.recipe.tracking.tensorboard


def test_another_recipe_is_refused_with_every_difference(path: Path, tokenizer: Path) -> None:
    recipe = make_recipe(training__learning_rate=3e-3, training__steps=200, corpus__seed=8)
    before = contents(path)
    for refuse in (RunDirectory.check, lambda *given: RunDirectory.open_or_create(*given, tokenizer, DATA)):
        with pytest.raises(RunError) as caught:
            refuse(path, recipe)
        message = str(caught.value)
        assert "training.learning_rate: 0.001 in the run, 0.003 now" in message
        assert "training.steps: 100 in the run, 200 now" in message
        assert "corpus.seed: 7 in the run, 8 now" in message
        assert message.count(" in the run, ") == 3
        assert "name=..." in message
    assert contents(path) == before
    RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA).close()  # a refusal leaves no lock behind


def test_a_corpus_of_another_kind_lists_keys_that_only_one_has(path: Path) -> None:
    tree = make_recipe().model_dump(mode="json")
    tree["corpus"] = {"kind": "files", "train": "stories.txt"}
    with pytest.raises(RunError, match=r"corpus\.stories: 20000 in the run, nothing now"):
        RunDirectory.check(path, Recipe.model_validate(tree))


def test_other_data_or_another_tokenizer_is_refused(path: Path, tokenizer: Path) -> None:
    with pytest.raises(RunError, match=r"tokens\.train: 1000 in the run, 999 now"):
        RunDirectory.open_or_create(path, make_recipe(), tokenizer, {**DATA, "tokens": {"train": 999}})
    tokenizer.write_text("{}")
    with pytest.raises(RunError, match=r"tokenizer\.json: the run has another one"):
        RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA)


def test_a_run_without_a_checkpoint_gives_way(tmp_path: Path, tokenizer: Path) -> None:
    """Whatever it was of, and however damaged: nothing of it is worth anything."""
    path = tmp_path / "runs" / "run"
    RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA).close()
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        kept = run.run_id  # of the same recipe it is the same run
        run.metrics.append({"step": 1, "loss": 1.0})
        (path / "notes.txt").write_text("mine")
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        assert run.run_id == kept
    other = make_recipe(training__learning_rate=3e-3)
    RunDirectory.check(path, other)
    with RunDirectory.open_or_create(path, other, tokenizer, DATA) as run:
        assert run.run_id != kept
        assert run.recipe == other
    assert load_recipe([str(path / "config.yaml")]) == other
    assert not (path / "metrics.jsonl").exists()
    assert (path / "notes.txt").read_text() == "mine"
    tokenizer.write_text('{"version": "2.0"}')
    (path / "data.json").write_text("torn")
    RunDirectory.check(path, make_recipe())
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, {"corpus": "other"}) as run:
        save_checkpoint(run.checkpoints, 1, {"a": torch.zeros(2)}, {}, {})
    with pytest.raises(RunError, match=r"training\.learning_rate: 0\.001 in the run, 0\.003 now"):
        RunDirectory.check(path, other)


def test_a_damaged_checkpoint_protects_its_run(path: Path, tokenizer: Path) -> None:
    for checkpoint in (path / "checkpoints").iterdir():
        (checkpoint / "MANIFEST.json").unlink()
    with pytest.raises(RunError, match="made with another recipe"):
        RunDirectory.open_or_create(path, make_recipe(training__learning_rate=3e-3), tokenizer, DATA)


@pytest.mark.parametrize("name", ["thesis.tex", ".git", "metrics.jsonl"])
def test_a_folder_that_is_no_run_is_left_alone(tmp_path: Path, tokenizer: Path, name: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).write_text("mine")
    for refuse in (RunDirectory.check, lambda *given: RunDirectory.open_or_create(*given, tokenizer, DATA)):
        with pytest.raises(RunError, match="is no run"):
            refuse(folder, make_recipe())
    assert contents(folder) == {name: b"mine"}
    with pytest.raises(RunError, match="a file, not a run"):
        RunDirectory.open_or_create(folder / name, make_recipe(), tokenizer, DATA)


def test_an_empty_folder_and_a_creation_cut_short_become_a_run(path: Path, tmp_path: Path, tokenizer: Path) -> None:
    (tmp_path / "empty").mkdir()
    RunDirectory.open_or_create(tmp_path / "empty", make_recipe(), tokenizer, DATA).close()
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    for name in (".lock", "tokenizer.json", ".config.yaml.tmp-99-0123abcd"):
        (unfinished / name).write_text("x")
    RunDirectory.check(unfinished, make_recipe())
    RunDirectory.open_or_create(unfinished, make_recipe(), tokenizer, DATA).close()
    assert {item.name for item in unfinished.iterdir()} == {item.name for item in path.iterdir()} - {"best.json"}


def test_leftovers_of_dead_writers_are_removed(path: Path, tokenizer: Path) -> None:
    before = contents(path)
    (path / ".best.json.tmp-99-0123abcd").write_text("{")
    (path / "checkpoints" / ".step-0000300.tmp-99-0123abcd").mkdir()
    (path / "checkpoints" / ".step-0000300.tmp-99-0123abcd" / "model.safetensors").write_text("half")
    (path / "checkpoints" / "step-0000200").rename(path / "checkpoints" / ".step-0000200.old-99-0123abcd")
    RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA).close()
    assert contents(path) == before


def hold(path: Path, tokenizer: Path, pipe) -> None:
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA):
        pipe.send("held")
        pipe.recv()  # until it is killed


def test_one_writer(path: Path, tokenizer: Path) -> None:
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA):
        with pytest.raises(RunError, match=rf"another process .*process {os.getpid()} on .* since "):
            RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA)
        assert RunDirectory.read(path).recipe == make_recipe()
    RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA).close()


def test_a_killed_process_leaves_the_run_free(path: Path, tokenizer: Path) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=hold, args=(path, tokenizer, there))
    process.start()
    assert here.recv() == "held"
    with pytest.raises(RunError, match=f"process {process.pid} on "):
        RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA)
    process.kill()
    process.join()
    RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA).close()


@pytest.mark.parametrize("name", ["config.yaml", "tokenizer.json", "data.json"])
@pytest.mark.parametrize("damage", ["edited", "missing", "empty", "binary", "folder"])
def test_damaged_files_of_a_run_are_named(path: Path, tokenizer: Path, name: str, damage: str) -> None:
    data = (path / name).read_bytes()
    (path / name).unlink()
    if damage == "folder":
        (path / name).mkdir()
    elif damage != "missing":
        (path / name).write_bytes(
            {"edited": data.replace(b"0", b"1"), "empty": b"", "binary": b"\xff\x00" * 99}[damage]
        )
    if name == "config.yaml" and damage in ("missing", "folder"):
        with pytest.raises(RunError, match="no run"):
            RunDirectory.read(path)
        return
    with pytest.raises(RunError, match=name.replace(".", r"\.")):
        RunDirectory.read(path)
    with pytest.raises(RunError, match=name.replace(".", r"\.")):
        RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"run_id": 1, "data": {}, "sha256": {}}', "[" * 10**5, '{"run_id": NaN}']
)
def test_malformed_data_json_is_refused(path: Path, text: str) -> None:
    (path / "data.json").write_text(text)
    with pytest.raises(RunError, match=r"data\.json"):
        RunDirectory.read(path)


def test_records_are_wound_back_to_the_checkpoint(path: Path, tokenizer: Path) -> None:
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        for step in (0, 100, 150, 200, 201):
            run.metrics.append({"step": step, "loss": 1.0})
            run.samples.append({"step": step, "text": "Once\n\u201cupon\u201d \ud800 a time"})
        run.set_best(200, 1.25)
    with open(path / "metrics.jsonl", "a") as stream:
        stream.write('{"step": 150, "lo')
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        run.truncate_after(200)
        assert run.best() == Best(200, 1.25)
        run.metrics.append({"step": 201, "loss": 2.0})
    assert [record["step"] for record in read_json_lines(path / "metrics.jsonl", pytest.fail)] == [
        0,
        100,
        150,
        200,
        201,
    ]
    texts = [record["text"] for record in read_json_lines(path / "samples.jsonl", pytest.fail)]
    assert texts == ["Once\n\u201cupon\u201d \ud800 a time"] * 4
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        run.truncate_after(100)
        assert run.best() is None
        run.truncate_after(None)
    assert (path / "metrics.jsonl").read_bytes() == b""
    assert not [item for item in path.iterdir() if ".tmp-" in item.name]


def test_records_that_need_no_winding_back_are_not_rewritten(path: Path, tokenizer: Path) -> None:
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        run.metrics.append({"step": 1})
        before = (path / "metrics.jsonl").stat()
        run.truncate_after(1)
        assert (path / "metrics.jsonl").stat().st_ino == before.st_ino
        run.metrics.append({"step": 2})
        assert len(list(read_json_lines(path / "metrics.jsonl"))) == 2


def test_damaged_lines_are_passed_over_and_reported(tmp_path: Path) -> None:
    lines = [b'{"step": 1}\n', b"\n", b"[1]\n", b'{"step": "2"}\n', b"\xff\n", b"[" * 10**5 + b"\n", b'{"step": 3}\n']
    (tmp_path / "x.jsonl").write_bytes(b"".join([*lines, b'{"step": 4}']))
    messages: list[str] = []
    assert list(read_json_lines(tmp_path / "x.jsonl", messages.append)) == [{"step": 1}, {"step": 3}]
    assert [message.split(":")[-2] for message in messages] == ["2", "3", "4", "5", "6", "8"]
    assert list(read_json_lines(tmp_path / "none.jsonl")) == []


def test_numbers_that_json_does_not_have_become_null(path: Path, tokenizer: Path) -> None:
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        run.metrics.append({"step": 1, "loss": math.nan, "norm": -math.inf, "rate": 0.1})
    assert (path / "metrics.jsonl").read_text() == (
        '{"step": 1, "loss": null, "norm": null, "rate": 0.1, "crc": "44a0d6ab"}\n'
    )


@pytest.mark.skipif(os.name == "nt", reason="limits the size of files with the resource module")
def test_a_full_disk_is_said_clearly(path: Path, tokenizer: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        resource.setrlimit(resource.RLIMIT_FSIZE, (30, limits[1]))
        try:
            with pytest.raises(RunError, match=r"cannot write metrics\.jsonl: No space left"):
                run.metrics.append({"step": 1, "loss": 1.0})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_disk_that_fails_is_said_clearly_and_nothing_is_lost(path: Path, tmp_path: Path, tokenizer: Path) -> None:
    """Every call of opening, saving, pointing to the best and winding back fails once, in an old run and a new one."""

    def work(folder: Path) -> None:
        with RunDirectory.open_or_create(folder, make_recipe(), tokenizer, DATA) as run:
            save_checkpoint(run.checkpoints, 200, {"a": torch.ones(2)}, {}, {})
            run.set_best(200, 1.25)
            run.truncate_after(200)

    with RunDirectory.open_or_create(path, make_recipe(), tokenizer, DATA) as run:
        run.metrics.append({"step": 500})
    for old in (True, False):
        for nth in itertools.count(1):
            folder = tmp_path / f"{old}-{nth}"
            if old:
                shutil.copytree(path, folder)
            with FailingDisk(nth, errno.ENOSPC) as disk, contextlib.suppress(NarratorError):
                work(folder)
            work(folder)
            assert not [item for item in folder.rglob("*") if ".tmp-" in item.name]
            assert RunDirectory.read(folder, report=pytest.fail).checkpoint.name == "step-0000200"
            if not disk.hit:
                break
        assert nth > 10


def test_reading_takes_the_best_or_the_last(path: Path, tokenizer: Path) -> None:
    best, last = RunDirectory.read(path), RunDirectory.read(path, "last")
    assert best.checkpoint.name == "step-0000100"
    assert last.checkpoint.name == "step-0000200"
    assert load_checkpoint(last.checkpoint).model["a"].tolist() == [200.0, 200.0]
    assert (best.recipe, best.data) == (make_recipe(), DATA)
    assert best.tokenizer.read_bytes() == tokenizer.read_bytes()


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"step": "100", "validation_bits_per_byte": 1.5}'])
def test_without_a_readable_best_the_newest_is_taken(path: Path, text: str | None) -> None:
    (path / "best.json").unlink()
    if text is not None:
        (path / "best.json").write_text(text)
    assert RunDirectory.read(path).checkpoint.name == "step-0000200"


def test_damaged_checkpoints_are_passed_over_aloud(path: Path) -> None:
    messages: list[str] = []
    (path / "checkpoints" / "step-0000100" / "model.safetensors").write_bytes(b"")
    assert RunDirectory.read(path, report=messages.append).checkpoint.name == "step-0000200"
    assert "the best checkpoint is damaged" in messages[0]
    (path / "checkpoints" / "step-0000200" / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match="none of the 2 checkpoints"):
        RunDirectory.read(path, report=messages.append)


def test_what_cannot_be_read_is_explained(tmp_path: Path, tokenizer: Path) -> None:
    with RunDirectory.open_or_create(tmp_path / "new", make_recipe(), tokenizer, DATA):
        pass
    for path, what in (
        (tmp_path / "nowhere", "no such run directory"),
        (tmp_path, "this is no run directory"),
        (tmp_path / "new", "this run has no checkpoint yet"),
    ):
        with pytest.raises(NarratorError, match=what) as caught:
            RunDirectory.read(path)
        assert "narrator train" in str(caught.value)


def test_checkpoints_that_were_all_taken_away_are_one_message(tmp_path: Path, tokenizer: Path) -> None:
    with RunDirectory.open_or_create(tmp_path / "run", make_recipe(), tokenizer, DATA) as run:
        save_checkpoint(run.checkpoints, 10, {"a": torch.ones(2)}, {}, {})
        run.set_best(10, 1.5)
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    with pytest.raises(NarratorError, match="this run has no checkpoint yet"):
        RunDirectory.read(tmp_path / "run", "best", report=pytest.fail)
