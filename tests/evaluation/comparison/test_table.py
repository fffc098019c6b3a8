"""`narrator compare` and `narrator report` on made-up measurements: the right table, and refusals that help."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.measured_model import read_measured_run
from pocket_narrator.evaluation.comparison.table import _pair, compare_runs, on_front
from pocket_narrator.evaluation.likelihood.story_scores import NAME, SingleScores, read_single_scores, write_figures
from pocket_narrator.evaluation.statistics.paired import Difference
from pocket_narrator.files.json_file import read_json_object
from pocket_narrator.page.bars import intervals
from tests.evaluation.comparison.measured_runs import measured_run
from tests.narrator_here import narrator


class Tags(HTMLParser):
    """Checks that every tag is closed, and keeps what a page would load."""

    VOID = frozenset({"meta", "line", "circle", "polyline", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]
        self.loads += [tag] if tag in ("script", "link", "iframe", "img", "object") else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.fixture
def runs(tmp_path) -> list[Path]:
    """Two seeds of a good model, one of a worse and larger one."""
    wide = ("model.width=256",)
    return [
        measured_run(tmp_path, "good-seed-0", 0.90, seed=0),
        measured_run(tmp_path, "good-seed-1", 0.91, seed=1),
        measured_run(tmp_path, "wide", 1.0, overrides=wide),
    ]


def test_seeds_are_one_model(runs):
    found = compare_runs(runs)
    good, wide = found.models
    assert (good.name, good.seeds, wide.name) == ("good", [0, 1], "wide")
    single = [read_single_scores(run) for run in runs]
    figures = [s.nats_S.sum() / s.bytes_S.sum() / np.log(2) for s in single]
    assert good.by_seed == pytest.approx(figures[:2])
    assert good.value == pytest.approx(np.mean(figures[:2]))
    assert good.interval[0] < good.value < good.interval[1]
    (pair,) = found.pairs
    assert (pair.ours, pair.theirs) == ("good", "wide")
    assert pair.difference.value == pytest.approx(good.value - wide.value)
    assert pair.difference.interval[1] < 0
    assert not pair.difference.seeds  # one of them has one seed
    assert pair.p_holm == pair.difference.p < 0.001
    assert any("one seed only: wide" in note for note in found.notes)
    assert good.on_front == dict.fromkeys(good.on_front, True)
    assert not wide.on_front["parameters"]
    assert found.floor == 0.2


def test_costs_come_from_the_run(runs):
    costs = read_measured_run(runs[0]).costs
    assert costs.training_seconds == 10.0  # what was trained after the measured step does not count
    assert costs.tokens_per_second == 1060
    wide = read_measured_run(runs[2]).costs
    assert wide.training_bytes > costs.training_bytes
    assert wide.parameters > costs.parameters


def test_loss_and_perplexity_of_one_tokenizer(runs):
    loss, perplexity = (compare_runs(runs, metric) for metric in ("loss", "perplexity"))
    assert perplexity.models[1].value == pytest.approx(np.exp(loss.models[1].value))
    assert perplexity.pairs[0].difference == loss.pairs[0].difference
    assert loss.floor is None


def test_different_tokenizers(tmp_path):
    paths = [measured_run(tmp_path, "a"), measured_run(tmp_path, "b", overrides=("model.heads=2",), tokenizer="b" * 64)]
    for metric in ("loss", "perplexity"):
        with pytest.raises(RunError, match=f"{metric} is a value per token") as caught:
            compare_runs(paths, metric)
        assert "bits_per_byte" in str(caught.value)
    found = compare_runs(paths)
    assert len(found.tokenizers) == 2
    assert any("different tokenizers" in note for note in found.notes)


@pytest.mark.parametrize("stories", [1, 7])
def test_few_stories_have_no_interval(stories, tmp_path, monkeypatch, capsys):
    paths = [
        measured_run(tmp_path, name, stories=stories, overrides=(f"model.width={w}",))
        for name, w in (("a", 64), ("b", 128))
    ]
    found = compare_runs(paths)
    assert [model.interval for model in found.models] == [None, None]
    code, out, _ = narrator(monkeypatch, capsys, "compare", *paths)
    assert code == 0
    assert out.count("none: < 8 stories") == 3
    assert f"{stories} of 50 stories of the validation split" in out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"corpus": "d" * 64}, "not evaluated on the same stories"),
        ({}, "the same model with the same seed"),
    ],
)
def test_what_cannot_be_compared(tmp_path, changes, message):
    paths = [measured_run(tmp_path, "a"), measured_run(tmp_path, "b", **changes)]
    with pytest.raises(RunError) as caught:
        compare_runs(paths)
    assert message in str(caught.value)


def test_only_stories_that_all_were_measured_on(tmp_path, monkeypatch, capsys):
    some = measured_run(tmp_path, "some", 1.2, stories=20, overrides=("model.width=64",))
    every = [measured_run(tmp_path, name, 1.0, overrides=(f"model.width={w}",)) for name, w in (("a", 32), ("b", 96))]
    found = compare_runs([every[0], some, every[1]])
    assert (found.units, found.of) == (20, 50)
    single = read_single_scores(every[0])
    first = single.nats_S[:20].sum() / single.bytes_S[:20].sum() / np.log(2)
    assert next(model.value for model in found.models if model.name == "a") == pytest.approx(first)
    assert "on the stories that all were evaluated on; narrator evaluate has more: a, b" in found.notes
    assert "20 of 50 stories" in narrator(monkeypatch, capsys, "compare", *every, some)[1]
    left = single.index_S >= 30
    moved = SingleScores(*(values[left] for values in vars(single).values()))
    figures = read_json_object(every[0] / "evaluation" / "likelihood.json")
    figures["likelihood"]["tokens"] = int(moved.tokens_S.sum())
    write_figures(every[0] / "evaluation", figures, moved)
    assert compare_runs(every).units == 20  # the other twenty
    assert "no story that all were evaluated on" in narrator(monkeypatch, capsys, "compare", *every, some)[2]


def test_runs_that_are_not_measured(tmp_path, runs, monkeypatch, capsys):
    (tmp_path / "empty").mkdir()
    assert "at least two" in narrator(monkeypatch, capsys, "compare", runs[0])[2]
    assert "no such run directory" in narrator(monkeypatch, capsys, "compare", runs[0], tmp_path / "none")[2]
    assert "no run directory" in narrator(monkeypatch, capsys, "compare", runs[0], tmp_path / "empty")[2]
    (runs[1] / "evaluation" / NAME).write_bytes(b"x" * 40)
    assert "are damaged, or of another measurement" in narrator(monkeypatch, capsys, "compare", *runs)[2]
    (runs[1] / "evaluation" / NAME).unlink()
    code, out, err = narrator(monkeypatch, capsys, "compare", *runs)
    assert (code, out) == (2, "")
    assert f"evaluate the run: narrator evaluate {runs[1]}" in err
    (runs[2] / "evaluation" / "likelihood.json").write_text('{"protocol": {}}', encoding="utf-8")
    assert "the values are damaged" in narrator(monkeypatch, capsys, "compare", runs[0], runs[2])[2]
    (runs[2] / "evaluation" / "likelihood.json").unlink()
    assert "has not been evaluated yet" in narrator(monkeypatch, capsys, "report", runs[2])[2]


def tell(run: Path, values: list, beginnings: str = "aabbc") -> None:
    """What the quick suite leaves: stories from these beginnings, and a metric's value of each."""
    lines = [json.dumps({"beginning": beginning, "text": " end.", "group": ord(beginning)}) for beginning in beginnings]
    (run / "evaluation" / "told-quick.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (run / "evaluation" / "stories-quick-values.json").write_text(
        json.dumps({"told": {"coherence": values}}), encoding="utf-8"
    )


def test_told_stories_are_paired_by_their_beginning(runs, monkeypatch, capsys):
    tell(runs[0], [0.1, 0.3, 0.5, None, 0.8])
    tell(runs[2], [0.2, 0.2, None, None, 0.9])
    found = compare_runs([runs[0], runs[2]], "coherence")
    assert (found.unit, found.units, found.of, found.better) == ("beginnings", 2, 3, "higher")
    assert [(model.name, model.value) for model in found.models] == [
        ("wide", 0.55),
        ("good-seed-0", pytest.approx(0.5)),
    ]
    assert found.floor is None
    code, out, _ = narrator(monkeypatch, capsys, "compare", runs[0], runs[2], "--metric", "coherence")
    assert code == 0
    assert "2 of 3 prompts of the validation split" in out


def test_told_stories_that_cannot_be_paired(runs):
    tell(runs[0], [0.1] * 5)
    for metric, message in (
        ("coherence", "has no generated stories"),
        ("beauty", "there is no metric 'beauty'"),
        ("distinct_1", "no mean over stories|was left out|no generated stories"),
    ):
        with pytest.raises(RunError, match=message):
            compare_runs([runs[0], runs[2]], metric)
    for told, message in (
        (([0.1] * 5, "aabbd"), "generated from different prompts"),
        (([0.1] * 4,), "damaged: 4 values of 5 stories"),
        (([None] * 5,), "no story has a value"),
    ):
        tell(runs[2], *told)
        with pytest.raises(RunError, match=message):
            compare_runs([runs[0], runs[2]], "coherence")


def test_one_model_with_seeds_alone(runs):
    with pytest.raises(RunError, match="one model with several seeds"):
        compare_runs(runs[:2])


def test_front():
    class Costs:
        def __init__(self, parameters):
            self.parameters = parameters

    class Model:
        def __init__(self, value, parameters):
            self.value, self.costs = value, Costs(parameters)

    models = [Model(1.0, 5), Model(1.1, 5), Model(1.2, 3), Model(0.9, 9), Model(1.3, 4), Model(1.0, 5)]
    assert [on_front(model, models, "parameters") for model in models] == [True, False, True, True, False, True]


def test_table_and_page(runs, monkeypatch, capsys):
    code, out, _ = narrator(monkeypatch, capsys, "compare", *runs)
    assert code == 0
    folder = runs[0].parent
    (page_file,), (figures_file,) = folder.glob("comparison-*.html"), folder.glob("comparison-*.json")
    assert out.splitlines()[-2:] == [str(page_file), str(figures_file)]
    written = json.loads(figures_file.read_text(encoding="utf-8"))
    for model in written["models"]:
        assert re.search(rf"^{model['name']} +{model['value']:.4f}", out, re.MULTILINE)
    page = page_file.read_text(encoding="utf-8")
    tags = Tags(page)
    assert tags.loads == []
    assert not re.search(r"https?://|url\(|@import", page)
    assert page.count("<svg") >= 7
    assert "good - wide" in page
    assert all(f"{model['value']:.4f}" in page for model in written["models"])


def test_another_comparison_leaves_the_first_one(tmp_path, monkeypatch, capsys):
    runs = [
        measured_run(tmp_path, name, overrides=(f"model.width={w}",)) for name, w in (("a", 64), ("b", 128), ("c", 96))
    ]
    for chosen in (runs[:2], runs, runs[1:], runs[:2]):
        assert narrator(monkeypatch, capsys, "compare", *chosen)[0] == 0
    assert narrator(monkeypatch, capsys, "compare", *runs, "--metric", "loss")[0] == 0
    pages = sorted(page.name[:-12] for page in tmp_path.glob("comparison-*.html"))
    assert pages == ["comparison-a-b", "comparison-a-b-c", "comparison-a-b-c", "comparison-b-c"]


def test_a_run_without_its_recipe_is_no_published_model(tmp_path, monkeypatch, capsys):
    runs = [measured_run(tmp_path, name, overrides=(f"model.width={w}",)) for name, w in (("a", 64), ("b", 128))]
    (runs[1] / "config.yaml").unlink()
    code, out, err = narrator(monkeypatch, capsys, "compare", *runs)
    assert (code, out) == (2, "")
    assert str(runs[1]) in err


def test_one_verdict_for_a_difference():
    """An interval of the pair alone without 0 beside p 0.060 of all pairs: not distinguishable, in words and in grey."""

    def difference(interval: tuple[float, float] | None) -> Difference:
        return Difference(-0.2, interval, -0.1, 0.02, 0.02, -0.3, 0.6, False, 50)

    assert _pair("a", "b", difference((-0.4, -0.01)), 0.04).is_distinguishable
    for interval, p in (((-0.4, -0.01), 0.06), ((-0.4, 0.01), 0.04), (None, 0.001)):
        assert not _pair("a", "b", difference(interval), p).is_distinguishable
    quiet, real = (intervals("differences", [("a - b", -0.2, (-0.4, -0.01), apart)], "bits") for apart in (False, True))
    assert ("var(--c0)" in quiet, "var(--c0)" in real) == (False, True)


def test_report_without_the_text_says_so(runs, monkeypatch, capsys):
    run = runs[0]
    told = {
        "beginning": "Once <b>upon</b>",
        "text": " & the <script>alert(1)</script> end",
        "reference": " a time",
        "group": 0,
    }
    (run / "evaluation" / "told-quick.jsonl").write_text(json.dumps(told) + "\n", encoding="utf-8")
    code, _, err = narrator(monkeypatch, capsys, "report", run)
    assert code == 0, err
    page = (run / "report.html").read_text(encoding="utf-8")
    assert Tags(page).loads == []
    assert "Left out: surprise and memory" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "the held-out story" in page
    assert "There are no generated stories to evaluate yet" in page
