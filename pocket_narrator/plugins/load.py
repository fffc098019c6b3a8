"""Own code as it is named: a file, a folder, or an installed package."""

import importlib
from collections.abc import Iterable
from pathlib import Path

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.plugins.table import table_of

TABLES = (  # the modules whose tables others may add to; imported when something is loaded by the name of a package
    "recipe.schema",  # mixers and corpora
    "recipe.kinds.tables",
    "evaluation.metrics.registry",
    "cli.own_commands",
)


def load_plugins(named: Iterable[str]) -> None:
    """Loads each: a file such as `my_mixer.py`, the folder of a package, or all that an installed package offers.

    PluginError where there is nothing of that name, or where its code fails.
    """
    for name in named:
        if name.endswith(".py") or Path(name).exists() or not _load_package(name):
            load_plugin(name)


def _load_package(name: str) -> bool:
    """Whether an installed package of this name offers anything; if so, it is loaded."""
    from pocket_narrator.plugins.packages import names_offered

    found = names_offered(name)
    for module in TABLES if found else ():
        importlib.import_module(f"pocket_narrator.{module}")
    for group, item in found:
        table = table_of(group)
        assert table is not None
        if item in table.built_in:
            raise PluginError(
                f"there is a {table.what} named '{item}' already",
                where=name,
                found="part of pocket-narrator",
                hint="give yours another name",
            )
        table.find(item)
    return bool(found)
