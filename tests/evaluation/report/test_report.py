"""Charts place what can be placed; a run's page shows the model's surprise and memory, escaped and whole."""

import html
import re
from pathlib import Path

import pytest

from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.evaluation.report.parts import suite_table
from pocket_narrator.evaluation.report.run_page import write_run_page
from pocket_narrator.evaluation.report.surprise import draw, surprises
from pocket_narrator.page.chart import Axis, Series, chart, short, thin
from pocket_narrator.page.document import Figure, Words, page, table, tint
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.run.loading import load_trained
from pocket_narrator.tokens.prepare import prepare
from pocket_narrator.workbench.from_recipe import train
from tests.evaluation.comparison.test_table import Tags
from tests.evaluation.tiny_run import make_run, write_corpus

NUMBER = re.compile(r'(?:x1|x2|y1|y2|cx|cy)="(-?[\d.]+)"')


def test_everything_is_inside_the_frame():
    series = [Series("a <b>", [(1, 2.0), (10, 3.0), (100, 2.5)], [(1.5, 2.5), None, (2.0, 9.0)], marked=True)]
    for logarithmic in (False, True):
        drawing = chart("A caption & more", Axis("x", logarithmic), Axis("y", logarithmic), series, [(0.5, "a note")])
        Tags(drawing)
        assert drawing.count("<circle") == 3
        assert "a note" in drawing
        assert "A caption &amp; more" in drawing
        assert all(0 <= float(value) <= 420 for value in NUMBER.findall(drawing))


def test_what_cannot_be_placed_is_left_out():
    nan, infinity = float("nan"), float("inf")
    series = [Series("a", [(1, nan), (2, infinity), (0, 1.0), (3, -1.0), (4, 2.0)], marked=True)]
    assert chart("c", Axis("x", True), Axis("y", True), series).count("<circle") == 1
    assert chart("c", Axis("x"), Axis("y"), series).count("<circle") == 3
    assert chart("c", Axis("x"), Axis("y"), [Series("a", [(1, nan)])]) == ""
    assert chart("c", Axis("x"), Axis("y"), []) == ""


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, 1e-9, 123456789.0])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_one_point_has_a_place(value, logarithmic):
    drawing = chart("c", Axis("x", logarithmic), Axis("y"), [Series("a", [(abs(value) + 1, value)])])
    assert all(0 <= float(number) <= 420 for number in NUMBER.findall(drawing))


def test_ticks_are_told_in_full():
    drawing = chart("c", Axis("x", whole=True), Axis("y"), [Series("a", [(1, 1.03), (3, 1.12)])])
    ticks = re.findall(r">([\d.]+)</text>", drawing)
    assert ticks == ["1.04", "1.06", "1.08", "1.1", "1.12", "1", "2", "3"]


def test_a_model_keeps_its_colour_where_another_has_no_points():
    drawing = chart("c", Axis("x", True), Axis("y"), [Series("a", [(0, 1.0)]), Series("b", [(1, 1.0), (2, 2.0)])])
    assert "var(--c1)" in drawing
    assert "var(--c0)" not in drawing


def test_a_table_says_of_how_many_and_what_is_better():
    figures = {
        "words": {"value": 137.4688, "interval": [130.07, 144.562], "stories": 64},
        "coherence": {"value": 0.50586, "interval": [0.4691, 0.54], "stories": 63},
        "probe_all": {"value": 0.25, "interval": None, "stories": 64},  # of an earlier version: known to no family now
    }
    text = re.sub(r"<[^>]+>", "|", suite_table({"told (64)": figures}))
    assert "137.5 |130.1\u2013144.6|" in text
    assert re.search(r"0\.506 \|0\.469\u20130\.540\| \|n=63\|+higher", text)
    assert re.search(r"probe all\|+0\.250 \|no interval", text)
    assert text.count("n=63") == 1
    assert "n=64" not in text.split("probe all")[0]


def test_short_numbers():
    numbers = (0, 1, 12.5, 999, 1000, 1_234_567, 5.9e12, 1e-4, -2500, 3e18)
    assert [short(n) for n in numbers] == ["0", "1", "12.5", "999", "1k", "1.23M", "5.9T", "0.0001", "-2.5k", "3e18"]


def test_thin_curves_keep_their_mean():
    points = [(float(i), float(i % 7)) for i in range(1000)]
    found = thin(points, 100)
    assert len(found) == 100
    assert sum(value for _, value in found) / 100 == pytest.approx(sum(value for _, value in points) / 1000)
    assert thin(points[:50], 100) == points[:50]


def test_tables_and_pages_escape():
    text = page(
        "<t>", "&", [table(["<h>", "b"], [["<x>", Words("<y>")], ["<only>"], ["a", Figure("<1>", "<2>")]])], ["<f>"]
    )
    Tags(text)
    for tag in ("<t>", "<h>", "<x>", "<y>", "<only>", "<1>", "<2>", "<f>"):
        assert tag not in text
        assert html.escape(tag) in text


def test_surprise_is_the_scored_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = make_run()
    trained = load_trained(run)
    store = prepare(trained.recipe).validation
    for found in surprises(trained, store):
        text = "".join(token for token, _ in found.tokens)
        assert text == trained.tokenizer.decode(store.story(found.number)[1:].tolist())
        whole = evaluate_run(run, stories=2).likelihood
        assert html.unescape(re.sub(r"<[^>]*>", "", draw(found).split("</header>")[1])) == text
    total = sum(sum(nats for _, nats in found.tokens) + found.end_nats for found in surprises(trained, store))
    assert total == pytest.approx(whole.loss * whole.tokens, rel=1e-5)
    assert tint(-1) == tint(0) != tint(0.5) != tint(1) == tint(9)


@pytest.mark.parametrize("layers", ["attention*2", "narrative*2", "mamba narrative"])
def test_page_of_a_run(tmp_path, monkeypatch, layers):
    monkeypatch.chdir(tmp_path)
    run = make_run(f"model.layers={layers}", "model.positions=none")
    evaluate_run(run, stories=4)
    text = write_run_page(run).read_text(encoding="utf-8")
    assert Tags(text).loads == []
    assert "Surprise, token by token" in text
    assert ("What is remembered for how long" in text) == ("narrative" in layers)
    assert ("Routing weights" in text) == ("narrative" in layers)
    assert ("What attention looks at" in text) == ("attention" in layers)
    assert text.count("<svg") >= 2


def test_page_of_ngrams(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_corpus()
    corpus = ["corpus={kind: files, train: stories.txt}", "tokenizer.vocabulary_size=300", "name=counted"]
    run = train(load_recipe(["ngram-storyworld"], corpus), Path("runs/counted"), report=lambda _: None).run
    evaluate_run(run)
    text = write_run_page(run).read_text(encoding="utf-8")
    assert Tags(text).loads == []
    assert "1 epoch" in text
    assert "None" not in text
    assert "each story read whole" in text
