"""One story: a plot run in a new world by the decisions of one chooser."""

import difflib
import math
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from pocket_narrator.errors import CorpusError
from pocket_narrator.storyworld.chooser import Chooser, Decision
from pocket_narrator.storyworld.dials import DEFAULT, Dials
from pocket_narrator.storyworld.plot import Plot
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.telling.teller import Slot, Teller


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
        CorpusError: A plot that is held out is none, or no plot is left.

    Example:
        >>> make_story(3, seed=7).facts["plot"] == make_story(3, seed=7).facts["plot"]
        True
    """
    return tell(Chooser(seed, index), dials)


@cache
def plots_without(held_out: tuple[str, ...]) -> tuple[str, ...]:
    """The names of all plots but these. Raises CorpusError for a name that no plot has, and where no plot is left."""
    for name in held_out:
        if name not in PLOTS:
            nearest = difflib.get_close_matches(name, PLOTS, n=1, cutoff=0)
            raise CorpusError(
                f"there is no plot '{name}' to hold out",
                where="held_out_plots",
                expected=f"some of {', '.join(PLOTS)}",
                hint=f"the nearest is '{nearest[0]}'",
            )
    left = tuple(name for name in PLOTS if name not in held_out)
    if not left:
        raise CorpusError("every plot is held out", where="held_out_plots", hint="leave one to be told")
    return left


def tell(chooser: Chooser, dials: Dials = DEFAULT) -> StoryworldStory:
    """Tells the story that the chooser decides on."""
    names = plots_without(dials.held_out_plots)
    plot = PLOTS[names[chooser.choose("plot", names)]]
    teller = Teller(plot.name, plot.roles, chooser, dials)
    teller.world.make(plot.start)
    for step in plot.steps:
        step.run(teller)
    trace = tuple(chooser.trace)
    slots, decided_at = tuple(teller.slots), tuple(teller.decided_at)
    return StoryworldStory(teller.text(), trace, log2_of(trace), facts_of(teller, plot), decided_at, slots)


def log2_of(trace: tuple[Decision, ...]) -> float:
    """The base-2 logarithm of the probability of these decisions."""
    return math.fsum([math.log2(decision[2]) for decision in trace])


def facts_of(teller: Teller, plot: Plot) -> dict[str, Any]:
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
        "plot": plot.name,
        "moral": plot.moral,
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
