"""Under which names a server answers, and to whose pages."""

import pytest

from pocket_narrator.serving.hosts import Hosts, is_loopback


def answers(hosts: Hosts, host: str | None, origin: str | None = None) -> bool:
    given = {b"host": host, b"origin": origin}
    return hosts.why_not({name: value.encode() for name, value in given.items() if value is not None}) is None


HOME = ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8000", "LOCALHOST", "localhost."]
FOREIGN = ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.7", "evil@localhost", "[::1", "localhost:x", " "]  # fmt: skip


@pytest.mark.parametrize("bound", ["127.0.0.1", "localhost", "::1"])
def test_bound_to_loopback(bound: str) -> None:
    hosts = Hosts(bound)
    assert all(answers(hosts, name) for name in HOME)
    assert not any(answers(hosts, name) for name in FOREIGN)
    assert answers(hosts, None)  # HTTP/1.0: no browser


@pytest.mark.parametrize("bound", ["0.0.0.0", "::", "192.168.1.7"])
def test_bound_elsewhere_any_address_but_no_name(bound: str) -> None:
    hosts = Hosts(bound)
    assert all(answers(hosts, name) for name in [*HOME, "192.168.1.7:8000", "[fd00::2]:80"])
    assert not any(answers(hosts, name) for name in FOREIGN if name != "192.168.1.7")


def test_names_that_were_given() -> None:
    hosts = Hosts("127.0.0.1", ["Stories.example", "[fd00::2]"])
    assert answers(hosts, "stories.example:443")
    assert answers(hosts, "[fd00::2]:8000")
    assert not answers(hosts, "other.example")


def test_pages() -> None:
    hosts = Hosts("0.0.0.0", ["stories.example"])
    for origin in ("http://localhost:3000", "http://127.0.0.1", "https://stories.example", "http://192.168.1.7:8000"):
        assert answers(hosts, "192.168.1.7:8000", origin)
    for origin in ("http://evil.example", "null", "http://192.168.1.9:8000", "chrome-extension://abc", "", "://"):
        assert not answers(hosts, "192.168.1.7:8000", origin)
    asked_for = Hosts("127.0.0.1", origins=["http://page.example"])
    assert answers(asked_for, "localhost", "http://page.example")
    assert not answers(asked_for, "localhost", "https://page.example")
    assert answers(Hosts("127.0.0.1", origins=["*"]), "localhost", "null")
    assert not answers(Hosts("127.0.0.1", origins=["*"]), "evil.example", "http://evil.example")


def test_what_only_this_machine_reaches() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LocalHost"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "", "10.0.0.1", "localhost.example"]))
