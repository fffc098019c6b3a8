"""Where a server can be reached: what a browser on this machine or a phone beside it is given."""

import importlib
import importlib.util
import io
import socket

from pocket_narrator.serving.hosts import is_loopback

EVERYWHERE = {"0.0.0.0": ("127.0.0.1", socket.AF_INET, "192.0.2.1"), "::": ("::1", socket.AF_INET6, "2001:db8::1")}


def url(host: str, port: int) -> str:
    """What a browser or client is given: http, host and port."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def local_url(host: str, port: int) -> str:
    """Where a server that listens on `host` answers on this machine."""
    return url(EVERYWHERE[host][0] if host in EVERYWHERE else host, port)


def url_for_others(host: str, port: int) -> str | None:
    """Where other devices of the network reach it; None where they do not, or this machine is in none."""
    if host not in EVERYWHERE:
        return None if is_loopback(host) else url(host, port)
    own, family, somewhere = EVERYWHERE[host]
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((somewhere, 9))  # sends nothing; tells which of this machine's addresses would be used
            own = probe.getsockname()[0]
        except OSError:
            return None
    return None if is_loopback(own) else url(own, port)


def qr_code(text: str) -> str | None:
    """As characters of a dark or bright terminal; None without the package `segno`."""
    if importlib.util.find_spec("segno") is None:
        return None
    segno = importlib.import_module("segno")
    drawn = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out=drawn, compact=True)
    return drawn.getvalue()
