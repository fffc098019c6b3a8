"""Chronicles with one changed fact that lies far back, and which passage it contradicts: for `reader_campaign.py`."""

import random
from typing import NamedTuple

from pocket_narrator.storyworld import StoryworldStory
from pocket_narrator.storyworld.chronicle.values import LISTS
from pocket_narrator.storyworld.story import Recall

FAR = 256 * 4  # characters between what is changed and the place that told it last

# Kinds of changes, and the kinds of recalls that they change.
KINDS = {
    "owner": ("whose", "given-by", "given-to", "what"),
    "lent": ("lent-by", "lent-what", "lent-to"),
    "name": ("name-of-trade", "animal-name", "nickname", "built"),
    "debt": ("debtor", "owes", "creditor"),
    "promise": ("promised-by", "promised", "promised-to"),
    "home": ("who-lives", "where-lives"),
    "place": ("where-gone", "planted-where", "lost-where"),
    "hidden": ("hidden-by", "hidden-what", "hidden-where"),
    "broken": ("broken-by", "broken"),
    "planted": ("planted-by", "planted"),
    "who knows": ("told-by", "knows", "told-to"),
    "who can": ("who-can", "can", "taught-by"),
    "fear": ("who-fears", "fears", "who-overcame", "overcame"),
    "quarrel": ("quarreled", "quarreled-about", "quarreled-with"),
}


class ChangedChronicle(NamedTuple):
    """The text, the character at which it is changed, and the one behind the last place before that told what is changed."""

    text: str
    at: int
    told: int


def change_chronicle(story: StoryworldStory, kind: str, draw: random.Random) -> ChangedChronicle | None:
    """The chronicle with one far recall of a kind told otherwise; None where it has none."""
    far = [one for one in story.recalls if one.kind in KINDS[kind] and one.begin - one.last_told >= FAR]
    draw.shuffle(far)
    for recall in far:
        other = _other(story, recall, draw)
        if other is not None:
            text = story.text[: recall.begin] + other + story.text[recall.end :]
            return ChangedChronicle(text, recall.begin, recall.last_told)
    return None


def _other(story: StoryworldStory, recall: Recall, draw: random.Random) -> str | None:
    """Another name of the village, or another value of the list, in the same form."""
    told = story.text[recall.begin : recall.end]
    own = "'s" if told.endswith("'s") else ""
    people = story.facts["people"].values()
    person = next((one for one in people if one["name"] + own == told), None)
    if person is not None:
        names = [one["name"] for one in people if one["group"] == person["group"] and one is not person]
        return draw.choice(names) + own if names else None
    for values in LISTS.values():
        for value in values.values:
            for form, words in value.forms.items():
                if words.lower() == told.lower():
                    other = draw.choice([one.forms[form] for one in values.values if one is not value])
                    return other[0].upper() + other[1:] if told[0].isupper() else other
    return None
