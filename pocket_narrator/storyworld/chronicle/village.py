"""The lasting state of a chronicle: the people, what is true of them, the chapter and the season."""

from collections.abc import Callable, Collection

from pocket_narrator.storyworld.chronicle.facts import HOLDER, Fact, Facts
from pocket_narrator.storyworld.chronicle.people import CHILD_KEYS, GROWN_KEYS
from pocket_narrator.storyworld.chronicle.values import LISTS
from pocket_narrator.storyworld.dials import Dials
from pocket_narrator.storyworld.world import World

SEASONS = ("spring", "summer", "autumn", "winter")


def season_of(chapter: int, chapters: int) -> str:
    """Two years in a chronicle, and two chapters a season at least."""
    length = max(2, -(-chapters // 8))
    return SEASONS[(chapter - 1) // length % 4]


class Village:
    """Who is known and who is here, and the world in which facts last."""

    __slots__ = (
        "_counted",
        "_found",
        "_here",
        "chapter",
        "chapters",
        "dials",
        "facts",
        "name_decisions",
        "people",
        "world",
    )

    def __init__(self, chapters: int, dials: Dials) -> None:
        self.dials = dials
        self._counted = 0, 0, 0
        self._found: dict[tuple, list] = {}
        self._here: dict[str, list[str]] = {}
        self.chapters = chapters
        self.chapter = 0
        self.world = World()
        self.facts = Facts()
        self.world.relations = self.facts  # type: ignore[assignment]  # they add and discard as a set does
        self.people: dict[str, dict[str, str]] = {}  # forms of those who have been met, in that order
        self.name_decisions: dict[str, int] = {}  # the decision that gave each a name

    def go_back(
        self, chapter: int, single: dict[tuple[str, ...], str], facts: Facts, people: dict[str, dict[str, str]]
    ) -> None:
        """The village is as it was once."""
        self.chapter, self.facts, self.people = chapter, facts, people
        self.world.single, self.world.relations = single, facts  # type: ignore[assignment]
        self._counted, self._found = (0, 0, 0), {}

    @property
    def season(self) -> str:
        """The season of this chapter."""
        return season_of(self.chapter, self.chapters)

    def begin_chapter(self) -> None:
        """The next chapter finds everybody at home."""
        self.chapter += 1
        self._found = {}
        self.facts.chapter = self.chapter
        homes = {who: home for _, who, home in self.facts.of["lives"]}
        for who in self.people:
            self.world.single["at", who] = homes.get(who, f"home_of_{who}")

    def here(self, group: str) -> list[str]:
        """Those of a group (`child`, `grown`, `person`) who have been met and are not away."""
        away = self.facts.of["away"]
        now = self.chapter, len(self.people), len(away)  # one comes or goes in a chapter
        if self._counted != now:
            gone = {key[1] for key in away}
            here = [key for key in self.people if key not in gone]
            self._counted, self._here = now, {"person": here}
            for one in ("child", "grown"):
                self._here[one] = [key for key in here if self.people[key]["group"] == one]
        return self._here[group]

    def are_here(self, fact: Fact) -> bool:
        """Whether everybody that a fact is about is in the village."""
        away = self.facts.of["away"]
        return not away or all(who not in fact.arguments for _, who, _ in away)

    def at_odds(self, people: Collection[str]) -> bool:
        """Whether two of these do not speak with each other."""
        quarrels = self.facts.of["quarrel"]
        return bool(quarrels) and any(one in people and other in people for _, one, _, other in quarrels)

    def may_be_told(self, fact: Fact, waits: int = 0) -> bool:
        """Whether a fact was not told for so many chapters (half of all, if it sleeps), everybody in it is here, and the thing at hand."""
        waits = (self.chapters // 2 if fact.sleeps else waits) + self.dials.dependency
        return (
            self.chapter - (fact.keyed_in or fact.made_in) >= waits
            and self.is_at_hand(fact)
            and (fact.predicate.name == "away" or self.are_here(fact))
        )

    def count(self, group: str, others: Collection[str], least: int) -> bool:
        """Whether so many of a group are here beside others, and speak with them."""
        quarrels = self.facts.of["quarrel"]
        free = [key for key in self.here(group) if key not in others]
        if quarrels:
            free = [key for key in free if not self.at_odds((key, *others))]
        return len(free) >= least

    def is_at_hand(self, fact: Fact) -> bool:
        """Whether the thing that a fact is about is where the fact has it: not lost, lent or hidden."""
        position = HOLDER.get(fact.predicate.name)
        return position is None or self.world.single.get(("holder", fact.arguments[1])) == fact.arguments[position]

    def unmet(self, group: str) -> list[str]:
        """Those who are still to be met, in the order in which they will be."""
        return [key for key in (CHILD_KEYS if group == "child" else GROWN_KEYS) if key not in self.people]

    def able(self, group: str, without: tuple[str, ...]) -> list[str]:
        """Those of a group who are here, with no fact of these kinds about them in the first place."""
        about = self.facts.about
        return self._once(
            (group, without),
            lambda: [key for key in self.here(group) if not any(about[one, key] for one in without)],
        )

    def free(self, name: str) -> list[str]:
        """Values of a list that no fact keeps to itself."""
        kept = self.facts.kept
        values = LISTS[name].values
        return self._once((name,), lambda: [one.key for one in self.dials.words(values) if not kept[one.key]])

    def ripe(self, predicate: str, after: int) -> list[Fact]:
        """Facts of a kind that are so many chapters old and may be told."""
        facts = self.facts.of[predicate]
        if not facts:
            return []
        return self._once(
            (predicate, after),
            lambda: [one for one in facts.values() if self.chapter - one.made_in >= after and self.may_be_told(one)],
        )

    def _once(self, key: tuple, find: Callable[[], list]) -> list:
        """What was found already, since the chapter began; nothing changes until it is told."""
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]
