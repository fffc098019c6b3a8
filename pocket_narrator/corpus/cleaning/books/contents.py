"""Contents pages go; what they say of the chapters is kept, to know the chapters by."""

import re

_HEADING = re.compile(
    r"^\W*(?:(?:table of )?contents(?: of (?:the )?(?:vol|book|part)\w*.{0,8})?|(?:list of )?illustrations|list of plates)\W*$",
    re.IGNORECASE,
)
_WORD_NUMBER = (
    r"(?:the )?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last)"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|twenty|thirty|forty|fifty"
)
_DIVISION = re.compile(
    r"^[\s*\-\[(]*(?:"
    r"(?:chapter|chap\.|book|part|volume|vol\.|letter|stave|canto|act|scene|section|phase|adventure|tale|story)"
    rf"\s+(?:the\s+)?(?:[ivxlcdm]+|\d+|{_WORD_NUMBER})\b"
    rf"|(?:(?-i:[IVXLCDM]+)|\d{{1,3}}|{_WORD_NUMBER})[\s.:*\-\])]*$"
    r"|(?-i:(?:[IVXLCDM]+|\d{1,3})[.:)] +[A-Z].{2,})"
    r"|(?:the )?(?:preface|prologue|epilogue|introduction|conclusion|foreword)\W*$)",
    re.IGNORECASE,
)
_PAGE_AT_END = re.compile(r"(?:\.{2,}|\s{2,}|[\s.]\.[\s.]+)\s*(?:\d{1,4}|[ivxlc]+)\s*$")
_PAGE_TAIL = 60  # characters in which a page number is looked for: a line of a million points must not take forever
_CAPTION = re.compile(
    r"[\"\u201c][^\n]{3,200}[\"\u201d]\W{0,3}(?:\s[\s.]{0,60}(?:facing )?(?:page )?\d{0,4})?$", re.IGNORECASE
)
_NUMBERED = re.compile(r"^\s*(?:[IVXLCDM]+|\d+)[.):\s]")
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "how",
        "in",
        "into",
        "is",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
    ]
)  # in titles

Blocks = list[list[str]]  # paragraphs as lists of lines


def strip_contents(blocks: Blocks) -> tuple[Blocks, set[str], int]:
    """The paragraphs without contents pages and lists of illustrations, the entries that were listed (`entry_key`), and
    how many paragraphs come before the first list.
    """
    kept: Blocks = []
    entries: set[str] = set()
    before = 0
    index = 0
    while index < len(blocks):
        block = blocks[index]
        end = index
        if _HEADING.match(block[0]):
            end = _end_of_list(blocks, index, entries)
        elif _is_bare_list(block):
            entries.update(map(entry_key, block))
            end = index + 1
        if end == index:
            kept.append(blocks[index])
            index += 1
        elif not before:
            before = len(kept)
        index = max(index, end)
    return kept, entries, before


def is_division(line: str) -> bool:
    """Whether a line on its own begins a chapter or another part of a book."""
    return len(line) < 90 and _DIVISION.match(line.strip()) is not None


def entry_key(line: str) -> str:
    """An entry or heading without what differs between a contents page and the text: case, points, pages, "Chapter"."""
    without_page = line[:-_PAGE_TAIL] + _PAGE_AT_END.sub("", line[-_PAGE_TAIL:])
    words = re.findall(r"[^\W_]+", without_page.lower())
    return " ".join(words[1:] if words[:1] == ["chapter"] and len(words) > 1 else words)


def _end_of_list(blocks: Blocks, start: int, entries: set[str]) -> int:
    """The paragraph after the list whose heading is at `start`; `start` itself if no list follows.

    A list ends where a paragraph is no list any more, or where its first entry comes again: there the text begins.
    """
    found: list[str] = []
    lines = blocks[start][1:]  # a list may follow its heading without a blank line
    index = start
    # Captions of illustrations may be lines of the story in quotes; then only such ones belong to the list.
    first = lines or (blocks[start + 1] if start + 1 < len(blocks) else [])
    is_part = _is_caption if first and _is_caption(first) else _is_list
    while True:
        if lines:
            if not is_part(lines) or (_is_again(lines[0], found)):
                break
            found += [key for key in map(entry_key, lines) if key]
        index += 1
        if index == len(blocks):
            break
        lines = blocks[index]
    if len(found) < 2:
        return start
    while index < len(blocks) and index - 1 > start and _is_first(blocks[index - 1]):
        index -= 1  # the text's first heading, taken for an entry
        break
    entries.update(found)
    return index


def _is_list(lines: list[str]) -> bool:
    entries = sum(map(_is_entry, lines))
    # An entry that is too long for its line goes on in the next one, further in.
    entries += sum(line[:2].isspace() and line.strip()[:1].islower() for line in lines[1:])
    return entries >= 0.6 * len(lines)


def _is_caption(lines: list[str]) -> bool:
    return len(lines) <= 3 and _CAPTION.match(" ".join(line.strip() for line in lines)) is not None


def _is_bare_list(block: list[str]) -> bool:
    """A contents page without its heading: lines that are all numbered, or say that they are chapters."""
    return len(block) >= 5 and all(_NUMBERED.match(line) or is_division(line) for line in block)


def _is_entry(line: str) -> bool:
    stripped = line.strip()
    if len(stripped) > 90:
        return _ends_with_page(line)
    if _DIVISION.match(stripped) or _ends_with_page(line) or _NUMBERED.match(line):
        return True
    words = re.findall(r"[^\W\d_]+(?:['\u2019]\w+)?", stripped)
    capitals = sum(word[0].isupper() or word in _SMALL for word in words)
    return bool(words) and words[0][0].isupper() and capitals >= 0.75 * len(words) and not stripped.endswith((",", ";"))


def _ends_with_page(line: str) -> bool:
    return _PAGE_AT_END.search(line[-_PAGE_TAIL:]) is not None


def _is_again(line: str, found: list[str]) -> bool:
    key = entry_key(line)
    if not found or not key:
        return False
    return key in found or any(entry.startswith(key + " ") for entry in found[:2])


def _is_first(block: list[str]) -> bool:
    return (
        len(block) <= 2
        and re.match(r"^\W*(?:chapter|book|part|volume|letter)\s+(?:the\s+)?(?:i|1|one|first)\b", block[0], re.I)
        is not None
    )
