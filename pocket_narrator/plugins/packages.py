"""What installed packages offer, by their entry points: `[project.entry-points."pocket_narrator.mixers"]`."""

import sys
from collections.abc import Mapping
from importlib import metadata

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.failures import import_failed


def offered(group: str, name: str, what: str) -> tuple[object, Mapping[str, object]] | None:
    """What an installed package offers under this name, and the global names of its module; None: none does.

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
    except Exception as error:
        raise import_failed(f"the {what} '{name}' of {packages[0]}", None, error) from error
    return item, vars(sys.modules[found[0].module])


def _package_of(point: metadata.EntryPoint) -> str:
    return "a package" if point.dist is None else f"{point.dist.name} {point.dist.version}"
