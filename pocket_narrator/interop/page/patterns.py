"""Patterns of tokenizers as JavaScript's regular expressions (with its flag `u`), which know fewer escapes."""

import re

SYNTAX = set("^$\\.*+?()[]{}|/")
BLANKS = r"\p{White_Space}"  # JavaScript's own \s has a byte order mark in it, and no next line
# The other forms of letters that a pattern without regard to case takes, beside the capital.
OTHER_FORMS = {"s": "\u017f", "k": "\u212a"}
_LESS_PLAIN = ("[", "]", ".", "^", "$")  # not within what has no regard to case
_PART = re.compile(
    r"\\p\{\^?\w+\}|\\P\{\w+\}|\\.|\(\?i:(?:[^()\\]|\\.)*\)|\(\?(?:[:=!]|<[=!])|[?*+}]\+(?![?*+])|.", re.DOTALL
)


class PatternError(Exception):
    """The pattern has something in it that is not known here."""


def to_javascript(pattern: str) -> str:
    """The same pattern. PatternError, with what it is about, where that is not certain."""
    found, is_class, before = [], False, ""
    for part in _PART.findall(pattern):
        if part.startswith("(?i:"):
            found.append("(?:" + "".join(map(_any_case, re.findall(r"\\.|.", part[4:-1], re.DOTALL))) + ")")
        elif part in (r"\s", r"\S"):
            found.append(BLANKS if part == r"\s" else BLANKS.replace("p", "P", 1))
        elif part == r"\d":
            found.append(r"\p{Nd}")
        elif re.fullmatch(r"\\p\{[LNMPSZ][a-z]?\}", part) or part in (r"\r", r"\n", r"\t", r"\f", r"\v"):
            found.append(part)
        elif part[0] == "\\":
            found.append(_escaped(part))
        elif not is_class and (part in ("^", "$") or (part == "?" and before == "(")):
            raise PatternError(
                f"it holds {'(?' if part == '?' else part}"
            )  # lines or the text; a group of a kind that is not known
        elif part == "." and not is_class:
            found.append(r"[^\n]")  # JavaScript's own leaves out other line ends too
        elif part.startswith("(?") or not part.endswith("+") or (part == "+" and before not in ("?", "*", "+", "}")):
            if (is_class and part == "&" and before == "&") or (is_class and part == "["):
                raise PatternError("a class in a class")
            found.append(part)
        else:
            raise PatternError(f"it holds {part}")
        is_class = part != "]" and (is_class or part == "[")
        before = part
    return "".join(found)


def _escaped(part: str) -> str:
    character = part[1:]
    if len(character) > 1 or character.isalnum():
        raise PatternError(f"it holds {part}")
    return part if character in SYNTAX else f"\\u{{{ord(character):x}}}"


def _any_case(part: str) -> str:
    if len(part) == 1 and part.isascii() and part.isalpha():
        return f"[{part.lower()}{part.upper()}{OTHER_FORMS.get(part.lower(), '')}]"
    if part.isalnum() or part in _LESS_PLAIN or (part[0] == "\\" and part[1:].isalnum()):
        raise PatternError(f"it holds {part} without regard to case")
    return part
