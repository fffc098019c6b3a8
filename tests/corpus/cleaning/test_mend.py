"""Mending: what changes, what stays, and that plain text takes the short way with the same result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocket_narrator.corpus.cleaning import mend as module
from pocket_narrator.corpus.cleaning.mend import mend, one_line


@pytest.mark.parametrize(
    ("raw", "clean", "what"),
    [
        ("Tom ran.", "Tom ran.", ()),
        ("\u201cHi,\u201d said Tom\u2019s dog\u2026", '"Hi," said Tom\'s dog...', ("typography",)),
        ("one\u2014two \u2013 three", "one--two - three", ("typography",)),
        ("a\u00a0b\u200bc\u00ad", "a bc", ("typography",)),
        ("\ufb01sh \uff21\uff01", "fish A!", ("typography",)),
        (
            "\u00e2\u20ac\u0153Hi\u00e2\u20ac\u009d, said Zo\u00c3\u00ab.",
            '"Hi", said Zo\u00eb.',
            ("encoding", "typography"),
        ),
        ("Caf\u00e9", "Caf\u00e9", ()),
        ("Cafe\u0301", "Caf\u00e9", ("encoding",)),
        ("Tom &amp; Mia &quot;ran&quot; &#8217;", 'Tom & Mia "ran" \'', ("encoding", "typography")),
        ("R&D; AT&T", "R&D; AT&T", ()),
        ("a  b\t c \n  d", "a b c\nd", ("blanks",)),
        ("one\n\n\n\ntwo", "one\n\ntwo", ("blanks",)),
        ('"Hi," said Tom.\n"Ho," said Mia.\n\nThey ran.', '"Hi," said Tom.\n"Ho," said Mia.\n\nThey ran.', ()),
        ("bell\x07", "bell", ("encoding",)),
        ("a\r\nb\rc", "a\nb\nc", ("typography",)),
        ("half \ud83d", "half \ufffd", ("encoding",)),
        ("", "", ()),
    ],
)
def test_cases(raw, clean, what):
    assert mend(raw) == (clean, what)


PARTS = st.sampled_from(
    ["a", "B.", " ", "  ", "\n", "\n\n\n", "\t", "\u2019", "\u00e9", "&amp;", "\x00", "\u2028", "\r\n", '"']
)


@given(st.lists(PARTS, max_size=30).map("".join))
def test_mended_text_needs_no_more_mending(raw):
    clean, _ = mend(raw)
    again, what = mend(clean)
    assert (again, what) == (clean, ())
    assert "  " not in clean
    assert "\n\n\n" not in clean
    assert clean == clean.strip()


@given(st.text(st.sampled_from("ab .,\n\"'\t"), max_size=60))
def test_the_short_way_equals_the_long_one(raw):
    short = mend(raw)
    plain, module._PLAIN = module._PLAIN, b""
    try:
        assert mend(raw) == short
    finally:
        module._PLAIN = plain


def test_one_line():
    assert one_line(" a\n\n b\tc ") == "a b c"
