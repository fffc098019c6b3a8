"""Books: from a file of Project Gutenberg's to the text that a reader would read, with its chapters known."""

import re

from pocket_narrator.corpus.cleaning.books.contents import entry_key, is_division, strip_contents
from pocket_narrator.corpus.cleaning.books.layout import blocks_of, unwrap, wrap_width
from pocket_narrator.corpus.cleaning.books.licence import strip_licence
from pocket_narrator.corpus.cleaning.books.marks import strip_marks
from pocket_narrator.corpus.cleaning.mend import mend
from pocket_narrator.corpus.cleaning.rules import judge_mended
from pocket_narrator.corpus.cleaning.verdict import Book, Reason, Verdict
from pocket_narrator.recipe.schema import CleaningConfig

TIMES_A_STORY = 50  # a book may be this many times as long as a story
_BY = re.compile(r"^\W*by[\s:]+(\S.{2,60})", re.IGNORECASE)
_HEADING_LINES = 3


def clean_book(text: str) -> tuple[str, Book, tuple[str, ...], dict[str, str]]:
    """The text of a book, what is known of it, what was mended, and the fields of its header."""
    body, fields = strip_licence(text.replace("\r\n", "\n").replace("\r", "\n"))
    blocks, entries, before = strip_contents(blocks_of(strip_marks(body)))
    width = wrap_width(blocks)
    clean, mended = mend("\n\n".join(unwrap(block, width) for block in blocks))
    paragraphs = clean.split("\n\n")
    title, author = _title_page(paragraphs)
    book = Book(fields.get("title", title), fields.get("author", author), _chapters(paragraphs, entries, before))
    return clean, book, (*mended, *(("licence",) if fields else ())), fields


def judge_book(text: str, settings: CleaningConfig) -> Verdict:
    """As `judge` does for stories; rules about endings and rare words say nothing of books and are left out."""
    if len(text) > settings.max_characters * TIMES_A_STORY:
        return Verdict(text, (Reason("too_long", f"{len(text)}"),), (), [])
    clean, book, mended, fields = clean_book(text)
    verdict = judge_mended(clean, mended, settings)
    language = fields.get("language", "English")
    if not verdict.reasons and not language.lower().startswith("en") and "other_language" not in settings.skip:
        verdict = verdict._replace(reasons=(Reason("other_language", language),))
    return verdict._replace(book=book)


def _title_page(paragraphs: list[str]) -> tuple[str, str]:
    """Title and author where the header does not say them: the first lines, as books begin."""
    lines = [line.strip() for paragraph in paragraphs[:6] for line in paragraph.split("\n")]
    title = lines[0] if lines and len(lines[0]) < 120 else ""
    for line in lines:
        if (match := _BY.match(line)) is not None:
            return title, match.group(1).strip()
    return title, ""


def _chapters(paragraphs: list[str], entries: set[str], before: int) -> tuple[tuple[str, int], ...]:
    """Paragraphs that are headings: by what they say, or because the contents page before them lists them."""
    found = []
    start = 0
    for index, paragraph in enumerate(paragraphs):
        lines = paragraph.split("\n")
        if len(lines) <= _HEADING_LINES and len(paragraph) < 200:
            first = lines[0]
            is_listed = index >= before and (entry_key(first) in entries or entry_key(paragraph) in entries)
            if is_listed or is_division(first):
                found.append((" ".join(paragraph.split()), start))
        start += len(paragraph) + 2
    return tuple(found)
