"""One story: a plot run in a new world by the decisions of one chooser."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from pocket_narrator.storyworld.chooser import Chooser, Decision
from pocket_narrator.storyworld.dials import DEFAULT, Dials
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.telling.teller import Slot, Teller

_PLOT_NAMES = tuple(PLOTS)


class Recall(NamedTuple):
    """A stretch `text[begin:end]` that only a reader who remembers can foresee: it follows from what was told before.

    `kind` says of what nature the answer is (`who`, `what`, `where`, `fears`, ...); `decision` is the index in the trace
    of the decision that settled it; `last_told` is the character offset behind the last place before `begin` that told it;
    `options` is how many answers are equally likely to a reader who does not remember.
    """

    kind: str
    begin: int
    end: int
    decision: int
    last_told: int
    options: int


@dataclass(frozen=True, slots=True)
class StoryworldStory:
    """A told story and everything that is known about it.

    `text` has paragraphs separated by one newline. `trace` holds every random decision as (site, option,
    probability); `log2_probability` is the sum of the base-2 logarithms of these probabilities.
    `decided_at[k]` is how many characters of the text were written when decision k was taken: what it decides is told
    from there on. `slots` are the stretches of the text that tell a form of a role.
    `facts` is the world at the end, as plain JSON-able values. `recalls` are the stretches that a reader has to remember,
    in a chronicle; a short story has none.
    """

    text: str
    trace: tuple[Decision, ...]
    log2_probability: float
    facts: dict[str, Any]
    decided_at: tuple[int, ...]
    slots: tuple[Slot, ...]
    recalls: tuple[Recall, ...] = ()


def make_story(index: int, seed: int, dials: Dials = DEFAULT) -> StoryworldStory:
    """A story of the embedded corpus: a pure function of its index, seed and dials, on every platform.

    Args:
        index: Its number in the corpus, from 0.
        seed: The corpus's, `corpus.seed` of a recipe.
        dials: The world's settings, `corpus.world` of a recipe.

    Returns:
        `text`; `facts`, the world at the end; `log2_probability`, minus the bits that it took to decide; `trace`, the decisions.

    Raises:
        Nothing.

    Example:
        >>> make_story(3, seed=7).facts["plot"] == make_story(3, seed=7).facts["plot"]
        True
    """
    return tell(Chooser(seed, index), dials)


def tell(chooser: Chooser, dials: Dials = DEFAULT) -> StoryworldStory:
    """Tells the story that the chooser decides on."""
    plot = PLOTS[_PLOT_NAMES[chooser.choose("plot", _PLOT_NAMES)]]
    teller = Teller(plot.name, plot.roles, chooser, dials)
    teller.world.make(plot.start)
    for step in plot.steps:
        step.run(teller)
    trace = tuple(chooser.trace)
    log2_probability = math.fsum([math.log2(decision[2]) for decision in trace])
    return StoryworldStory(
        teller.text(),
        trace,
        log2_probability,
        _facts(teller, plot.moral),
        tuple(teller.decided_at),
        tuple(teller.slots),
    )


def _facts(teller: Teller, moral: str) -> dict[str, Any]:
    """Who is who, who is where, who holds and feels what, and what else is true, with names for roles."""
    cast, world = teller.cast, teller.world
    names = {role: forms["name"] for role, forms in cast.items()}
    characters = {
        forms["name"]: {"kind": forms["kind"]} for forms in cast.values() if "kind" in forms
    }  # things, places and skills have no kind
    for forms in cast.values():
        if (wears := forms.get("clothes") or forms.get("garment")) is not None:
            characters[forms["name"]]["wears"] = wears
    for (predicate, role), value in world.single.items():
        name = names.get(role)
        if name in characters and predicate in ("at", "feels", "trait"):
            characters[name][predicate] = names.get(value, value)
    return {
        "plot": teller.plot,
        "moral": moral,
        "characters": characters,
        "holders": {
            names[key[1]]: names.get(holder, holder)
            for key, holder in world.single.items()
            if key[0] == "holder" and key[1] in names
        },
        "places": {
            names[key[1]]: names.get(place, place)
            for key, place in world.single.items()
            if key[0] == "at" and key[1] in names and names[key[1]] not in characters
        },
        "relations": sorted(
            [relation[0], *(names.get(word, word) for word in relation[1:])] for relation in world.relations
        ),
    }
