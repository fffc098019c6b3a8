"""A run whose files are damaged, missing or something else entirely: said or refused, at once, and never another checkpoint in
silence."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from pocket_narrator.errors import NarratorError, RunError
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.run.checkpoint import save_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.run.lock import LOCK
from pocket_narrator.run.records import METRICS, SAMPLES, read_records

pytestmark = pytest.mark.skipif(os.name != "posix", reason="makes pipes")
RECIPE = load_recipe(["storyworld-quick"], ["name=run"])
DATA = {"corpus_hash": "0123"}


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    signal.alarm(20)
    yield
    signal.alarm(0)


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    (tmp_path / "tokenizer.json").write_text("{}")
    return tmp_path / "tokenizer.json"


@pytest.fixture
def run(tmp_path: Path, tokenizer: Path) -> Path:
    """Step 30 is its best, step 35 its newest checkpoint; 8 records of metrics, 1 sample."""
    path = tmp_path / "run"
    with RunDirectory.open_or_create(path, RECIPE, tokenizer, DATA) as opened:
        for step in range(0, 40, 5):
            opened.metrics.append({"step": step, "loss": 1 / (step + 1)})
        opened.samples.append({"step": 30, "name": "story", "text": "Once"})
        for step in (20, 30, 35):
            state = {"best": [30, 1.25], **opened.record_counts()}
            save_checkpoint(opened.checkpoints, step, {"a": torch.full((2,), float(step))}, {}, state)
        opened.set_best(30, 1.25)
    return path


def read(run: Path) -> tuple[str, list[str]]:
    said: list[str] = []
    return RunDirectory.read(run, report=said.append).checkpoint.name, said


def put_digit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


DAMAGES = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: os.truncate(path, 0),
    "torn": lambda path: os.truncate(path, 30),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "another step": lambda path: put_digit(path, '"step": 30', '"step": 20'),
    "another score": lambda path: put_digit(path, "1.25", "1.35"),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a link to nowhere": lambda path: (path.unlink(), path.symlink_to("nowhere")),
    "a list": lambda path: path.write_text("[30, 1.25]"),
    "100,000 lists": lambda path: path.write_text("[" * 100_000),
    "no number": lambda path: path.write_text('{"step": 30, "validation_bits_per_byte": NaN}'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_best_is_the_best_whatever_happens_to_its_file(damage: str, run: Path) -> None:
    assert read(run) == ("step-0000030", [])
    DAMAGES[damage](run / "best.json")
    checkpoint, said = read(run)
    assert checkpoint == "step-0000030"
    assert len(said) == 1
    assert said[0].startswith("best.json ")
    assert "by the newest checkpoint and the records step 30 is the best" in said[0]


def test_an_older_best_has_no_checksum(run: Path) -> None:
    (run / "best.json").write_text('{"step": 20, "validation_bits_per_byte": 1.5}')
    assert read(run) == ("step-0000020", [])


FILES = ("config.yaml", "data.json", "tokenizer.json", "best.json", METRICS, SAMPLES, LOCK)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link to itself"])
def test_nothing_but_plain_files_is_opened(name: str, kind: str, run: Path, tokenizer: Path) -> None:
    """Telling and going on: each comes to an end, in a result or one clear message."""
    (run / name).unlink()
    if kind == "pipe":
        os.mkfifo(run / name)
    elif kind == "folder":
        (run / name).mkdir()
    else:
        (run / name).symlink_to("/dev/zero" if kind == "device" else name)
    said: list[str] = []
    ends = []

    def go_on() -> None:
        with RunDirectory.open_or_create(run, RECIPE, tokenizer, DATA, said.append) as opened:
            opened.truncate_after(35)
            opened.metrics.append({"step": 40})
            opened.samples.append({"step": 40})
            opened.set_best(30, 1.25)

    for work in (
        lambda: RunDirectory.read(run, report=said.append),
        go_on,
        lambda: read_records(run, name, said.append),
    ):
        try:
            work()
            ends.append("done")
        except NarratorError as error:
            ends.append(error.what)
    refused = name in ("config.yaml", "data.json", "tokenizer.json")
    assert refused == (ends[0] != "done")
    assert ends[1] != "done" or said, "nothing was said of it"


def test_a_lock_that_is_a_link_empties_nothing(run: Path, tmp_path: Path, tokenizer: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("eighteen bytes ...")
    for make in (os.symlink, os.link):
        (run / LOCK).unlink()
        make(precious, run / LOCK)
        with pytest.raises(RunError, match=r"\.lock is no lock") as caught:
            RunDirectory.open_or_create(run, RECIPE, tokenizer, DATA)
        assert caught.value.hint == "move .lock out of the run"
        assert precious.read_text() == "eighteen bytes ..."
    (run / LOCK).unlink()
    RunDirectory.open_or_create(run, RECIPE, tokenizer, DATA).close()


def test_records_are_not_written_through_a_link(run: Path, tmp_path: Path, tokenizer: Path) -> None:
    (tmp_path / "precious").write_text("eighteen bytes ...")
    (run / METRICS).unlink()
    (run / METRICS).symlink_to(tmp_path / "precious")
    with (
        RunDirectory.open_or_create(run, RECIPE, tokenizer, DATA) as opened,
        pytest.raises(RunError, match=r"cannot write metrics\.jsonl: it is a link"),
    ):
        opened.metrics.append({"step": 40})
    assert (tmp_path / "precious").read_text() == "eighteen bytes ..."


def test_a_flipped_bit_in_any_record_is_said(run: Path) -> None:
    whole = (run / METRICS).read_bytes()
    records = read_records(run, METRICS, pytest.fail)
    assert [record["step"] for record in records] == list(range(0, 40, 5))
    for place in range(0, len(whole), 7):
        mutant = bytearray(whole)
        mutant[place] ^= 1
        (run / METRICS).write_bytes(mutant)
        said: list[str] = []
        found = read_records(run, METRICS, said.append)
        known = [{key: record.get(key) for key in ("step", "loss")} for record in found]
        assert said or known == records, place  # the word "crc" itself may be another


def test_records_that_are_gone_are_missed(run: Path, tokenizer: Path) -> None:
    lines = (run / METRICS).read_bytes().splitlines(keepends=True)
    (run / METRICS).write_bytes(b"".join(lines[:5]))
    for name, expected in ((METRICS, 3), (SAMPLES, 1)):
        if name == SAMPLES:
            (run / SAMPLES).unlink()
        said: list[str] = []
        read_records(run, name, said.append)
        assert said == [f"{run / name}: {expected} of its records are missing"]
    with RunDirectory.open_or_create(run, RECIPE, tokenizer, DATA, said.append) as opened:
        opened.truncate_after(35)
    assert said[1:] == [
        f"{run / METRICS}: 3 of its records are missing",
        f"{run / SAMPLES}: 1 of its records are missing",
    ]


def test_a_torn_last_line_is_what_a_kill_leaves_and_goes_without_a_word(run: Path, tokenizer: Path) -> None:
    with open(run / METRICS, "ab") as stream:
        stream.write(b'{"step": 40, "lo')
    with RunDirectory.open_or_create(run, RECIPE, tokenizer, DATA, pytest.fail) as opened:
        opened.truncate_after(35)
    assert len(read_records(run, METRICS, pytest.fail)) == 8


def test_one_record_does_not_pass_for_another(run: Path) -> None:
    (run / METRICS).write_bytes((run / SAMPLES).read_bytes())
    said: list[str] = []
    assert read_records(run, METRICS, said.append) == []
    assert "a damaged line is passed over" in said[0]


def test_older_records_have_no_checksum(run: Path) -> None:
    records = read_records(run, METRICS, pytest.fail)
    (run / METRICS).write_text("".join(json.dumps(record) + "\n" for record in records))
    assert read_records(run, METRICS, pytest.fail) == records
