"""Kinds of what a story sets up, by the sites of its decisions."""

from functools import cache

from pocket_narrator.storyworld.plot import Pick
from pocket_narrator.storyworld.plots import PLOTS

# The begin of a site, and the kind of what is decided there. Whatever is not here is decoration, or changes the whole story.
_SITES = (
    ("name hero", "who: hero"),
    ("name friend", "who: friend"),
    ("elder", "who: elder"),
    ("parent", "who: parent"),
    ("thing", "what: thing"),
    ("place", "where: place"),
    ("spot", "where: spot"),
    ("skill", "knows: skill"),
)
_ROLES = {"tool": "what: tool", "advice": "knows: advice", "danger": "knows: danger", "talent": "knows: talent"}
_OTHER = "what: other"  # prizes, seeds, presents: words that one plot alone has
NEXT, LATER = "trait: the branch in the same or the next paragraph", "trait: the branch two paragraphs later, or more"


def kind_of(site: str, paragraphs: int = 0) -> str | None:
    """Of a decision at `site` whose pay-off comes so many paragraphs after its set-up. None: it is not asked about."""
    if site in _traits():
        return NEXT if paragraphs < 2 else LATER
    listed = _listed().get(site)
    return listed or next((kind for begin, kind in _SITES if site == begin or site.startswith(f"{begin} ")), None)


@cache
def _traits() -> frozenset[str]:
    return frozenset(step.site for plot in PLOTS.values() for step in plot.steps if isinstance(step, Pick))


@cache
def _listed() -> dict[str, str]:
    """The sites of roles that a plot gives the words for."""
    return {
        f"{plot.name} {role}": _ROLES.get(role, _OTHER)
        for plot in PLOTS.values()
        for role, (caster, _) in plot.roles.items()
        if caster == "list"
    }


_PEOPLE = ("name-of-trade", "debtor", "creditor", "quarreled")
_TRAITS = ("trait", "fears", "overcame", "can", "likes", "dreams")
_PROMISES = ("promised", "owes")


def kind_of_recall(name: str) -> str:
    """Of what a chronicle calls by this name: by the nature of the answer, and the name."""
    if name.startswith("whose"):
        first = "whose"
    elif "where" in name:
        first = "where"
    elif name.startswith("who") or name.endswith(("-by", "-to", "-with")) or name in _PEOPLE:
        first = "who"
    else:
        first = (
            "trait" if name in _TRAITS else "promised" if name in _PROMISES else "knows" if name == "knows" else "what"
        )
    return f"{first}: {name.replace('-', ' ')}"
