"""The copy of added code that a run keeps, so that it can be trained on, and generate, where that code is not installed.

`RUN/own_code/SHA/...` holds the files; the run's `data.json` says what they add, where they came from, their version and
hash. A copy is only run where that is allowed: it is a program, and a run may come from anywhere.
"""

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pocket_narrator.errors import PluginError, RunError
from pocket_narrator.files.atomic import atomic_writer
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.plugins.origin import Origin, hash_code, read_code
from pocket_narrator.plugins.table import Added, additions_among, table_of

FOLDER = "own_code"
EVERY = None
_trusted: set[Path | None] = set()  # the runs, in this process; EVERY among them: all


def trust_kept_code(run: Path | None = EVERY) -> None:
    """Lets this process run the copy of own code that a run keeps; `--trust`: of every run that the command loads. What the copy adds
    is known to the whole process then, as what `load_plugin` loads."""
    _trusted.add(run and run.resolve())


@dataclass(frozen=True)
class KeptCode:
    """What a run says of one file or package that it needs."""

    names: tuple[tuple[str, str, str | None], ...]  # group, name, and where in the package: "own_mixers.lstm:KIND"
    file: str | None  # its name in the run's folder; None: it was typed into a session
    package: str | None
    path: str | None  # where it lay
    version: str | None
    sha256: str
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)  # of code that is loaded

    def place(self, run: Path) -> Path:
        """Where the copy lies."""
        return run / FOLDER / self.sha256[:12] / (self.file or "")

    def as_json(self) -> dict[str, object]:
        plain = {key: value for key, value in vars(self).items() if key != "files"}
        return {**plain, "names": [list(name) for name in self.names]}

    @classmethod
    def of_json(cls, stored: dict) -> "KeptCode":
        """Raises KeyError, TypeError or ValueError for what `as_json` has not written."""
        names = tuple((str(group), str(name), value) for group, name, value in stored["names"])
        file, sha256 = stored["file"], stored["sha256"]
        if file is not None and (Path(file).name != file or file in (".", "..")):
            raise ValueError(f"{file!r:.60} is no name of a file")
        if not isinstance(sha256, str) or (not sha256.isalnum() and sha256):
            raise ValueError("a hash is no hash")
        return cls(names, file, stored["package"], stored["path"], stored["version"], sha256)

    def describe(self) -> str:
        """`the mixer 'lstm'`."""
        tables = [(table_of(group), name) for group, name, _ in self.names]
        return " and ".join(f"the {table.what if table else 'addition'} '{name}'" for table, name in tables)


def code_of(used: Iterable[tuple[str, str]]) -> list[KeptCode]:
    """The added code among some (group, name), as a run keeps it."""
    by_hash: dict[str, tuple[Origin, list[tuple[str, str, str | None]]]] = {}
    for (group, name), added in additions_among(used).items():
        by_hash.setdefault(added.origin.sha256, (added.origin, []))[1].append((group, name, added.value))
    return [_kept(origin, tuple(names)) for origin, names in by_hash.values()]


def _kept(origin: Origin, names: tuple[tuple[str, str, str | None], ...]) -> KeptCode:
    path = origin.path
    file, place = (None, None) if path is None else (path.name, str(path))
    return KeptCode(names, file, origin.package, place, origin.version, origin.sha256, origin.files)


def keep_code(run: Path, code: Iterable[KeptCode]) -> None:
    """Copies the code into the folder of a run. Raises OSError."""
    for one in code:
        for name, text in one.files.items():
            file = one.place(run).parent / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_writer(file, binary=True) as stream:
                stream.write(text)


def load_kept_code(run: Path, code: Iterable[KeptCode]) -> None:
    """Sees to it that what a run needs is known, before its recipe is read.

    What is loaded or installed already has to be the same code. PluginError where nothing of that name is, and the copy may not be
    run; RunError where the code has changed since, or the copy is not there or not as it was written.
    """
    for one in code:
        found = [_find(group, name) for group, name, _ in one.names]
        for added in found:
            if added is not None and added.origin.sha256 != one.sha256:
                raise _changed(run, one, added.origin)
        if any(added is None for added in found):
            _load_copy(run, one)


def _find(group: str, name: str) -> Added | None:
    table = table_of(group)
    if table is None or table.find(name) is None:
        return None
    return additions_among([(group, name)]).get((group, name))


def _load_copy(run: Path, one: KeptCode) -> None:
    copy = one.place(run)
    if one.file is None:
        raise PluginError(
            f"this run needs {one.describe()}, which was typed into a session: there is no copy of it",
            where=str(run),
            hint="register it again before the run is loaded",
        )
    if not copy.exists():
        raise RunError(
            f"this run needs {one.describe()}, and the copy of its code is not there",
            where=str(copy),
            expected=f"the code of SHA-256 {one.sha256}, once {one.path}",
            hint=f"load it with --plugin {one.file}, or bring the folder {FOLDER} of the run back",
        )
    if hash_code(read_code(copy)) != one.sha256:
        raise RunError(
            f"the copy of the code of {one.describe()} is not as it was written",
            where=str(copy),
            expected=f"SHA-256 {one.sha256}",
            found=f"SHA-256 {hash_code(read_code(copy))}",
            hint="restore it from a copy of the run; do not run it",
        )
    if not _trusted & {EVERY, run.resolve()}:
        raise PluginError(
            f"this run needs {one.describe()}, own code that is not loaded, and its copy is only run where you say so",
            where=str(copy),
            found=f"SHA-256 {one.sha256}, once {one.path}" + (f", of {one.version}" if one.version else ""),
            hint=f"read that file, then add --trust to run it (in Python: Run({str(run)!r}, trust=True)); or load your own copy: "
            f"--plugin {one.file}",
        )
    load_plugin(copy, registers=not any(value for _, _, value in one.names))
    register_values(one.names)


def register_values(names: Iterable[tuple[str, str, str | None]]) -> None:
    """Of a package that is loaded what its entry points would offer if it were installed."""
    for group, name, value in names:
        table = table_of(group)
        if value and table is not None and table.find(name) is None:
            module = importlib.import_module(value.partition(":")[0])
            table.register(name, getattr(module, value.partition(":")[2]), vars(module), value)


def _changed(run: Path, one: KeptCode, origin: Origin) -> RunError:
    return RunError(
        f"the code of {one.describe()} has changed since this run was trained",
        where=origin.describe(),
        expected=f"SHA-256 {one.sha256}" + (f", {one.version}" if one.version else ""),
        found=f"SHA-256 {origin.sha256}",
        hint=f"bring the file back, whose copy is {one.place(run)}, or train under another name with name=...; without "
        "--plugin, --trust runs the copy",
    )
