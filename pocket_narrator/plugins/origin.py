"""Where added code comes from: one file, or a package's folder; its version, and the hash of its text."""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

OPENED_BY_TRANSFORMERS = "transformers_modules"  # the package that it puts the code of a model's folder into


@dataclass(frozen=True)
class Origin:
    """The code of one addition. Two of the same hash are the same code, wherever they lie."""

    path: Path | None  # the file, or the package's folder; None: typed into a session, so that there is no file
    package: str | None = None  # the name that a folder has to be imported by
    version: str | None = None  # of the installed distribution, such as "own-mixers 1.2"
    sha256: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)  # as `read_code` gives them

    def describe(self) -> str:
        if self.path is None:
            return "code without a file"
        return f"{self.path} ({self.version})" if self.version else str(self.path)


def read_code(path: Path) -> dict[str, bytes]:
    """The Python files of a file or a folder, by their paths from the folder that it lies in. Raises OSError."""
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return {file.relative_to(path.parent).as_posix(): file.read_bytes() for file in found}


def hash_code(files: Mapping[str, bytes]) -> str:
    """SHA-256 of a file's text; of several the hash of their paths and hashes. Line ends do not count."""
    hashes = {name: hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest() for name, text in files.items()}
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256("".join(f"{name} {hashes[name]}\n" for name in sorted(hashes)).encode()).hexdigest()


def origin_of(path: Path, package: str | None = None, version: str | None = None) -> Origin:
    """The origin of code that lies at `path`. Raises OSError where it cannot be read."""
    path = path.resolve()
    files = read_code(path)
    return Origin(path, package, version, hash_code(files), files)


def origin_of_module(names: Mapping[str, object]) -> Origin:
    """The origin of a module, by its global names: its file, or the whole package that it belongs to."""
    file = names.get("__file__")
    if not isinstance(file, str) or not Path(file).is_file():
        return Origin(None)
    top = str(names.get("__package__") or "").partition(".")[0]
    inside = getattr(sys.modules.get(top), "__file__", None) if top and top != OPENED_BY_TRANSFORMERS else None
    if inside is None:
        return origin_of(Path(file))
    return origin_of(Path(inside).parent, top, _version_of(top))


def _version_of(package: str) -> str | None:
    from importlib import metadata  # takes longer than all the rest here, and is asked of added packages only

    names = metadata.packages_distributions().get(package, [])
    return f"{names[0]} {metadata.version(names[0])}" if names else None


def names_of_caller() -> Mapping[str, object]:
    """The global names of the module that has called the function which asks."""
    frame = sys._getframe(1).f_back
    return {} if frame is None else frame.f_globals
