"""`narrator train` as a user meets it: one message for what can be mended, nothing lost, and the way on is told."""

import hashlib
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from pocket_narrator.errors import how_to_install
from pocket_narrator.files.atomic import write_text
from pocket_narrator.recipe.loading import write_recipe
from pocket_narrator.run.checkpoint import checkpoint_step
from tests.narrator_process import Done, NarratorProcess, narrator
from tests.small_runs import assert_same_run, damage, small_recipe, write_stories

UNIX = pytest.mark.skipif(os.name == "nt", reason="signals and limits of Unix")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with text and `recipe.yaml`, of 12 steps."""
    return with_recipe(tmp_path)


def with_recipe(folder: Path, **training: Any) -> Path:
    write_text(folder / "recipe.yaml", write_recipe(small_recipe(folder, **training)))
    return folder


def train(folder: Path, *arguments: str, **options) -> Done:
    return narrator("train", "recipe.yaml", "--stories", "1", *arguments, cwd=folder, **options)


def refused(done: Done) -> str:
    """The one message of a command that was refused."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error: ") == 1
    return done.stderr[done.stderr.index("error: ") :]


def content_of(folder: Path) -> dict[str, str]:
    """Every file by the hash of its content."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def steps_in(run: Path) -> list[int]:
    return sorted(checkpoint_step(path) or -1 for path in (run / "checkpoints").iterdir())


def stopped_after(folder: Path, step: int, number: int = signal.SIGTERM) -> Done:
    """A run that was asked to stop when it had saved `step`."""
    process = NarratorProcess("train", "recipe.yaml", cwd=folder)
    checkpoints = folder / "runs/small/checkpoints"
    process.wait_until(lambda: (checkpoints / f"step-{step:07d}").exists())
    os.kill(process.pid, number)
    return process.wait()


# ---- from the beginning to the end


def test_the_first_run_and_the_second(folder: Path) -> None:
    done = train(folder)
    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()
    for beginning in (
        "stories: ",
        "tokenizer: ",
        "tokenized training set: ",
        "tokenized validation set: ",
        "model: ",
        "training: 12 steps",
    ):
        assert any(line.startswith(beginning) for line in said), beginning
    assert sum(line.startswith("step ") for line in said) == 3  # evaluations
    assert all(" bits per byte on 2 of 4 held-out stories" in line for line in said if line.startswith("step "))
    read, predicted = re.search(r"\ntrained   12 steps, ([0-9,]+) tokens \(([0-9,]+) targets\)", done.stdout).groups()
    assert read == f"{12 * 512:,}"
    assert 0 < int(predicted.replace(",", "")) < 12 * 512  # the last row of an epoch is padded
    assert "bits per byte on all 4 held-out stories (95 %: " in done.stdout
    assert "\nOnce upon a time" in done.stdout
    assert "Saved to runs/small. Try next:\n  narrator tell runs/small 'Once upon a time' " in done.stdout.replace(
        "\\", "/"
    )
    assert (folder / "runs/small/evaluation/likelihood.json").is_file()

    before = content_of(folder / "runs/small")
    again = train(folder)
    assert again.returncode == 0
    assert "this run is finished: 12 steps; there is nothing left to train" in again.stderr
    assert "\nstep " not in again.stderr
    assert without_time(again.stdout) == without_time(done.stdout)
    assert content_of(folder / "runs/small") == before


def without_time(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("trained "))


def test_help(tmp_path: Path) -> None:
    done = narrator("train", "--help", cwd=tmp_path)
    assert done.returncode == 0
    for word in ("narrator train", "--run", "--stories", "key.path=value", "interrupted"):
        assert word in done.stdout


def test_progress_is_plain_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    done = train(with_recipe(tmp_path, minutes=0.05, evaluate_every=10**6, checkpoint_every=10**6))
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("training: ")]
    assert lines[0].startswith("training: 0.05 min, batch of 512 tokens, ")
    assert lines[1].split(" of ")[1].split(", ", 1)[1].split(" left, step ")[0].endswith(" s")
    assert ", loss " in lines[1]
    assert lines[-1].endswith(" tokens/s)")
    assert "\x1b" not in done.stderr + done.stdout
    assert "\r" not in done.stderr + done.stdout


# ---- interrupted


@UNIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_same_command_goes_on(number: int, tmp_path: Path) -> None:
    with_recipe(tmp_path, steps=40, model={"dropout": 0.1})
    done = stopped_after(tmp_path, 3, number)
    assert done.returncode == 130, done.stderr  # so that `narrator train ... && ...` does not go on
    step = steps_in(tmp_path / "runs/small")[-1]
    assert done.stdout == f"stopped and saved at step {step}; the same command goes on from there\n"
    assert "stopping: the step is finished and saved first" in done.stderr
    again = train(tmp_path)
    assert again.returncode == 0
    assert f"going on from step {step}, where " in again.stderr
    assert train(tmp_path, "--run", "whole").returncode == 0
    assert_same_run(tmp_path / "runs/small", tmp_path / "whole")


@UNIX
def test_a_run_in_use_is_refused(tmp_path: Path) -> None:
    with_recipe(tmp_path, steps=100_000)
    process = NarratorProcess("train", "recipe.yaml", cwd=tmp_path)
    try:
        process.wait_until(lambda: (tmp_path / "runs/small/metrics.jsonl").exists())
        assert "another process is training in this run directory" in refused(train(tmp_path))
        assert process.is_alive()
    finally:
        process.kill()


# ---- what the recipe says wrong


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.learning_rte=1", "training.learning_rte is not a key; did you mean training.learning_rate?"),
        ("training.steps=many", "training.steps"),
        ("training.steps=0", "training.steps"),
        ("model.width=30 model.heads=4", "width=30 is not divisible by heads=4"),
        ("tokenizer.vocabulary_size=256", "tokenizer.vocabulary_size"),
        ("training.batch_tokens=100", "training.batch_tokens=100 must be a multiple of"),
        ("model.layers=mamber", "there is no mixer named 'mamber'"),
        ("training.device=cuda", "training.device=cuda"),
        ("training.precision=fp16", "training.precision=fp16 needs a GPU"),
    ],
)
def test_recipes_that_cannot_be_trained(override: str, message: str, folder: Path) -> None:
    import torch

    if torch.cuda.is_available() and ("cuda" in override or "fp16" in override):
        pytest.skip("this machine has a GPU")
    assert message in refused(train(folder, *override.split()))
    assert sorted(path.name for path in folder.iterdir()) == ["recipe.yaml", "train.txt", "validation.txt"]


def test_no_recipe_of_that_name(folder: Path) -> None:
    done = narrator("train", "storyworld-quik", cwd=folder)
    assert "there is no recipe 'storyworld-quik'" in refused(done)
    assert "did you mean storyworld-quick?" in done.stderr


# ---- what is wrong with the text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"", "the file is empty"),
        (b"\n \n<|endoftext|>\n\n<|endoftext|>\n", "the file holds no story"),
        (b"\x00\x01\x02\xff\xfe" * 1000, "binary"),
        ("Once upon a time.\n<|endoftext|>\n".encode("utf-16"), "UTF-16"),
        ("Es war einmal ein B\u00e4r.\n<|endoftext|>\n".encode("latin-1"), "UTF-8"),
    ],
    ids=["missing", "empty", "blank", "binary", "utf-16", "latin-1"],
)
@pytest.mark.parametrize("part", ["train", "validation"])
def test_text_that_cannot_be_used(part: str, content: bytes | None, message: str, folder: Path) -> None:
    path = folder / f"{part}.txt"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    error = refused(train(folder))
    assert message in error
    assert path.name in error
    assert not (folder / "runs").exists()


def test_too_few_stories_to_split(folder: Path) -> None:
    write_stories(folder / "train.txt", 1, seed=1)
    error = refused(train(folder, "corpus.validation=null"))
    assert "train.txt" in error
    assert not (folder / "runs").exists()


# ---- what is wrong with the run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run, which the tests must leave as it is."""
    folder = with_recipe(tmp_path_factory.mktemp("finished"))
    assert train(folder).returncode == 0
    return folder


def test_a_run_of_another_recipe_says_what_differs(finished: Path) -> None:
    before = content_of(finished / "runs")
    error = refused(train(finished, "training.learning_rate=0.5"))
    assert "training.learning_rate" in error
    assert "0.5" in error
    assert "0.001" in error
    assert content_of(finished / "runs") == before


def test_a_run_from_other_text_is_refused(finished: Path) -> None:
    before = content_of(finished / "runs")
    text = (finished / "train.txt").read_bytes()
    try:
        write_stories(finished / "train.txt", 24, seed=9)
        assert "runs" in refused(train(finished))
    finally:
        (finished / "train.txt").write_bytes(text)
    assert content_of(finished / "runs") == before


def test_a_folder_that_is_no_run_is_left_alone(folder: Path) -> None:
    write_text(folder / "mine" / "letter.txt", "Dear")
    error = refused(train(folder, "--run", "mine"))
    assert "this folder exists and is no run: it holds letter.txt" in error
    assert content_of(folder / "mine").keys() == {"letter.txt"}
    assert "a file where a folder is to be" in refused(train(folder, "--run", "train.txt"))


@UNIX
def test_a_damaged_checkpoint_is_passed_over_and_said(tmp_path: Path) -> None:
    with_recipe(tmp_path, steps=40)
    assert stopped_after(tmp_path, 6).returncode == 130
    run = tmp_path / "runs/small"
    *_, before, newest = steps_in(run)
    damage(run / f"checkpoints/step-{newest:07d}/optimizer.safetensors")
    done = train(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "a damaged checkpoint is passed over: " in done.stderr
    assert "optimizer.safetensors" in done.stderr
    assert f"going on from step {before}, where " in done.stderr
    assert train(tmp_path, "--run", "whole").returncode == 0
    assert_same_run(run, tmp_path / "whole")


@UNIX
def test_if_all_checkpoints_are_damaged_nothing_is_trained_over_them(tmp_path: Path) -> None:
    with_recipe(tmp_path, steps=40)
    assert stopped_after(tmp_path, 3).returncode == 130
    run = tmp_path / "runs/small"
    for path in (run / "checkpoints").iterdir():
        damage(path / "model.safetensors")
    before = content_of(run)
    error = refused(train(tmp_path))
    assert "checkpoints here can be used" in error
    assert "model.safetensors" in error
    assert content_of(run) == before


# ---- what is wrong with the machine


@pytest.mark.parametrize("package", ["wandb", "tensorboard"])
def test_a_missing_extra_is_told_before_any_work(package: str, folder: Path) -> None:
    error = refused(train(folder, f"tracking.{package}=true", missing=[package]))
    assert f"the package '{package}' is needed for this and is not installed" in error
    assert how_to_install("track") in error
    assert not (folder / "runs").exists()
    assert not (folder / "data").exists()


@UNIX
@pytest.mark.skipif(sys.platform == "darwin", reason="file size limits end the process there")
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    with_recipe(tmp_path, steps=40)
    assert stopped_after(tmp_path, 3).returncode == 130
    step = steps_in(tmp_path / "runs/small")[-1]
    done = train(tmp_path, file_limit=50_000)
    error = refused(done)
    assert "disk full while saving step " in error
    assert f"the checkpoint of step {step} is intact" in error
    assert "free some space, then run the same command again" in error
    assert steps_in(tmp_path / "runs/small")[-1] == step
    assert train(tmp_path).returncode == 0
    assert train(tmp_path, "--run", "whole").returncode == 0
    assert_same_run(tmp_path / "runs/small", tmp_path / "whole")
