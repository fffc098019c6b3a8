"""Own code as one file that can travel beside a model: its text, and a call that loads it."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.plugins.kept import KeptCode, register_values

HEAD = '''"""The code that this model needs beside pocket-narrator. It is loaded where transformers is allowed to:
trust_remote_code=True. Read it first: it is a program."""

from pocket_narrator.plugins.bundle import load_bundle
'''
_unpacked: list[tempfile.TemporaryDirectory] = []  # for as long as the process lives: tracebacks read them


def write_bundle(code: Iterable[KeptCode]) -> str:
    """The text of a Python file that loads `code` when it is imported."""
    parts = [HEAD]
    for one in code:
        if one.file is None:
            raise PluginError(
                f"{one.describe()} was typed into a session, so that there is no code to write beside the model",
                hint="put it into a file, and load that with --plugin FILE",
            )
        files = "".join(f"        {name!r}: {_literal(text.decode())},\n" for name, text in one.files.items())
        names = [list(name) for name in one.names]
        parts.append(f"load_bundle(\n    {one.file!r},\n    {names!r},\n    {{\n{files}    }},\n)\n")
    return "\n".join(parts)


def load_bundle(file: str, names: Iterable[Iterable[str | None]], files: Mapping[str, str]) -> None:
    """Loads code from its text: `file` is the file, or the package, among `files`. What is loaded already stays as it is."""
    folder = tempfile.TemporaryDirectory(prefix="own-code-")
    _unpacked.append(folder)
    for name, text in files.items():
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise PluginError(f"{name!r:.60} is no name of a file of own code")
        path = Path(folder.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    values = [(str(group), str(name), value) for group, name, value in names]
    load_plugin(Path(folder.name) / file, registers=not any(value for _, _, value in values))
    register_values(values)


def _literal(text: str) -> str:
    """A raw string over several lines, as the code stands in its file, where that can be written so."""
    if "'''" in text or "\r" in text or "\0" in text or text.endswith(("'", "\\")):
        return repr(text)
    return f"r'''{text}'''"
