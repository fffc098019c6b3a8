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

# name | plural (s, p or m: singular, plural, mass) | adjectives | one portion of it | categories
_THINGS = """
ball        | s | color   | | toy round
kite        | s | color   | | toy flyer craft
drum        | s | color   | | toy craft
boat        | s | color   | | toy craft
scarf       | s | color   | | toy flyer cloth gift craft
hat         | s | color   | | toy flyer cloth gift craft
blanket     | s | color   | | cloth
wagon       | s | color   | | toy craft
puppet      | s | color   | | toy gift craft
balloon     | s | color   | | flyer
ribbon      | s | color   | | flyer cloth gift craft
harp        | s | color   | | toy gift craft
horn        | s | color  | | toy craft
doll        | s | plain   | | toy
marble      | s | shiny   | | treasure
bell        | s | shiny   | | treasure gift
ring        | s | shiny   | | treasure
coin        | s | shiny   | | treasure
key         | s | shiny   | | treasure
shell       | s | shiny   | | treasure gift
button      | s | shiny   | | treasure
necklace    | s | shiny   | | treasure gift craft
feather     | s | color   | | treasure
flute       | s | shiny   | | toy gift craft
book        | s | color  | | gift
vase        | s | color   | | fragile
cup         | s | color   | | fragile
teapot      | s | color   | | fragile
bowl        | s | color   | | fragile
lamp        | s | color   | | fragile
clock       | s | color   | | fragile
plate       | s | color   | | fragile
jug         | s | color   | | fragile
cookies     | p | baked   | a cookie | treat baked
muffins     | p | baked   | a muffin | treat baked
cake        | s | baked   | a piece of cake | treat baked
pie         | s | baked   | a slice of pie | treat baked
bread       | m | baked   | a piece of bread | treat baked
pancakes    | p | baked   | a pancake | treat baked
apples      | p | fruit   | an apple | treat fruit
pears       | p | fruit   | a pear | treat fruit
plums       | p | fruit   | a plum | treat fruit
peaches     | p | fruit   | a peach | treat fruit
cherries    | p | fruit   | a handful of cherries | treat fruit
berries     | p | fruit   | a handful of berries | treat fruit
grapes      | p | fruit   | a bunch of grapes | treat fruit
nuts        | p | crunchy | a handful of nuts | treat
carrots     | p | crunchy | a carrot | treat
"""


class Thing(NamedTuple):
    """A thing: `number` is s (singular), p (plural) or m (mass)."""

    name: str
    number: str
    adjectives: str
    portion: str
    categories: frozenset[str]


ADJECTIVES: dict[str, tuple[str, ...]] = {
    name.strip(): tuple(words.strip().split(", "))
    for name, words in (line.split("|") for line in _ADJECTIVES.strip().splitlines())
}


def _parse_things() -> dict[str, Thing]:
    things = {}
    for line in _THINGS.strip().splitlines():
        name, number, adjectives, portion, categories = (part.strip() for part in line.split("|"))
        assert adjectives in ADJECTIVES, line
        assert number in "spm", line
        things[name] = Thing(name, number, adjectives, portion, frozenset(categories.split()))
    return things


THINGS: dict[str, Thing] = _parse_things()
