"""The teller of a chronicle: chapters in one text, one lasting village, and on record what a reader has to remember."""

from __future__ import annotations

from collections.abc import Sequence

from pocket_narrator.storyworld.chooser import Chooser, Weights
from pocket_narrator.storyworld.chronicle.casting import Declaration, Newcomer, Option, fits
from pocket_narrator.storyworld.chronicle.episode import ChapterBeat, Episode, Remember, Reminder, ValueBranch
from pocket_narrator.storyworld.chronicle.events import bound
from pocket_narrator.storyworld.chronicle.facts import Fact
from pocket_narrator.storyworld.chronicle.people import CHILD_KEYS, CHILDREN, GENDERS, GROWN, GROWN_KEYS, forms_of
from pocket_narrator.storyworld.chronicle.values import FORMS, LIST_OF
from pocket_narrator.storyworld.chronicle.village import Village
from pocket_narrator.storyworld.dials import Dials
from pocket_narrator.storyworld.story import Recall
from pocket_narrator.storyworld.telling.people import People
from pocket_narrator.storyworld.telling.teller import Teller
from pocket_narrator.storyworld.telling.template import Choice, render
from pocket_narrator.storyworld.world import Statement

_REMEMBERED = 4  # facts
_NOT_AGAIN = 6  # chapters at most in which a fact is not told in passing after it was told
_NAMES = frozenset(("name", "own"))  # forms of people that say who it is


class CastPart:
    """Who or what a role is in this chapter: the decision that settled it, out of how many, and the facts it belongs to."""

    __slots__ = ("entity", "gendered", "kind", "options", "origin", "ties", "told_at")

    def __init__(self, entity: str, origin: int, options: int, kind: str) -> None:
        self.entity = entity
        self.origin = origin
        self.options = options  # of people: 0, they are counted when they are told
        self.kind = kind
        self.ties: list[tuple[Fact, int]] = []
        self.told_at = 0  # behind the last place in this chapter that told it
        self.gendered = False  # a pronoun has told its gender before it was told itself


class Chronicler(Teller):
    """Tells chapters; see `chronicle.py` for what they are."""

    __slots__ = ("_begins_at", "callbacks", "happened", "parts", "recalls", "told", "trace", "village")

    def __init__(self, chooser: Chooser, chapters: int, callbacks: dict[str, Reminder], dials: Dials) -> None:
        super().__init__("chronicle", {}, chooser, dials)
        self.trace = chooser.trace
        self.village = Village(chapters, dials)
        self.callbacks = callbacks
        self.world = self.village.world
        self.cast: dict[str, dict] = {}  # type: ignore[assignment]  # roles of this chapter
        self.parts: dict[str, CastPart] = {}
        self.recalls: list[Recall] = []
        self._begins_at = 0  # the first decision of this chapter
        self.told: list[str] = []  # episodes
        self.happened: list[tuple] = []  # (chapter, event, *who and what), for whoever checks the chronicle

    def decide(self, site: str, options: Sequence[str], weights: Weights | None = None) -> tuple[int, int | None]:
        """Which option, and the index of the decision; None where there was nothing to decide."""
        position = self.choose(site, options, weights)
        return position, len(self.trace) - 1 if len(options) > 1 else None

    def choose_episode(self, possible: list[Episode]) -> Episode:
        """What a chapter is about."""
        names = [episode.name for episode in possible]
        return possible[self.choose("chapter", names, Weights([episode.often for episode in possible]))]

    def choose_option(self, site: str, options: list[Option]) -> tuple[int, int | None]:
        """How a declaration is filled, and the index of the decision."""
        return self.decide(site, [option.label for option in options])

    def choose_fact(self, site: str, facts: list[Fact]) -> tuple[Fact, int | None]:
        """Which of some facts is told, and the index of the decision."""
        position, decision = self.decide(site, [fact.label for fact in facts])
        return facts[position], decision

    # Casting

    def begin_chapter(self) -> None:
        """An empty stage."""
        self.village.begin_chapter()
        self._begins_at = len(self.trace)
        self.parts = {}
        self.cast = {key: forms for key, forms in self.cast.items() if key == "village"}
        self.catch_up()
        self.people = People()  # a pronoun means nobody of the chapter before

    def fill(self, declarations: tuple[Declaration, ...]) -> None:
        """Decides who and what the chapter is about."""
        entities = {role: part.entity for role, part in self.parts.items() if "." not in role}
        for at, declaration in enumerate(declarations):
            options = [
                option
                for option in declaration.options(self.village, entities)
                if fits(declarations, at + 1, self.village, {**entities, **dict(option.parts)})
            ]
            if isinstance(declaration, Newcomer):
                self._meet(options[0].parts[0][1], declaration.group)
            position, decision = self.choose_option(declaration.site, options)
            self._take_up(options[position], decision, len(options))
            entities |= dict(options[position].parts)

    def _take_up(self, option: Option, decision: int | None, count: int) -> None:
        if option.fact is not None:
            self.tie(option.fact, tuple(role for role, _ in option.parts), decision)
            return
        ((role, entity),) = option.parts
        if entity in FORMS:
            self._put(role, CastPart(entity, decision or 0, count, LIST_OF[entity].kind))
        else:
            self._put(
                role, CastPart(entity, self.village.name_decisions[entity] if decision is None else decision, 0, "who")
            )

    def tie(self, fact: Fact, roles: tuple[str, ...], decision: int | None) -> None:
        """The roles, in order, are what an old fact says; it was chosen by a decision, if there was anything to decide."""
        for position, (role, entity) in enumerate(zip(roles, fact.arguments, strict=False)):
            if role not in self.parts:
                origin = fact.origins[position] if decision is None else decision
                kind = LIST_OF[entity].kind if entity in FORMS else "who"
                self._put(role, CastPart(entity, origin, fact.options[position], kind))
            self.parts[role].ties.append((fact, position))

    def _put(self, role: str, part: CastPart) -> None:
        self.parts[role] = part
        self.cast[role] = FORMS[part.entity] if part.entity in FORMS else self.village.people[part.entity]

    def _meet(self, key: str, group: str) -> None:
        """Decides who a newcomer is."""
        if group == "child":
            names, trade = CHILDREN[CHILD_KEYS.index(key)], ""
        else:
            trade, names = GROWN[GROWN_KEYS.index(key)]
        gender = GENDERS[self.choose(f"gender {key}", GENDERS)]
        possible = self.dials.words(names[gender])
        position, decision = self.decide(f"name {key} {gender}", possible)
        self.village.name_decisions[key] = decision or 0
        self.village.people[key] = forms_of(possible[position], gender, group)
        if trade:
            self._put("trade", CastPart(f"trade/{trade.replace(' ', '_')}", 0, 1, "trade"))  # nothing decides it

    # Telling

    def run(self, steps: list) -> None:
        """Beats, branches and paragraphs in order."""
        for step in steps:
            if step is None:
                self.end_paragraph()
            elif isinstance(step, ValueBranch):
                self._run_branch(step)
            elif isinstance(step, Remember):
                self.tell_callbacks(_REMEMBERED)
            else:
                self._run_beat(step)

    def _run_beat(self, beat: ChapterBeat) -> None:
        world = self.world
        for name, arguments in beat.events:
            parts = tuple(self.parts[one].entity if one in self.parts else one for one in arguments)
            needs, makes = bound(name, parts)
            for need in needs:
                if not world.holds(need):
                    self.refuse((name, parts), need)
            world.make(makes)
            self.happened.append((self.village.chapter, name, *parts))
        if beat.choice is not None:
            self.tell(beat.choice)
        if self.village.facts.fresh:
            self._tie_fresh_facts()

    def refuse(self, event: tuple[str, tuple[str, ...]], need: Statement) -> None:
        """What an event needs does not hold, though its chapter was chosen as one in which it does."""
        raise AssertionError(f"chapter {self.village.chapter}: {event}: not '{need}'")

    def _run_branch(self, branch: ValueBranch) -> None:
        part = self.parts[branch.role]
        begin = self.length + 1
        self.run(self.block_of(branch))
        if not part.ties:  # it is new in this chapter
            return
        fact, position = part.ties[0]
        ways = len({id(block) for block in branch.blocks.values()})
        if fact.keyed_in == self.village.chapter:
            kind, told = fact.predicate.kinds[position], fact.told[position]
            self.recalls.append(Recall(kind, begin, self.length, fact.origins[position], told, ways))
        fact.told[position] = self.length

    def block_of(self, branch: ValueBranch) -> list[ChapterBeat | None]:
        """The block that the value decides on."""
        return branch.blocks[self.parts[branch.role].entity.split("/")[1]]

    def _tie_fresh_facts(self) -> None:
        """New facts know which decisions they come from. Where nobody else could have been meant, that is the newest of the other
        decisions, with which the fact would be about something else."""
        by_entity = {part.entity: part for role, part in self.parts.items() if "." not in role}
        names = self.village.name_decisions
        for fact in self.village.facts.fresh:
            for position, entity in enumerate(fact.arguments):
                part = by_entity.get(entity)
                if part is not None:
                    fact.origins[position], fact.options[position] = part.origin, part.options
                    fact.told[position] = part.told_at or self.length
                    part.ties.append((fact, position))
            newest = max(fact.origins)
            for position, entity in enumerate(fact.arguments):
                if entity in names and (
                    fact.origins[position] < self._begins_at or fact.origins[position] == names[entity]
                ):
                    fact.origins[position] = newest if newest >= self._begins_at else names[entity]
        self.village.facts.fresh.clear()

    def tell(self, choice: Choice) -> None:
        """One of several wordings, as whole sentences."""
        self.begin_sentence()
        body = choice.bodies[self.choose(choice.site, choice.options, choice.weights)]
        if body:
            render(body, self)
        self.end_sentence()

    def may_tell(self, site: str, probability: float, choice: Choice) -> None:
        """Tells one of several wordings with a probability."""
        if self.happens(site, probability):
            self.tell(choice)

    def tells_callbacks(self, facts: list[Fact], lead: Choice | None, probability: float) -> bool:
        """Whether some of these facts are told now."""
        return self.happens("callbacks", probability)

    def tell_callbacks(self, count: int, lead: Choice | None = None, probability: float = 1.0) -> None:
        """So many facts in passing that were not told for a while, behind a sentence that leads to them; as far as there are any,
        and with a probability."""
        village = self.village
        tied = {id(fact) for part in self.parts.values() for fact, _ in part.ties}
        facts = [
            fact
            for predicate in self.callbacks
            for fact in village.facts.of[predicate].values()
            if village.chapter - fact.made_in >= 2
            and id(fact) not in tied
            and village.may_be_told(fact, min(_NOT_AGAIN, 2 + village.chapters // 25))
        ]
        if not facts or not self.tells_callbacks(facts, lead, probability):
            return
        if lead is not None:
            self.may_tell("lead", self.dials.decoration, lead)
        for _ in range(count):
            if not facts:
                return
            fact, decision = self.choose_fact("callback", facts)
            facts = [
                one for one in facts if one.predicate is not fact.predicate
            ]  # one of a kind, or it would be a list
            memory = self.callbacks[fact.predicate.name]
            for role in memory.roles:
                self.parts.pop(role, None)
            self.tie(fact, memory.roles, decision)
            self.tell(memory.choice)

    def write_form(self, role: str, form: str, text: str) -> None:
        """Adds a form of a role; what it tells of the past is put on record."""
        super().write_form(role, form, text)
        part = self.parts.get(role)
        if part is None:
            return
        gender = self.cast[role].get("gender")
        if gender is None or form in _NAMES:
            self._remember(part, self.slots[-1].begin, self.length, gender)
        else:
            part.gendered = True

    def _remember(self, part: CastPart, begin: int, end: int, gender: str | None) -> None:
        """Puts on record what follows from what was told before in this chapter, or else from a fact that this chapter has named."""
        chapter = self.village.chapter
        kind, origin, told_before = part.kind, part.origin, part.told_at
        if not told_before:
            for fact, position in part.ties:
                if fact.keyed_in == chapter and fact.told[position] > told_before:
                    told_before = fact.told[position]
                    kind, origin = fact.predicate.kinds[position], fact.origins[position]
        if told_before:
            options = part.options or self._count_people(part, gender)
            if options > 1:
                self.recalls.append(Recall(kind, begin, end, origin, told_before, options))
        part.told_at = end
        part.gendered = True
        for fact, position in part.ties:
            fact.told[position] = end
            if position in fact.predicate.unique:
                fact.keyed_in = chapter

    def _count_people(self, part: CastPart, gender: str | None) -> int:
        people = self.village.people
        group = people[part.entity]["group"]
        return sum(1 for key in self.village.here(group) if not part.gendered or people[key]["gender"] == gender) or 1
