"""`narrator evaluate` with suites, on runs and on files."""

import json

import pytest

from pocket_narrator.evaluation import suite as lab
from pocket_narrator.evaluation.samples.file import read_story_file, write_story_file
from pocket_narrator.storyworld import make_story
from tests.evaluation.metrics.texts import TEXTS
from tests.evaluation.tiny_run import RUN, make_run
from tests.narrator_here import narrator


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for suite in ("quick", "full"):
        monkeypatch.setitem(lab.SIZES, suite, (3, 2, 1))
        monkeypatch.setitem(lab.SCORED_STORIES, suite, 10)
        monkeypatch.setitem(lab.CALIBRATED_STORIES, suite, 5)
    monkeypatch.setattr(lab, "SETUPS", lab.SETUPS[:2])
    corpus = "corpus={kind: storyworld, stories: 60, validation_stories: 20, seed: 3}"
    return make_run(corpus, "model.context=256", "generation.max_tokens=24", "tokenizer.vocabulary_size=400")


def test_a_full_suite_of_a_run(run, monkeypatch, capsys):
    code, out, err = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "full")
    assert code == 0, err
    for part in (
        "bits per byte",
        "expected_calibration_error",
        "story_quality",
        "seen_8grams",
        "setup_returns",
    ):
        assert part in out
    assert "left out: cohesion" in out
    assert "left out: grammar" in out
    folder = run / "evaluation"
    written = json.loads((folder / "stories-full.json").read_text(encoding="utf-8"))
    assert written["protocol"]["run"] == "tiny"
    assert written["protocol"]["step"] == 3
    assert set(written["sets"]) == {"told", "real"}
    assert written["sets"]["told"]["stories"] == 6
    assert written["sets"]["real"]["stories"] == 3
    assert written["sets"]["real"]["figures"]["story_quality"]["value"] > 0.5
    model = json.loads((folder / "model-full.json").read_text(encoding="utf-8"))
    assert model["calibration"]["tokens"] > 100
    assert model["earlier_perplexity"] > 1
    assert len(read_story_file(folder / "told-full.jsonl")[1]) == 6
    assert len(read_story_file(folder / "told-setups-full.jsonl")[1]) == 2
    again = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "full")
    assert again[1] == out


def test_a_file_of_told_stories(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_story_file("told.jsonl", {}, list(TEXTS.values()))
    code, out, err = narrator(monkeypatch, capsys, "evaluate", "told.jsonl", "--out", "figures")
    assert code == 0, err
    assert "generated: 8 stories" in out
    assert "held-out: 8 stories" in out
    assert (tmp_path / "figures" / "evaluation" / "stories-quick.json").exists()


def test_a_corpus(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = "".join(f"{make_story(i, 5).text}\n<|endoftext|>\n" for i in range(9))
    (tmp_path / "mine.txt").write_text(text, encoding="utf-8")
    code, out, err = narrator(monkeypatch, capsys, "evaluate", "mine.txt", "--stories", 4, "--nouns", "words")
    assert code == 0, err
    assert "whole: 4 stories" in out
    assert "second half: 4 stories" in out
    assert "nouns by content words" in out
    assert (tmp_path / "runs" / "corpora" / "mine" / "evaluation" / "stories-quick.json").exists()


def test_one_story(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.txt").write_text(f"{make_story(1, 5).text}\n<|endoftext|>\n", encoding="utf-8")
    code, out, _ = narrator(monkeypatch, capsys, "evaluate", "one.txt")
    assert code == 0
    assert "(no interval)" in out
    assert "all stories with a value come from one prompt or story: there is none" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--suite", "quick"], "no such run directory"),
        ([RUN, "--suite", "huge"], "huge"),
        (["hf:somewhere"], "on which stories?"),
        (["hf:./nothing-here", "--on", "runs/tiny"], "cannot be loaded"),
        (["bad.jsonl"], "bad.jsonl:2"),
        ([RUN, "--suite", "quick", "--embedder", "./nothing-here"], "cannot be loaded"),
        ([RUN, "--suite", "quick", "--nouns", "spacy"], "spacy download en_core_web_sm"),
        (
            [RUN, "--suite", "quick", "--stories", "5", "--stride", "8"],
            "--stories, --stride have no effect with --suite",
        ),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_message(run, arguments, message, monkeypatch, capsys, tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"text": "A dog."}\n{"beginning": "x"}\n', encoding="utf-8")
    code, out, err = narrator(monkeypatch, capsys, "evaluate", *arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_quick_look_takes_no_figure_away(run, monkeypatch, capsys):
    assert narrator(monkeypatch, capsys, "evaluate", run)[0] == 0
    whole = (run / "evaluation" / "likelihood.json").read_bytes()
    assert narrator(monkeypatch, capsys, "evaluate", run, "--stories", 5)[0] == 0
    assert narrator(monkeypatch, capsys, "evaluate", run, "--suite", "quick")[0] == 0
    assert (run / "evaluation" / "likelihood.json").read_bytes() == whole
    assert (
        narrator(monkeypatch, capsys, "evaluate", run, "--stories", 5, "--stride", 100)[0] == 0
    )  # measured in another way
    assert json.loads((run / "evaluation" / "likelihood.json").read_bytes())["likelihood"]["stories"] == 5


def test_a_run_without_a_checkpoint(run, monkeypatch, capsys):
    import shutil

    shutil.rmtree(run / "checkpoints")
    code, _, err = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "quick")
    assert code == 2
    assert "checkpoint" in err


def test_a_corpus_without_a_beginning(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run = make_run()  # one sentence a story
    code, _, err = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "quick")
    assert code == 2
    assert "no prompt to generate from" in err
