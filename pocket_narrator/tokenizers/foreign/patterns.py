"""Which regular expressions of a tokenizer may take for ever: all that are not made of what patterns in use are made of.

The library's engine tries every way in which a text can be parted. What is let through has few of them: characters, classes and
plain groups; a repetition holds no alternatives and no other one, but so many times exactly; and few of those without a bound
follow each other.
"""

import re

REPEATS = "*+{"
MOST_IN_A_ROW = 3  # repetitions without a bound in one alternative, of which patterns in use have two
BOUNDED = 16  # a repetition of up to so many times is a bounded one

# The groups that are known here. Not those that hold comments, name themselves, ask conditions or call each other.
_GROUP = re.compile(r"\((?:\?(?:[imsu]*(?:-[imsu]+)?:|[=!>]|<[=!])|(?!\?))")
_FLAGS = re.compile(r"\(\?[imsu]*(?:-[imsu]+)?\)")
_REPEAT = re.compile(r"\{(\d*)(,?)(\d*)\}|[*+]")
_CALL = re.compile(r"\\[gk1-9]")  # of another group, or of what it has matched


def why_endless(pattern: str) -> str | None:
    """Why a search may take time that grows beyond all bounds with the text, or None. Stricter than needed, and so simple."""
    holding = [
        False
    ]  # for each open group: whether it holds alternatives, or a repetition that can be read in several ways
    counts = [0]  # and repetitions without a bound in its alternative
    place, inner, is_repeated = 0, False, False  # of what stands before: whether it holds one, and whether it is one
    while place < len(pattern):
        character, before = pattern[place], (inner, is_repeated)
        inner = is_repeated = False
        if flags := _FLAGS.match(pattern, place):
            place = flags.end()
        elif _CALL.match(pattern, place):
            return "it goes back to one of its groups"
        elif character == "\\":
            place = _end_of_escape(pattern, place)
        elif character == "[":
            place = _end_of_class(pattern, place)
        elif character == "(":
            opened = _GROUP.match(pattern, place)
            if opened is None:
                return "it has a group of a kind that no tokenizer needs"
            holding.append(False)
            counts.append(0)
            place = opened.end()
        elif character == ")" and len(holding) > 1:
            inner, within = holding.pop(), counts.pop()
            holding[-1] |= inner
            counts[-1] += within
            place += 1
        elif character == "|":
            holding[-1], counts[-1] = True, 0
            place += 1
        elif repeat := _REPEAT.match(pattern, place):
            if before[0]:
                return "it repeats a group with repetitions or alternatives"
            place = repeat.end()
            if before[1] and not (repeat[0] == "+" and len(holding) == 1 and pattern[place : place + 1] in ("", "|")):
                return "it repeats a repetition"  # but at the end, as {1,3}+ of GPT-4's: what follows cannot fail
            counts[-1] += not _is_bounded(repeat)
            if counts[-1] > MOST_IN_A_ROW:
                return f"it has over {MOST_IN_A_ROW} repetitions in a row"
            holding[-1] |= not _is_exact(repeat) or pattern[place : place + 1] == "?"
            is_repeated = True
            if pattern[place : place + 1] == "?" or (repeat[0] in "*+" and pattern[place : place + 1] == "+"):
                place += 1  # as few as possible, or all at once
        else:
            holding[-1] |= character == "?"  # one way more, in each round of a repetition
            place += 1
    return None


def _is_bounded(repeat: re.Match[str]) -> bool:
    least, comma, most = repeat[1], repeat[2], repeat[3]
    highest = most if comma else least
    return bool(highest) and len(highest) < 4 and int(highest) <= BOUNDED


def _is_exact(repeat: re.Match[str]) -> bool:
    """`{3}`, which can be read in one way only, as in the groups of digits of `(\\d{3})+`."""
    return bool(repeat[1]) and not repeat[2]


def _end_of_escape(pattern: str, place: int) -> int:
    """The place after a `\\d`, `\\p{L}` or `\\x{1F600}`, whose braces are no repetition."""
    if pattern[place + 1 : place + 3] in ("p{", "P{", "x{"):
        end = pattern.find("}", place)
        return end + 1 if end > 0 else len(pattern)
    return place + 2


def _end_of_class(pattern: str, place: int) -> int:
    """The place after a class such as `[^\\]a-z[:alpha:]]`, which may have others inside."""
    depth = 0
    while place < len(pattern):
        character = pattern[place]
        if character == "\\":
            place += 2
            continue
        depth += (character == "[") - (character == "]")
        place += 1
        if depth == 0:
            return place
    return place
