"""The lasting state of a chronicle: the people, what is true of them, the chapter and the season."""

from pocket_narrator.storyworld.chronicle.facts import KEEPERS, PEOPLE, Fact, Facts
from pocket_narrator.storyworld.chronicle.people import CHILD_KEYS, GROWN_KEYS
from pocket_narrator.storyworld.chronicle.values import LISTS, Value
from pocket_narrator.storyworld.world import World

SEASONS = ("spring", "summer", "autumn", "winter")


class Village:
    """Who is known and who is here, and the world in which facts last."""

    __slots__ = ("chapter", "chapters", "facts", "name_decisions", "people", "world")

    def __init__(self, chapters: int) -> None:
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
        for _, who, home in self.facts.of["lives"]:
            self.world.single["at", who] = home

    def here(self, group: str) -> list[str]:
        """Those of a group (`child`, `grown`, `person`) who have been met and are not away."""
        away = {who for _, who, _ in self.facts.of["away"]}
        return [
            key
            for key, forms in self.people.items()
            if (group == "person" or forms["group"] == group) and key not in away
        ]

    def is_here(self, key: str) -> bool:
        """Whether a person is in the village."""
        return all(who != key for _, who, _ in self.facts.of["away"])

    def unmet(self, group: str) -> list[str]:
        """Those who are still to be met, in the order in which they will be."""
        return [key for key in (CHILD_KEYS if group == "child" else GROWN_KEYS) if key not in self.people]

    def has(self, predicate: str, who: str) -> bool:
        """Whether some fact of the kind is about a person in the first place."""
        return any(key[1] == who for key in self.facts.of[predicate])

    def free(self, name: str) -> list[Value]:
        """Values of a list that no fact keeps to itself."""
        kept = {key[1 + position] for predicate, position in KEEPERS.get(name, ()) for key in self.facts.of[predicate]}
        return [value for value in LISTS[name].values if value.key not in kept]

    def people_of(self, fact: Fact) -> list[str]:
        """The people that a fact is about."""
        return [key for key, kind in zip(fact.arguments, fact.predicate.arguments, strict=True) if kind in PEOPLE]
