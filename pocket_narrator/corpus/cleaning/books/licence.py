"""Project Gutenberg's header and footer: what they say of the book, and the book without them.

The wording has changed since 1971: `*** START OF THE PROJECT GUTENBERG EBOOK`, `*** START OF THIS ...`, the "small
print" of the nineties that ends in `*END*THE SMALL PRINT!`, and books that only begin "The Project Gutenberg Etext of".
"""

import re
from typing import NamedTuple

_START = re.compile(
    r"^[ *]{0,20}(?:START OF (?:THE|THIS) PROJECT GUTENBERG[^\n]*(?:\n[^\n]+)*?\*\*\*"
    r"|END[ *]{0,5}THE SMALL PRINT[^\n]*)[^\n]*\n",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(
    r"^[ *]{0,20}(?:(?:THIS IS )?(?:THE )?END OF (?:THE |THIS )?PROJECT GUTENBERG|END OF (?:THE )?(?:E-?TEXT|EBOOK)\b"
    r"|START: FULL LICENSE|START(?: OF |[ *]{1,5})THE SMALL PRINT)",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(r"^(Title|Author|Language|Subject|LoC Class):[ \t]*(.+(?:\n[ \t]{2,}.+)*)", re.MULTILINE)
_HEADER_CHARACTERS = 40_000  # a header is at most as long
# Paragraphs about how the file was made, at its beginning or end; and what is left of a licence anywhere.
_CREDITS = re.compile(
    r"\s*[\[(*]*\s*(?:This )?(?:E-?text|eBook|HTML version|file|book)? ?(?:was |is )?"
    r"(?:first )?(?:produced|prepared|scanned|proofed|typed|transcribed|converted|digitized|updated|edited)"
    r"(?: and \w+)? (?:by|from|for)\b",
    re.IGNORECASE,
)
_CREDITED_PARAGRAPHS = 12
_LICENCE = re.compile(
    r"Project Gutenberg|gutenberg\.(?:org|net|com)|\bpglaf\b|Gutenberg-tm|Distributed Proofread|pgdp\.net"
    r"|public\s+domain\s+in\s+the\s+(?:US|U\.S\.|United States)\b|Millennium Fulcrum"
    r"|This eBook is for the use of|Character set encoding:|^[ \t]*\[?(?:E-?text|eBook) #?\d",
    re.IGNORECASE | re.MULTILINE,
)


class Licensed(NamedTuple):
    """A book as it came."""

    body: str
    fields: dict[str, str]  # of the header, by lower-case name


def strip_licence(text: str) -> Licensed:
    """The book without header, footer, credits and any paragraph that speaks of Project Gutenberg."""
    starts = [match for match in _START.finditer(text, 0, _HEADER_CHARACTERS)]
    begin = starts[-1].end() if starts else 0
    end = _END.search(text, begin)
    body = text[begin : end.start() if end else len(text)]
    fields = {}
    if starts or _LICENCE.search(text, 0, 2_000):
        header = text[: begin or _HEADER_CHARACTERS // 10]
        for name, value in _FIELD.findall(header):
            fields.setdefault(name.lower(), " ".join(value.split()))
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", body.strip("\n"))
    kept = [
        paragraph
        for index, paragraph in enumerate(paragraphs)
        if not _LICENCE.search(paragraph)
        and not (
            min(index, len(paragraphs) - 1 - index) < _CREDITED_PARAGRAPHS
            and len(paragraph) < 600
            and _CREDITS.match(paragraph)
        )
    ]
    return Licensed("\n\n".join(kept), fields)
