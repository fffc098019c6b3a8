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
    """A kind of character: where it can live, how it hurries and goes, what it holds things with, abilities."""

    name: str
    lands: tuple[str, ...]
    ran: tuple[str, ...]
    walked: str
    hands: str
    abilities: frozenset[str]


# kind | lands | hurried | went | holds with | abilities
_KINDS = """
child    | village seaside farm | ran, hurried, raced      | walked   | hands | climbs hands
bunny    | meadow forest        | hopped, ran, dashed      | hopped   | paws  | fast soft
mouse    | meadow farm          | ran, scurried, scampered | scurried | paws  | small soft climbs
hedgehog | meadow forest        | hurried, scurried        | walked   | paws  | slow small
fox      | forest meadow        | ran, trotted, dashed     | trotted  | paws  | fast soft
bear     | forest               | ran, hurried, stomped    | walked   | paws  | big soft climbs
squirrel | forest meadow        | ran, scampered, dashed   | ran      | paws  | fast small soft climbs
deer     | forest meadow        | ran, leaped, trotted     | walked   | legs  | fast big
owl      | forest               | flew, hurried            | flew     | wings | flies
badger   | forest meadow        | ran, trotted, hurried    | walked   | paws  | slow soft
mole     | meadow               | scurried, hurried        | crawled  | paws  | slow small soft
frog     | pond                 | hopped, leaped, jumped   | hopped   | feet  | small
duck     | pond farm            | waddled, hurried, rushed | waddled  | wings | slow
goose    | pond farm            | waddled, hurried, ran    | waddled  | wings | big
turtle   | pond                 | hurried, crawled         | walked   | feet  | slow
beaver   | pond                 | ran, hurried, scurried   | walked   | paws  | slow soft
otter    | pond                 | ran, raced, dashed       | ran      | paws  | fast soft
cat      | farm                 | ran, dashed, leaped      | walked   | paws  | fast soft climbs
dog      | farm                 | ran, raced, dashed       | trotted  | paws  | fast soft
pig      | farm                 | ran, trotted, hurried    | trotted  | feet  | slow
lamb     | farm                 | ran, skipped, trotted    | skipped  | legs  | soft
goat     | farm                 | ran, trotted, leaped     | trotted  | legs  | climbs
pony     | farm meadow          | ran, raced, trotted      | trotted  | legs  | fast big
chick    | farm                 | ran, hurried, rushed     | walked   | wings | slow small
monkey   | jungle               | ran, raced, scampered    | walked   | hands | fast climbs hands
elephant | jungle               | ran, hurried, stomped    | walked   | legs  | big slow
lion     | jungle               | ran, leaped, dashed      | walked   | paws  | big fast soft
tiger    | jungle               | ran, leaped, raced       | walked   | paws  | big fast soft
parrot   | jungle               | flew, hurried            | flew     | wings | flies small
zebra    | jungle               | ran, raced, trotted      | trotted  | legs  | fast big
"""


def _parse_kinds() -> dict[str, Kind]:
    kinds = {}
    for line in _KINDS.strip().splitlines():
        name, lands, ran, walked, hands, abilities = (part.strip() for part in line.split("|"))
        # Where there is a winter, stories may have snow.
        abilities += "" if "jungle" in lands else " winter"
        kinds[name] = Kind(
            name, tuple(lands.split()), tuple(ran.split(", ")), walked, hands, frozenset(abilities.split())
        )
    return kinds


KINDS: dict[str, Kind] = _parse_kinds()

# How often the hero of a story is a child rather than an animal.
CHILD_WEIGHT = 0.45

# Elders that are known by name or trade, by land: first mention, later mention, pronoun-free on purpose.
CHILD_ELDERS = {
    "village": ("Grandma", "Grandpa", "the baker", "the teacher", "the old gardener", "Mr. Brown", "Mrs. Green"),
    "seaside": ("Grandma", "Grandpa", "the old sailor", "the old captain", "the baker", "Mr. Brown", "Mrs. Green"),
    "farm": ("Grandma", "Grandpa", "the farmer", "the miller", "the old shepherd", "Mr. Brown", "Mrs. Green"),
}
ANIMAL_ELDERS = {
    "forest": ("the wise owl", "the old badger", "the gray wolf", "the old moose", "the wise raven"),
    "meadow": ("the wise owl", "the old hare", "the old mole", "the gray goose", "the wise raven"),
    "pond": ("the wise heron", "the old toad", "the old swan", "the gray goose", "the wise owl"),
    "farm": ("the old horse", "the wise sheep", "the gray donkey", "the old turkey", "the wise owl"),
    "jungle": ("the old gorilla", "the wise snake", "the gray rhino", "the old hippo", "the wise giraffe"),
}
# Tiny creatures that a big one can help: they have no names and are "it".
TINY = ("ant", "bee", "ladybug", "butterfly", "beetle", "snail", "cricket", "spider")
TINY_WINGED = ("bee", "ladybug", "butterfly", "dragonfly", "sparrow", "robin", "firefly", "moth")
