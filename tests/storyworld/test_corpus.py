"""Writing a corpus: layout, parallel equals serial, the floor, bad input."""

import json
import math
import subprocess
import sys

import pytest

from pocket_narrator.errors import CorpusError
from pocket_narrator.storyworld import Dials, corpus, corpus_floor, make_chronicle, make_story, write_corpus
from pocket_narrator.storyworld.plots import PLOTS

COUNT = 2_100  # above the number from which processes are used


def test_layout_and_summary(tmp_path):
    summary = write_corpus(tmp_path / "new" / "stories.txt", 30, 5, workers=1)
    text = (tmp_path / "new" / "stories.txt").read_text("utf-8")
    stories = text.split("\n<|endoftext|>\n")
    assert stories.pop() == ""
    assert stories == [make_story(index, 5).text for index in range(30)]
    assert summary.stories == 30
    assert summary.bytes == sum(len(story.encode()) for story in stories)
    bits = -math.fsum(make_story(index, 5).log2_probability for index in range(30))
    assert summary.bits_per_byte_floor == pytest.approx(bits / summary.bytes)
    beside = json.loads((tmp_path / "new" / "stories.txt.json").read_text("utf-8"))
    assert beside["bits_per_byte_floor"] == summary.bits_per_byte_floor
    assert beside["seed"] == 5
    assert beside["world"] == {"decoration": 1.0, "lexicon": 1.0, "dependency": 0, "held_out_plots": []}
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["stories.txt", "stories.txt.json"]


def test_same_bytes_for_any_number_of_workers(tmp_path):
    one = write_corpus(tmp_path / "one.txt", COUNT, 3, workers=1)
    two = write_corpus(tmp_path / "two.txt", COUNT, 3, workers=2)
    assert one == two
    assert (tmp_path / "one.txt").read_bytes() == (tmp_path / "two.txt").read_bytes()


def test_works_where_processes_cannot_start(tmp_path):
    """A program on standard input has no main module that a spawned process could import."""
    program = f"""
from pocket_narrator.storyworld import write_corpus
print(write_corpus({str(tmp_path / "a.txt")!r}, {COUNT}, 3, workers=2).stories)
"""
    result = subprocess.run(
        [sys.executable, "-"], input=program, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.stdout.strip() == str(COUNT), result.stderr
    assert (tmp_path / "a.txt").stat().st_size > 1_000_000


def test_floor_of_a_range():
    first, second, whole = corpus_floor(9, 0, 60), corpus_floor(9, 60, 40), corpus_floor(9, 0, 100)
    assert whole.bytes == first.bytes + second.bytes
    assert (
        whole.bits == first.bits + second.bits == tuple(-make_story(index, 9).log2_probability for index in range(100))
    )
    together = first.bits_per_byte_floor * first.bytes + second.bits_per_byte_floor * second.bytes
    assert whole.bits_per_byte_floor == pytest.approx(together / whole.bytes)


def test_standard_error_is_that_of_repeated_corpora():
    """The spread of the floor over disjoint ranges is what one range's standard error says."""
    ranges = [corpus_floor(4, 100 * number, 100) for number in range(20)]
    floors = [summary.bits_per_byte_floor for summary in ranges]
    mean = sum(floors) / len(floors)
    spread = math.sqrt(sum((floor - mean) ** 2 for floor in floors) / (len(floors) - 1))
    assert spread == pytest.approx(sum(summary.standard_error for summary in ranges) / len(ranges), rel=0.5)


@pytest.mark.parametrize(("stories", "seed", "workers"), [(0, 1, 1), (-3, 1, 1), (10, -1, 1), (10, 1, 0), (10, 1, -2)])
def test_numbers_out_of_range(tmp_path, stories, seed, workers):
    with pytest.raises(CorpusError, match="at least"):
        write_corpus(tmp_path / "a.txt", stories, seed, workers=workers)
    assert list(tmp_path.iterdir()) == []


def test_floor_out_of_range():
    with pytest.raises(CorpusError, match="first"):
        corpus_floor(1, -1, 10)


def test_unwritable_places(tmp_path):
    with pytest.raises(CorpusError, match="folder"):
        write_corpus(tmp_path, 5, 1)
    (tmp_path / "file").write_text("x")
    with pytest.raises(CorpusError, match="cannot be written"):
        write_corpus(tmp_path / "file" / "a.txt", 5, 1)


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "a.txt"
    write_corpus(target, 5, 1)
    before = target.read_bytes()

    def broken(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pocket_narrator.storyworld.corpus._tell_piece", broken)
    with pytest.raises(CorpusError, match="No space left"):
        write_corpus(target, 6, 1, workers=1)
    assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "a.txt.json"]


def test_no_text_lies_there_whose_hash_is_not_known(tmp_path, monkeypatch):
    """Not even for a moment, in which the command may be killed."""
    target, lay_there = tmp_path / "a.txt", []
    write = corpus.write_json_object

    def watched(*arguments):
        lay_there.append(target.exists())
        write(*arguments)

    monkeypatch.setattr(corpus, "write_json_object", watched)
    write_corpus(target, 5, 1)
    assert lay_there == [False]
    assert corpus.is_whole(target)


def test_chronicles_as_a_corpus(tmp_path):
    path = tmp_path / "chronicles.txt"
    summary = write_corpus(path, 4, 5, workers=1, chapters=9)
    stories = [make_chronicle(index, 5, 9) for index in range(4)]
    assert path.read_text("utf-8") == "".join(f"{story.text}\n<|endoftext|>\n" for story in stories)
    assert summary.chapters == 9
    bits = -math.fsum(story.log2_probability for story in stories)
    assert summary.bits_per_byte_floor == pytest.approx(bits / sum(len(story.text) for story in stories))
    recalls = [recall for story in stories for recall in story.recalls if recall.begin - recall.last_told >= 1_024]
    recalled = math.fsum(math.log2(recall.options) for recall in recalls)
    assert recalled > 0
    assert summary.far_share[256] == pytest.approx(recalled / (bits + recalled))
    floor = corpus_floor(5, 2, 2, chapters=9)
    assert floor.bits == pytest.approx([-story.log2_probability for story in stories[2:]])
    assert write_corpus(tmp_path / "short.txt", 4, 5).far_share == {}


def test_more_than_the_disk_holds_is_refused_before_the_work(tmp_path):
    with pytest.raises(CorpusError, match="the disk has"):
        write_corpus(tmp_path / "new" / "a.txt", 10**12, 1, chapters=400)
    with pytest.raises(CorpusError, match="chapters"):
        write_corpus(tmp_path / "a.txt", 5, 1, chapters=0)


def test_plots_that_are_held_out_are_in_no_story_and_the_others_are_likelier(tmp_path):
    dials = Dials(held_out_plots=("lost_toy", "storm"))
    told = [make_story(index, 5, dials) for index in range(400)]
    assert {story.facts["plot"] for story in told} == set(PLOTS) - {"lost_toy", "storm"}
    assert {story.trace[0][2] for story in told} == {1 / (len(PLOTS) - 2)}
    write_corpus(tmp_path / "a.txt", 12, 5, workers=1, dials=dials)
    assert (tmp_path / "a.txt").read_text("utf-8").split("\n<|endoftext|>\n")[:-1] == [s.text for s in told[:12]]
    assert corpus_floor(5, 0, 12, 1, dials).bits == tuple(-story.log2_probability for story in told[:12])


@pytest.mark.parametrize("held_out", [("lost_toi",), tuple(PLOTS)])
def test_a_plot_that_there_is_not_is_refused_before_anything_is_written(tmp_path, held_out):
    for call in (
        lambda: write_corpus(tmp_path / "a.txt", 12, 5, dials=Dials(held_out_plots=held_out)),
        lambda: corpus_floor(5, 0, 12, dials=Dials(held_out_plots=held_out)),
        lambda: make_story(0, 5, Dials(held_out_plots=held_out)),
    ):
        with pytest.raises(CorpusError) as error:
            call()
        assert error.value.hint in ("the nearest is 'lost_toy'", "leave one to be told")
    assert list(tmp_path.iterdir()) == []
