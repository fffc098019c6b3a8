"""Which regular expressions may take for ever: those that repeat a group that can match the same text in several ways."""

REPEATS = "*+{"


def why_endless(pattern: str) -> str | None:
    """Why a search may take time that grows beyond all bounds with the text, or None.

    A group that is repeated must not hold another repetition or alternatives, as in `(a+)+` or `(a|a)*`: each way of
    parting the text would be tried. Patterns of tokenizers in use repeat characters and classes only. Stricter than
    needed, and so without a parser.
    """
    holding = [False]  # for each open group: whether it holds a repetition or alternatives
    place = 0
    while place < len(pattern):
        character = pattern[place]
        if character == "\\":
            place += 2
            continue
        if character == "[":
            place = _end_of_class(pattern, place)
            continue
        if character == "(":
            holding.append(False)
        elif character == ")" and len(holding) > 1:
            inner = holding.pop()
            if inner and pattern[place + 1 : place + 2] and pattern[place + 1] in REPEATS:
                return "it repeats a group with repetitions or alternatives"
            holding[-1] |= inner
        elif character in REPEATS or character == "|":
            holding[-1] = True
        place += 1
    return None


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
