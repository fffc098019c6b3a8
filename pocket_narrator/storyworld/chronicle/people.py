"""The people of a village: eight children and six grown-ups, in the order in which the chronicle meets them.

Each has names of their own to be called by, so that the name of one does not depend on the name of another.
"""

from pocket_narrator.storyworld.telling.casting import PRONOUNS

_CHILDREN = """
Lily Emma Nora Alma Clara Rosa      | Ben Jonas Felix Oscar Theo Hugo
Anna Mila Greta Stella Maya Ida     | Tom Leo Max Paul Emil Victor
Ruby Olive Hazel Ivy Daisy Poppy    | Sam Finn Jack Oliver Adam Noah
Lucy Sophie Ella Zoe Marie Tilda    | Peter David Martin Simon Jacob Henry
Frida Bella Luna Dora Flora Gerda   | Anton Karl Otto Bruno Arthur Edgar
Kate Jane Susan Betty Nelly Molly   | George Harry Charlie Alfred Walter Ernest
Wilma Hanna Vera Edith Martha Agnes | Rudi Basil Nico Lukas Milo Elmer
Pia Carla Sara Julia Irma Tessa     | Ralph Gus Ned Hector Conrad Percy
"""
# Trade | Mrs. | Mr.
_GROWN = """
the baker    | Crumb Honeywell Butterworth Bunn      | Baxter Rye Cook Flint
the teacher  | Page Inkwell Sharp Bell               | Chalk Reed Wise Quill
the smith    | Ironwood Spark Hammer Steel           | Coalman Anvil Stone Forge
the miller   | Wheat Dusty Whitehead Grist           | Mill Brown Sackville Barley
the fisher   | Rivers Oar Wade Brook                 | Shore Ferry Banks Pool
the shepherd | Lamb Woolley Meadows Hill             | Green Crook Shepherd Fields
"""


def _names(cell: str, title: str = "") -> tuple[str, ...]:
    return tuple(title + name for name in cell.split())


CHILDREN: tuple[dict[str, tuple[str, ...]], ...] = tuple(
    {"she": _names(line.split("|")[0]), "he": _names(line.split("|")[1])} for line in _CHILDREN.strip().splitlines()
)
GROWN: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = tuple(
    (trade.strip(), {"she": _names(she, "Mrs. "), "he": _names(he, "Mr. ")})
    for trade, she, he in (line.split("|") for line in _GROWN.strip().splitlines())
)
CHILD_KEYS = tuple(f"child_{n}" for n in range(len(CHILDREN)))
GROWN_KEYS = tuple(f"grown_{n}" for n in range(len(GROWN)))
GENDERS = ("she", "he")


def forms_of(name: str, gender: str, group: str) -> dict[str, str]:
    """The forms that tell a person."""
    own = f"{name}'s"
    return {**PRONOUNS[gender], "pronoun": gender, "name": name, "own": own, "group": group}
