"""Casting: who plays a role is decided when the role is first told, so that no decision stays unseen.

A cast entity is a dictionary of grammatical forms (`name`, `he`, `his`, `the`, `a`, `at`, ...).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pocket_narrator.storyworld.chooser import Weights
from pocket_narrator.storyworld.lexicon import characters, clothes, places, skills, things
from pocket_narrator.storyworld.telling.shared import FRAGMENTS
from pocket_narrator.storyworld.telling.template import Choice

if TYPE_CHECKING:
    from pocket_narrator.storyworld.telling.teller import Teller

PRONOUNS = {
    "she": {"he": "she", "him": "her", "his": "her", "himself": "herself", "gender": "she", "child": "girl"},
    "he": {"he": "he", "him": "him", "his": "his", "himself": "himself", "gender": "he", "child": "boy"},
}
GENDERS = ("she", "he")
_CHILD_OR_ANIMAL = Weights((characters.CHILD_WEIGHT, 1 - characters.CHILD_WEIGHT))


def with_article(phrase: str) -> str:
    """`a` or `an` before a phrase, by sound as far as our lexicon needs it."""
    return f"an {phrase}" if phrase[0] in "aeiou" and not phrase.startswith(("uni", "use")) else f"a {phrase}"


_KIND_FORMS = {
    kind.name: {
        "kind": kind.name,
        "the": f"the {kind.name}",
        "ran": Choice(f"ran {kind.name}", kind.ran, tuple((word,) for word in kind.ran)),
    }
    for kind in characters.KINDS.values()
}


@cache
def _kinds(land: str | None, abilities: frozenset[str], without: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        kind.name
        for kind in characters.KINDS.values()
        if kind.name not in without | {"child"} and abilities <= kind.abilities and (land is None or land in kind.lands)
    )


class _Person(dict):
    """Forms of a character; what somebody wears is decided when it is first told, and stays: `garment` is told as `coat`,
    `clothes` as `red coat`, `a_clothes` as `a red coat`."""

    __slots__ = ("_teller",)

    def __init__(self, teller: Teller, forms: dict) -> None:
        super().__init__(forms)
        self._teller = teller

    def __missing__(self, form: str) -> str:
        assert form in ("garment", "clothes", "a_clothes"), f"a person has no form '{form}'"
        if form == "garment":
            self[form] = self._teller.pick("garment", clothes.GARMENTS)
        elif form == "clothes":
            color = self._teller.pick("garment color", clothes.COLORS)
            self[form] = f"{color} {self['garment']}"
        else:
            self[form] = with_article(self["clothes"])
        return self[form]


def _character(teller: Teller, part: str, kind: str, gender: str) -> dict:
    group = "child" if kind == "child" else "animal"
    site = f"{part} {group} {gender}"
    names = characters.NAMES[site]
    forms = {**_KIND_FORMS[kind], **PRONOUNS[gender], "group": group}
    if group == "child":
        forms["kind"] = forms["child"]
        forms["the"] = f"the {forms['child']}"
    forms["new"] = f"the new {forms['kind']}"
    forms["key"] = kind
    forms["name"] = teller.pick(f"name {site}", names)
    forms["who"] = forms["name"] if group == "child" else f"{forms['name']} the {kind}"
    return _Person(teller, forms)


def cast_hero(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """The hero: a child or an animal; with it the land is settled."""
    if words and words[0] in ("child", "animal"):
        group, abilities = words[0], frozenset(words[1:])
    else:
        group, abilities = None, frozenset(words)
    if group is None:
        group = ("child", "animal")[teller.choose("group", ("child", "animal"), _CHILD_OR_ANIMAL)]
    kind = "child"
    if group == "animal":
        kinds = _kinds(None, abilities, frozenset())
        kind = teller.pick("kind", kinds)
    gender = GENDERS[teller.choose("gender", GENDERS)]
    return _character(teller, "hero", kind, gender)


def cast_friend(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """Another character of the land."""
    hero = teller.cast["hero"]
    kind = "child"
    if hero["group"] == "animal":
        # Nobody is of the kind of another, an elder's included.
        taken = frozenset(forms["kind"].split()[-1] for forms in teller.cast.values() if "gender" in forms)
        kinds = _kinds(teller.cast["land"]["key"], frozenset(words), taken)
        kind = teller.pick("friend kind", kinds)
    gender = GENDERS[teller.choose("friend gender", GENDERS)]
    return _character(teller, "friend", kind, gender)


_PARENTS = {"Mom": "she", "Mama": "she", "Dad": "he", "Papa": "he"}


def cast_parent(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """Mother or father of the hero."""
    names = tuple(_PARENTS)
    name = names[teller.choose("parent", names)]
    gender = _PARENTS[name]
    kin = "mother" if gender == "she" else "father"
    return {**PRONOUNS[gender], "name": name, "key": kin, "kind": kin}


def cast_elder(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """Somebody old and wise."""
    hero = teller.cast["hero"]
    table = characters.CHILD_ELDERS if hero["group"] == "child" else characters.ANIMAL_ELDERS
    # A story with a second animal must not have an elder of its kind.
    other = teller.cast.get("friend")
    kinds = (hero["kind"], other["kind"] if other else "")
    elders = {name: he for name, he in table[teller.cast["land"]["key"]].items() if name.split()[-1] not in kinds}
    name = teller.pick("elder", tuple(elders))
    bare = name.removeprefix("the ")
    article = with_article(bare) if bare != name else name
    return {**PRONOUNS[elders[name]], "name": name, "key": name, "kind": bare, "a": article}


def cast_tiny(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """A tiny creature without a name; it is `it`."""
    kind = teller.pick("tiny", characters.TINY)
    return {"name": f"the {kind}", "key": kind, "kind": kind, "a": with_article(kind)}


def cast_land(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """The land, one that the hero's kind lives in, told by one of its phrases."""
    lands = characters.KINDS[teller.cast["hero"]["key"]].lands
    name = teller.pick(f"land {teller.cast['hero']['key']}", lands)
    return {"name": teller.pick(f"land phrase {name}", places.LANDS[name].phrases), "key": name}


def cast_place(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """A place of the land that no other role has."""
    land = places.LANDS[teller.cast["land"]["key"]]
    taken = [other["key"] for other in teller.cast.values() if isinstance(other, _PlaceForms)]
    free = [place for place in land.places if place[1] not in taken] if taken else land.places
    name = teller.pick(f"place {land.name}", [place[1] for place in free])
    return _PlaceForms(teller, next(place[0] for place in free if place[1] == name), name)


class _PlaceForms(dict):
    """Forms of a place: `name`, `at` and `to`; whichever is told first has an adjective."""

    def __init__(self, teller: Teller, preposition: str, name: str) -> None:
        super().__init__(key=name)
        self._teller = teller
        self._preposition = preposition

    def __missing__(self, form: str) -> str:
        name = self["key"]
        words = places.PLACE_ADJECTIVES
        adjective = self._teller.pick("adjective place", words)
        self.update(_place_forms(self._preposition, name))
        return _place_forms(self._preposition, f"the {adjective}{name.removeprefix('the')}")[form]


@cache
def _place_forms(preposition: str, name: str) -> dict[str, str]:
    return {"name": name, "at": f"{preposition} {name}", "to": f"to {name}"}


def cast_spot(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """A small spot where a thing can lie."""
    spot = teller.pick("spot", places.SPOTS)
    again = spot.replace(" an ", " the ").replace(" a ", " the ").replace(" two ", " the two ")
    return {"name": spot, "key": spot, "at": spot, "again": again}


class _ThingForms(dict):
    """Forms of a thing; its adjective is chosen when it is first told."""

    def __init__(self, teller: Teller, thing: things.Thing) -> None:
        super().__init__(_THING_FORMS[thing.name])
        self._teller = teller
        self._thing = thing

    def __missing__(self, form: str) -> str:
        assert form in ("a", "full"), f"a thing has no form '{form}'"
        thing = self._thing
        words = things.ADJECTIVES[thing.adjectives]
        adjective = self._teller.pick(f"adjective {thing.adjectives}", words)
        self["full"] = f"{adjective} {thing.name}"
        self["a"] = with_article(self["full"]) if thing.number == "s" else f"some {self['full']}"
        return self[form]


def _thing_forms(thing: things.Thing) -> dict[str, str]:
    plural = thing.number == "p"
    return {
        "name": thing.name,
        "key": thing.name,
        "the": f"the {thing.name}",
        "was": "were" if plural else "was",
        "smell": "smell" if plural else "smells",
        "this": "these" if plural else "this",
    }


_THING_FORMS = {thing.name: _thing_forms(thing) for thing in things.THINGS.values()}


@cache
def _thing_names(categories: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(thing.name for thing in things.THINGS.values() if thing.categories & set(categories))


def cast_thing(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """A thing of one of the categories in `words` that no other role is."""
    names = _thing_names(words)
    taken = [other["key"] for other in teller.cast.values() if isinstance(other, _ThingForms)]
    if taken:
        names = tuple(name for name in names if name not in taken)
    name = teller.pick(f"thing {' '.join(words)}", names)
    return _ThingForms(teller, things.THINGS[name])


def cast_skill(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """Something that can be learned."""
    group = teller.cast["hero"]["group"]
    options = skills.SKILLS_OF[group]
    return skills.SKILLS[teller.pick(f"skill {group}", options)]


def cast_list(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """One of the words given in the plot, and no animal of the hero's kind."""
    options = tuple(option for option in words[0].split("|") if option != teller.cast["hero"]["kind"])
    word = teller.pick(f"{teller.plot} {role}", options).replace("_", " ")
    bare = word.removeprefix("a ").removeprefix("an ")
    return {"name": word, "key": word, "a": with_article(word), "the": f"the {bare}"}


def cast_detail(teller: Teller, role: str, words: tuple[str, ...]) -> dict:
    """What a shared fragment tells; being a role, it is the same wherever it is told again."""
    text = teller.aside(FRAGMENTS[words[0]].told_about(()))
    return {"name": text, "key": text}


CASTERS = {
    "detail": cast_detail,
    "hero": cast_hero,
    "friend": cast_friend,
    "parent": cast_parent,
    "elder": cast_elder,
    "tiny": cast_tiny,
    "thing": cast_thing,
    "place": cast_place,
    "spot": cast_spot,
    "skill": cast_skill,
    "land": cast_land,
    "list": cast_list,
}


class Cast(dict):
    """role -> forms; a role is cast when it is first looked up."""

    __slots__ = ("_declared", "_teller")

    def __init__(self, teller: Teller, declared: dict[str, tuple[str, tuple[str, ...]]]) -> None:
        super().__init__(home={"name": "home", "key": "home", "at": "at home", "to": "home"})
        self._teller = teller
        self._declared = declared

    def __missing__(self, role: str) -> dict:
        kind, words = self._declared[role]
        forms = CASTERS[kind](self._teller, role, words)
        self[role] = forms
        self._teller.world.single["is", role] = forms["key"].replace(" ", "_")
        return forms
