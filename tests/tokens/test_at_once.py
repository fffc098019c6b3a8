"""Commands that prepare one corpus at the same time: real processes, many tries, one of them does the work."""

import multiprocessing
import os
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from pocket_narrator.corpus import Story, write_stories
from pocket_narrator.files.file_lock import one_at_a_time
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens import TokenStore, build_store
from tests.narrator_process import NarratorProcess
from tests.tokens.test_prepare_steps import STORIES

CONTEXT = multiprocessing.get_context("spawn" if os.name == "nt" else "fork")
TRIES, AT_ONCE = 6, 3


def recipe_in(folder: Path) -> Path:
    write_stories(folder / "train.txt", STORIES)
    recipe = folder / "recipe.yaml"
    recipe.write_text(
        "name: test\ncorpus: {kind: files, train: train.txt}\ntokenizer: {vocabulary_size: 300}\ntraining: {steps: 1}\n",
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize("number", range(TRIES))
def test_one_prepares_and_the_others_use_it(tmp_path: Path, number: int) -> None:
    folder = recipe_in(tmp_path)
    done = [
        process.wait() for process in [NarratorProcess("prepare", "recipe.yaml", cwd=folder) for _ in range(AT_ONCE)]
    ]
    assert [one.returncode for one in done] == [0] * AT_ONCE, [one.stderr for one in done]
    assert len({one.stdout for one in done}) == 1
    for step in ("tokenizer: 300 tokens, trained", "tokenized training set: 233 tokens", "made in"):
        made = [one for one in done if "trained in" in one.stderr or "made in" in one.stderr]
        assert len(made) == 1, (step, [one.stderr for one in done])
    names = {path.name for path in (tmp_path / "data").rglob("*")}
    assert not [name for name in names if name.startswith(".")]


def hold(path: Path, pipe) -> None:
    with one_at_a_time(path, "prepares this corpus"):
        pipe.send("held")
        pipe.recv()


def test_a_killed_holder_holds_up_nobody(tmp_path: Path) -> None:
    folder = recipe_in(tmp_path)
    first = NarratorProcess("prepare", "recipe.yaml", cwd=folder).wait()
    corpus = folder / Path(first.stdout.splitlines()[0]).parent
    here, there = CONTEXT.Pipe()
    holder = CONTEXT.Process(target=hold, args=(corpus / ".lock", there))
    holder.start()
    assert here.recv() == "held"
    second = NarratorProcess("prepare", "recipe.yaml", cwd=folder).wait()
    assert "waiting" not in second.stderr  # nothing is to be made
    third = NarratorProcess("prepare", "recipe.yaml", "tokenizer.vocabulary_size=290", cwd=folder)
    line = f"waiting for another command that prepares this corpus (pid {holder.pid})"
    third.wait_until(lambda: line in third.stderr())
    holder.kill()
    holder.join()
    assert third.wait().returncode == 0
    assert "290 tokens, trained" in third.stderr()


def build(folder: Path, tokenizer_text: str, stories: list[str], barrier: Barrier) -> None:
    from pocket_narrator.tokenizers import Tokenizer

    tokenizer = Tokenizer(tokenizer_text)
    for number in range(20):
        barrier.wait(60)  # if the other one has failed
        build_store(map(Story, stories), tokenizer, folder / str(number)).verify()


def test_stores_that_are_put_in_one_place_at_once(tmp_path: Path) -> None:
    """Without any lock, as where a file system has none."""
    text = train_bpe(STORIES, 280).to_text()
    barrier = CONTEXT.Barrier(2)
    processes = [CONTEXT.Process(target=build, args=(tmp_path, text, STORIES[:40], barrier)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert sorted(int(path.name) for path in tmp_path.iterdir()) == list(range(20))
    for folder in tmp_path.iterdir():
        TokenStore.open(folder).verify()


def test_the_same_store_is_left_where_somebody_may_read_it_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    tokenizer = train_bpe(STORIES, 280)
    build_store(map(Story, STORIES), tokenizer, tmp_path / "store")
    file = tmp_path / "store/tokens.bin"
    before = file.stat().st_ino
    build_store(map(Story, STORIES), tokenizer, tmp_path / "store")
    assert file.stat().st_ino == before
    raw = bytearray(file.read_bytes())
    raw[5] ^= 1
    file.write_bytes(raw)
    build_store(map(Story, STORIES), tokenizer, tmp_path / "store").verify()
    build_store(map(Story, STORIES[:9]), tokenizer, tmp_path / "store").verify()
    assert TokenStore.open(tmp_path / "store").num_stories == 9
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
