"""Skills that can be learned: told as `to swim`, `swam`, `swimming`, with a way to fail and a way to shine."""

from typing import NamedTuple

# who | to do | did | doing | failing (past, after the name) | hint
_SKILLS = """
both  | blow big bubbles | blew big bubbles | blowing big bubbles | swallowed the soap           | blow very slowly
both  | whistle         | whistled        | whistling          | only made a hissing sound     | make your mouth small and round
both  | dance           | danced          | dancing            | tripped and fell down         | listen to the music first
both  | sing            | sang            | singing            | sounded like a rusty gate     | take a deep breath first
both  | draw a star     | drew a star     | drawing a star     | made a crooked line           | go slowly and look at each corner
both  | make a flower chain | made a flower chain | making a flower chain | tore every flower     | make a hole in each stem first
both  | fly a kite      | flew a kite     | flying a kite      | got the string in a knot      | run against the wind
both  | paint           | painted         | painting           | spilled the paint             | use only a little paint
both  | play the drum   | played the drum | playing the drum   | missed every beat             | count to four
both  | juggle          | juggled         | juggling           | dropped every ball            | start with only two balls
both  | do a somersault | did a somersault | doing a somersault | rolled into a puddle         | tuck in your head
child | ride a bike     | rode a bike     | riding a bike      | fell into the grass           | look ahead and keep going
child | walk on stilts  | walked on stilts | walking on stilts | landed on the ground          | keep moving all the time
child | tie a bow       | tied a bow      | tying a bow        | made a big messy knot         | make two loops first
child | jump rope       | jumped rope     | jumping rope       | got tangled in the rope       | jump when you hear the rope
"""


class Skill(NamedTuple):
    """Forms of a skill."""

    who: str
    do: str
    did: str
    doing: str
    failed: str
    hint: str


def _parse() -> dict[str, Skill]:
    rows = (Skill(*(part.strip() for part in line.split("|"))) for line in _SKILLS.strip().splitlines())
    return {row.do: row for row in rows}


_TABLE = _parse()
SKILLS: dict[str, dict[str, str]] = {
    name: {"name": name, "key": name, "did": row.did, "doing": row.doing, "failed": row.failed, "hint": row.hint}
    for name, row in _TABLE.items()
}
SKILLS_OF: dict[str, tuple[str, ...]] = {
    "child": tuple(_TABLE),
    "animal": tuple(name for name, row in _TABLE.items() if row.who == "both"),
}
