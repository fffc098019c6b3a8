"""Stories of StoryWorld with one changed fact, and where the first sentence begins that cannot be: for `reader_campaign.py`."""

import itertools
import random
import re
from collections.abc import Callable

from pocket_narrator.storyworld import StoryworldStory, make_story
from pocket_narrator.storyworld.chooser import Chooser
from pocket_narrator.storyworld.lexicon import characters, places, things
from pocket_narrator.storyworld.plot import Beat
from pocket_narrator.storyworld.plots import PLOTS
from pocket_narrator.storyworld.reader.sentences import Sentences
from pocket_narrator.storyworld.story import tell
from pocket_narrator.storyworld.telling.shared import FRAGMENTS
from pocket_narrator.storyworld.telling.teller import Slot, Teller

PRONOUNS = {"he": {"she": "he", "he": "she"}, "him": {"her": "him", "him": "her"}, "his": {"her": "his", "his": "her"}}
Changed = tuple[str, int]  # the text, and where the first sentence begins that cannot be


class Told:
    """A story, and where each of its beats stands: told once more, with an eye on the steps."""

    def __init__(self, index: int, seed: int) -> None:
        self.index, self.seed = index, seed
        self.story = make_story(index, seed)
        self.text = self.story.text
        self.plot = PLOTS[self.story.facts["plot"]]
        self.beats: list[tuple[int, int, Beat]] = []
        run, beats = Beat.run, self.beats

        def watched(beat: Beat, teller: Teller) -> None:
            before = teller.length
            run(beat, teller)
            if teller.length > before:
                beats.append((before, teller.length, beat))

        Beat.run = watched  # type: ignore[method-assign]
        try:
            tell(Chooser(seed, index))
        finally:
            Beat.run = run  # type: ignore[method-assign]

    def slots(self, forms: tuple[str, ...], kinds: tuple[str, ...]) -> list[Slot]:
        """Those that tell such a form of a role of such a kind, where the role has been told in this way before."""
        found, seen = [], set()
        for slot in self.story.slots:
            if slot.form in forms and self.plot.roles.get(slot.role, ("",))[0] in kinds:
                if slot.role in seen and slot.end > slot.begin:
                    found.append(slot)
                seen.add(slot.role)
        return found

    def with_slot(self, slot: Slot, words: str) -> Changed:
        """The text with other words in a slot."""
        if self.text[slot.begin].isupper():
            words = words[0].upper() + words[1:]
        return self.text[: slot.begin] + words + self.text[slot.end :], slot.begin


def change_name(told: Told, draw: random.Random) -> Changed | None:
    slots = [slot for slot in told.slots(("name",), ("hero", "friend")) if told.text[slot.begin].isupper()]
    if not slots:
        return None
    slot = draw.choice(slots)
    group = next(names for names in characters.NAMES.values() if told.text[slot.begin : slot.end] in names)
    return told.with_slot(slot, draw.choice([name for name in group if name not in told.text]))


def change_person(told: Told, draw: random.Random) -> Changed | None:
    """Another of the people of the story, in one place."""
    slots = told.slots(("name",), ("hero", "friend", "parent"))
    names = {slot.role: told.text[slot.begin : slot.end] for slot in slots}
    told_before = [
        slot
        for slot in slots
        if any(name in told.text[: slot.begin] for role, name in names.items() if role != slot.role)
    ]
    if not told_before:
        return None
    slot = draw.choice(told_before)
    others = [name for role, name in names.items() if role != slot.role and name in told.text[: slot.begin]]
    return told.with_slot(slot, draw.choice(others)) if others else None


def change_pronoun(told: Told, draw: random.Random) -> Changed | None:
    slots = told.slots(("he", "him", "his"), ("hero", "friend", "parent", "elder"))
    slots = [slot for slot in slots if told.text[slot.begin : slot.end].lower() in PRONOUNS[slot.form]]
    if not slots:
        return None
    slot = draw.choice(slots)
    return told.with_slot(slot, PRONOUNS[slot.form][told.text[slot.begin : slot.end].lower()])


def change_thing(told: Told, draw: random.Random) -> Changed | None:
    slots = told.slots(("the", "name"), ("thing",))
    if not slots:
        return None
    slot = draw.choice(slots)
    old = told.text[slot.begin : slot.end]
    thing = things.THINGS[old.split()[-1].lower()]
    others = [
        one.name
        for one in things.THINGS.values()
        if one.name not in told.text and one.number == thing.number and one.categories & thing.categories
    ]
    return told.with_slot(slot, old[: -len(thing.name)] + draw.choice(others)) if others else None


def change_place(told: Told, draw: random.Random) -> Changed | None:
    slots = told.slots(("at", "to", "name"), ("place",))
    if not slots:
        return None
    slot = draw.choice(slots)
    old = told.text[slot.begin : slot.end]
    every = {place for land in places.LANDS.values() for place in land.places}
    noun = next((name for _, name in every if old.endswith(name)), None)
    others = sorted({name for _, name in every if name.removeprefix("the ") not in told.text})
    return told.with_slot(slot, old[: -len(noun)] + draw.choice(others)) if noun else None


def change_color(told: Told, draw: random.Random) -> Changed | None:
    slots = told.slots(("a", "full"), ("thing",))
    slots = [slot for slot in slots if " " in told.text[slot.begin : slot.end]]
    if not slots:
        return None
    slot = draw.choice(slots)
    words = told.text[slot.begin : slot.end].split()
    kind = things.ADJECTIVES[things.THINGS[words[-1]].adjectives]
    if words[-2] not in kind:
        return None
    vowel = words[-2][0] in "aeiou"
    words[-2] = draw.choice([one for one in kind if one != words[-2] and (one[0] in "aeiou") == vowel] or ["old"])
    return told.with_slot(slot, " ".join(words))


def change_holder(told: Told, draw: random.Random) -> Changed | None:
    return _exchanged(told, draw, {"give", "lend", "present", "return-lost", "beg", "offer", "find", "leave-behind", "keep", "hold"})  # fmt: skip


def change_who_knows(told: Told, draw: random.Random) -> Changed | None:
    return _exchanged(told, draw, {"tell", "confess", "advise", "explain", "remember", "ask", "warn", "teach", "tell-news"})  # fmt: skip


def _exchanged(told: Told, draw: random.Random, events: set[str]) -> Changed | None:
    """The names of two people exchanged in the telling of such an event."""
    spans = [(begin, end) for begin, end, beat in told.beats if events & {name for name, _ in beat.events}]
    names = list(dict.fromkeys(told.text[s.begin : s.end] for s in told.slots(("name",), ("hero", "friend", "parent"))))
    for begin, end in draw.sample(spans, len(spans)):
        here = told.text[begin:end]
        both = [name for name in names if re.search(rf"\b{name}\b", here)]
        if len(both) == 2 and told.text[:begin].count(both[0]) and told.text[:begin].count(both[1]):
            other = dict(zip(both, reversed(both), strict=True))
            pattern = re.compile("|".join(rf"\b{name}\b" for name in both))
            first = pattern.search(here)
            assert first is not None
            return told.text[:begin] + pattern.sub(lambda match, other=other: other[match[0]], here) + told.text[
                end:
            ], begin + first.start()
    return None


class _Other(Chooser):
    """Replays a trace but for the decision of one site, and draws where the trace has nothing. Unlike `OtherwiseChooser` it takes
    the decisions of a site in their order, however far apart they are, so that the rest of a twin may be set behind the story."""

    __slots__ = ("_left", "_other")

    def __init__(self, story: StoryworldStory, seed: int, other: str) -> None:
        super().__init__(seed, 10**9)
        self._other = other
        self._left: dict[str, list[str]] = {}
        for site, option, _ in story.trace:
            self._left.setdefault(site, []).append(option)

    def choose(self, site, options, weights=None):
        position = super().choose(site, options, weights)
        left = self._left.get(site)
        if len(options) > 1 and left:
            option = left.pop(0)
            if site == self._other:
                position = next(k for k, one in enumerate(options) if one != option)
            elif option in options:
                position = list(options).index(option)
            self.trace[-1] = (site, options[position], self.trace[-1][2])
        return position


def change_trait(told: Told, draw: random.Random) -> Changed | None:
    site = next((site for site, _, _ in told.story.trace if re.match(rf"{told.plot.name} trait", site)), None)
    if site is None:
        return None
    twin = tell(_Other(told.story, told.seed, site))
    own = [{site for site, _, _ in one.trace if site.startswith(f"{told.plot.name}/")} for one in (told.story, twin)]
    at = [
        next((at for (site, _, _), at in zip(one.trace, one.decided_at, strict=True) if site in mine - other), None)
        for one, mine, other in ((told.story, own[0], own[1]), (twin, own[1], own[0]))
    ]
    if at[0] is None or at[1] is None:
        return None
    return told.text[: at[0]] + twin.text[at[1] :], at[0]


def change_order(told: Told, draw: random.Random) -> Changed | None:
    paragraphs = told.text.split("\n")
    if len(paragraphs) < 4:
        return None
    first = draw.randrange(1, len(paragraphs) - 2)
    changed = [*paragraphs[:first], paragraphs[first + 1], paragraphs[first], *paragraphs[first + 2 :]]
    return "\n".join(changed), len("\n".join(paragraphs[:first])) + 1


def leave_out(told: Told, draw: random.Random) -> Changed | None:
    steps = [step for step in told.plot.steps if isinstance(step, Beat)]
    whole = []
    for number, (begin, end, beat) in enumerate(told.beats[1:-1], 1):
        separator, after = told.text[begin : begin + 1], told.text[end : end + 1]
        if beat in steps and separator == " " and after == " " and beat.events != told.beats[number + 1][2].events:
            whole.append((begin, end))
    if not whole:
        return None
    begin, end = draw.choice(whole)
    return told.text[:begin] + told.text[end:], begin + 1


def tell_twice(told: Told, draw: random.Random) -> Changed | None:
    """A sentence, once more."""
    begin, end = draw.choice(_sentences(told.text)[1:-1])
    return f"{told.text[:end]} {told.text[begin:end]}{told.text[end:]}", end + 1


def tell_of_others(told: Told, draw: random.Random) -> Changed | None:
    """A sentence out of another story, behind one of this."""
    other = make_story(told.index + 10**6, told.seed).text
    from_, to = draw.choice(_sentences(other)[3:])
    _, end = draw.choice(_sentences(told.text)[1:-1])
    return f"{told.text[:end]} {other[from_:to]}{told.text[end:]}", end + 1


def exchange_sentences(told: Told, draw: random.Random) -> Changed | None:
    """Two sentences that follow each other in a paragraph."""
    spans = _sentences(told.text)
    pairs = [(a, b) for a, b in itertools.pairwise(spans[2:-1]) if told.text[a[1] : b[0]] == " "]
    if not pairs:
        return None
    (begin, end), (from_, to) = draw.choice(pairs)
    changed = f"{told.text[:begin]}{told.text[from_:to]} {told.text[begin:end]}{told.text[to:]}"
    return changed, begin


def _sentences(text: str) -> list[tuple[int, int]]:
    return Sentences(text).spans


def _feelings() -> dict[str, set[str]]:
    found = {}
    for name, fragment in FRAGMENTS.items():
        if name.startswith("feels_"):
            found[name] = {line.split("]")[-1] for line in fragment.lines if "{" not in line}
    return found


def change_feeling(told: Told, draw: random.Random) -> Changed | None:
    feelings = _feelings()
    decided = zip(told.story.trace, told.story.decided_at, strict=True)
    places_ = [(site, option.split("]")[-1], at) for (site, option, _), at in decided if site in feelings]
    if not places_:
        return None
    site, words, at = draw.choice(places_)
    begin = told.text.find(words, at)
    if begin < 0 or begin > at + 12:
        return None
    graded = {line.split("]")[-1] for name in feelings for line in FRAGMENTS[name].lines if line.startswith("[|very")}
    simple = sorted(
        one
        for other, those in feelings.items()
        for one in those - feelings[site]
        if other != site and one in graded and words in graded
    )
    return (told.text[:begin] + draw.choice(simple) + told.text[begin + len(words) :], begin) if simple else None


WAYS: dict[str, Callable[[Told, random.Random], Changed | None]] = {
    "another name": change_name,
    "another of its people": change_person,
    "another pronoun": change_pronoun,
    "another thing": change_thing,
    "another place": change_place,
    "another color": change_color,
    "another holder": change_holder,
    "another who knows": change_who_knows,
    "another trait's branch": change_trait,
    "two paragraphs exchanged": change_order,
    "an event left out": leave_out,
    "another feeling": change_feeling,
    "a sentence told twice": tell_twice,
    "a sentence of another story": tell_of_others,
    "two sentences exchanged": exchange_sentences,
}
