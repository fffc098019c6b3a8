"""Errors for users: what, where, expected, found and hint in one message."""

import pytest

from pocket_narrator import errors
from pocket_narrator.errors import MissingExtraError, NarratorError, reason_of

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, NarratorError)]


def test_message_lists_only_what_is_given() -> None:
    assert str(NarratorError("it broke")) == "it broke"
    error = NarratorError("it broke", where="a.txt", expected="3 lines", found="5", hint="mend it")
    assert str(error) == "it broke\n  where: a.txt\n  expected: 3 lines\n  found: 5\n  hint: mend it"
    assert str(NarratorError("it broke", hint="mend it")) == "it broke\n  hint: mend it"


def test_missing_extra_names_the_install_line() -> None:
    error = MissingExtraError("wandb", "track")
    assert str(error).splitlines() == [
        "the package 'wandb' is needed for this and is not installed",
        '  hint: pip install "wandb>=0.19" "tensorboard>=2.18"',
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_caught_as_one_and_explained(kind: type[NarratorError]) -> None:
    assert kind.__name__.endswith("Error")
    assert kind.__doc__
    error = kind("a", "serve") if kind is MissingExtraError else kind("a", where="serve")
    assert isinstance(error, NarratorError)
    assert "a" in str(error)
    assert "serve" in str(error) or "uvicorn" in str(error)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(2, "No such file or directory", "a.txt"), "no such file or directory"),
        (UnicodeDecodeError("utf-8", b"a\xff", 1, 2, "invalid start byte"), "it is not text in UTF-8 (byte 2)"),
        (ValueError("one\ntwo"), "one"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_reason_has_no_numbers_of_errors_and_no_names_of_codecs(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
