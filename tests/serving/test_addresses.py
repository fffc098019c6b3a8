"""Where a server can be reached."""

import pytest

from pocket_narrator.serving.addresses import local_url, qr_code, url_for_others
from pocket_narrator.serving.hosts import is_loopback


def test_what_a_browser_on_this_machine_opens() -> None:
    """0.0.0.0 is an address to listen on and none to go to."""
    assert local_url("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert local_url("::", 80) == "http://[::1]:80"
    assert local_url("127.0.0.1", 7860) == "http://127.0.0.1:7860"
    assert local_url("fd00::2", 80) == "http://[fd00::2]:80"


def test_what_a_phone_opens() -> None:
    assert url_for_others("127.0.0.1", 80) is url_for_others("localhost", 80) is url_for_others("::1", 80) is None
    assert url_for_others("192.168.1.7", 7860) == "http://192.168.1.7:7860"
    found = url_for_others("0.0.0.0", 7860)
    assert found is None or not is_loopback(found.removeprefix("http://").rsplit(":", 1)[0])  # None: in no network


def test_a_code_for_the_camera() -> None:
    pytest.importorskip("segno", reason="make setup")
    drawn = qr_code("http://192.168.1.7:7860")
    assert drawn is not None
    assert len({len(line) for line in drawn.splitlines()}) == 1
    assert drawn != qr_code("http://192.168.1.8:7860")


def test_without_the_package_there_is_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert qr_code("http://192.168.1.7:7860") is None
