"""Chronicles: one source of chance, no contradiction, facts that last and are on record."""

import json
import math
import re
from collections import Counter

import pytest

from pocket_narrator.errors import CorpusError
from pocket_narrator.storyworld import Dials, make_chronicle, tell_chronicle
from pocket_narrator.storyworld.chooser import ReplayChooser
from pocket_narrator.storyworld.chronicle.facts import PREDICATES
from pocket_narrator.storyworld.otherwise import OtherwiseChooser
from tests.storyworld.choosers import RecordingChooser
from tests.storyworld.chronicle.truth import CLAIMS, check
from tests.storyworld.grammar import PATTERNS

SEED = 11
LONG = [make_chronicle(index, SEED, 100) for index in range(4)]
SHORT = [make_chronicle(index, SEED, 12) for index in range(12)]


def test_a_pure_function_of_index_seed_and_chapters():
    assert make_chronicle(1, SEED, 12) == SHORT[1]
    assert len({story.text for story in SHORT}) == len(SHORT)
    assert make_chronicle(1, SEED, 13).text != SHORT[1].text


def test_replaying_the_trace_tells_the_chronicle_again():
    for story in (SHORT[0], SHORT[1], LONG[0]):
        assert tell_chronicle(ReplayChooser(story.trace), story.facts["chapters"]) == story


def test_log2_probability_is_the_sum_over_the_trace():
    for story in SHORT:
        assert story.log2_probability == pytest.approx(sum(math.log2(step[2]) for step in story.trace), rel=1e-12)
        assert list(story.decided_at) == sorted(story.decided_at)
        assert len(story.decided_at) == len(story.trace)
        assert json.loads(json.dumps(story.facts)) == story.facts


def test_every_option_of_a_decision_is_different():
    for index in range(3):
        chooser = RecordingChooser(SEED, index)
        tell_chronicle(chooser, 60)
        assert all(len(set(one.options)) == len(one.options) for one in chooser.decisions)


@pytest.mark.parametrize("index", [0, 1])
def test_no_decision_goes_unseen_and_none_is_told_before_it_is_taken(index):
    story = make_chronicle(index, SEED, 10)
    for step in range(len(story.trace)):
        twin = tell_chronicle(OtherwiseChooser(story.trace, step, SEED), 10)
        assert twin.text != story.text, story.trace[step]
        at = story.decided_at[step]
        assert twin.text[:at].casefold() == story.text[:at].casefold(), story.trace[step]


def test_nothing_contradicts_anything():
    read = 0
    for story in (*LONG, *SHORT, make_chronicle(0, SEED + 1, 400)):
        problems, claims = check(story)
        assert problems == []
        read += claims
    assert read > 200


def test_the_checker_finds_what_was_changed():
    """Each kind of claim, told of somebody else; each kind of event, with somebody else in it."""
    found = 0
    claimed = "".join(story.text for story in LONG)
    assert all(re.search(pattern, claimed) for pattern in CLAIMS.values())
    story = LONG[1]
    names = [one["name"] for one in story.facts["people"].values() if one["group"] == "child"]
    for claim in re.finditer(r'asked a traveler\. "(\w+),"|for fear of ([\w ]+)\.|It was with (\w+)\.', story.text):
        begin, end = claim.span(claim.lastindex)
        other = "thimbles" if claim.lastindex == 2 else next(name for name in names if name != claim[claim.lastindex])
        text = story.text[:begin] + other + story.text[end:]
        changed = type(story)(text, story.trace, 0.0, story.facts, story.decided_at, story.slots)
        problems, _ = check(changed)
        found += 1
        assert problems
    assert found >= 3
    for name in ("unearth", "give-back", "use-skill", "make-good", "pay", "come-home", "find-pet", "repair"):
        story, at = next((one, n) for one in LONG for n, event in enumerate(one.facts["happened"]) if event[1] == name)
        happened = story.facts["happened"]
        other = [*happened[at][:2], "child_0" if happened[at][2] != "child_0" else "child_1", *happened[at][3:]]
        facts = {**story.facts, "happened": [*happened[:at], other, *happened[at + 1 :]]}
        assert check(type(story)(story.text, story.trace, 0.0, facts, story.decided_at, story.slots))[0], name


def test_recalls_are_what_the_text_says_at_their_place():
    for story in (*SHORT, *LONG):
        for recall in story.recalls:
            assert 0 <= recall.last_told <= recall.begin < recall.end <= len(story.text)
            assert recall.options > 1
            assert story.decided_at[recall.decision] <= recall.last_told
        names = {one["name"] for one in story.facts["people"].values()}
        for recall in story.recalls:
            if recall.kind.startswith(("who", "whose")) and recall.kind != "whose-trait":
                assert story.text[recall.begin : recall.end].removesuffix("'s") in names


def test_the_decision_of_a_recall_is_what_it_follows_from():
    """Where it comes out otherwise, the stretch does, or what leads to it."""
    followed = 0
    for index in range(3):
        story = make_chronicle(index, SEED, 24)
        far = [recall for recall in story.recalls if recall.begin - recall.last_told > 1_000]
        for recall in far[::3]:
            sentence = story.text[story.text.rindex("\n", 0, recall.begin) : recall.end]
            twins = (tell_chronicle(OtherwiseChooser(story.trace, recall.decision, seed), 24) for seed in range(8))
            followed += 1
            assert any(sentence not in twin.text for twin in twins), (recall, sentence)
    assert followed > 20


def test_a_twin_differs_in_what_follows_and_in_nothing_else():
    """A changed hiding place, fear or name of an animal changes the sentences that tell it."""
    seen = 0
    for index in range(8):
        story = make_chronicle(index, SEED, 30)
        for step, (site, _, _) in enumerate(story.trace):
            if site not in ("new fear", "new spot", "new petname", "new dream", "new boat"):
                continue
            twin = tell_chronicle(OtherwiseChooser(story.trace, step, SEED), 30)
            assert check(twin)[0] == []
            assert len(twin.trace) == len(story.trace)
            assert [one[0] for one in twin.trace] == [one[0] for one in story.trace]
            changed = [n for n, (a, b) in enumerate(zip(story.trace, twin.trace, strict=True)) if a[1] != b[1]]
            assert len(changed) <= 2, "the two may change places, if the other one is drawn later"
            seen += 1
    assert seen > 10


def test_kinds_and_distances():
    """At least twelve kinds of facts are asked for from afar; the shares of far bits."""
    far = Counter()
    bits = -sum(story.log2_probability for story in LONG)
    recalled = {256: 0.0, 2_000: 0.0}
    for story in LONG:
        for recall in story.recalls:
            for distance in recalled:
                if recall.begin - recall.last_told >= 4 * distance:
                    recalled[distance] += math.log2(recall.options)
                    far[recall.kind] += 1
    predicates = {name for name, one in PREDICATES.items() if any(far[kind] for kind in one.kinds)}
    assert len(predicates) >= 20
    assert recalled[256] / (bits + recalled[256]) > 0.05
    assert recalled[2_000] / (bits + recalled[2_000]) > 0.02


def test_chapters_are_numbered_titled_and_of_some_length():
    for story in (*SHORT, *LONG):
        heads = re.findall(r"^Chapter (\d+): (.+)$", story.text, re.MULTILINE)
        assert [int(number) for number, _ in heads] == list(range(1, story.facts["chapters"] + 1))
        assert 90 < len(story.text.split()) / len(heads) < 250


def test_dials():
    plain, bare = make_chronicle(2, SEED, 30), make_chronicle(2, SEED, 30, Dials(decoration=0.0))
    assert "At the pump there was talk" not in bare.text
    assert len(bare.trace) < len(plain.trace)
    few = "".join(make_chronicle(index, SEED, 20, Dials(lexicon=0.3)).text for index in range(5))
    assert len(set(few.split())) < len(set("".join(make_chronicle(i, SEED, 20).text for i in range(5)).split()))
    late = make_chronicle(2, SEED, 30, Dials(dependency=5))
    assert check(late)[0] == []

    far = [recall for recall in late.recalls if recall.kind == "who-lives" and recall.begin - recall.last_told > 1_000]
    assert far
    assert min(recall.begin - recall.last_told for recall in far) > 5 * 400


@pytest.mark.parametrize("chapters", [0, 1, -3, 401, 1_000_000])
def test_numbers_of_chapters_that_cannot_be(chapters):
    with pytest.raises(CorpusError, match="chapters"):
        make_chronicle(0, SEED, chapters)


@pytest.mark.parametrize("chapters", [2, 3, 8])
def test_the_shortest(chapters):
    for index in range(30):
        story = make_chronicle(index, SEED, chapters)
        assert story.text.count("\nChapter ") == chapters - 1
        assert check(story)[0] == []


@pytest.mark.parametrize("name", PATTERNS)
def test_grammar(name):
    for story in (*SHORT, *LONG):
        for paragraph in story.text.split("\n"):
            match = re.search(PATTERNS[name], paragraph)
            assert match is None, f"{match.group(0)!r} in {paragraph}"
