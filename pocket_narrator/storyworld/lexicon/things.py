"""Things, by category. Adjectives belong to groups, so that nothing is told to be a crunchy ball."""

from typing import NamedTuple

_ADJECTIVES = """
color    | red, blue, yellow, green, purple, orange, pink, white, black, brown, golden, striped, spotted, pretty, new, old
shiny    | shiny, silver, golden, bright, tiny, smooth, round, heavy, old, pretty
fruit    | ripe, juicy, sweet, fresh, big, red, tasty, shiny
baked    | warm, fresh, sweet, tasty, golden, soft, fine, lovely
plain    | old, big, little, strong
crunchy  | crunchy, tasty, fresh, big, sweet, fine
"""

# name | number (s, p or m: singular, plural, mass) | adjectives | categories
_THINGS = """
ball      | s | color   | toy round
kite      | s | color   | toy flyer craft
drum      | s | color   | toy craft
boat      | s | color   | toy craft
scarf     | s | color   | toy flyer gift craft
hat       | s | color   | toy flyer gift craft
wagon     | s | color   | toy craft
puppet    | s | color   | toy gift craft
balloon   | s | color   | flyer
ribbon    | s | color   | flyer gift craft
harp      | s | color   | toy gift craft
horn      | s | color   | toy craft
doll      | s | plain   | toy
marble    | s | shiny   | treasure
bell      | s | shiny   | treasure gift
ring      | s | shiny   | treasure
coin      | s | shiny   | treasure
key       | s | shiny   | treasure
shell     | s | shiny   | treasure gift
button    | s | shiny   | treasure
necklace  | s | shiny   | treasure gift craft
feather   | s | color   | treasure
flute     | s | shiny   | toy gift craft
book      | s | color   | gift
vase      | s | color   | fragile
cup       | s | color   | fragile
teapot    | s | color   | fragile
bowl      | s | color   | fragile
lamp      | s | color   | fragile
clock     | s | color   | fragile
plate     | s | color   | fragile
jug       | s | color   | fragile
cookies   | p | baked   | treat baked
muffins   | p | baked   | treat baked
cake      | s | baked   | treat baked
pie       | s | baked   | treat baked
bread     | m | baked   | treat baked
pancakes  | p | baked   | treat baked
apples    | p | fruit   | treat fruit
pears     | p | fruit   | treat fruit
plums     | p | fruit   | treat fruit
peaches   | p | fruit   | treat fruit
cherries  | p | fruit   | treat fruit
berries   | p | fruit   | treat fruit
grapes    | p | fruit   | treat fruit
nuts      | p | crunchy | treat
carrots   | p | crunchy | treat
"""


class Thing(NamedTuple):
    """A thing: `number` is s (singular), p (plural) or m (mass)."""

    name: str
    number: str
    adjectives: str
    categories: frozenset[str]


ADJECTIVES: dict[str, tuple[str, ...]] = {
    name.strip(): tuple(words.strip().split(", "))
    for name, words in (line.split("|") for line in _ADJECTIVES.strip().splitlines())
}


def _parse_things() -> dict[str, Thing]:
    things = {}
    for line in _THINGS.strip().splitlines():
        name, number, adjectives, categories = (part.strip() for part in line.split("|"))
        assert adjectives in ADJECTIVES, line
        assert number in "spm", line
        things[name] = Thing(name, number, adjectives, frozenset(categories.split()))
    return things


THINGS: dict[str, Thing] = _parse_things()
