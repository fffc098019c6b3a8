"""Statements about the world: what they mean, and what effects do."""

import pytest

from pocket_narrator.storyworld.events import EVENTS
from pocket_narrator.storyworld.world import World, statement, statements


def world_of(text: str) -> World:
    world = World()
    world.make(statements(text))
    return world


@pytest.mark.parametrize(
    ("facts", "question", "answer"),
    [
        ("at hero park", "at hero park", True),
        ("at hero park; at hero home", "at hero park", False),
        ("at hero park; at friend park", "near hero friend", True),
        ("at hero park; at friend home", "near hero friend", False),
        ("at hero park", "near hero friend", False),
        ("at hero park", "not near hero friend", True),
        ("holds hero ball", "holds hero ball", True),
        ("holds hero ball; holds friend ball", "holds hero ball", False),
        ("at hero park; holds hero ball", "at ball park", True),
        ("at hero park; holds hero ball; at friend park", "near friend ball", True),
        ("at hero park; holds hero ball; loose ball", "at ball park", True),
        ("at hero park; holds hero ball; loose ball; at hero home", "at ball park", True),
        ("at hero park; holds hero ball; loose ball; at hero home", "near hero ball", False),
        ("holds hero cake; not somewhere cake", "loose cake", True),
        ("feels hero sad; feels hero happy", "feels hero sad", False),
        ("stuck hero; not stuck hero", "stuck hero", False),
        ("knows hero secret", "knows hero secret", True),
        ("knows hero secret", "knows friend secret", False),
        ("trait hero brave", "not trait hero shy", True),
    ],
)
def test_truth(facts, question, answer):
    assert world_of(facts).holds(statement(question)) is answer


def test_roles_are_bound():
    needs, makes = EVENTS["give"].bind(("hero", "ball", "friend"))
    world = world_of("at hero park; at friend park; holds hero ball")
    assert all(world.holds(need) for need in needs)
    world.make(makes)
    assert world.holds(statement("holds friend ball"))
    assert not any(world.holds(need) for need in needs if need.predicate == "holds")


def test_giving_needs_company_and_the_thing():
    needs, _ = EVENTS["give"].bind(("hero", "ball", "friend"))
    assert not all(world_of("at hero park; at friend home; holds hero ball").holds(need) for need in needs)
    assert not all(world_of("at hero park; at friend park; holds friend ball").holds(need) for need in needs)


def test_there_are_enough_events():
    assert len(EVENTS) >= 60


def test_speech_needs_company():
    """Whatever may quote somebody talking to another needs both in one place."""
    alone = {"murmur", "shout"}
    for event in EVENTS.values():
        if event.speech and event.name not in alone:
            assert "near" in event.needs, event.name
