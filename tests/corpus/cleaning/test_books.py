"""Books: every kind of header, footer, mark and wrap; and ten real ones where they are at hand."""

import re
from pathlib import Path

import pytest

from pocket_narrator.corpus.cleaning.books import clean_book, judge_book
from pocket_narrator.corpus.cleaning.books.contents import entry_key, is_division
from pocket_narrator.corpus.cleaning.books.layout import blocks_of, unwrap, wrap_width
from pocket_narrator.corpus.cleaning.books.licence import strip_licence
from pocket_narrator.corpus.cleaning.books.marks import strip_marks
from pocket_narrator.recipe.schema import CleaningConfig

REAL = Path(__file__).parents[4] / "shared" / "data" / "gutenberg" / "books"

STORY = """It was a bright cold day in the village, and the old baker stood at his door and
looked along the road, where nobody had come for a week. He had baked too
much bread again.

"Who will eat all this?" he asked his cat.

"I will not," said the cat, who could speak when she wanted to, but
did not want to often."""

HEADERS = {
    "modern": """\ufeffThe Project Gutenberg eBook of The Baker

This ebook is for the use of anyone anywhere in the United States and
most other parts of the world at no cost. You may copy it under the terms of
the Project Gutenberg License included with this ebook or online at www.gutenberg.org.

Title: The Baker
       and his Cat

Author: Ann Example

Release date: May 1, 2001 [eBook #9999]

Language: English

Credits: Somebody

*** START OF THE PROJECT GUTENBERG EBOOK THE BAKER
AND HIS CAT ***

Produced by Some Body and the Online Distributed Proofreading Team
at https://www.pgdp.net

""",
    "this": """Project Gutenberg's The Baker, by Ann Example

Title: The Baker

Author: Ann Example

*** START OF THIS PROJECT GUTENBERG EBOOK THE BAKER ***

E-text prepared by Some Body

""",
    "small print": """**The Project Gutenberg Etext of The Baker, by Ann Example**

Title: The Baker

Author: Ann Example

*** START: FULL LICENSE ***
*SMALL PRINT! for PUBLIC DOMAIN ETEXTS*
Why is this "Small Print!" statement here? You know: lawyers.

*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*

This etext was prepared by Some Body.

""",
    "none": "",
}
FOOTERS = {
    "modern": "\n\n*** END OF THE PROJECT GUTENBERG EBOOK THE BAKER ***\n\nSection 1. General Terms of Use\n",
    "two lines": "\n\nEnd of the Project Gutenberg EBook of The Baker, by Ann Example\n\n*** END OF THIS PROJECT GUTENBERG EBOOK ***\n",
    "etext": "\n\nEnd of The Project Gutenberg Etext of The Baker, by Ann Example\n",
    "possessive": "\n\nEnd of Project Gutenberg's The Baker, by Ann Example\n\n***** This file should be named 9999.txt *****\n",
    "licence alone": "\n\n*** START: FULL LICENSE ***\n\nTHE FULL PROJECT GUTENBERG LICENSE\nPLEASE READ THIS\n",
    "small print": "\n\n***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN EBOOKS**START***\nWhy is this here?\n\nIt tells lawyers.\n",
    "this is the end": "\n\n  *** This is the End of the Project Gutenberg Etext of The Baker ***\n\nMore of its kind.\n",
    "none": "\n",
}


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize("header", HEADERS)
def test_licences_go(header, footer):
    body, fields = strip_licence(HEADERS[header] + STORY + FOOTERS[footer])
    assert body == STORY
    if header != "none":
        assert fields["author"] == "Ann Example"
        assert fields["title"] == ("The Baker and his Cat" if header == "modern" else "The Baker")


def test_a_paragraph_that_speaks_of_the_project_goes_wherever_it_is():
    spoken = STORY + "\n\nThis file is from www.gutenberg.org\nand is free.\n\nHe met Johannes Gutenberg, a printer."
    edition = "A Millennium Fulcrum Edition, which is in the public\ndomain in the US."
    assert strip_licence(f"{STORY}\n\n{edition}\n\n{STORY}").body == f"{STORY}\n\n{STORY}"
    assert strip_licence(spoken).body == STORY + "\n\nHe met Johannes Gutenberg, a printer."


def test_what_was_produced_by_a_person_in_the_story_stays():
    text = "\n\n".join([STORY] * 8 + ["It was produced by the baker."] + [STORY] * 8)
    assert strip_licence(text).body == text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("He ran {12} and [Pg 13] ran. [14] Then[3a] he sat {pg iv}.", "He ran  and  ran.  Then he sat ."),
        ("One.\n\n[Illustration: The cat\n\nsat [here] down]\n\nTwo.", "One.\n\n\n\nTwo."),
        ("[Illustration]\nOne.[Footnote 1: Or\ntwo.]", "\nOne."),
        ("He said _yes_ and _no, never_; snake_case stays.", "He said yes and no, never; snake_case stays."),
        (
            "_Any_body saw him_self on the 10_th_ with 600_l._ and H_{2}O.",
            "Anybody saw him_self on the 10th with 600l. and H2O.",
        ),
        ("It was _un_important, my_self_ said.", "It was unimportant, myself said."),
        ("[Transcriber's Note: spelling kept.]\n\nOne.", "\n\nOne."),
        ("One.\n\n  - 12 -  \n\nPage 13\n\nTwo.", "One.\n\n\n\n\n\nTwo."),
        ("Gibbie [he was small] ran.", "Gibbie [he was small] ran."),
        ("It cost {a lot}.", "It cost {a lot}."),
    ],
)
def test_marks_go(raw, clean):
    assert strip_marks(raw) == clean


def test_page_numbers_go_and_chapter_numbers_stay():
    pages = "\n\n".join(f"{STORY}\n\n{number}" for number in range(30, 60))
    assert not re.search(r"^\d+$", strip_marks(pages), re.MULTILINE)
    chapters = "\n\n".join(f"{number}\n\n" + "\n\n".join([STORY] * 20) for number in range(1, 30))
    assert strip_marks(chapters) == chapters


def test_notes_about_the_transcription_go():
    text = "\n\n".join([STORY] * 60)
    assert strip_marks(text + "\n\nTranscriber's Notes:\n\nTypos mended.\n\n- one\n\n- two\n") == text
    assert strip_marks("Transcriber's Note:\n\nTypos mended.\n\n" + text) == text
    assert strip_marks("Transcriber's note: typos\nmended.\n\n" + text) == text
    assert (
        strip_marks("By Ann\n\nPREPARER'S NOTE\n\n  Typos mended.\n\nCONTENTS\n\n" + text)
        == "By Ann\n\nCONTENTS\n\n" + text
    )


CONTENTS = {
    "block": "CONTENTS\n\n  I. The Baker\n  II. The Cat\n  III. The Bread",
    "pages": "Table of Contents\n\nCHAPTER I. The Baker ........ 1\nCHAPTER II. The Cat ....... 12\nCHAPTER III. The Bread ....... 20",
    "spread": "Contents\n\nI. The Baker\n\nII. The Cat\n\nIII. The Bread",
    "bare": "I. The Baker\nII. The Cat\nIII. The Bread\nIV. The Mill\nV. The End",
    "titles": "CONTENTS:\n\nThe Baker\nThe Cat\nThe Bread\n\nILLUSTRATIONS\n\nThe Baker at his Door    12\nThe Cat    30",
}


@pytest.mark.parametrize("contents", CONTENTS)
def test_contents_pages_go_and_chapters_are_known(contents):
    roman = contents != "titles"
    headings = ["I. The Baker", "II. The Cat", "III. The Bread"] if roman else ["The Baker", "The Cat", "The Bread"]
    body = "\n\n".join(f"{heading}\n\n{STORY}\n\n{STORY}" for heading in headings)
    clean, book, _, _ = clean_book(f"THE BAKER\n\nBy Ann Example\n\n{CONTENTS[contents]}\n\n{body}\n")
    assert (book.title, book.author) == ("THE BAKER", "Ann Example")
    paragraphs = clean.split("\n\n")
    assert paragraphs[:3] == ["THE BAKER", "By Ann Example", headings[0]]
    assert [title for title, _ in book.chapters] == headings
    assert all(clean[start:].startswith(title) for title, start in book.chapters)
    assert clean.count("The Baker") == 1


def test_a_list_of_captions_goes_and_the_story_stays():
    captions = '"\'I will bake,\' he said"\n\n"Evidently she had been\nasleep."\n\n"At the door stood a cat."  120'
    text = f"THE BAKER\n\nLIST OF ILLUSTRATIONS\n\n{captions}\n\nTHE BAKER\n\nI\n\n{STORY}\n\n{STORY}"
    paragraphs = clean_book(text)[0].split("\n\n")
    assert paragraphs[:3] == ["THE BAKER", "THE BAKER", "I"]
    assert paragraphs[3].startswith("It was a bright cold day")


def test_a_story_that_speaks_of_contents_stays():
    text = f"{STORY}\n\nContents\n\nwere all that he had left, and they were not much to look at, he thought sadly.\n\n{STORY}"
    clean, _, _, _ = clean_book(text)
    assert "Contents\n\nwere all that he had left" in clean


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("CHAPTER I", True),
        ("Chapter the Last", True),
        ("XIV.", True),
        ("IV. The Mill", True),
        ("PREFACE", True),
        ("Letter 4", True),
        ("12", True),
        ("Did.", False),
        ('"I!"', False),
        ("I. am not one of them, said the cat, and so on and on, until everybody had gone home to bed at last", False),
        ("He read chapter I.", False),
    ],
)
def test_what_begins_a_chapter(line, is_one):
    assert is_division(line) is is_one


def test_entries_and_headings_are_compared_without_case_points_and_pages():
    assert (
        entry_key("Stave   I: Marley's Ghost ..... 12")
        == entry_key("STAVE I:  MARLEY'S GHOST")
        == "stave i marley s ghost"
    )
    assert entry_key("CHAPTER II. The Cat") == entry_key("ii: the cat") == "ii the cat"


def unwrapped(text: str) -> list[str]:
    blocks = blocks_of(text)
    return [unwrap(block, wrap_width(blocks)) for block in blocks]


def test_wrapped_prose_becomes_one_line_and_verse_keeps_its_lines():
    verse = "The cat sat on the mat,\nAnd there she ate a rat,\n  And that was that."
    prose = unwrapped(f"{STORY}\n\n{verse}\n\n***  *\n\n{STORY}")
    assert prose[1] == '"Who will eat all this?" he asked his cat.'
    assert prose[2] == '"I will not," said the cat, who could speak when she wanted to, but did not want to often.'
    assert "\n" not in prose[0]
    assert prose[3] == "The cat sat on the mat,\nAnd there she ate a rat,\nAnd that was that."
    assert prose[4] == "* * *"


def test_hyphens_and_dashes_at_line_ends():
    lines = (
        "One morning in the spring of that same year he went to see the well-\n"
        "known baker of the village, who had been baking bread for a week--\n"
        "for a whole week, and the bread was as good as bread can be."
    )
    joined = unwrapped(f"{lines}\n\n{STORY}")[0]
    assert "the well-known baker" in joined
    assert "for a week--for a whole week" in joined


def test_paragraphs_begun_by_indents_are_parted():
    wide = STORY.split("\n\n")[0].replace("\n", "\n")
    text = f"   {wide}\n   {wide}\n   {wide}"
    assert len(blocks_of(text)) == 3


def test_language_and_length():
    header = HEADERS["this"].replace("Title: The Baker\n", "Title: The Baker\n\nLanguage: French\n")
    text = header + "\n\n".join([STORY] * 5)
    assert [str(reason) for reason in judge_book(text, CleaningConfig(books=True)).reasons] == [
        "other_language(French)"
    ]
    short = CleaningConfig(books=True, max_characters=10)
    assert [reason.rule for reason in judge_book(text, short).reasons] == ["too_long"]


LEFT_OVER = re.compile(
    r"project gutenberg|gutenberg\.org|small print!|\be-?text (?:was|prepared)|distributed proofread|transcriber"
    r"|\[illustration|\[(?:pg|page) ?\w+\]|\{(?:pg|page)? ?\d+\}|^\[footnote"
    r"|^\W*(?:table of )?contents\W*$|^(?:page )?(?!1[5-9]\d\d$)\d{2,4}$",  # a year on a title page is none
    re.IGNORECASE | re.MULTILINE,
)


@pytest.mark.parametrize(
    "part", [".", "_", "*", "[", "[Illustration ", " ", "\n ", "- ", "{", "I. ", "CONTENTS\n\n", "1\n\n"]
)
def test_no_text_takes_forever(part):
    clean_book("CONTENTS\n\n" + part * 30_000 + "\n\n" + STORY)


@pytest.mark.skipif(not REAL.is_dir(), reason="the books are not at hand")
@pytest.mark.parametrize("book", sorted(REAL.glob("*.txt"))[8::8], ids=lambda path: path.stem)
def test_nothing_is_left_over_in_real_books(book):
    raw = book.read_text(encoding="utf-8")
    verdict = judge_book(raw, CleaningConfig(books=True))
    assert not verdict.reasons
    assert LEFT_OVER.findall(verdict.text) == []
    assert len(verdict.text) > 0.9 * len(raw)
    paragraphs = verdict.text.split("\n\n")
    long_lines = sum(len(line) > 120 for line in verdict.text.split("\n"))
    assert long_lines > 0.15 * len(paragraphs)  # wraps are undone
