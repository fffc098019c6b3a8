"""What `narrator serve` refuses before it reads anything."""

import pytest

from pocket_narrator.cli.serve import _checked_key, _checked_origins
from pocket_narrator.errors import NarratorError


@pytest.mark.parametrize("key", ["", " ", "a b", "secret\n", "schl\u00fcssel", "\0"])
def test_a_key_that_nobody_can_send(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty one comes of a shell variable that was never set, and must not open the server to everybody."""
    with pytest.raises(NarratorError, match=r"--api-key (is empty|cannot be sent)"):
        _checked_key(key)
    monkeypatch.setattr("os.environ", {"NARRATOR_API_KEY": key})
    with pytest.raises(NarratorError, match=r"NARRATOR_API_KEY (is empty|cannot be sent)"):
        _checked_key(None)


def test_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"NARRATOR_API_KEY": "theirs"})
    assert _checked_key("mine") == "mine"
    assert _checked_key(None) == "theirs"
    monkeypatch.setattr("os.environ", {})
    assert _checked_key(None) is None


@pytest.mark.parametrize(
    "origin", ["", "localhost", "http://", "http://a/", "http://a/b", "a.example:80", "http://a b"]
)
def test_what_is_no_origin(origin: str) -> None:
    with pytest.raises(NarratorError, match="is no origin"):
        _checked_origins([origin])


def test_origins() -> None:
    given = ["http://localhost:3000", "*", "https://a.example", "null", "chrome-extension://abc"]
    assert _checked_origins(given) == given
