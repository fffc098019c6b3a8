"""Reads shared wordings: `fragment name roles` and `telling event`, each with one indented wording a line.

`decoration name roles` is a fragment that may be left out wherever it stands (see `dials.py`).
"""

from pocket_narrator.storyworld.events import EVENTS
from pocket_narrator.storyworld.telling.template import Fragment
from pocket_narrator.storyworld.telling.wordings import details, feelings, phrases, tellings


def read_shared(sources: tuple[tuple[str, bool], ...]) -> tuple[dict[str, Fragment], dict[str, Fragment]]:
    """The tellings by event, and the fragments by name, of sources and whether they are lists of words."""
    told: dict[str, Fragment] = {}
    fragments: dict[str, Fragment] = {}
    for source, lexical in sources:
        head, wordings = "", []
        for line in [*source.splitlines(), "end"]:
            if line.startswith(" "):
                wordings.append(line.removeprefix("    "))  # a space beyond the indent is text
            elif line.strip() and not line.startswith("#"):
                if head:
                    _add(head, wordings, told, fragments, lexical)
                head, wordings = line, []
    for fragment in [*told.values(), *fragments.values()]:
        fragment.fragments = fragments
    return told, fragments


def _add(
    head: str, wordings: list[str], told: dict[str, Fragment], fragments: dict[str, Fragment], lexical: bool
) -> None:
    keyword, name, *roles = head.split()
    assert keyword in ("telling", "fragment", "decoration"), f"not a telling or a fragment: {head}"
    assert wordings, f"no wordings: {head}"
    if keyword == "telling":
        assert not roles, f"a telling has the roles of its event: {head}"
        event = EVENTS[name]
        assert event.speech or not any('"' in wording for wording in wordings), f"who speaks in: {head}"
        told[name] = Fragment(f"tell {name}", event.roles, wordings)
    else:
        assert name not in fragments, f"two fragments are called {name}"
        fragments[name] = Fragment(name, tuple(roles), wordings, lexical)
        fragments[name].decorates = keyword == "decoration"


TELLINGS, FRAGMENTS = read_shared(
    ((tellings.TELLINGS, False), (phrases.PHRASES, False), (details.DETAILS, True), (feelings.FEELINGS, False))
)
