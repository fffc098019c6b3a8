"""The standard rules, case by case: what each rejects, what it must not, and what the earlier project got wrong."""

import sys

import pytest

from pocket_narrator.corpus.cleaning.english import known_words, language_of
from pocket_narrator.corpus.cleaning.judging import judge_run, judge_story
from pocket_narrator.corpus.cleaning.mend import mend
from pocket_narrator.corpus.cleaning.rules import judge, split_words
from pocket_narrator.errors import MissingExtraError, how_to_install
from pocket_narrator.recipe.schema import CleaningConfig

STORY = (
    "Once upon a time there was a little girl named Lily. She had a red ball and she loved to play with it in the park. "
    'One day the ball rolled away. "Oh no!" said Lily. A kind dog brought it back, and they played until the sun went down.'
)
GERMAN = (
    "Es war einmal ein kleiner Hund, der lief in den Wald und war sehr traurig, weil er seine Mutter nicht fand. Dann kam "
    "ein alter Mann und half ihm, und sie gingen zusammen nach Hause."
)
SPANISH = (
    "El perro corria por el bosque y estaba muy triste porque no encontraba a su madre. Entonces vino un hombre viejo y lo "
    "ayudo, y los dos volvieron juntos a la casa."
)


def rules_against(text: str, **settings) -> list[str]:
    return [reason.rule for reason in judge(text, CleaningConfig(**settings)).reasons]


def test_a_story_is_kept():
    verdict = judge(STORY, CleaningConfig())
    assert not verdict.reasons
    assert verdict.text == STORY
    assert verdict.words[:4] == [b"once", b"upon", b"a", b"time"]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", ["empty", "too_few_letters", "truncated"]),
        ("Tom ran.", ["too_few_letters"]),
        (STORY + " \u5973\u5b69.", ["odd_characters"]),
        (STORY + " <br> {x}.", ["odd_characters"]),
        (STORY + " \U0001f642!", ["odd_characters"]),
        (STORY[:-30], ["truncated"]),
        (STORY[:-1] + ",", ["truncated"]),
        (STORY + "\nThe End", []),
        (STORY + '\n"We did it!"', []),
        (STORY + " (Really.)", []),
        (STORY.replace('"', "\u201d").replace("-", "\u2014") + " \u2026", []),
        (GERMAN, ["foreign_words", "other_language"]),
        (SPANISH, ["foreign_words", "other_language"]),
        (STORY.replace("Lily", "Zorblaxa").replace("park", "Quxwood"), []),
        (STORY.replace("dog", "cat named Fifi") + ' She said "hola" to the beautiful caf\u00e9.', []),
        (STORY + " <|endoftext|> Again.", ["delimiter_inside", "odd_characters"]),
        ("a" * 300_000, ["too_long"]),
    ],
)
def test_cases(text, rules):
    assert rules_against(text) == rules


def test_many_words_that_english_does_not_know():
    odd = (
        STORY.replace("play", "plaaaayy")
        .replace("ball", "balllo")
        .replace("brought", "brungted")
        .replace("little", "lidle")
    )
    found = judge(odd, CleaningConfig()).reasons
    assert [reason.rule for reason in found] == ["foreign_words"]
    assert "balllo" in found[0].detail
    assert not judge(odd, CleaningConfig(max_foreign_words=0.2)).reasons


def test_thresholds_and_skipped_rules():
    assert rules_against("Tom ran.", min_letters=6) == []
    assert rules_against("Tom ran.", min_letters=7) == ["too_few_letters"]
    assert rules_against("Tom ran", skip=("too_few_letters", "truncated")) == []
    assert rules_against(GERMAN, skip=("other_language",)) == ["foreign_words"]


def test_words_are_split_alike_with_and_without_accents():
    text = "Don't stop, Z 3 times -- OK?"
    assert split_words(text, text.encode()) == [b"don", b"t", b"stop", b"z", b"3", b"times", b"ok"]
    accented = text + " \u00c9t\u00e9"
    assert split_words(accented, accented.encode()) == [*split_words(text, text.encode()), "\u00e9t\u00e9".encode()]


def test_a_run_is_judged_as_its_stories_are():
    texts = [STORY, GERMAN, "Tom ran.", STORY + " The end."]
    judged = judge_run(texts, CleaningConfig())
    assert [verdict.reasons for verdict in judged.verdicts] == [
        judge_story(text, CleaningConfig()).reasons for text in texts
    ]
    assert judged.printed == [0, 3]
    assert len(judged.prints) == len(judged.shuffle) == 2


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("py3langid", lambda: language_of(STORY)),
        ("ftfy", lambda: mend("caf\u00e9")),
        ("wordfreq", lambda: known_words(7.25)),
    ],
)
def test_a_missing_package_is_named(package, call, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=package) as caught:
        call()
    assert caught.value.hint == how_to_install("data")
