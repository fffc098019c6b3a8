"""A small template language, compiled once at import into tuples of text and callables.

    [One day|Later], {hero} gave {the:toy} to {friend}. {He:hero} was {feels:hero}.

- `[a|b|c]` is a choice between equally likely texts; it may be nested, and an alternative may be empty.
- `{hero}` is the name of the role, `{the:toy}` one of its grammatical forms (see `casting.py`);
  a capital first letter (`{The:toy}`, `{Toy}`) capitalizes the result.
- `{he:hero}`, `{him:hero}` and `{his:hero}` tell a pronoun, or the name where a reader would be in doubt (see `people.py`).
- `{where:hero}` is where the hero is now, as `in the park`.
- `{feels:hero}` and its like (`DYNAMIC`) read the world: a shared fragment called `feels_sad` is told
  when the hero is sad, so that a template cannot claim a feeling that is not there.
- `{one_day}` and `{hugs hero friend}` tell a shared fragment, the second with roles as arguments.
- `<, past {passed_animals}>` is decoration: it may be left out (see `dials.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pocket_narrator.storyworld.chooser import Weights
from pocket_narrator.storyworld.telling.people import PRONOUNS, only_of_its_kind

if TYPE_CHECKING:
    from pocket_narrator.storyworld.telling.teller import Teller

# The end of a sentence just before a position: what follows is capitalized.
# After `?" ` or `!" ` it is not known whether the sentence goes on (`"Why?" she asked`): write capitals there.
_SENTENCE_END = re.compile(r'([.!?] |\." )"?$')
# Slots that are told by the value of a single-valued predicate: {feels:hero} tells fragment feels_<feeling>.
DYNAMIC = {"feels": "feels", "shows": "feels", "trait": "trait", "habit": "trait"}


def render(body: str | tuple, teller: Teller) -> None:
    """Tells a plain text or compiled parts."""
    if body.__class__ is str:
        teller.write(body)  # type: ignore[arg-type]
        return
    for part in body:
        if part.__class__ is str:
            teller.write(part)
        else:
            part(teller)  # type: ignore[operator]


class Choice:
    """A decision between wordings; each body is a plain text or compiled parts."""

    __slots__ = ("bodies", "lexical", "openers", "options", "site", "weights")

    def __init__(
        self, site: str, options: tuple[str, ...], bodies: tuple[tuple, ...], weights: Weights | None = None
    ) -> None:
        assert len(set(options)) == len(options), f"{site}: the same wording twice"
        self.site = site
        self.options = options
        self.bodies = tuple(body[0] if len(body) == 1 and isinstance(body[0], str) else body for body in bodies)
        self.weights = weights
        self.lexical = False  # of words that a smaller lexicon has fewer of
        # For whole wordings: the words that begin the first and the last sentence of each (see `openers`).
        self.openers: list[tuple[frozenset[str], frozenset[str]]] = []

    def __call__(self, teller: Teller) -> None:
        options = teller.dials.words(self.options) if self.lexical else self.options
        render(self.bodies[teller.choose(self.site, options, self.weights)], teller)


class Decoration:
    """A part that is told with the probability that the story's dials give."""

    __slots__ = ("part", "site")

    def __init__(self, site: str, part: tuple) -> None:
        self.site = site
        self.part = part

    def __call__(self, teller: Teller) -> None:
        if teller.happens(self.site, teller.dials.decoration):
            render(self.part, teller)


class Compiler:
    """Compiles templates of one plot or shared telling: knows its roles and where fragments are found."""

    def __init__(self, roles: Mapping[str, str], fragments: Mapping[str, Fragment], lexical: bool = False) -> None:
        self.roles = roles
        self.fragments = fragments
        self.lexical = lexical

    def wordings(self, site: str, lines: list[str]) -> Choice:
        """A choice between whole wordings, one a line; `-` tells nothing."""
        bodies = []
        for number, line in enumerate(lines):
            bodies.append(self.compile("" if line == "-" else line, f"{site}.{number + 1}"))
        choice = self._choose(site, tuple(lines), tuple(bodies))
        choice.openers = [openers(line, self.roles) for line in lines]
        return choice

    def _choose(self, site: str, options: tuple[str, ...], bodies: tuple[tuple, ...]) -> Choice:
        choice = Choice(site, options, bodies)
        choice.lexical = self.lexical
        return choice

    def compile(self, source: str, site: str) -> tuple:
        """Compiles one template."""
        counter = [0]
        parts, end = self._sequence(source, 0, site, counter, "")
        assert end == len(source), f"{site}: unbalanced brackets in: {source}"
        return parts

    def _sequence(self, source: str, start: int, site: str, counter: list[int], stops: str) -> tuple[tuple, int]:
        parts: list = []
        position = start
        while position < len(source):
            character = source[position]
            begins_sentence = _SENTENCE_END.search(source, 0, position) is not None
            if character == "[":
                part, position = self._choice(source, position + 1, site, counter)
                parts.append(_capital(part) if begins_sentence else part)
            elif character == "{":
                end = source.index("}", position)
                slot = self._slot(source[position + 1 : end], f"{site}: {source}")
                parts.append(_capital(slot) if begins_sentence else slot)
                position = end + 1
            elif character == "<":
                counter[0] += 1
                own_site = f"{site}.{counter[0]} told"
                inner, end = self._sequence(source, position + 1, site, counter, ">")
                assert end < len(source), f"{site}: '<' without '>' in: {source}"
                parts.append(Decoration(own_site, inner))
                position = end + 1
            elif character in "|]>":
                assert character in stops, f"{site}: stray '{character}' in: {source}"
                break
            else:
                end = position
                while end < len(source) and source[end] not in "[{|]<>":
                    end += 1
                parts.append(source[position:end])
                position = end
        return tuple(parts) or ("",), position

    def _choice(self, source: str, start: int, site: str, counter: list[int]) -> tuple[Choice, int]:
        counter[0] += 1
        own_site = f"{site}.{counter[0]}"
        options, bodies = [], []
        position = start
        while True:
            parts, end = self._sequence(source, position, site, counter, "|]")
            assert end < len(source), f"{site}: '[' without ']' in: {source}"
            options.append(source[position:end])
            bodies.append(parts)
            position = end + 1
            if source[end] == "]":
                assert len(options) > 1, f"{site}: only one alternative in: {source}"
                return self._choose(own_site, tuple(options), tuple(bodies)), position

    def _slot(self, content: str, where: str) -> Callable[[Teller], None]:
        upper = content[0].isupper()
        content = content[0].lower() + content[1:]
        if " " in content or content in self.fragments:
            name, *arguments = content.split()
            assert name in self.fragments, f"unknown fragment '{name}' in {where}"
            fragment = self.fragments[name]
            told = fragment.told_about(tuple(self._role(role, where) for role in arguments))
            if fragment.decorates:
                told = Decoration(f"{name} told", (told,))
        elif ":" in content:
            form, role = content.split(":")
            role = self._role(role, where)
            if form in DYNAMIC:
                told = self._dynamic(form, role)
            elif form == "where":
                told = _where(role)
            elif form == "ran":
                told = _ran(role)
            elif form in PRONOUNS:
                told = _pronoun(role, form)
            elif form == "the":
                told = _the(role)
            else:
                told = _form(role, form)
        else:
            told = _form(self._role(content, where), "name")
        return _capital(told) if upper else told

    def _role(self, name: str, where: str) -> str:
        assert name in self.roles, f"unknown role '{name}' in {where}"
        return self.roles[name]

    def _dynamic(self, form: str, role: str) -> Callable[[Teller], None]:
        prefix = f"{form}_"
        key = (DYNAMIC[form], role)
        fragments = {name[len(prefix) :]: part for name, part in self.fragments.items() if name.startswith(prefix)}
        compiled: dict[str, Callable] = {}

        def tell(teller: Teller) -> None:
            value = teller.world.single[key]
            if value not in compiled:
                fragment = fragments[value]
                compiled[value] = fragment.told_about((role,) if fragment.parameters else ())
            compiled[value](teller)

        return tell


class Fragment:
    """A shared piece of text: wordings with parameters, compiled once for each binding of roles."""

    def __init__(self, name: str, parameters: tuple[str, ...], lines: list[str], lexical: bool = False) -> None:
        self.name = name
        self.parameters = parameters
        self.lines = lines
        self.lexical = lexical
        self.decorates = False
        self.fragments: Mapping[str, Fragment] = {}
        self._compiled: dict[tuple[str, ...], Choice] = {}

    def told_about(self, roles: tuple[str, ...]) -> Choice:
        """The fragment about the given roles. All bindings share their sites."""
        if roles not in self._compiled:
            assert len(roles) == len(self.parameters), f"{self.name} is about {self.parameters}, not {roles}"
            binding = dict(zip(self.parameters, roles, strict=True)) | ALWAYS_THERE
            self._compiled[roles] = Compiler(binding, self.fragments, self.lexical).wordings(self.name, self.lines)
        return self._compiled[roles]


# Roles that every story has without declaring them.
ALWAYS_THERE = {"land": "land", "home": "home"}


def _form(role: str, form: str) -> Callable[[Teller], None]:
    def tell(teller: Teller) -> None:
        teller.write_form(role, form, teller.cast[role][form])

    return tell


def _pronoun(role: str, form: str) -> Callable[[Teller], None]:
    def tell(teller: Teller) -> None:
        forms = teller.cast[role]
        teller.catch_up()
        people = teller.people
        told = form if people.means(form, forms["gender"]) == role else people.instead(role, teller.cast)
        teller.write_form(role, told, forms[told])
        if told != form and form == "his":
            teller.write("'s")

    return tell


def _the(role: str) -> Callable[[Teller], None]:
    def tell(teller: Teller) -> None:
        forms = teller.cast[role]
        form = "name" if "gender" in forms and not only_of_its_kind(role, teller.cast) else "the"
        teller.write_form(role, form, forms[form])

    return tell


def _where(role: str) -> Callable[[Teller], None]:
    def tell(teller: Teller) -> None:
        place = teller.world.place_of(role)
        assert place is not None, f"{role} is nowhere"
        teller.write_form(place, "at", teller.cast[place]["at"])

    return tell


def _ran(role: str) -> Callable[[Teller], None]:
    def tell(teller: Teller) -> None:
        choice: Choice = teller.cast[role]["ran"]
        choice(teller)

    return tell


def _capital(told: Callable[[Teller], None]) -> Callable[[Teller], None]:
    def tell(teller: Teller) -> None:
        teller.write_capitalized(told)

    return tell


def openers(source: str, roles: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """First words of the first and of the last sentence of a wording; slots count as words, by their roles.

    A sentence that begins with a choice has several. Used to keep two neighbours from beginning alike.
    """
    if source == "-":
        return frozenset(), frozenset()
    source = source.replace("<", "").replace(">", "")
    depth = 0
    last = 0
    for position, character in enumerate(source):
        depth += (character in "[{") - (character in "]}")
        if depth == 0 and position and character == " " and re.search(r'[.!?]"?$', source[:position]):
            last = position + 1
    return frozenset(_first_words(source, roles)), frozenset(_first_words(source[last:], roles))


def _first_words(source: str, roles: Mapping[str, str]) -> set[str]:
    source = source.lstrip('"')
    if source.startswith("["):
        depth, start, words = 0, 1, set()
        for position, character in enumerate(source):
            depth += (character == "[") - (character == "]")
            if (character == "|" and depth == 1) or depth == 0:
                rest = source[source.index("]") + 1 :].lstrip()
                words |= _first_words(source[start:position] or rest, roles)
                start = position + 1
            if depth == 0:
                break
        return words
    if source.startswith("{"):
        form, _, role = source[1 : source.index("}")].lower().rpartition(":")
        return {f"{form}:{roles.get(role, role)}"}
    word = re.match(r"[A-Za-z]*", source)
    return {word.group(0).lower()} if word else set()
