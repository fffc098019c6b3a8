"""Statements of the world, and forms of roles, in words."""

from __future__ import annotations

from collections.abc import Mapping

from pocket_narrator.storyworld.reader.state import State
from pocket_narrator.storyworld.world import Statement

# predicate: what it is in words, and what not; {0}, {1} and {2} are what it is about
_WORDS = {
    "at": ("{0} is at {1}", "{0} is not at {1}"),
    "near": ("{0} is where {1} is", "{0} is not where {1} is"),
    "holds": ("{0} has {1}", "{0} does not have {1}"),
    "loose": ("nobody has {0}", "somebody has {0}"),
    "somewhere": ("{0} is somewhere", "{0} is gone"),
    "feels": ("{0} is {1}", "{0} is not {1}"),
    "trait": ("{0} is {1}", "{0} is not {1}"),
    "is": ("{0} is {1}", "{0} is not {1}"),
    "knows": ("{0} knows of {1}", "{0} does not know of {1}"),
    "owns": ("{0} owns {1}", "{0} does not own {1}"),
    "wants": ("{0} wants {1}", "{0} does not want {1}"),
    "can": ("{0} can {1}", "{0} cannot {1}"),
    "promised": ("{0} has promised {1}", "{0} has not promised {1}"),
    "asked": ("{0} has asked for {1}", "{0} has not asked for {1}"),
    "stuck": ("{0} is stuck", "{0} is not stuck"),
    "astray": ("{0} is lost", "{0} is not lost"),
    "apologized": ("{0} has apologized", "{0} has not apologized"),
}
KINDS = {"at": "place", "near": "place", "holds": "holder", "loose": "holder", "somewhere": "holder", "owns": "holder", "knows": "knowledge", "feels": "feeling", "trait": "trait"}  # fmt: skip


def names_in(state: State) -> dict[str, str]:
    """What each role that is cast is called."""
    found = {}
    for role, forms, now in state.cast:
        told = forms if now is None else now
        found[role] = told.get("name", role) if "gender" in told or "the" not in told else told["the"]
    return found


def in_words(statement: Statement, names: Mapping[str, str]) -> str:
    """`holds hero ball` as `Tom has the ball`; what has no words of its own as it stands."""
    about = [names.get(word, word.replace("-", " ")) for word in statement.key[1:]]
    if statement.predicate == "holds":
        about = [names.get(statement.value, statement.value), *about]
    elif statement.value:
        about.append(names.get(statement.value, statement.value.replace("-", " ").replace("_", " ")))
    if statement.predicate in _WORDS:
        text = _WORDS[statement.predicate][statement.negated]
        if text.count("{") <= len(about):
            return text.format(*about)
    return f"{'not ' if statement.negated else ''}{statement.predicate} ({', '.join(about)})"


def event_in_words(event: tuple[str, tuple[str, ...]], names: Mapping[str, str]) -> str:
    """`give hero toy friend` as `give (Tom, the ball, Anna)`."""
    name, arguments = event
    return f"{name} ({', '.join(names.get(one, one) for one in arguments)})"


def set_at(state: State, statement: Statement) -> tuple[int, int] | None:
    """The stretch of text with which what the statement is about came to be as it is; None where it was never told."""
    keys = [statement.key]
    if statement.predicate in ("near", "at"):
        keys += [("holder", statement.key[1])]
    if statement.predicate == "near":
        keys += [("at", statement.value), ("holder", statement.value)]
    later, found = state, None
    while later.before is not None and found is None:
        before = later.before
        if any(_value(later, key) != _value(before, key) for key in keys):
            found = (before.length, later.length)
        later = before
    return found


def _value(state: State, key: tuple[str, ...]) -> object:
    return state.single.get(key), key in state.relations
