"""Both sides of an account sum to what they are parts of, and what is told goes under its name."""

import numpy as np
import pytest

from pocket_narrator.evaluation.ledger.accounts import ROWS, ideal_bits, paid_bits, rows_of_characters
from pocket_narrator.evaluation.ledger.groups import GROUPS, group_of_site, group_of_slot
from pocket_narrator.storyworld import make_chronicle, make_story

STORIES = [*(make_story(i, 5) for i in range(20)), make_chronicle(0, 5, 8)]


def row(name: str) -> int:
    return ROWS.index(name)


@pytest.mark.parametrize("story", STORIES)
def test_both_sides_sum_exactly(story) -> None:
    assert ideal_bits(story).sum() == pytest.approx(-story.log2_probability, rel=1e-12)
    ends = [*range(3, len(story.text), 3), len(story.text)]
    bits = np.random.default_rng(0).random(len(ends) + 1)
    assert paid_bits(story, ends, bits).sum() == pytest.approx(bits.sum(), rel=1e-12)


def test_nothing_is_booked_as_told_again_where_it_is_told_first() -> None:
    """A reader who pays only for the first slot of each role and group pays nothing under what is told again."""
    for story in STORIES:
        bits, told = np.zeros(len(story.text) + 1), set()
        for slot in sorted(story.slots, key=lambda slot: (slot.begin, -slot.end)):
            key = slot.role, group_of_slot(slot.role, slot.form)
            inside = any(o is not slot and slot.begin <= o.begin and o.end <= slot.end for o in story.slots)
            if key not in told and not inside and slot.end > slot.begin:
                bits[slot.end - 1] += 1
            told.add(key)
        paid = paid_bits(story, range(1, len(story.text) + 1), bits)
        assert bits.sum() > 5
        assert all(paid[number] == 0 for number, name in enumerate(ROWS) if name.endswith(", again"))


def test_a_name_is_told_once_and_then_again() -> None:
    for story in STORIES[:20]:
        rows = rows_of_characters(story)
        names = [s for s in story.slots if s.role == "hero" and s.form == "name"]
        first = min(s.begin for s in story.slots if s.role == "hero" and group_of_slot(s.role, s.form) == "people")
        for slot in names:
            told = "people" if slot.begin == first else "people, again"
            assert set(rows[slot.begin : slot.end]) == {row(told)}


@pytest.mark.parametrize(
    ("site", "group"),
    [
        ("name hero child she", "people"),
        ("friend kind", "people"),
        ("adjective place", "places"),
        ("adjective color", "things and facts"),
        ("thing toy", "things and facts"),
        ("plot", "plot and wording"),
        ("tell begin.2.1", "plot and wording"),
        ("hobby_a.3.1", "decoration"),
        ("garment color", "decoration"),
        ("new home", "places"),
        ("new petname", "people"),
        ("new fear", "things and facts"),
    ],
)
def test_sites_have_their_groups(site: str, group: str) -> None:
    assert group_of_site(site) == group
    assert group in GROUPS


@pytest.mark.parametrize(
    ("role", "form", "group"),
    [
        ("hero", "name", "people"),
        ("callback.who", "name", "people"),
        ("friend", "his", "pronouns"),
        ("place", "to", "places"),
        ("toy", "the", "things and facts"),
    ],
)
def test_slots_have_their_groups(role: str, form: str, group: str) -> None:
    assert group_of_slot(role, form) == group
