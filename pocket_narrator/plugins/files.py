"""Own code from a file: `--plugin my_mixer.py`, or the folder of a package."""

import hashlib
import importlib.util
import re
import sys
from pathlib import Path

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.failures import MODULE, import_failed
from pocket_narrator.plugins.origin import origin_of
from pocket_narrator.plugins.table import Additions, watching

REGISTERS = "call one of pocket_narrator.register_mixer, register_metric, register_corpus, register_tokenizer, register_schedule, register_optimizer, register_verb"  # fmt: skip
_loaded: dict[tuple[Path, str], Additions] = {}  # by path and hash: a file is run once


def load_plugin(path: str | Path, registers: bool = True) -> Additions:
    """Runs the file, or the package's folder, which registers what it adds.

    PluginError where there is no such code, where it raises (its own last line, and where), or registers nothing though it
    should.
    """
    path = Path(path)
    is_package = (path / "__init__.py").is_file()
    if not is_package and not (path.is_file() and path.suffix == ".py"):
        raise PluginError(
            "this is no file of Python" if path.exists() else "there is no such file",
            where=str(path),
            expected="a file such as my_mixer.py, or the folder of a package",
            hint=_nearby(path),
        )
    try:
        origin = origin_of(path, path.name if is_package else None)
    except OSError as error:
        raise PluginError(f"the file cannot be read: {error.strerror or error}", where=str(path)) from None
    assert origin.path is not None
    key = origin.path, origin.sha256
    if key not in _loaded:
        with watching() as additions:
            try:
                name = _run(origin.path, is_package)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # which its code may derive from, too
                raise import_failed(path.name, origin.path, error) from error
        if registers and not additions.names:
            del sys.modules[name]
            raise PluginError("this code registers nothing", where=str(path), hint=REGISTERS)
        _loaded[key] = additions
    return _loaded[key]


def _run(path: Path, is_package: bool) -> str:
    """Imports it, and gives back the module's name: a package's own, so that its modules find each other; of a file one that
    nothing else has."""
    place = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    name = path.name if is_package else f"{MODULE}{re.sub(r'[^A-Za-z0-9_]', '_', path.stem)}_{place}"
    file = path / "__init__.py" if is_package else path
    found = importlib.util.spec_from_file_location(
        name, file, submodule_search_locations=[str(path)] if is_package else None
    )
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    earlier, streams = sys.modules.get(name), (sys.stdin, sys.stdout, sys.stderr)
    sys.modules[name] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        if earlier is None:
            del sys.modules[name]
        else:
            sys.modules[name] = earlier
        raise
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams  # which are not its own to take away
    return name


def _nearby(path: Path) -> str | None:
    folder = path if path.is_dir() else path.parent
    files = sorted(file.name for file in folder.glob("*.py"))[:5] if folder.is_dir() else []
    return f"in {folder} there is {', '.join(files)}" if files else None
