"""The statistics of whole corpora: counted by hand, the same for any number of processes, and shown."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from pocket_narrator.corpus import Story, write_stories
from pocket_narrator.corpus.statistics import Statistics, gather, gather_statistics
from pocket_narrator.corpus.statistics.page import make_page
from pocket_narrator.errors import CorpusError
from pocket_narrator.storyworld import make_story
from tests.narrator_process import narrator

TEXTS = [make_story(index, 9).text for index in range(300)]
SMALL = [
    'Once upon a time, Tim ran. "Hi!" said Tim.\nHe ran on.',
    "One day a cat saw a cat saw a cat saw a cat saw a cat saw a cat saw a cat \u2014 caf\u00e9.",
    'Once  upon a time,\nTim ran. "Hi!" said Tim. He ran on.',
]


def statistics_of(texts, **options) -> Statistics:
    return gather_statistics("corpus", (Story(text) for text in texts), **options)


def test_figures_of_a_small_corpus_are_those_counted_by_hand():
    found = statistics_of(SMALL)
    assert found.stories == 3
    assert found.bytes == sum(len(text.encode()) for text in SMALL)
    assert found.totals["characters"] == sum(map(len, SMALL))
    assert found.totals["words"] == 12 + 23 + 12
    assert found.totals["sentences"] == 4 + 1 + 4
    assert found.totals["paragraphs"] == 2 + 1 + 2
    assert dict(found.most_frequent_words)["cat"] == 7
    assert found.different_words == 15  # once upon a time tim ran hi said he on one day cat saw cafe
    assert found.opening_kinds == {"once upon a time": 2, "once upon a time,": 2, "one day": 1}
    assert found.first_words == [("once", 2), ("one", 1)]
    assert found.duplicates == {"stories": 1, "most_often": 2}  # but for white space
    assert found.dialogue["of_characters"] == pytest.approx(10 / sum(map(len, SMALL)))
    assert found.dialogue["of_stories"] == pytest.approx(2 / 3)
    assert found.topics["animals"] == 1
    assert dict(found.phrases)["a cat saw a cat"] == 6
    assert found.phrase_stories == 1  # the others are too short
    assert found.repeated_in_story == pytest.approx((20 - 6) / 20)
    characters = {character: (name, count) for character, name, count in found.characters}
    assert characters["\u2014"] == ("em dash", 1)
    assert characters["\n"] == ("line end", 2)
    assert found.different_characters == len(set("".join(SMALL)))


def test_the_result_is_the_same_for_any_number_of_processes(monkeypatch):
    monkeypatch.setattr(gather, "FIRST_RUN", 2_000)
    monkeypatch.setattr(gather, "LARGEST_RUN", 30_000)
    assert statistics_of(TEXTS, workers=2) == statistics_of(TEXTS, workers=1)


def test_totals_do_not_depend_on_the_runs(monkeypatch):
    whole = statistics_of(TEXTS)
    monkeypatch.setattr(gather, "FIRST_RUN", 1)
    monkeypatch.setattr(gather, "LARGEST_RUN", 5_000)
    monkeypatch.setattr(gather, "PHRASES_EVERY", 1)
    found = statistics_of(TEXTS)
    assert found.most_frequent_words == whole.most_frequent_words
    assert found.names == whole.names
    assert found.phrases == whole.phrases
    assert found.spreads == whole.spreads
    assert len(found.growth) > len(whole.growth)
    assert found.growth[-1] == whole.growth[-1] == (whole.totals["words"], whole.different_words)


def test_vocabulary_grows_by_a_law():
    """Words 1, 2, 3, ... each new one after as many repeats as there are words: about the square root."""
    letters = [chr(97 + index // 26) + chr(97 + index % 26) + "x" for index in range(600)]
    texts = [" ".join([letters[index], *letters[:index]]) for index in range(600)]
    found = statistics_of(texts)
    assert found.heaps is not None
    assert found.heaps[1] == pytest.approx(0.5, abs=0.02)


def test_what_is_forgotten_is_said(monkeypatch):
    monkeypatch.setattr("pocket_narrator.corpus.statistics.tally.MOST_WORDS", 50)
    found = statistics_of(TEXTS)
    assert found.words_forgotten > 0
    assert found.different_words <= 50
    assert "were forgotten" in gather.METHODS["vocabulary"](found)
    assert "over " in make_page(found)


@pytest.mark.parametrize(
    "texts",
    [
        ["word"],
        ["!!!"],
        ["\u4e16\u754c\u3002", "\u4f60\u597d"],
        ["a" * 100_000, "." * 100_000 + "x", "\u201c" * 100_000, "A" * 100_000, " " * 99 + "\n" * 100_000 + "x"],
        ["x\x00<script>&"],
    ],
)
def test_odd_corpora_have_statistics_and_a_page(texts):
    found = statistics_of(texts)
    assert found.stories == len(texts)
    json.dumps(found.to_json())
    check_page(make_page(found))


def test_no_story_is_refused():
    with pytest.raises(CorpusError, match="no story"):
        statistics_of([])


class _Tags(HTMLParser):
    """Whether every tag is closed, in order, and nothing is fetched."""

    VOID = frozenset(("meta", "rect", "line", "circle", "polyline", "br"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.fetched += [name for name, _ in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def check_page(page: str) -> None:
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.fetched == []
    assert "<script" not in page
    assert "://" not in page
    assert not re.search(r"\bnan\b", page)
    charts = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert charts
    for chart in charts:
        for element in ElementTree.fromstring(chart).iter():
            if element.tag == "rect":
                assert float(element.attrib["width"]) > 0
                assert float(element.attrib["height"]) >= 0


def test_the_page_is_whole():
    page = make_page(statistics_of(TEXTS + SMALL))
    check_page(page)
    for heading in ("Stories", "Vocabulary", "Openings", "Names", "Topics", "Repetition", "Characters"):
        assert f"<h2>{heading}</h2>" in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_the_command_prints_tables_and_writes_both_files(tmp_path):
    write_stories(tmp_path / "stories.txt", TEXTS[:40])
    done = narrator("stats", "stories.txt", "--html", "page.html", "--json", "figures.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for title in (
        "a story",
        "most frequent words",
        "openings",
        "gender of names",
        "topics",
        "phrases",
        "definitions",
    ):
        assert title in done.stdout
    check_page((tmp_path / "page.html").read_text(encoding="utf-8"))
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert figures["stories"] == 40
    folder = narrator("stats", ".", "--json", "of-folder.json", cwd=tmp_path)
    assert folder.returncode == 0, folder.stderr
    rows = "".join(json.dumps({"id": 1, "content": text}) + "\n" for text in TEXTS[:20])
    (tmp_path / "rows.jsonl").write_text(rows, encoding="utf-8")
    unclear = narrator("stats", "rows.jsonl", cwd=tmp_path)
    assert unclear.returncode == 2
    assert "hint: --column=NAME names the one" in unclear.stderr
    named = narrator("stats", "rows.jsonl", "--column", "content", cwd=tmp_path)
    assert named.returncode == 0, named.stderr
    bad = narrator("stats", "absent", cwd=tmp_path)
    assert bad.returncode == 2
    assert "no file, folder or recipe 'absent'" in bad.stderr
