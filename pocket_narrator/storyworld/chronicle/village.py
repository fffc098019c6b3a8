"""The lasting state of a chronicle: the people, what is true of them, the chapter and the season."""

from typing import Any

from pocket_narrator.storyworld.chronicle.facts import KEEPERS, PEOPLE, Fact, Facts
from pocket_narrator.storyworld.chronicle.people import CHILD_KEYS, GROWN_KEYS
from pocket_narrator.storyworld.chronicle.values import LISTS
from pocket_narrator.storyworld.world import World

SEASONS = ("spring", "summer", "autumn", "winter")


class Village:
    """Who is known and who is here, and the world in which facts last."""

    __slots__ = ("_here", "chapter", "chapters", "facts", "name_decisions", "people", "world")

    def __init__(self, chapters: int) -> None:
        self._here: dict[str, Any] = {}
        self.chapters = chapters
        self.chapter = 0
        self.world = World()
        self.facts = Facts()
        self.world.relations = self.facts  # type: ignore[assignment]  # they add and discard as a set does
        self.people: dict[str, dict[str, str]] = {}  # forms of those who have been met, in that order
        self.name_decisions: dict[str, int] = {}  # the decision that gave each a name

    @property
    def season(self) -> str:
        """Two years in a chronicle, and two chapters a season at least."""
        length = max(2, -(-self.chapters // 8))
        return SEASONS[(self.chapter - 1) // length % 4]

    def begin_chapter(self) -> None:
        """The next chapter finds everybody at home."""
        self.chapter += 1
        self.facts.chapter = self.chapter
        homes = {who: home for _, who, home in self.facts.of["lives"]}
        for who in self.people:
            self.world.single["at", who] = homes.get(who, f"home_of_{who}")

    def here(self, group: str) -> list[str]:
        """Those of a group (`child`, `grown`, `person`) who have been met and are not away."""
        away = self.facts.of["away"]
        now = len(self.people), *away
        if self._here.get("now") != now:  # quick, as it is asked for all the time
            gone = {key[1] for key in away}
            here = [key for key in self.people if key not in gone]
            self._here = {"now": now, "person": here}
            for one in ("child", "grown"):
                self._here[one] = [key for key in here if self.people[key]["group"] == one]
        return self._here[group]

    def are_here(self, fact: Fact) -> bool:
        """Whether everybody that a fact is about is in the village."""
        here = self.here("person")
        return all(
            key in here for key, kind in zip(fact.arguments, fact.predicate.arguments, strict=True) if kind in PEOPLE
        )

    def unmet(self, group: str) -> list[str]:
        """Those who are still to be met, in the order in which they will be."""
        return [key for key in (CHILD_KEYS if group == "child" else GROWN_KEYS) if key not in self.people]

    def has(self, predicate: str, who: str) -> bool:
        """Whether some fact of the kind is about a person in the first place."""
        return any(key[1] == who for key in self.facts.of[predicate])

    def free(self, name: str) -> list[str]:
        """Values of a list that no fact keeps to itself."""
        kept = {key[1 + position] for predicate, position in KEEPERS.get(name, ()) for key in self.facts.of[predicate]}
        return [value.key for value in LISTS[name].values if value.key not in kept]
