"""The earlier project's rules, case by case against their description, faults included."""

import random
from pathlib import Path

import pytest

from pocket_narrator.corpus import Story, read_stories
from pocket_narrator.corpus.cleaning.clean import clean
from pocket_narrator.corpus.cleaning.earlier.rules import judge_strictly
from pocket_narrator.recipe.schema import CleaningConfig

STRICT = CleaningConfig(rules="strict", min_letters=10)
LONG = "The little girl played with the red ball in the park all day long."


def reasons(text: str, settings: CleaningConfig = STRICT) -> list[str]:
    return [str(reason) for reason in judge_strictly(text, settings).reasons]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LONG, []),
        ("The cat.", ["too_few_letters(6)"]),
        (LONG + " caf\u00e9", ["invalid_chars(non_ascii:\u00e9)"]),
        ("\u201c" + LONG + "\u201d", ["invalid_chars(non_ascii:\u201c)"]),
        (LONG + " one \u2014 two\u2026", ["invalid_chars(non_ascii:\u2014)"]),
        (LONG + " A & B = C", ["invalid_chars(&)"]),
        (LONG + " \u00e9 &", ["invalid_chars(non_ascii:\u00e9)"]),
        (LONG + " .,;:'\"?!()-[]/`$+ 0123456789", []),
        *[(f"{LONG} {char}", [f"invalid_chars({char})"]) for char in "#%&*<=>@\\^_{|}~"],
        (LONG + " Zorblax", ["non_english_words(Zorblax)"]),
        (LONG + " qqa qqb qqc qqd qqe qqf", ["non_english_words(qqa qqb qqc qqd qqe)"]),
        ("123 456", ["too_few_letters(0)", "non_english_words"]),
    ],
)
def test_cases(text, found):
    assert reasons(text) == found


def test_a_rare_but_english_word_is_fatal_by_the_threshold():
    assert reasons(LONG + " mitten") == ["non_english_words(mitten)"]
    assert reasons(LONG + " mitten", CleaningConfig(rules="strict", min_letters=10, known_zipf=2.0)) == []


def test_only_ascii_letters_count():
    assert reasons("\u00e9" * 50 + " the cat sat")[0] == "too_few_letters(9)"


def test_paragraphs_are_lost():
    assert judge_strictly("One day.\n\n  Two\tdays.", STRICT).text == "One day. Two days."


def test_duplicates_name_the_first_even_if_that_was_rejected(tmp_path: Path):
    bad = LONG + " Zorblax"
    texts = [bad, LONG, LONG.upper(), bad, "  " + LONG.replace(" ", "\n"), LONG[:-1]]
    done = clean([Story(text) for text in texts], tmp_path, STRICT)
    assert [story.text for story in read_stories(done.clean)] == [LONG, LONG[:-1]]
    heads = [story.text.split("\n")[0] for story in read_stories(tmp_path / "rejected.txt")]
    assert heads == [
        "### STORY 0 | reasons: non_english_words(Zorblax)",
        "### STORY 2 | reasons: duplicate_of(1)",
        "### STORY 3 | reasons: duplicate_of(0), non_english_words(Zorblax)",
        "### STORY 4 | reasons: duplicate_of(1)",
    ]


def test_subsets_are_the_first_of_one_shuffled_list(tmp_path: Path):
    texts = [f"{LONG} {number}" for number in range(21)]
    clean([Story(text) for text in texts], tmp_path, STRICT)
    order = list(range(21))
    random.Random(42).shuffle(order)
    for name, count in (("half", 10), ("quarter", 5), ("eighth", 2)):
        assert [story.text for story in read_stories(tmp_path / f"{name}.txt")] == [
            texts[i] for i in sorted(order[:count])
        ]
