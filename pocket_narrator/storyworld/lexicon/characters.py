"""Names, kinds and helpers. Every kind says where it lives and how it moves, so that pairings make sense."""

from typing import NamedTuple

# Heroes and friends have names of their own, so that a name alone says who plays the main part.
_NAMES = """
hero child she    | Lily Mia Anna Lucy Zoe Rosie Molly Sara
hero child he     | Tim Ben Tom Sam Max Leo Finn Oscar
hero animal she   | Bella Coco Dottie Luna Tilly Pippa Mimi Greta
hero animal he    | Benny Rusty Bruno Milo Otto Felix Bobo Ziggy
friend child she  | Jane Maya Tina Sue Laura Betty Ellie Jenny
friend child he   | Danny Jake Paul Henry Simon Andy Frank George
friend animal she | Fern Nora Wanda Dolly Nelly Cindy Gigi Peggy
friend animal he  | Alfie Boris Duke Freddy Hopper Jasper Elmo Hector
"""
NAMES: dict[str, tuple[str, ...]] = {
    group.strip(): tuple(names.split()) for group, names in (line.split("|") for line in _NAMES.strip().splitlines())
}


class Kind(NamedTuple):
    """A kind of character: where it can live, how it hurries, its abilities."""

    name: str
    lands: tuple[str, ...]
    ran: tuple[str, ...]
    abilities: frozenset[str]


# kind | lands | hurried | fast or slow
_KINDS = """
child    | village seaside farm | ran, hurried, raced      |
bunny    | meadow forest        | hopped, ran, dashed      | fast
mouse    | meadow farm          | ran, scurried, scampered |
hedgehog | meadow forest        | hurried, scurried        | slow
fox      | forest meadow        | ran, trotted, dashed     | fast
bear     | forest               | ran, hurried, stomped    |
squirrel | forest meadow        | ran, scampered, dashed   | fast
deer     | forest meadow        | ran, leaped, trotted     | fast
owl      | forest               | flew, hurried            |
badger   | forest meadow        | ran, trotted, hurried    | slow
mole     | meadow               | scurried, hurried        | slow
frog     | pond                 | hopped, leaped, jumped   |
duck     | pond farm            | waddled, hurried, rushed | slow
goose    | pond farm            | waddled, hurried, ran    |
turtle   | pond                 | hurried, crawled         | slow
beaver   | pond                 | ran, hurried, scurried   | slow
otter    | pond                 | ran, raced, dashed       | fast
cat      | farm                 | ran, dashed, leaped      | fast
dog      | farm                 | ran, raced, dashed       | fast
pig      | farm                 | ran, trotted, hurried    | slow
lamb     | farm                 | ran, skipped, trotted    |
goat     | farm                 | ran, trotted, leaped     |
pony     | farm meadow          | ran, raced, trotted      | fast
chick    | farm                 | ran, hurried, rushed     | slow
monkey   | jungle               | ran, raced, scampered    | fast
elephant | jungle               | ran, hurried, stomped    | slow
lion     | jungle               | ran, leaped, dashed      | fast
tiger    | jungle               | ran, leaped, raced       | fast
parrot   | jungle               | flew, hurried            |
zebra    | jungle               | ran, raced, trotted      | fast
"""


def _parse_kinds() -> dict[str, Kind]:
    kinds = {}
    for line in _KINDS.strip().splitlines():
        name, lands, ran, abilities = (part.strip() for part in line.split("|"))
        # Where there is a winter, stories may have snow.
        abilities += "" if "jungle" in lands else " winter"
        kinds[name] = Kind(name, tuple(lands.split()), tuple(ran.split(", ")), frozenset(abilities.split()))
    return kinds


KINDS: dict[str, Kind] = _parse_kinds()

# How often the hero of a story is a child rather than an animal.
CHILD_WEIGHT = 0.45

# Elders that are known by name or trade, by land, and whether each is a she or a he.
_ELDERS = """
child  village  | Grandma she, Grandpa he, the baker he, the teacher she, the old gardener he, Mr. Brown he, Mrs. Green she
child  seaside  | Grandma she, Grandpa he, the old sailor he, the old captain she, the baker he, Mr. Brown he, Mrs. Green she
child  farm     | Grandma she, Grandpa he, the farmer she, the miller he, the old shepherd he, Mr. Brown he, Mrs. Green she
animal forest   | the wise owl she, the old badger he, the gray wolf he, the old moose he, the wise raven she
animal meadow   | the wise owl she, the old hare he, the old mole he, the gray goose she, the wise raven she
animal pond     | the wise heron she, the old toad he, the old swan she, the gray goose she, the wise owl she
animal farm     | the old horse he, the wise sheep she, the gray donkey he, the old turkey he, the wise owl she
animal jungle   | the old gorilla he, the wise snake she, the gray rhino he, the old hippo he, the wise giraffe she
"""


def _parse_elders(group: str) -> dict[str, dict[str, str]]:
    lands: dict[str, dict[str, str]] = {}
    for line in _ELDERS.strip().splitlines():
        head, elders = line.split("|")
        of_group, land = head.split()
        for elder in elders.split(",") if of_group == group else ():
            name, _, gender = elder.strip().rpartition(" ")
            lands.setdefault(land, {})[name] = gender
    return lands


CHILD_ELDERS = _parse_elders("child")
ANIMAL_ELDERS = _parse_elders("animal")
# Tiny creatures with wings that a big one can help: they have no names and are "it".
TINY = ("bee", "ladybug", "butterfly", "dragonfly", "sparrow", "robin", "firefly", "moth")
