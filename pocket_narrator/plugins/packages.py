"""What installed packages offer, by their entry points: `[project.entry-points."pocket_narrator.mixers"]`."""

import sys
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.failures import import_failed

GROUPS = ("mixers", "metrics", "corpora", "tokenizers", "schedules", "optimizers", "verbs")


def offered(group: str, name: str, what: str) -> tuple[Any, Mapping[str, object], str] | None:
    """What an installed package offers under this name, the global names of its module, and where it lies; None: none does.

    PluginError where two packages do, or where the package's own import fails.
    """
    found = list(metadata.entry_points(group=f"pocket_narrator.{group}", name=name))
    if not found:
        return None
    packages = sorted({_package_of(point) for point in found})
    if len(packages) > 1:
        raise PluginError(
            f"there are two of the name '{name}' among the {group} of installed packages",
            found=" and ".join(packages),
            hint=f"uninstall one of them: each {what} needs a name of its own",
        )
    try:
        item = found[0].load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise import_failed(f"the {what} '{name}' of {packages[0]}", None, error) from error
    return item, vars(sys.modules[found[0].module]), found[0].value


def _package_of(point: metadata.EntryPoint) -> str:
    return "a package" if point.dist is None else f"{point.dist.name} {point.dist.version}"


def names_offered(package: str) -> list[tuple[str, str]]:
    """(group, name) of all that an installed package offers, by its own name or by that of its distribution."""
    found = []
    for group in GROUPS:
        for point in metadata.entry_points(group=f"pocket_narrator.{group}"):
            names = {point.module.partition(".")[0], "" if point.dist is None else point.dist.name}
            if package.replace("-", "_") in {name.replace("-", "_") for name in names}:
                found.append((group, point.name))
    return found
