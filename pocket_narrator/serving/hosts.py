"""Under which names a server may be asked for, and from which pages: against DNS rebinding and foreign pages.

A page in the reader's own browser reaches servers on this machine. Its name can be pointed at 127.0.0.1 (DNS rebinding), and the
browser then takes the server for the page's own. The Host header still says the foreign name, and Origin whose page it is.
"""

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Hosts:
    """The names of one server."""

    def __init__(self, bound: str, more: Sequence[str] = (), origins: Sequence[str] = ()) -> None:
        """bound: the address that is listened on. more: further names. origins: pages that may ask although they are others'; "*":
        all."""
        self._origins = set(origins)
        self._names = {*LOOPBACK, *(name.lower().strip("[]").rstrip(".") for name in more)}
        self._any_address = not is_loopback(bound)
        if is_loopback(bound):
            self._names.add(bound.lower())
        else:
            name = socket.gethostname().lower()
            self._names |= {name, name.split(".")[0], f"{name.split('.')[0]}.local", bound.lower()}

    def why_not(self, headers: Mapping[bytes, bytes]) -> str | None:
        """What is wrong with the names in a request's headers; nothing where it may be answered. Without a Host header (HTTP/1.0)
        it does not come from a browser."""
        host = headers.get(b"host", b"").decode("latin-1")
        name = _name(f"//{host}")
        if host and not self._knows(name):
            return f"this server is not known as '{host[:100]}'; start it with --allow-host {_printable(name)} if it should be"
        origin = headers.get(b"origin")
        if origin is None:
            return None
        given = origin.decode("latin-1")
        is_own = host != "" and _netloc(given) == host.lower()
        if is_own or "*" in self._origins or given in self._origins or _name(given) in self._names:
            return None
        return (
            f"pages of '{given[:100]}' may not use this server; narrator serve --cors ORIGIN allows those of an origin"
        )

    def _knows(self, name: str) -> bool:
        """An address cannot be pointed at another machine, as a name can."""
        return name in self._names or (self._any_address and _is_address(name))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _netloc(url: str) -> str | None:
    """Name and port of an origin."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return None


def _name(url: str) -> str:
    """Without its port, in lower case; nothing where there is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
        return (parts.hostname or "").rstrip(".") if "@" not in parts.netloc else ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _printable(name: str) -> str:
    return name[:100] if name and all(c.isalnum() or c in ".-_:" for c in name) else "NAME"
