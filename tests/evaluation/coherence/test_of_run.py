"""`--suite coherence`: a run tells, the reader reads, and files, tables and page say the same."""

import json
from pathlib import Path

import pytest

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.coherence import of_run
from pocket_narrator.evaluation.coherence.of_run import describe_coherence, evaluate_coherence
from pocket_narrator.evaluation.coherence.survival import share_after
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.report.run_page import write_run_page
from pocket_narrator.storyworld import Dials, make_chronicle, make_story
from tests.evaluation.tiny_run import make_run


@pytest.fixture
def storyworld_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(of_run, "PROMPTS", 2)
    monkeypatch.setattr(of_run, "STORIES_EACH", 1)
    corpus = "corpus={kind: storyworld, stories: 40, validation_stories: 20, held_out_plots: [storm, race]}"
    return make_run(corpus, "model.context=1024", "training.batch_tokens=2048")


def test_of_a_model_that_tells_nonsense_there_is_no_figure(storyworld_run: Path) -> None:
    report = evaluate_coherence(storyworld_run)
    assert list(report.sets) == ["told", "held-out plots", "other plots"]
    assert not report.sets["told"].is_understood
    assert "80 % is needed to speak of coherence" in describe_coherence(report)
    written = json.loads((storyworld_run / "evaluation" / "coherence.json").read_text(encoding="utf-8"))
    assert written["sets"]["told"]["survival"] == []
    assert written["sets"]["told"]["figures"].keys() == {"understood"}
    evaluate_run(storyworld_run)
    page = write_run_page(storyworld_run).read_text(encoding="utf-8")
    assert "Does it contradict itself?" in page
    assert "80 % is needed" in page


def test_of_a_model_that_tells_stories_there_are_figures_and_a_curve(storyworld_run: Path, monkeypatch) -> None:
    """Told by the simulator in the model's place: whole stories, one with another name."""

    def told(model, tokenizer, beginnings, samples, *_):
        stories = [make_story(index, 5) for index in range(10)]
        texts = [story.text for story in stories[:-1]]
        slot = [s for s in stories[-1].slots if (s.role, s.form) == ("hero", "name")][-1]
        texts.append(stories[-1].text[: slot.begin] + "Betty" + stories[-1].text[slot.end :])
        return [Sample(text[60:], text[:60], None, group) for group, text in enumerate(texts)]

    monkeypatch.setattr(of_run, "tell_stories", told)
    report = evaluate_coherence(storyworld_run)
    one = report.sets["told"]
    assert one.figures["read_whole"].value == pytest.approx(0.9)
    assert one.contradictions["name"]
    spelled = describe_coherence(report)
    assert "Kaplan-Meier" in spelled
    assert f"after   150 words  {share_after(one.survival, 150).share:.3f}" in spelled
    assert share_after(one.survival, 150).share < 1
    evaluate_run(storyworld_run)
    page = write_run_page(storyworld_run).read_text(encoding="utf-8")
    assert "words since the prompt" in page


CHRONICLES = "corpus={kind: storyworld, stories: 12, validation_stories: 3, chapters: 9, world: {decoration: 0}}"


@pytest.mark.parametrize("fewest", [None, 2])
def test_chronicles_are_read_as_the_run_knows_them(fewest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the settings of its world; and where it has seen short ones too, one that ends before is no contradiction."""
    monkeypatch.chdir(tmp_path)
    dials = Dials(decoration=0.0)
    texts = [make_chronicle(index, 5, chapters, dials).text for index, chapters in enumerate((9, 9, 4))]
    told = [Sample(text[60:], text[:60], None, group) for group, text in enumerate(texts)]
    monkeypatch.setattr(of_run, "tell_stories", lambda *_: told)
    overrides = [] if fewest is None else [f"corpus.fewest_chapters={fewest}"]
    run = make_run(CHRONICLES, "model.context=256", "tokenizer.vocabulary_size=300", *overrides)
    one = evaluate_coherence(run).sets["told"]
    assert one.figures["read_whole"].value == pytest.approx(2 / 3 if fewest is None else 1)
    assert bool(one.contradictions) == (fewest is None)


def test_a_run_of_other_stories_is_refused_before_it_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run()
    with pytest.raises(RunError, match="trained on others") as error:
        evaluate_coherence(run)
    assert error.value.found == "corpus.kind=files"
    assert not (run / "evaluation").exists()
