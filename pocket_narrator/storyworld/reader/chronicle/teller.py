"""The teller of a chronicle, who reads: what it would tell has to be what the text has there."""

from __future__ import annotations

from collections.abc import Sequence

from pocket_narrator.storyworld.chooser import Weights
from pocket_narrator.storyworld.chronicle.casting import Option
from pocket_narrator.storyworld.chronicle.chronicle import book
from pocket_narrator.storyworld.chronicle.chronicler import Chronicler
from pocket_narrator.storyworld.chronicle.episode import Episode
from pocket_narrator.storyworld.chronicle.facts import Fact
from pocket_narrator.storyworld.reader.chronicle.evidence import Evidence
from pocket_narrator.storyworld.reader.chronicle.patterns import first_sentence, whole
from pocket_narrator.storyworld.reader.chronicle.state import GROWING, ChronicleState
from pocket_narrator.storyworld.reader.given import GivenText
from pocket_narrator.storyworld.reader.teller import READING, ReadingChooser, ReadingPart
from pocket_narrator.storyworld.telling.people import People
from pocket_narrator.storyworld.telling.template import Choice

_LONGEST = 450  # characters of a wording; nothing is ruled out where the text ends before


class ChronicleChooser(ReadingChooser):
    """Decides as the chapter says; `only` are the options that are left of the next decision."""

    __slots__ = ("only", "taken_at")

    def __init__(self) -> None:
        super().__init__()
        self.only: list[int] | None = None
        self.taken_at: list[int] = []  # characters that were read when each decision was taken

    def choose(self, site: str, options: Sequence[str], weights: Weights | None = None) -> int:
        """As of any reading; all that is decided on is told in the chapter."""
        if len(options) == 1:
            self.only = None
            return 0
        position = super().choose(site, options, weights)
        self.only = None
        self.taken_at[len(self.taken) - 1 :] = [self.teller.length]  # type: ignore[union-attr]
        return position

    def branch(self, count: int) -> int:
        """A decision of the reading."""
        position = super().branch(count)
        self.taken_at[len(self.taken) - 1 :] = [self.teller.length]  # type: ignore[union-attr]
        return position

    def _fitting(self, site: str, options: Sequence[str]) -> list[int]:
        teller = self.teller
        assert isinstance(teller, ReadingChronicler)
        if self.only is not None:
            return self.only or [0]
        return teller.fitting(site, options)


class ReadingChronicler(ReadingPart, Chronicler):
    """Writes what is given, or raises Misfit. `strict`: the chapter is told wholly, so that wordings that it does not have as a whole are
    ruled out; otherwise those whose first sentence stands there are tried."""

    __slots__ = (*READING, "_evidence", "_holds", "chapter_begin", "chapter_end", "strict")

    chooser: ChronicleChooser

    def __init__(self, given: GivenText, chapters: int) -> None:
        self.chooser = ChronicleChooser()
        Chronicler.__init__(self, self.chooser, chapters, book().callbacks, given.dials)
        self.begin_reading(given)
        self.strict = True
        self.chapter_begin, self.chapter_end = 0, len(given.text)
        self._evidence: Evidence | None = None
        self._holds: ChronicleState | None = None

    def between(self, begin: int, end: int) -> None:
        """The chapter that is read now."""
        self.chapter_begin, self.chapter_end = begin, end

    @property
    def evidence(self) -> Evidence:
        """What the chapter says of those that it is about."""
        now = self.told[-1], self.chapter_begin
        if self._evidence is None or self._evidence.of != now:
            self._evidence = Evidence(now, self.given.lower, self.chapter_begin, self.chapter_end)
        return self._evidence

    # What is decided

    def fitting(self, site: str, options: Sequence[str]) -> list[int]:
        """The options of a site that the text has, or may have."""
        lower = self.given.lower
        if site == "village":
            fitting = [k for k, key in enumerate(options) if key.split("/")[1].lower() in lower]
        elif site == "chapter":
            title = self._title()
            fitting = [k for k, name in enumerate(options) if title in book().titles_of(name)]
            if not fitting:
                self.miss(self.next_at()[0])
        elif site == "hero by":
            is_told = any(
                whole(source).between(lower, self.chapter_begin, self.chapter_end)
                for memory in book().clauses.values()
                for source in memory.choice.options
            )
            return [1] if is_told else [0] if self.strict else [0, 1]
        elif site.startswith(("gender ", "name ")):
            fitting = self.evidence.newcomers(site, options)
        else:
            return self._wordings(options)
        return fitting or [0]

    def _title(self) -> str:
        line = self.given.text[self.chapter_begin :].split("\n", 1)[0]
        return line.partition(": ")[2]

    def _wordings(self, options: Sequence[str]) -> list[int]:
        at, can_tell = self.next_at()
        lower = self.given.lower
        if at + _LONGEST > len(lower) and not self.strict:
            return list(range(len(options)))
        pattern = whole if self.strict else first_sentence
        fitting = [k for k, source in enumerate(options) if can_tell and pattern(source).at(lower, at)]
        if not fitting:
            self.miss(at)
        return fitting

    def choose_episode(self, possible: list[Episode]) -> Episode:
        """What a chapter is about: what its title says."""
        if not possible:
            self.miss(self.chapter_begin)
        return super().choose_episode(possible)

    def choose_option(self, site: str, options: list[Option]) -> tuple[int, int | None]:
        """How a declaration is filled: as the chapter has it."""
        self.chooser.only = self.evidence.options(options, self.village.people, self.strict)
        return super().choose_option(site, options)

    def choose_fact(self, site: str, facts: list[Fact]) -> tuple[Fact, int | None]:
        """Which of some facts is told: one that stands here, or in the case of whom the chapter is about, anywhere in it."""
        people = self.village.people
        if site == "callback":
            at = self._next_sentence()
            self.chooser.only = self.evidence.facts(facts, self.callbacks, people, at, self.strict)
        else:
            self.chooser.only = self.evidence.facts(facts, book().clauses, people, None, self.strict)
        return super().choose_fact(site, facts)

    def _next_sentence(self) -> int:
        """Where the next sentence begins."""
        at, text = self.length, self.given.text
        while at < len(text) and text[at].isspace():
            at += 1
        return at

    def may_tell(self, site: str, probability: float, choice: Choice) -> None:
        """Tells one of several wordings where one of them stands."""
        if 0 < probability < 1:
            self.chooser.only = self._yes_or_no(self._stands(choice.options))
        super().may_tell(site, probability, choice)

    def tells_callbacks(self, facts: list[Fact], lead: Choice | None, probability: float) -> bool:
        """Whether a sentence that leads to facts stands here, or one that tells a fact."""
        if 0 < probability < 1:
            names = dict.fromkeys(fact.predicate.name for fact in facts)
            sources = [source for name in names for source in self.callbacks[name].choice.options]
            self.chooser.only = self._yes_or_no(
                (lead is not None and self._stands(lead.options)) or self._stands(sources)
            )
        return super().tells_callbacks(facts, lead, probability)

    def _yes_or_no(self, stands: bool) -> list[int]:
        if self.strict or self._next_sentence() + _LONGEST < len(self.given.text):
            return [0] if stands else [1]
        return [0, 1]

    def _stands(self, sources: Sequence[str]) -> bool:
        at = self._next_sentence()
        pattern = whole if self.strict else first_sentence
        return any(pattern(source).at(self.given.lower, at) for source in sources)

    # What is kept

    def save(self, before: ChronicleState | None) -> ChronicleState:
        """The state now; `before` is what it was loaded from."""
        village = self.village
        old = (0,) * len(GROWING) if before is None else before.counts
        lists = [getattr(self, name) for name in GROWING]
        grown = tuple(tuple(one[count:]) for one, count in zip(lists, old, strict=True))
        self._holds = ChronicleState(
            before,
            grown,
            tuple(map(len, lists)),
            self.length,
            village.chapter,
            village.world.single.copy(),
            village.facts.copy(),
            village.people.copy(),
            village.name_decisions.copy(),
            self.cast.get("village"),
            tuple(self.notes),
            tuple(self.chooser.taken),
        )
        return self._holds

    def load(self, state: ChronicleState) -> None:
        """Goes back to a state."""
        held = self._holds
        if held is not None and (held is state or held.before is state):
            for name, count in zip(GROWING, state.counts, strict=True):
                del getattr(self, name)[count:]
        else:
            for place, name in enumerate(GROWING):
                getattr(self, name)[:] = state.all_of(place)
        self._holds = state
        village = self.village
        village.go_back(state.chapter, state.single.copy(), state.facts.copy(), state.people.copy())
        village.name_decisions = state.name_decisions.copy()
        self.world = village.world
        self.cast = {} if state.village is None else {"village": state.village}
        self.length, self.in_paragraph = state.length, False
        self.parts, self.notes, self.people = {}, [], People()
        self._pieces, self._read, self._separator, self._capital = [], 0, "", False
        self.chooser.only = None
