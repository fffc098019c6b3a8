"""Both sides of an account sum to what they are parts of, and what is told goes under its name."""

import math

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


def test_who_pays_what_was_decided_where_it_is_told_is_at_the_floor_in_every_group() -> None:
    """A reader who pays each decision about words at its first character, and all others where they are first told, has nothing
    booked under what is told again."""
    for story in STORIES:
        rows = rows_of_characters(story)
        bits = np.zeros(len(story.text) + 1)
        for (site, _, probability), at in zip(story.trace, story.decided_at, strict=True):
            if group_of_site(site) in ("plot and wording", "decoration"):
                bits[min(at, len(story.text))] -= math.log2(probability)
        paid = paid_bits(story, range(1, len(story.text) + 1), bits)
        assert set(np.unique(rows)) <= set(range(len(ROWS)))
        assert paid[row("plot and wording")] + paid[row("decoration")] + paid[row("the end")] > 0.6 * bits.sum()


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
