"""Stop texts found in pieces, beside a search in the whole."""

import random
import sys

from pocket_narrator.generation.stop_texts import StopTexts, borders


def slowly(text: str, stops: list[str]) -> tuple[int | None, int]:
    """Where the earliest stop text begins, and the longest beginning of one that the text ends with."""
    found = [text.find(stop) for stop in stops if stop in text]
    begun = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    return min(found, default=None), max(begun, default=0)


def test_pieces_of_random_texts():
    for seed in range(400):
        pick = random.Random(seed)
        stops = ["".join(pick.choices("ab", k=pick.randint(1, 6))) for _ in range(pick.randint(0, 3))]
        watching, text = StopTexts(stops), ""
        for _ in range(12):
            piece = "".join(pick.choices("abc", weights=[5, 5, 1], k=pick.randint(0, 3)))
            found, before = watching.push(piece), len(text)
            text += piece
            expected, begun = slowly(text, stops)
            assert (None if found is None else before + found) == expected
            if found is not None:
                break
            assert watching.begun == begun


def test_a_long_stop_text_costs_no_more_than_the_text():
    """What is compared again from its beginning at each character takes a thousand times the text's length."""
    watching, lines = StopTexts(["a" * 999 + "b"]), 0

    def count(frame, event, argument):
        nonlocal lines
        lines += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        found = {watching.push("a") for _ in range(2000)}
    finally:
        sys.settrace(before)
    assert found == {None}
    assert watching.begun == 999
    assert 2000 < lines < 60_000
    assert borders("aabaaab") == (0, 1, 0, 1, 2, 2, 3)
