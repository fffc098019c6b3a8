"""Whole stories: one source of chance, a consistent world, readable text."""

import itertools
import json
import math
import re
from collections import Counter, defaultdict

import pytest

from pocket_narrator.storyworld import make_story
from pocket_narrator.storyworld.chooser import ReplayChooser
from pocket_narrator.storyworld.otherwise import OtherwiseChooser
from pocket_narrator.storyworld.plot import Beat
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.story import tell
from pocket_narrator.storyworld.world import World
from tests.storyworld.choosers import RecordingChooser
from tests.storyworld.grammar import PATTERNS

SEED = 11
STORIES = [make_story(index, SEED) for index in range(1_500)]


def test_same_story_in_any_order():
    assert [make_story(index, SEED) for index in (9, 3, 1_200)] == [STORIES[9], STORIES[3], STORIES[1_200]]
    assert make_story(3, SEED + 1).text != STORIES[3].text


def test_replaying_the_trace_tells_the_story_again():
    for story in STORIES:
        again = tell(ReplayChooser(story.trace))
        assert again == story


def test_log2_probability_is_the_sum_over_the_trace():
    for story in STORIES:
        assert all(0 < probability < 1 for _, _, probability in story.trace)
        assert story.log2_probability == pytest.approx(sum(math.log2(step[2]) for step in story.trace), rel=1e-12)


def test_probabilities_of_each_site_sum_to_one_and_are_met():
    expected, variance, observed = defaultdict(float), defaultdict(float), Counter()
    for index in range(1_500):
        chooser = RecordingChooser(SEED, index)
        tell(chooser)
        for site, options, probabilities, chosen in chooser.decisions:
            assert len(set(options)) == len(options), site
            assert math.fsum(probabilities) == pytest.approx(1.0)
            observed[site, chosen] += 1
            for option, probability in zip(options, probabilities, strict=True):
                expected[site, option] += probability
                variance[site, option] += probability * (1 - probability)
    frequent = [key for key in expected if variance[key] > 9]
    assert len(frequent) > 500
    deviations = [(observed[key] - expected[key]) / math.sqrt(variance[key]) for key in frequent]
    assert max(map(abs, deviations)) < 5.5
    assert sum(deviation**2 for deviation in deviations) / len(deviations) == pytest.approx(1.0, abs=0.2)


def test_no_decision_goes_unseen():
    """Changing any one decision of a story changes its text."""
    for story in STORIES[:60]:
        for step in range(len(story.trace)):
            changed = OtherwiseChooser(story.trace, step, SEED)
            assert tell(changed).text != story.text, story.trace[step]


def test_decisions_and_slots_know_their_places():
    for story in STORIES[:300]:
        assert len(story.decided_at) == len(story.trace)
        assert list(story.decided_at) == sorted(story.decided_at)
        assert 0 <= story.decided_at[0] <= story.decided_at[-1] <= len(story.text)
        names = {story.text[s.begin : s.end] for s in story.slots if s.role == "hero" and s.form == "name"}
        assert len(names) == 1
        assert names <= story.facts["characters"].keys()


def test_what_a_decision_tells_stands_behind_its_place():
    """Up to it the text is the same whatever is decided."""
    for story in STORIES[:30]:
        for step, at in enumerate(story.decided_at):
            other = tell(OtherwiseChooser(story.trace, step, SEED)).text
            assert other[:at].casefold() == story.text[:at].casefold()


def test_facts_are_plain_and_complete():
    for story in STORIES[:300]:
        facts = story.facts
        assert json.loads(json.dumps(facts)) == facts
        assert facts["plot"] in PLOTS
        assert facts["moral"]
        assert facts["characters"]
        for name, character in facts["characters"].items():
            assert name.removeprefix("the ") in story.text
            assert "kind" in character
        assert any("at" in character for character in facts["characters"].values())


def test_every_state_is_consistent(monkeypatch):
    """Every precondition is asserted when an event happens; here, what must hold of every state is audited."""
    make, states = World.make, []

    def audited(world, effects):
        make(world, effects)
        states.append(1)
        holders = {key[1]: holder for key, holder in world.single.items() if key[0] == "holder"}
        for thing, holder in holders.items():
            assert ("at", thing) not in world.single, f"{thing} is held and lies somewhere"
            assert holder not in holders, f"{holder} holds {thing} and is held"
            assert ("at", holder) in world.single, f"{holder} holds {thing} and is nowhere"
        for relation in world.relations:
            if relation[0] == "ate":
                assert relation[2] not in holders, f"{relation[2]} was eaten and is held"

    monkeypatch.setattr(World, "make", audited)
    for index in range(1_500):
        make_story(index, SEED + 1)
    assert len(states) > 20_000


def test_speakers_are_together(monkeypatch):
    """Whoever is quoted is where another participant of the beat is, or calls out, or talks to themselves."""
    run, quoted = Beat.run, Counter()

    def audited(beat, teller):
        before, places_before = teller.length, {role: teller.world.place_of(role) for role in teller.cast}
        run(beat, teller)
        alone = any(name in ("shout", "murmur") for name, _ in beat.events)
        involved = {role for _, arguments in beat.events for role in arguments if ("at", role) in teller.world.single}
        for slot in teller.slots:
            text = teller.text()
            if slot.begin < before or "gender" not in teller.cast[slot.role]:
                continue
            says = re.search(r'[,.!?]" ((said|asked|cried) )?$', text[before : slot.begin])
            if says and (says[1] or re.match(" (said|asked|cried|told)", text[slot.end :])):
                quoted[slot.role] += 1
                others = [role for role in involved if role != slot.role]
                # Some beats end with a move.
                together = any(
                    where(slot.role) in [where(role) for role in others]
                    for where in (teller.world.place_of, places_before.get)
                )
                assert alone or together, (teller.plot, beat.events, text[before:])

    monkeypatch.setattr(Beat, "run", audited)
    for index in range(800):
        make_story(index, SEED + 2)
    assert quoted["hero"] > 200
    assert quoted["friend"] > 200


@pytest.mark.parametrize("name", PATTERNS)
def test_grammar(name):
    for story in STORIES:
        match = re.search(PATTERNS[name], story.text)
        assert match is None, f"{match.group(0)!r} in {story.text}"


def test_form():
    for story in STORIES:
        text = story.text
        assert text == text.strip()
        assert text.count('"') % 2 == 0
        for paragraph in text.split("\n"):
            assert paragraph
            assert paragraph[0].isupper() or paragraph[0] == '"'
            assert paragraph[-1] in '.!?"'
            assert paragraph.count('"') % 2 == 0, paragraph
        assert 80 <= len(text.split()) <= 300
        assert 3 <= text.count("\n") + 1 <= 8


def test_neighbouring_sentences_begin_differently():
    """Three sentences in a row never begin with the same word; two do only now and then."""
    pairs = repeated = 0
    for story in STORIES:
        for paragraph in story.text.split("\n"):
            words = [sentence.split()[0].strip('"') for sentence in re.split(r'(?<=[.!?])"? ', paragraph)]
            pairs += len(words) - 1
            repeated += sum(first == second for first, second in itertools.pairwise(words))
    assert repeated / pairs < 0.06
