"""The account of one story: each bit that a model paid for its text, and each that deciding it cost, booked under what is told.

A token belongs to the innermost slot that its last character lies in, and is told for the first time or again; outside of
slots it belongs to the last decision that was about words (wording or decoration). A decision is booked as it is. So both
sides sum exactly to what they are parts of, and their difference to the model's distance from the floor.
"""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from pocket_narrator.evaluation.ledger.groups import DECORATION, END, GROUPS, WORDING, group_of_site, group_of_slot
from pocket_narrator.storyworld import StoryworldStory

AGAIN = ", again"
ROWS = tuple(
    name for group in GROUPS for name in ((group,) if group in (DECORATION, WORDING, END) else (group, group + AGAIN))
)
_ROW = {name: number for number, name in enumerate(ROWS)}


def ideal_bits(story: StoryworldStory) -> np.ndarray:
    """What the decisions of a story cost: float64 [len(ROWS)], bits. What is told again costs nothing."""
    bits_R = np.zeros(len(ROWS))
    for site, _, probability in story.trace:
        bits_R[_ROW[group_of_site(site)]] -= np.log2(probability)
    return bits_R


def paid_bits(story: StoryworldStory, ends: Sequence[int], bits_T: np.ndarray) -> np.ndarray:
    """What a model paid: float64 [len(ROWS)], bits. `ends`: how many characters are told after each token; `bits_T`: those of
    each token, and of the end-of-text that closes the story."""
    row_of_character = rows_of_characters(story)
    bits_R = np.zeros(len(ROWS))
    for end, bits in zip(ends, bits_T, strict=False):
        bits_R[row_of_character[max(end - 1, 0)]] += bits
    bits_R[_ROW[END]] += bits_T[len(ends) :].sum()
    return bits_R


def rows_of_characters(story: StoryworldStory) -> np.ndarray:
    """The row of each character of the text: int64."""
    words = [
        (at, group)
        for (site, _, _), at in zip(story.trace, story.decided_at, strict=True)
        if (group := group_of_site(site)) in (WORDING, DECORATION)
    ]
    starts = [at for at, _ in words]
    rows = np.empty(len(story.text), np.int64)
    for begin, end in zip([0, *starts], [*starts, len(story.text)], strict=True):
        last = bisect_right(starts, begin) - 1
        rows[begin:end] = _ROW[words[last][1] if last >= 0 else WORDING]
    told: set[tuple[str, str]] = set()
    # Outer slots begin before those within them, or with them and end later.
    for slot in sorted(story.slots, key=lambda slot: (slot.begin, -slot.end)):
        group = group_of_slot(slot.role, slot.form)
        is_again = (slot.role, group) in told
        told.add((slot.role, group))
        rows[slot.begin : slot.end] = _ROW[group + AGAIN if is_again and group + AGAIN in _ROW else group]
    return rows
