"""Mends what is wrong with a story's characters without touching its words: encoding damage, typography, blanks.

A story of plain ASCII, which nearly all are, costs two passes over its bytes.
"""

import html
import re
import unicodedata

from pocket_narrator.errors import MissingExtraError

# Characters that need no looking at: what is left of a story without them decides about the slow way. An ampersand
# may begin an entity, so it is not among them; nor are tabs and other blanks.
_PLAIN = bytes(
    sorted(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n" + b".,;:'\"?!()-[]/`$+%*_#@=<>{}|\\^~")
)

_TYPOGRAPHY = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc\u02b9\u2039\u203a"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-"),
    **dict.fromkeys(map(ord, "\u2014\u2015"), "--"),  # as typewriters and Project Gutenberg write it
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"), ""),  # of no width
    **dict.fromkeys([0x00A0, 0x202F, 0x205F, 0x3000, *range(0x2000, 0x200B)], " "),
    **{0x2026: "...", 0x0085: "\n", 0x2028: "\n", 0x2029: "\n\n", 0x000D: "\n"},
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)},  # ligatures: fi, fl, ...
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # the wide forms of ASCII
}
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,5});")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")

Mended = tuple[str, ...]  # which of "encoding", "typography", "blanks" had something to do


def mend(text: str) -> tuple[str, Mended]:
    """The text as it should have been written, and what was mended.

    Encoding damage is undone (by ftfy), entities such as `&quot;` are resolved, typographic quotes, dashes and
    ellipses become their ASCII forms, invisible characters go, letters with accents stay (as one character each).
    Lines and paragraphs stay: runs of blanks become one, several empty lines one, none at the ends.
    """
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        tidy = _tidy_blanks(text)
        return tidy, (() if tidy == text else ("blanks",))
    mended = []
    sound = _mend_encoding(text)
    if sound != text:
        mended.append("encoding")
    plain = sound.replace("\r\n", "\n").translate(_TYPOGRAPHY)
    if plain != sound:
        mended.append("typography")
    tidy = _tidy_blanks(plain)
    if tidy != plain:
        mended.append("blanks")
    return tidy, tuple(mended)


def one_line(text: str) -> str:
    """All runs of white space as one blank: how the earlier project wrote its stories."""
    return " ".join(text.split())


def _mend_encoding(text: str) -> str:
    if not text.isascii():
        # Half a character of UTF-16 can come out of a JSON file; nothing can encode it.
        text = _SURROGATE.sub("\ufffd", text)
        text = unicodedata.normalize("NFC", _undo_wrong_decoding(text))
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
        text = _SURROGATE.sub("\ufffd", text)
    return _CONTROL.sub("", text)


def _undo_wrong_decoding(text: str) -> str:
    try:
        import ftfy
        from ftfy.badness import is_bad
    except ImportError:
        raise MissingExtraError("ftfy", "data") from None
    return ftfy.fix_encoding(text) if is_bad(text) else text


def _tidy_blanks(text: str) -> str:
    if "  " in text or " \n" in text or "\n " in text or "\t" in text or not text.isascii():
        text = _LINE_ENDS.sub("\n", _BLANKS.sub(" ", text))
    if "\n\n\n" in text:
        text = _BLANK_LINES.sub("\n\n", text)
    return text.strip()
