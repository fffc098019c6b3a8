"""The page of every key of a recipe, made from the classes that check recipes: type, default, bounds, and what it means.

What a key means is its field's description, or else the comment beside it in the class. `python docs/_site/recipe_keys.py` prints it.
"""

import ast
import inspect
import io
import re
import tokenize
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from pocket_narrator.recipe.keys.words import sections_in
from pocket_narrator.recipe.kinds.tables import NameIn
from pocket_narrator.recipe.schema import Recipe

HEAD = """# Every key of a recipe

Made from the classes that check a recipe. `narrator train RECIPE key.path=value` sets a key; how values are written is in
[the command line](../command-line.md). A key without a default has to be given.
"""


class Row(NamedTuple):
    """One key: its whole name, and the texts of its columns."""

    key: str
    type: str
    default: str
    bounds: str
    meaning: str


class Part(NamedTuple):
    """One class, under the keys that lead to it."""

    path: str
    section: type[BaseModel]
    rows: list[Row]


def parts() -> list[Part]:
    """The classes of a recipe from the root on; each has the keys that hold values, and the inner ones follow it."""
    found: dict[type[BaseModel], Part] = {}

    def walk(section: type[BaseModel], path: str) -> None:
        part = found[section] = Part(path, section, [])
        for name, field in section.model_fields.items():
            key = f"{path}.{name}" if path else name
            below = sections_in(field.annotation)
            if get_origin(field.annotation) is dict:
                key += ".NAME"
            new = [one for one in below if one not in found]
            if not new or get_origin(field.annotation) is tuple:
                part.rows.append(_row(section, key, name, below))
            for one in new:
                walk(one, f"{key}.0" if get_origin(field.annotation) is tuple else key)

    walk(Recipe, "")
    return list(found.values())


def _row(section: type[BaseModel], key: str, name: str, below: list[type[BaseModel]]) -> Row:
    field = section.model_fields[name]
    default = "" if field.default is PydanticUndefined else _spelled(field.default)
    if field.default_factory is not None:
        default = _spelled(field.get_default(call_default_factory=True))
    meaning = field.description or _comment(section, name)
    if below and not meaning:
        meaning = f"with the keys of `{key.split('.')[-1]}`, as above"
    named = [found.func.table for found in field.metadata if isinstance(getattr(found, "func", None), NameIn)]
    kind = "section" if below else ", ".join((*named[0].built_in, "or your own")) if named else _type(field.annotation)
    return Row(key, kind, default, _bounds(field), meaning)


def _spelled(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, BaseModel):
        return ", ".join(f"{name} {_spelled(inner)}" for name, inner in value)
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{{{_spelled(v)}}}" if isinstance(v, BaseModel) else _spelled(v) for v in value) + "]"
    return str(value)


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0])
    if origin is Literal:
        return ", ".join(map(str, inner))
    if origin is tuple:
        many = [part for part in inner if part is not Ellipsis]
        return f"list of {_type(many[0])}" if Ellipsis in inner else f"{len(many)} times {_type(many[0])}"
    if inner:  # a union
        return " or ".join(_type(part) for part in inner)
    return {str: "text", int: "whole number", float: "number", bool: "true, false", NoneType: "null"}[annotation]


def _bounds(field: Any) -> str:
    signs = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below", "min_length": "length at least"}
    signs |= {"max_length": "length at most", "pattern": "matches"}
    found = []
    for constraint in field.metadata:
        for name, words in signs.items():
            if (bound := getattr(constraint, name, None)) is not None:
                text = f"`{bound}`" if name == "pattern" else f"{bound:,}" if isinstance(bound, int) else f"{bound:g}"
                found.append(f"{words} {text}")
    return ", ".join(found)


def _comment(section: type[BaseModel], name: str) -> str:
    owner = next(one for one in section.__mro__ if name in inspect.get_annotations(one))
    return _comments(owner).get(name, "")


@cache
def _comments(section: type) -> dict[str, str]:
    """The comments of a class by its fields: those on the lines of a field, and those on lines of their own above it."""
    source = inspect.getsource(section)
    comments = {
        token.start[0]: (token.string.lstrip("# "), token.line.lstrip().startswith("#"))
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    (tree,) = ast.parse(source).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        above = node.lineno
        while comments.get(above - 1, ("", False))[1]:
            above -= 1
        texts = [comments[line][0] for line in range(above, (node.end_lineno or node.lineno) + 1) if line in comments]
        found[node.target.id] = " ".join(texts)
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def write() -> str:
    """The page as Markdown."""
    lines = [HEAD]
    for part in parts():
        title = f"`{part.path}`" if part.path else "The recipe itself"
        kinds = part.section.model_fields.get("kind")
        if kinds is not None and len(get_args(kinds.annotation)) == 1:
            title += f" with kind {_type(kinds.annotation)}"
        about = inspect.cleandoc(part.section.__doc__ or "")
        lines += [f"## {title}", "", re.sub(r"\n(?!\n)", " ", about), ""]
        lines += ["| key | type | default | bounds | meaning |", "|---|---|---|---|---|"]
        for row in part.rows:
            default = f"`{row.default}`" if row.default else ""
            cells = [f"`{row.key}`", row.type, default, row.bounds, row.meaning]
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(write())
