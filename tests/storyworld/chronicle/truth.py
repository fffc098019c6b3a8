"""A second opinion on chronicles: follows the events with rules of its own, and reads sentences of the text by pattern.

Knows nothing of `World`, of preconditions and of templates' slots.
"""

import re
from collections import defaultdict

from pocket_narrator.storyworld.chronicle.values import FORMS

# Sentences that claim something, and which claim: names in the order of the groups.
CLAIMS = {
    "fears": r"(?P<who>\w+) still slept with a stick beside the bed, for fear of (?P<what>[\w ]+)\.",
    "fears ": r'afraid of (?P<what>[\w ]+)\?" asked a stranger\. "Only (?P<who>\w+),"',
    "fears  ": r"the child who was afraid of (?P<what>[\w ]+)\? That was (?P<who>\w+)\.",
    "lives": r"A lamp was burning (?P<what>[\w ]+), where (?P<who>\w+) lived\.",
    "lives ": r'"Who lives (?P<what>[\w ]+)\?" asked a traveler\. "(?P<who>\w+),"',
    "can": r'"Somebody here can (?P<what>[\w ]+)," a man told his wife\. It was (?P<who>\w+),',
    "can ": r"There was only one child who could (?P<what>[\w ]+)\. You know that it was (?P<who>\w+)\.",
    "owns": r'"Whose is the (?P<what>[\w ]+)\?" a new child asked\. It was (?P<who>\w+)\'s\.',
    "owns ": r"The (?P<what>[\w ]+) was where it belonged\. It was with (?P<who>\w+)\.",
    "hidden": r"(?P<who>\w+) thought of the [\w ]+ and smiled\. It still lay (?P<what>[\w ]+)\.",
    "pet": r'Whose \w+ is that\?" asked a stranger\. "It\'s (?P<who>\w+)\'s, and its name is (?P<what>\w+)\.',
    "nickname": r'"(?P<what>\w+)!" a voice called\. It was \w+, and the one who turned around was (?P<who>\w+)\.',
    "dreams": r'"One of you wants to be (?P<what>[\w ]+)," said the teacher\. (?P<who>\w+) stood up\.',
    "away": r"A chair stayed empty, for (?P<who>\w+) was still (?P<what>[\w ]+)\.",
    "broke": r"People walked past (?P<what>[\w ]+), which was still broken, and shook their heads at (?P<who>\w+)\.",
    "trade": r'"Ask (?P<what>the \w+)," somebody said\. And (?P<who>M\w+\. \w+) was asked',
}
OPENED_AND_CLOSED = {
    "vow": "make-good", "borrow": "pay", "sow": "reap", "fall-out": "make-up", "confide": "use-secret",
    "lend-out": "give-back", "hide": "unearth", "damage": "repair", "leave-village": "come-home", "fear": "overcome",
}  # fmt: skip
NOT_THERE = {"get-letter", "come-home", "leave-village"}  # somebody who is away may have to do with these


class Truth:
    """What is so after some events; `problems` is what cannot be."""

    def __init__(self, people: dict[str, dict[str, str]]) -> None:
        self.names = {key: one["name"] for key, one in people.items()}
        self.problems: list[str] = []
        self.owner: dict[str, str] = {}
        self.place: dict[str, str] = {}  # of things: a person who holds it, or where it lies
        self.open: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self.met: set[str] = set()
        self.away: set[str] = set()
        self.known: dict[str, set[tuple[str, str]]] = defaultdict(set)  # claim: (name, what is told)

    def follow(self, event: list) -> None:
        """One event: chapter, name, who and what."""
        _, name, *words = event
        people = [word for word in words if word in self.names]
        if name in ("settle", "take-up"):
            self.met.add(words[0])
        self._expect(set(people) <= self.met, event, "somebody who has not been met")
        self._expect(name in NOT_THERE or not set(people) & self.away, event, "somebody who is away")
        if name in OPENED_AND_CLOSED:
            self._expect(all(words[0] != other[0] for other in self.open[name]), event, "a second one")
            self.open[name].add(tuple(words))
        for begun, ended in OPENED_AND_CLOSED.items():
            if name == ended:
                order = (2, 1, 0) if name == "give-back" else range(len(words))
                key = tuple(words[n] for n in order)
                self._expect(key in self.open[begun], event, "never begun")
                self.open[begun].discard(key)
        act = getattr(self, f"_{name.replace('-', '_')}", None)
        if act is not None:
            act(event, *words)

    def _expect(self, holds: bool, event: list, why: str) -> None:
        if not holds:
            self.problems.append(f"{event}: {why}")

    def _know(self, claim: str, who: str, value: str, form: str = "name") -> None:
        self.known[claim].add((self.names[who], FORMS[value][form]))

    def _forget(self, claim: str, who: str, value: str, form: str = "name") -> None:
        self.known[claim].discard((self.names[who], FORMS[value][form]))

    def _settle(self, event: list, who: str, home: str) -> None:
        self._know("lives", who, home, "at")

    def _take_up(self, event: list, who: str, trade: str) -> None:
        self._know("trade", who, trade)

    def _fear(self, event: list, who: str, fear: str) -> None:
        self._know("fears", who, fear)

    def _overcome(self, event: list, who: str, fear: str) -> None:
        self._forget("fears", who, fear)

    def _dream_of(self, event: list, who: str, dream: str) -> None:
        self._know("dreams", who, dream)

    def _call_by(self, event: list, who: str, nick: str, other: str) -> None:
        self._know("nickname", who, nick)

    def _get_pet(self, event: list, who: str, animal: str, petname: str) -> None:
        self._know("pet", who, petname)
        self.open["pets"].add((who, animal, petname))

    def _find_pet(self, event: list, *words: str) -> None:
        self._expect(words in self.open["pets"], event, "another animal")

    _follow_pet = _miss_pet = _find_pet

    def _learn_from(self, event: list, who: str, skill: str, teacher: str) -> None:
        self._know("can", who, skill)
        self.open["able"].add((who, skill, teacher))

    def _use_skill(self, event: list, *words: str) -> None:
        self._expect(words in self.open["able"], event, "was not taught it by them")

    def _damage(self, event: list, who: str, thing: str) -> None:
        self._know("broke", who, thing)

    def _repair(self, event: list, who: str, thing: str) -> None:
        self._forget("broke", who, thing)

    def _leave_village(self, event: list, who: str, far: str) -> None:
        self.away.add(who)
        self._know("away", who, far, "in")

    def _come_home(self, event: list, who: str, far: str) -> None:
        self._expect(who in self.away, event, "was here")
        self.away.discard(who)
        self._forget("away", who, far, "in")

    def _receive(self, event: list, who: str, thing: str) -> None:
        self._expect(thing not in self.owner, event, "is somebody's")
        self._own(who, thing)
        self.place[thing] = who

    def _own(self, who: str, thing: str) -> None:
        if thing in self.owner:
            self._forget("owns", self.owner[thing], thing)
        self.owner[thing] = who
        self._know("owns", who, thing)

    def _give_for_good(self, event: list, giver: str, thing: str, taker: str) -> None:
        self._expect(self.owner[thing] == self.place[thing] == giver, event, "not theirs to give")
        self._own(taker, thing)
        self.place[thing] = taker

    def _lend_out(self, event: list, giver: str, thing: str, taker: str) -> None:
        self._move(event, thing, giver, taker)
        self._expect(self.owner[thing] == giver, event, "not theirs to lend")

    def _give_back(self, event: list, taker: str, thing: str, giver: str) -> None:
        self._move(event, thing, taker, giver)

    def _hide(self, event: list, who: str, thing: str, spot: str) -> None:
        self._move(event, thing, who, spot)
        self._know("hidden", who, spot)

    def _unearth(self, event: list, who: str, thing: str, spot: str) -> None:
        self._move(event, thing, spot, who)
        self._forget("hidden", who, spot)

    def _drop(self, event: list, who: str, thing: str, place: str) -> None:
        self._move(event, thing, who, place)

    def _bring_back(self, event: list, finder: str, thing: str, who: str, place: str) -> None:
        self._move(event, thing, place, who)
        self._expect(self.owner[thing] == who, event, "brought to somebody else")

    def _move(self, event: list, thing: str, source: str, goal: str) -> None:
        self._expect(self.place.get(thing) == source, event, f"it was with {self.place.get(thing)}")
        self.place[thing] = goal


def check(story) -> tuple[list[str], int]:
    """All that cannot be in a chronicle, and how many claims of its text were read."""
    truth = Truth(story.facts["people"])
    chapters = re.split(r"(?:^|\n)Chapter \d+: ", story.text)[1:]
    events = defaultdict(list)
    for event in story.facts["happened"]:
        events[event[0]].append(event)
    read = 0
    for number, text in enumerate(chapters, 1):
        before = {claim: set(known) for claim, known in truth.known.items()}
        for event in events[number]:
            truth.follow(event)
        for claim, pattern in CLAIMS.items():
            known = before.get(claim.strip(), set()) | truth.known[claim.strip()]
            for match in re.finditer(pattern, text):
                read += 1
                if (match["who"], match["what"]) not in known:
                    truth.problems.append(f"chapter {number}: '{match[0]}' is not so")
        told = set(re.findall(r"\b[A-Z]\w+\b", text))
        unmet = {name for key, name in truth.names.items() if key not in truth.met}
        truth.problems += [f"chapter {number}: {name} was not met" for name in told & unmet]
    return truth.problems, read
