"""The ledger of a run: its sum is the distance from the floor, and what cannot be booked is refused."""

import json

import pytest

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.ledger.kept import read_ledgers
from pocket_narrator.evaluation.ledger.ledger import keep_ledger
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.files.json_file import read_json_object
from tests.evaluation.tiny_run import make_run
from tests.narrator_here import narrator

CORPUS = "corpus={kind: storyworld, stories: 60, validation_stories: 20, seed: 3}"
CHRONICLES = "corpus={kind: storyworld, stories: 12, validation_stories: 9, seed: 3, chapters: 2}"
SIZES = ("model.context=256", "tokenizer.vocabulary_size=400")


@pytest.mark.parametrize("corpus", [CORPUS, CHRONICLES])
def test_its_sum_is_the_distance_from_the_floor(corpus, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(corpus, *SIZES)
    ledger, found = keep_ledger(run), evaluate_run(run)
    assert found.floor is not None
    *lines, whole = ledger.lines
    assert whole.name == "all"
    bits = found.likelihood.bits_per_byte * found.likelihood.bytes / found.likelihood.stories
    assert whole.paid == pytest.approx(bits, rel=1e-5)
    assert whole.paid / whole.ideal == pytest.approx(found.floor.ratio, rel=1e-4)
    assert sum(line.excess for line in lines) == pytest.approx(whole.excess)
    assert read_json_object(ledger.written)["stories"] == ledger.stories
    kept = read_ledgers([run])
    assert kept.excess_SR[run][:, -1].mean() == pytest.approx(whole.excess, abs=1e-4)


def test_the_command_prints_it_and_compare_lays_two_side_by_side(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(CORPUS, *SIZES)
    code, out, err = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "ledger")
    assert code == 0, err
    for part in ("bits a story", "people, again", "plot and wording", "20 of 20 held-out stories", "all "):
        assert part in out
    other = run.rename(run.with_name("other"))
    make_run(CORPUS, *SIZES, "model.width=48")
    narrator(monkeypatch, capsys, "evaluate", run, "--suite", "ledger", "--stories", 10)
    for one in (run, other):
        assert narrator(monkeypatch, capsys, "evaluate", one)[0] == 0
    code, out, err = narrator(monkeypatch, capsys, "compare", run, other)
    assert code == 0, err
    assert "10 stories of the ledger, the same for all" in out


def test_what_cannot_be_booked_is_refused(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match="StoryWorld"):
        keep_ledger(make_run())
    for arguments, says in (
        (["hf:gpt2"], "the ledger lays a model's bits"),
        (["runs/tiny", "--checkpoints"], "--checkpoints"),
        (["runs/tiny", "--split", "train"], "--split"),
    ):
        code, _, err = narrator(monkeypatch, capsys, "evaluate", *arguments, "--suite", "ledger")
        assert code == 2
        assert says in err


def test_a_damaged_ledger_is_said(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(CORPUS, *SIZES)
    with pytest.raises(RunError, match="no ledger was kept"):
        read_ledgers([run])
    path = keep_ledger(run, stories=8).written
    found = json.loads(path.read_text(encoding="utf-8"))
    found["by_story"]["paid"].pop()
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(RunError, match="the ledger is damaged"):
        read_ledgers([run])
