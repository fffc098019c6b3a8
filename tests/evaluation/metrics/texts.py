"""A good story and what can be done to it."""

import random

from pocket_narrator.evaluation.metrics.text import Sample, sentences

BEGINNING = (
    "Once upon a time, there was a little girl named Lily who lived near a big forest. Lily had a brave dog called Max, and "
    "every morning they walked to the river together. "
)
ENDING = (
    "One day, Lily saw a red boat on the river. She wanted to sail in the boat, but it was very old. "
    '"Do not go in, Max!" she said. Max barked at the boat and pulled her back. '
    "Then the boat sank with a loud splash. Lily hugged her dog and laughed. "
    '"Thank you, Max," she said. "You kept me safe." '
    "They walked home along the river and ate warm soup by the fire. "
    "From that day on, Lily always listened to Max, and they stayed best friends."
)


def shuffled(text: str, seed: int = 3) -> str:
    lines = list(sentences(text))
    random.Random(seed).shuffle(lines)
    return " ".join(lines)


def salad(text: str, seed: int = 1) -> str:
    found = text.replace("\n", " ").split()
    random.Random(seed).shuffle(found)
    return " ".join(found)


LOOP = "Lily saw a red boat on the river. " * 12

TEXTS = {
    "real": Sample(ENDING, BEGINNING, ENDING, 0, True),
    "empty": Sample("", BEGINNING, ENDING, 1, True),
    "one word": Sample("Boat", BEGINNING, ENDING, 2, True),
    "loop": Sample(LOOP, BEGINNING, ENDING, 3, False),
    "shuffled": Sample(shuffled(ENDING), BEGINNING, ENDING, 4, True),
    "salad": Sample(salad(ENDING), BEGINNING, ENDING, 5, True),
    "copied beginning": Sample(BEGINNING, BEGINNING, ENDING, 6, True),
    "off the rails": Sample(
        "Tom fell. The king. Sara ate a cloud and he was. Ben ran to Anna. A shoe said nothing. Sue and Bob and Jim slept.",
        BEGINNING, ENDING, 7, True,
    ),
}  # fmt: skip
"""`real` is also the copied reference: it is told word for word."""
