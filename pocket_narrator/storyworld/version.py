"""Which stories a seed gives: their version, by which prepared data is found again.

Whoever changes a file that tells stories is told by a test to say which it is: the same stories still (SOURCES), or others
(VERSION, and SOURCES). Until that is said, the stories are known by the hash of the files, and so never taken for others.
"""

import hashlib
from functools import cache
from pathlib import Path

VERSION = 2
SOURCES = "efcc16f952d37044ad23159e36e15dde60abf91c6a882e1ca8e31f873517d52e"

_TELL_NOTHING = ("__init__.py", "corpus.py", "otherwise.py", "version.py")


def version_of_stories() -> int | str:
    """VERSION; the hash of the sources where they are not those of that version, such as while they are being changed."""
    found = hash_of_sources()
    return VERSION if found in (SOURCES, None) else found


@cache
def hash_of_sources() -> str | None:
    """Of all files that tell stories, by their names and lines. None where Python has only compiled ones."""
    place = Path(__file__).parent
    files = {path.relative_to(place).as_posix(): path for path in place.rglob("*.py")}
    telling = {n: path for n, path in sorted(files.items()) if not (n in _TELL_NOTHING or n.startswith("reader/"))}
    if not telling:
        return None
    digest = hashlib.sha256()
    for name, path in telling.items():
        text = path.read_text(encoding="utf-8")  # with plain line ends, whatever git has made of them
        digest.update(f"{name}\n{len(text)}\n{text}".encode())
    return digest.hexdigest()
