"""What is told, in a few groups: the decisions of StoryWorld by their sites, the stretches of a text by role and form.

The same words stand for both, so that what a model pays for telling names stands beside what deciding them cost.
"""

import re
from functools import cache

from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.telling.wordings import details

PEOPLE, PRONOUNS, THINGS, PLACES = "people", "pronouns", "things and facts", "places"
TRAITS, FEELINGS, DECORATION, WORDING, END = "traits", "feelings", "decoration", "plot and wording", "the end"
GROUPS = (PEOPLE, PRONOUNS, THINGS, PLACES, TRAITS, FEELINGS, DECORATION, WORDING, END)

_PERSONS = {"hero", "friend", "parent", "elder", "tiny", "who", "other", "child", "grown"}
_PLACES = {"place", "other_place", "land", "spot", "home", "house", "village"}
_DETAILS = set(re.findall(r"^fragment (\w+)", details.DETAILS, re.MULTILINE))
_OF_FORM = {
    **dict.fromkeys(("he", "him", "his", "himself", "own"), PRONOUNS),
    **dict.fromkeys(("at", "to", "again"), PLACES),
    **dict.fromkeys(("clothes", "a_clothes", "garment"), DECORATION),
    **dict.fromkeys(("trait", "habit"), TRAITS),
    **dict.fromkeys(("feels", "shows"), FEELINGS),
}
_OF_FIRST_WORD = {
    **dict.fromkeys(("name", "kind", "gender", "group", "friend", "parent", "elder", "tiny", "who", "hero"), PEOPLE),
    **dict.fromkeys(("thing", "skill"), THINGS),
    **dict.fromkeys(("place", "land", "spot", "village"), PLACES),
    "garment": DECORATION,
}
_OF_NEW = {"petname": PEOPLE, "home": PLACES}  # what a chronicle adds to its world


@cache
def group_of_site(site: str) -> str:
    """Of a decision. Sites are those of `Chooser.choose`: `name hero child she`, `key_and_box/3 find`, `hobby_a`, ..."""
    bare = re.sub(r"\.[\d.]+$", "", site)  # without the number of a choice within a wording
    first, _, rest = bare.partition(" ")
    if first == "adjective":
        return PLACES if rest == "place" else THINGS
    if first == "new":
        return _OF_NEW.get(rest, THINGS)
    if rest.startswith("trait "):
        return TRAITS
    if first in _DETAILS:
        return DECORATION
    if first in PLOTS and rest and not re.search(r"\d", rest):
        return THINGS  # one of the words that a plot lists for a role
    return _OF_FIRST_WORD.get(first, WORDING)


@cache
def group_of_slot(role: str, form: str) -> str:
    """Of a stretch of text that tells a form of a role."""
    if form in _OF_FORM:
        return _OF_FORM[form]
    role = role.rpartition(".")[2]
    if role in _PERSONS:
        return PEOPLE  # by name, by kind or both
    return PLACES if role in _PLACES else THINGS
