"""`--suite memory` from the command line: tables, files, pages, comparisons, refusals."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation import of_storyworld
from pocket_narrator.evaluation.memory import exam
from pocket_narrator.evaluation.memory.taken import read_taken_exams
from pocket_narrator.evaluation.report.run_page import write_run_page
from pocket_narrator.run.checkpoint import load_checkpoint, save_checkpoint
from pocket_narrator.run.loading import load_checkpoints
from pocket_narrator.storyworld import make_story
from tests.evaluation.tiny_run import STEPS, make_run
from tests.narrator_here import narrator

CORPUS = "corpus={kind: storyworld, stories: 60, validation_stories: 20, seed: 3}"
SIZES = ("model.context=256", "tokenizer.vocabulary_size=400")


@pytest.fixture
def run(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(exam, "CHECKPOINT_STORIES", 5)
    return make_run(CORPUS, *SIZES)


def test_a_run_takes_the_exam(run, monkeypatch, capsys):
    code, out, err = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "memory")
    assert code == 0, err
    for part in (
        "all",
        "who",
        "  hero",
        "tokens since it was told last",
        "16-31",
        "20 of 20 held-out stories",
        "step 3",
    ):
        assert part in out
    written = json.loads((run / "evaluation" / "memory.json").read_text(encoding="utf-8"))
    assert written["protocol"]["questions"] == len(written["answers"]["log_ratio"])
    whole = written["figures"][0]
    assert (whole["kind"], whole["distance"]) == (None, None)
    assert 0.3 < whole["right"] < 0.7
    assert abs(whole["share"]) < 0.1
    again = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "memory")
    assert again[1] == out
    assert json.loads((run / "evaluation" / "memory.json").read_text(encoding="utf-8")) == written


def test_a_recurrent_model_reads_chronicles_whole(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    corpus = "corpus={kind: storyworld, stories: 12, validation_stories: 4, seed: 3, chapters: 6}"
    stream = ("model.layers=mamba*1", "model.positions=none", "model.context=64", "training.rows=stream")
    run = make_run(corpus, "tokenizer.vocabulary_size=400", "model.zero_init=false", *stream)
    code, out, err = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "memory")
    assert code == 0, err
    assert "its state carried on through long texts" in out
    written = json.loads((run / "evaluation" / "memory.json").read_text(encoding="utf-8"))
    assert written["protocol"]["corpus"]["chapters"] == 6
    answers = written["answers"]
    assert max(answers["distance"]) > 256
    beyond_its_context = [r for r, far in zip(answers["log_ratio"], answers["distance"], strict=True) if 64 < far < 128]
    assert any(ratio != 0 for ratio in beyond_its_context)


def test_every_checkpoint_takes_it(run, monkeypatch, capsys):
    code, out, err = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "memory", "--checkpoints")
    assert code == 0, err
    assert "training.keep_checkpoints=all" in out
    written = json.loads((run / "evaluation" / "memory-checkpoints.json").read_text(encoding="utf-8"))
    assert [one["protocol"]["step"] for one in written["checkpoints"]] == list(STEPS)
    assert len({one["protocol"]["exam"] for one in written["checkpoints"]}) == 1


def test_of_many_checkpoints_some_are_taken(run):
    folder = run / "checkpoints"
    one = load_checkpoint(folder / "step-0000003")
    save_checkpoint(folder, 4, one.model, one.optimizer, one.state)
    assert [one.step for one in load_checkpoints(run, 3)] == [3, 4, 5]
    assert [one.step for one in load_checkpoints(run, 2)] == list(STEPS)


def test_a_damaged_checkpoint_is_passed_over(run, monkeypatch, capsys):
    weights = run / "checkpoints" / "step-0000003" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-5])
    code, _, err = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "memory", "--checkpoints")
    assert code == 0, err
    assert "passed over" in err
    written = json.loads((run / "evaluation" / "memory-checkpoints.json").read_text(encoding="utf-8"))
    assert [one["protocol"]["step"] for one in written["checkpoints"]] == [5]


def test_the_page_shows_it(run, monkeypatch, capsys):
    for arguments in ((), ("--suite", "memory"), ("--suite", "memory", "--checkpoints")):
        assert narrator(monkeypatch, capsys, "evaluate", run, *arguments)[0] == 0
    page = write_run_page(run).read_text(encoding="utf-8")
    for part in ("What it remembers", "Remembered, by how long ago it was told", "When each kind is learned"):
        assert part in page


def test_models_side_by_side(run, monkeypatch, capsys):
    (runs := run.parent / "tiny").rename(run.parent / "one")
    other = make_run(CORPUS, *SIZES, "model.layers=attention*1").rename(run.parent / "two")
    both = (runs.with_name("one"), other)
    for one, stories in zip(both, (20, 12), strict=True):
        assert narrator(monkeypatch, capsys, "evaluate", one)[0] == 0
        assert narrator(monkeypatch, capsys, "evaluate", one, "--suite", "memory", "--stories", stories)[0] == 0
    code, out, err = narrator(monkeypatch, capsys, "compare", *both, "--metric", "memory")
    assert code == 0, err
    assert "share of bits remembered" in out
    assert "higher is better" in out
    assert "questions of the memory exam, the same for all" in out
    assert "of the 12 stories that all were asked about" in out
    page = next(run.parent.glob("comparison-*.html")).read_text(encoding="utf-8")
    assert "What they remember" in page
    changed = json.loads((both[1] / "evaluation" / "memory.json").read_text(encoding="utf-8"))
    del changed["checksum"]
    changed["protocol"]["corpus"]["seed"] = 4
    (both[1] / "evaluation" / "memory.json").write_text(json.dumps(changed), encoding="utf-8")
    code, out, err = narrator(monkeypatch, capsys, "compare", *both, "--metric", "memory")
    assert code == 2
    assert "were not asked the same questions" in err
    assert "other stories of StoryWorld" in err
    code, out, err = narrator(monkeypatch, capsys, "compare", *both)
    assert code == 0, err
    assert "the memory exams are left out" in out


def test_what_cannot_take_it_is_refused_in_words(run, monkeypatch, capsys, tmp_path):
    def refused(*arguments: object) -> str:
        code, out, err = narrator(monkeypatch, capsys, "evaluate", *arguments)
        assert (code, out) == (2, ""), out
        return err

    assert "--checkpoints has no effect without --suite memory" in refused(run, "--checkpoints")
    assert "--nouns has no effect with --suite memory" in refused(run, "--suite", "memory", "--nouns", "words")
    assert "--which has no effect" in refused(run, "--suite", "memory", "--checkpoints", "--which", "last")
    (tmp_path / "told.txt").write_text("Once.\n", encoding="utf-8")
    assert "a story file has no memory" in refused(tmp_path / "told.txt", "--suite", "memory")
    assert "about which stories?" in refused("hf:nobody/nothing", "--suite", "memory")
    story = replace(make_story(0, 3), text="Another.")
    monkeypatch.setattr(of_storyworld, "story_of", lambda corpus, index: story)
    assert "of another version of the corpus" in refused(run, "--suite", "memory")
    assert not (run / "evaluation").exists()


def test_a_run_of_another_corpus_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, _, err = narrator(monkeypatch, capsys, "evaluate", make_run(), "--suite", "memory")
    assert code == 2
    assert "which StoryWorld alone can do" in err
    assert "found: corpus.kind=files" in err


def test_no_question_at_all_is_refused(run, monkeypatch, capsys):
    monkeypatch.setattr("pocket_narrator.evaluation.memory.questions.kind_of", lambda site, paragraphs=0: None)
    code, _, err = narrator(monkeypatch, capsys, "evaluate", run, "--suite", "memory", "--stories", 2)
    assert code == 2
    assert "the 2 held-out stories give no question" in err
    assert "--stories 20" in err


def test_damaged_answers_are_refused(run):
    (run / "evaluation").mkdir()
    (run / "evaluation" / "memory.json").write_text('{"answers": {"story": [1, 2]}}', encoding="utf-8")
    with pytest.raises(RunError, match="the answers are damaged") as caught:
        read_taken_exams([run])
    assert "--suite memory" in str(caught.value)


def test_evaluations_with_cloze_questions_are_still_read(run, monkeypatch, capsys):
    """They were there before the exam."""
    assert narrator(monkeypatch, capsys, "evaluate", run)[0] == 0
    probes = {"figures": {"probe_all": {"value": 0.3, "interval": [0.2, 0.4], "stories": 79}}, "questions": 79}
    figures = {"calibration": None, "probes": probes, "earlier_perplexity": 3.0, "protocol": {}}
    (run / "evaluation" / "model-quick.json").write_text(json.dumps(figures), encoding="utf-8")
    assert "What it remembers" not in write_run_page(run).read_text(encoding="utf-8")
