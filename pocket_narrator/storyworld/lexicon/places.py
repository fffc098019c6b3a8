"""Lands and their places. A place is told with its own preposition: `in the barn`, `by the stream`."""

from typing import NamedTuple

# land | where it is (phrases) | places: preposition + name, comma-separated
_LANDS = """
village | in a small village; in a quiet town; in a little house on a busy street; in a yellow house near the park; in a tall house by the church; in a street full of trees; above a small bakery; at the end of a long road \
        | in the park, at the market, at the playground, in the garden, by the fountain, behind the school, on the hill
seaside | in a town by the sea; in a white house near the beach; on a small island; in a fishing village; in an old boat on the beach; in a hut on the dunes; in a blue house by the harbor; where the river meets the sea \
        | on the beach, by the harbor, near the lighthouse, on the dunes, by the rocks, at the market
farm    | on a big farm; on a sunny farm; on a little farm in the valley; on a farm near the woods; on a farm behind the hills; on a farm by the lake; on a busy farm; at the old farm by the river \
        | behind the barn, in the field, in the orchard, by the well, near the mill, near the hay shed
forest  | in a big forest; in a deep green forest; in a quiet forest; at the edge of a forest; in an old forest; in a dark pine forest; where the forest is thickest; in a forest full of birds \
        | in the clearing, by the stream, under the oak tree, near the cave, by the waterfall, among the pine trees
meadow  | in a wide meadow; in a sunny meadow; in a green meadow; at the edge of a meadow; in a flowery meadow; in a meadow full of clover; in a meadow between two hills; in the meadow behind the mill \
        | by the brook, near the stone wall, under the apple tree, in the grass, in the clover patch, on the hill
pond    | by a large pond; beside a blue pond; near a quiet pond; by a pond full of lilies; at a small round pond; beside a pond in the woods; by the pond behind the farm; at a pond full of frogs \
        | on the bank, in the reeds, near the bridge, under the willow tree, by the rocks, at the dock
jungle  | in a hot jungle; in a green jungle; deep in the jungle; in a noisy jungle; in a thick jungle; in a jungle by the sea; where the jungle is deepest; in a wild jungle \
        | by the river, under the banana tree, near the cliff, by the waterfall, among the ferns, in the clearing
"""


class Land(NamedTuple):
    """A land: phrases for where it is, and its places as (preposition, name) pairs."""

    name: str
    phrases: tuple[str, ...]
    places: tuple[tuple[str, str], ...]


def _parse_lands() -> dict[str, Land]:
    lands = {}
    for line in _LANDS.strip().splitlines():
        name, phrases, places = (part.strip() for part in line.split("|"))
        pairs = tuple(
            (place[: place.index("the")].strip(), place[place.index("the") :]) for place in places.split(", ")
        )
        lands[name] = Land(name, tuple(phrases.split("; ")), pairs)
    return lands


LANDS: dict[str, Land] = _parse_lands()

# Told when a place is mentioned for the first time.
PLACE_ADJECTIVES = (
    "quiet", "pretty", "nearby", "peaceful", "shady", "old", "famous", "silent", "distant", "green", "little", "charming",
)  # fmt: skip

# Small spots where a thing can lie unseen. They are found near every place.
SPOTS = (
    "under a bush",
    "behind a big stone",
    "under a pile of leaves",
    "inside a hollow log",
    "under a bench",
    "behind an old bucket",
    "next to a fence",
    "between two roots",
    "behind a wooden crate",
    "under a fern",
    "beside a fallen tree",
    "inside an empty barrel",
    "behind a rain barrel",
    "behind a stack of wood",
    "under a broken chair",
    "inside a flower pot",
    "beside a milk can",
    "behind a rose bush",
    "under a wheelbarrow",
    "next to a molehill",
    "inside an old boot",
    "between two rocks",
    "under a wet newspaper",
    "beside a puddle",
)
