"""Files that hold text in a form that is not read here, known by their content, and how to get the text out of them."""

from collections.abc import Sequence

from pocket_narrator.errors import CorpusError
from pocket_narrator.terminal.messages import shell_words

_PANDOC = "pandoc -t plain --wrap=none -o {1} {0}"
_HOW = {  # what it is: how to get at its text
    "a PDF": "pdftotext {0} {1} (of poppler), then look at the text: headers and hyphens come along",
    "an RTF document": _PANDOC,
    "an HTML page": _PANDOC,
    "a Word document (.docx)": _PANDOC,
    "an EPUB book": _PANDOC,
    "an OpenDocument text (.odt)": _PANDOC,
    "an old Word document (.doc)": "soffice --headless --convert-to txt:Text {0}, or save it as text in a word processor",
    "a Mobipocket or Kindle book": "ebook-convert {0} {1} (of Calibre)",
    "a spreadsheet (.xlsx, .ods)": "save it as CSV (UTF-8), and name that file",
    "an Office file": "save its text as .txt",
    "a SQLite database": "write its stories to a .jsonl file, one JSON object with the key text a line",
    "an Arrow file": "write it as Parquet: datasets.load_from_disk(FOLDER).to_parquet('stories.parquet')",
    "a 7z archive": "unpack it, and name the folder",
    "a RAR archive": "unpack it, and name the folder",
}
_BEGINNINGS = (
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word document (.doc)"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"ARROW1\0\0", "an Arrow file"),
    (b"\xff\xff\xff\xff", "an Arrow file"),  # a stream, as the library `datasets` keeps it
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
)
_PAGES = (b"<!doctype html", b"<html")
_MEMBERS = (  # of a zip file that is one document
    ("META-INF/container.xml", "an EPUB book"),
    ("word/document.xml", "a Word document (.docx)"),
    ("xl/workbook.xml", "a spreadsheet (.xlsx, .ods)"),
    ("ppt/presentation.xml", "an Office file"),
    ("content.xml", "an OpenDocument text (.odt)"),
)


def refuse_foreign(head: bytes, where: str) -> None:
    """Raises CorpusError, with the way to get at the text, if a file that begins with `head` is such a one."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            raise _foreign(kind, where)
    if b"%PDF-" in head[:1024]:
        raise _foreign("a PDF", where)
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        raise _foreign("a Mobipocket or Kindle book", where)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_PAGES) or (start.startswith(b"<?xml") and b"<html" in start):
        raise _foreign("an HTML page", where)


def refuse_document(names: Sequence[str], where: str) -> None:
    """The same for a zip file with members of these names."""
    for member, kind in _MEMBERS:
        if member in names and ("mimetype" in names or "[Content_Types].xml" in names):
            raise _foreign(kind, where)


def _foreign(kind: str, where: str) -> CorpusError:
    return CorpusError(
        f"the file is {kind}, which is not read",
        where=where,
        expected="plain text in UTF-8, JSON, CSV or Parquet",
        hint=_HOW[kind].format(shell_words([where]), shell_words([f"{where}.txt"])),
    )
