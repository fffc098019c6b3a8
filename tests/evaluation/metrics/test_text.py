"""Words, sentences and names."""

import pytest

from pocket_narrator.evaluation.metrics.form import is_well_formed
from pocket_narrator.evaluation.metrics.text import Sample, names, ngrams, paragraphs, sentences, words


def test_words_keep_their_apostrophes_and_hyphens():
    assert words("Don't go, Merry-go-round! It's Tom's caf\u00e9_2.") == ("don't", "go", "merry-go-round", "it's", "tom's", "caf\u00e9", "2")  # fmt: skip
    assert words(" ... ") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ('"Why?" she asked. "No!"', ['"Why?" she asked.', '"No!"']),
        ("Mr. Brown came. He sat.", ["Mr. Brown came.", "He sat."]),
        ("He waited... and waited. Then no more", ["He waited... and waited.", "Then no more"]),
        ("A line\nAnother line.", ["A line", "Another line."]),
        ('He said, "Go." She went.', ['He said, "Go."', "She went."]),
        ("It cost 3.50 dollars. Cheap!", ["It cost 3.50 dollars.", "Cheap!"]),
    ],
)
def test_sentences(text, expected):
    assert list(sentences(text)) == expected


def test_names_are_capitals_inside_a_sentence():
    text = 'Lily met Tom. Big dogs like Tom. "Hello, Lily," said the dog. Then Lily\'s mom came. Ben left. She saw Ben.'
    assert names(text) == (("Lily", "Tom"), ("Tom",), ("Lily",), ("Lily",), ("Ben",), ("Ben",))
    assert names("Once there was a dog. Dogs bark. I am on Monday.") == ((), (), ())


def test_small_views():
    assert paragraphs("a\n\n b \n") == ("a", "b")
    assert ngrams(("a", "b", "c"), 2) == [("a", "b"), ("b", "c")]
    assert ngrams(("a",), 2) == []
    assert Sample(" world", "Hello").whole == "Hello world"


@pytest.mark.parametrize("piece", [". ", ".", "!?", "once upon a time ", "Tom said ", '."', "a.\n"])
def test_time_grows_with_the_length_of_a_text_alone(piece: str) -> None:
    """What was quadratic took minutes for texts of this size; that is more than the limit of a test."""
    text = piece * (1_000_000 // len(piece)) + "x"
    assert sum(map(len, sentences(text))) <= len(text)
    assert len(names(text)) == len(sentences(text))
    assert is_well_formed(text) in (True, False)
