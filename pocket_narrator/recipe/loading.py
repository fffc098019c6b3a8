"""Recipes from files and overrides: found, merged from left to right, and validated as a whole."""

import difflib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from pocket_narrator.errors import RecipeError, reason_of
from pocket_narrator.files.plain_file import open_plain
from pocket_narrator.recipe.given import ORIGIN, keys_of, tree_of
from pocket_narrator.recipe.keys.overrides import read_override
from pocket_narrator.recipe.keys.renamed import RENAMED, rename_keys
from pocket_narrator.recipe.problems import describe_problems, unknown_keys
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.recipe.yaml import MAX_CHARACTERS, read_yaml, write_yaml
from pocket_narrator.terminal.messages import shell_words

Tree = dict[str, object]  # a recipe before it is validated: mappings all the way down to values
Origins = dict[tuple[str, ...], str]  # where each key was set, for messages
Source = str | Path | Mapping[str, object] | Recipe

SHIPPED = Path(__file__).with_name("shipped")  # a folder a group

EITHER_OR = (("training", "steps"), ("training", "minutes"))  # setting the one unsets the other
MOST_BASES = 16  # one on top of another
UNSAID_KINDS = {"model": "stack"}


def load_recipe(
    sources: Source | Sequence[Source],
    overrides: Sequence[str] | Mapping[str, object] = (),
    *,
    report: Callable[[str], None] = lambda line: None,
    **values: object,
) -> Recipe:
    """The recipe that names, files and mappings make, merged from left to right, with overrides on top.

    A YAML file may say `base: NAME` to start from another recipe.

    Args:
        sources: The name of a shipped recipe, the path of a YAML file, a mapping of sections, a recipe, or a list of
            these.
        overrides: A mapping whose keys are sections, dotted keys (`training.steps`), or the last word of a key where
            only one key has it (`steps`); or, as on the command line, texts such as `"training.steps=20"`, whose
            values are text as it is for keys that hold text, and YAML for others.
        report: Gets a line for each key of a file that has another name now (`recipe/keys/renamed.py`).
        **values: More overrides: sections as mappings, or last words of keys.

    Returns:
        The whole recipe, validated, with every default filled in. It cannot be changed; make another one from it.

    Raises:
        RecipeError: Lists everything that is wrong with it: each key, what is wrong, and where it was set.

    Example:
        >>> recipe = load_recipe("storyworld-quick", {"training.learning_rate": 2e-3}, steps=20)
        >>> recipe.training.steps
        20
        >>> load_recipe(recipe, model={"width": 64}).model.width
        64
    """
    given = listed(sources)
    if not given:
        raise RecipeError("no recipe is given", hint="narrator recipes lists the shipped ones; a path works too")
    is_mapping = isinstance(overrides, Mapping)
    tree, origins = _merge_sources(
        [*given, *([overrides] if is_mapping else []), *([values] if values else [])], report
    )
    _overlay(tree, origins, *_parse_overrides([] if is_mapping else overrides))
    return _validate(tree, origins)


def listed(sources: Source | Sequence[Source]) -> list[Source]:
    """One source or several as a list."""
    return [*sources] if isinstance(sources, list | tuple) else [cast(Source, sources)]


def read_sources(sources: Sequence[Source]) -> Tree:
    """What several files say together, merged from left to right and not yet looked at. RecipeError where one cannot be read."""
    return _merge_sources(sources)[0]


def _merge_sources(
    sources: Sequence[Source], report: Callable[[str], None] = lambda line: None
) -> tuple[Tree, Origins]:
    tree: Tree = {}
    origins: Origins = {}
    for source in sources:
        if isinstance(source, str | Path):
            _overlay(tree, origins, *_read(_find(str(source)), report))
        elif isinstance(source, Mapping | Recipe):
            upper = tree_of(source)
            _overlay(tree, origins, upper, dict.fromkeys(keys_of(upper), ORIGIN))
        else:
            raise RecipeError(
                f"a {type(source).__name__} is no recipe", expected="a name, the path of a YAML file, or a mapping"
            )
    return tree, origins


def split_arguments(arguments: Iterable[str]) -> tuple[list[str], list[str]]:
    """Command-line arguments as (sources, overrides): an override contains an equals sign."""
    arguments = list(arguments)
    return [a for a in arguments if "=" not in a], [a for a in arguments if "=" in a]


def list_recipes() -> list[str]:
    """The names of the shipped recipes, in alphabetical order; each is a source for `load_recipe`."""
    return sorted(_shipped())


def recipes_of_group(group: str) -> list[str]:
    """Those of one group of the shipped recipes, which is a folder, in alphabetical order."""
    return sorted(file.stem for file in (SHIPPED / group).glob("*.yaml"))


def write_recipe(recipe: Recipe) -> str:
    """The resolved recipe as YAML text with every value spelled out; `load_recipe` reads it back as it was."""
    return write_yaml(recipe.model_dump(mode="json"))


def _shipped() -> dict[str, Path]:
    """Shipped recipes by name."""
    return {file.stem: file for file in SHIPPED.glob("*/*.yaml")}


def _find(source: str, beside: Path | None = None) -> Path:
    if beside is not None and (sibling := beside.parent / f"{source}.yaml").is_file():
        return sibling
    path = Path(source)
    if os.path.isfile(path):  # unlike Path.is_file, false and not an OSError for a name that is too long
        return path
    if os.path.isdir(path):
        raise RecipeError(f"'{source}' is a folder, not a recipe", hint="name a .yaml file in it")
    shipped = _shipped()
    if source in shipped:
        return shipped[source]
    files = {str(file): file.stem for suffix in ("yaml", "yml") for file in sorted(path.parent.glob(f"*.{suffix}"))}
    names = {**{name: name for name in shipped}, **{stem: name for name, stem in files.items()}}
    nearest = difflib.get_close_matches(path.stem, names, n=1)
    hint = f"did you mean {shell_words([names[nearest[0]]])}? " if nearest else ""
    raise RecipeError(
        f"there is no recipe '{source}', neither as a file nor among the shipped ones",
        hint=f"{hint}narrator recipes lists them all",
    )


def _read(path: Path, report: Callable[[str], None], above: tuple[Path, ...] = ()) -> tuple[Tree, Origins]:
    """The tree of one file, on top of the base that it names, if any."""
    if path.resolve() in above:
        raise RecipeError("this recipe is its own base", where=" -> ".join(file.name for file in (*above, path)))
    if len(above) > MOST_BASES:
        raise RecipeError(f"this recipe has more than {MOST_BASES} bases, one on top of another", where=str(above[0]))
    try:
        with open_plain(path) as file:
            raw = file.read(4 * MAX_CHARACTERS + 4)
            text = raw.decode(
                "utf-8-sig", "ignore" if len(raw) > 4 * MAX_CHARACTERS else "strict"
            )  # too long: cut anywhere
        value, lines = read_yaml(text, str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"this recipe cannot be read: {reason_of(error)}", where=str(path)) from None
    if not isinstance(value, dict):
        raise RecipeError(
            "a recipe is a mapping of sections such as corpus, model and training, and this is not", where=str(path)
        )
    base = value.pop("base", None)
    origins: Origins = {key: f"{path}:{line}" for key, line in lines.items() if key != ("base",)}
    rename_keys(value, origins, report)
    if base is None:
        return value, origins
    if not isinstance(base, str):
        raise RecipeError(f"base={base!r} should be the name of one recipe", where=str(path))
    tree, base_origins = _read(_find(base, beside=path), report, (*above, path.resolve()))
    _overlay(tree, base_origins, value, origins)
    return tree, base_origins


def _parse_overrides(overrides: Sequence[str]) -> tuple[Tree, Origins]:
    tree: Tree = {}
    origins: Origins = {}
    lengths = [
        o for o in overrides if o.startswith(("training.steps=", "training.minutes=")) and not o.endswith("=null")
    ]
    if len({override.partition("=")[0] for override in lengths}) == 2:
        raise RecipeError(f"{' and '.join(lengths)} contradict each other", hint="give one of them")
    for override in overrides:
        dotted, equals, text = override.partition("=")
        keys = tuple(RENAMED.get(dotted, dotted).split("."))
        if not equals or not all(keys):
            raise RecipeError(
                f"'{override}' is not an override", hint="write key.path=value, as in training.steps=2000"
            )
        value = read_override(keys, text)
        for key in reversed(keys):
            value = {key: value}
        assert isinstance(value, dict)
        _overlay(tree, origins, value, {keys: "command line"}, unsaid={})  # it may yet be said
    return tree, origins


def _overlay(
    tree: Tree, origins: Origins, upper: Tree, upper_origins: Origins, unsaid: Mapping[str, str] = UNSAID_KINDS
) -> None:
    """Merges `upper` into `tree` in place. Another `kind` starts its section afresh; steps and minutes displace each other.

    `unsaid` are the kinds of sections in `tree` that do not say theirs.
    """
    for either, other in (EITHER_OR, EITHER_OR[::-1]):
        if _get(upper, either) is not None and _get(upper, other) is None and _get(tree, other) is not None:
            _remove(tree, origins, other)
    for name, section in upper.items():
        below, kind = tree.get(name), section.get("kind") if isinstance(section, dict) else None
        if kind is not None and isinstance(below, dict) and below.get("kind", unsaid.get(name, kind)) != kind:
            _remove(tree, origins, (name,))
    _merge(tree, upper)
    origins.update(upper_origins)


def _merge(tree: Tree, upper: Tree) -> None:
    for key, value in upper.items():
        below = tree.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            _merge(below, value)
        else:
            tree[key] = value


def _get(tree: object, path: tuple[str, ...]) -> object:
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _remove(tree: Tree, origins: Origins, path: tuple[str, ...]) -> None:
    parent = _get(tree, path[:-1])
    assert isinstance(parent, dict)
    del parent[path[-1]]
    for key in [key for key in origins if key[: len(path)] == path]:
        del origins[key]


def _without(tree: object, path: tuple[str, ...]) -> object:
    """A copy without the key at `path`, which may lead through lists; `tree` itself where there is no such key."""
    if isinstance(tree, list) and path[0].isdecimal() and int(path[0]) < len(tree):
        here = int(path[0])
        return [*tree[:here], _without(tree[here], path[1:]), *tree[here + 1 :]] if len(path) > 1 else tree
    if not isinstance(tree, dict) or path[0] not in tree:
        return tree
    inner = {} if len(path) == 1 else {path[0]: _without(tree[path[0]], path[1:])}
    return {**{key: value for key, value in tree.items() if key != path[0]}, **inner}


def _validate(tree: Tree, origins: Origins) -> Recipe:
    problems = [f"{'.'.join(path)} has a NUL character in it, which no path or name may have" for path in _nuls(tree)]
    unknown: list[tuple[str, ...]] = []
    try:
        recipe = _checked(tree)
        if not problems:
            return recipe
    except ValidationError as error:
        problems += describe_problems(error, origins)
        unknown = unknown_keys(error)
    if unknown:  # they hide the checks between keys, which a second look without them finds
        known = tree
        for path in unknown:
            known = _without(known, path)
        try:
            _checked(known)
        except ValidationError as error:
            problems += [line for line in describe_problems(error, origins) if line not in problems]
    if len(problems) == 1:
        raise RecipeError(problems[0])
    raise RecipeError("\n  ".join([f"the recipe has {len(problems)} problems", *problems]))


def _nuls(tree: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of the texts with a NUL character: the operating system refuses them in words of its own."""
    if isinstance(tree, str) and "\0" in tree:
        yield above
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inside:
        yield from _nuls(value, (*above, str(key)))


def _checked(tree: object) -> Recipe:
    # Through JSON, since its strict mode takes lists for tuples and yet no "5", True or 5.0 for 5.
    return Recipe.model_validate_json(json.dumps(tree), strict=True)
