"""Names, and their gender by the pronoun that follows.

A capitalised word that stands inside a sentence and is hardly ever written small is a name. A mention is followed up to
the first `he` or `she` (him, his, her, hers) before the end of the next sentence; another name in between ends it. What
most of these say is the name's gender. Wrong for single mentions, right on the whole; nothing is known about names that nobody refers to.
"""

import re
from collections import Counter
from collections.abc import Mapping

# Each branch begins with few characters, so that most of a text is skipped; pronouns at a sentence's start are capitals.
_MARK = re.compile(r"[A-Z][a-z]{0,20}| (?:he|him|his|she|hers?)\b|[.!?]+")
_HE = frozenset((" he", " him", " his", "He", "Him", "His"))
_SHE = frozenset((" she", " her", " hers", "She", "Her", "Hers"))
_OTHER_CAPITALS = (
    "I The A An And But So Then When While After Before As If Once One Two In On At It He She They We You His Her Their My Our "
    "Your That This There These Those What Why How Who Where Yes No Not Oh Now Suddenly Finally Every Everyone All Some Soon "
    "Later Just Even Please Thank Thanks Hello Hi Wow Mr Mrs Ms Miss Dr Sir Mom Mommy Mum Mummy Mama Mother Dad Daddy Papa Father "
    "Grandma Grandpa Granny Grandmother Grandfather Aunt Uncle God Monday Tuesday Wednesday Thursday Friday Saturday Sunday January "
    "February March April May June July August September October November December Christmas Easter English French German "
    "American The End Let Do Don Can Will Is Are Was Were Look Come Go Be For From With To Of By Never Always Chapter"
)
_NOT_NAMES = frozenset(_OTHER_CAPITALS.split())
FEWEST_MENTIONS = 2
FEWEST_PRONOUNS = 3
MOST_OFTEN_SMALL = 0.05  # of a name's mentions may be matched by the same word in small letters
CLEAR_MAJORITY = 0.7


class NameMarks:
    """What one run of stories says about capitalised words."""

    def __init__(self) -> None:
        self.mentions: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()  # mentions inside a sentence
        self.he: Counter[str] = Counter()
        self.she: Counter[str] = Counter()

    def read(self, text: str) -> None:
        """Takes a story in."""
        name = ""
        sentences_left = 0
        for match in _MARK.finditer(text):
            mark = match.group()
            if mark in _HE or mark in _SHE:
                if name:
                    (self.he if mark in _HE else self.she)[name] += 1
                    name = ""
            elif mark[0] in ".!?":
                sentences_left -= 1
                if sentences_left < 0:
                    name = ""
            elif len(mark) > 1 and mark not in _NOT_NAMES:
                place = match.start()
                if place and text[place - 1].isalpha():
                    continue
                name, sentences_left = mark, 1
                self.mentions[mark] += 1
                if place > 1 and text[place - 1] == " " and (text[place - 2].islower() or text[place - 2] in ",;:"):
                    self.inside[mark] += 1


def find_names(
    mentions: Mapping[str, int],
    inside: Mapping[str, int],
    he: Mapping[str, int],
    she: Mapping[str, int],
    words: Mapping[str, int],
) -> list[tuple[str, int, str]]:
    """(name, mentions, `he`, `she` or `unknown`), most frequent first. `words` counts lower-cased words of the corpus."""
    names = []
    for word, count in mentions.items():
        small = words.get(word.lower(), 0) - count
        if count < FEWEST_MENTIONS or inside.get(word, 0) == 0 or small > MOST_OFTEN_SMALL * count:
            continue
        votes = he.get(word, 0) + she.get(word, 0)
        share = he.get(word, 0) / votes if votes else 0.5
        gender = "unknown"
        if votes >= FEWEST_PRONOUNS and max(share, 1 - share) >= CLEAR_MAJORITY:
            gender = "he" if share > 0.5 else "she"
        names.append((word, count, gender))
    return sorted(names, key=lambda name: (-name[1], name[0]))
