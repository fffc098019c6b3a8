"""Keys that once had another name. What says the old one, a recipe of one's own or a run's, is read as if it said the new one."""

from collections.abc import Callable

from pocket_narrator.errors import RecipeError

# The old key in full: the new one, in the same section. A key goes in when its name changes, and never out again: runs last.
RENAMED: dict[str, str] = {}


def rename_keys(
    tree: dict[str, object], origins: dict[tuple[str, ...], str], report: Callable[[str], None] = lambda line: None
) -> None:
    """Gives the keys of one file their names of today, in place; `report` gets a line for each.

    Raises RecipeError where the file has a key by both its names.
    """
    for old, new in RENAMED.items():
        *sections, before = old.split(".")
        after = new.split(".")[-1]
        section: object = tree
        for name in sections:
            section = section.get(name) if isinstance(section, dict) else None
        if not isinstance(section, dict) or before not in section:
            continue
        where = next((o for path, o in origins.items() if path[: len(sections) + 1] == (*sections, before)), None)
        if after in section:
            raise RecipeError(
                f"{old} is the old name of {new}, which is given, too", where=where, hint="give one of them"
            )
        section[after] = section.pop(before)
        for path in [path for path in origins if path[: len(sections) + 1] == (*sections, before)]:
            origins[(*sections, after, *path[len(sections) + 1 :])] = origins.pop(path)
        report(f"{old} is called {new} now, and is taken as that ({where})")
