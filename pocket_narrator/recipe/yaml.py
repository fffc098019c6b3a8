"""YAML as recipes use it: a safe, small subset that reads numbers and words the way people mean them.

Unlike PyYAML's default (YAML 1.1), `1e-3` is a number, `on` and `no` are words, `010` is ten and dates are text.
Aliases, tags, duplicate keys and oversized or deeply nested files are refused, so a hostile file can do nothing.
"""

import re
from typing import ClassVar

import yaml

from pocket_narrator.errors import RecipeError

MAX_CHARACTERS = 32_768
MAX_DEPTH = 12

_WORDS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9][0-9_]*", list("-+0123456789")),
    "float": (
        r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
}


class _Reader(yaml.SafeLoader):
    """PyYAML's safe loader with the number rules above and without aliases."""

    yaml_implicit_resolvers: ClassVar[dict] = {}
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        self._depth += 1
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed", problem_mark=event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem=f"tags ({event.tag}) are not allowed", problem_mark=event.start_mark)
        if self._depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"nested over {MAX_DEPTH} levels deep", problem_mark=event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key must be a plain word", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key '{key.value}' appears twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}

    def construct_int(self, node: yaml.ScalarNode) -> int:
        return int(self.construct_scalar(node).replace("_", ""))


class _Writer(yaml.SafeDumper):
    """Quotes whatever either set of rules would take for something other than text."""


for _kind, (_pattern, _first) in _WORDS.items():
    for _class in (_Reader, _Writer):
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"^(?:{_pattern})$"), _first)
_Reader.add_constructor("tag:yaml.org,2002:int", _Reader.construct_int)
_Reader.add_constructor("tag:yaml.org,2002:map", _Reader.construct_mapping)


def read_yaml(text: str, where: str) -> tuple[object, dict[tuple[str, ...], int]]:
    """The value of a YAML text, and the line (from 1) of every key by its path.

    Raises RecipeError, naming `where` and the line, for text that is not YAML or breaks the rules above.
    """
    if len(text) > MAX_CHARACTERS:
        raise RecipeError("this is too long for a recipe", where=where, expected=f"{MAX_CHARACTERS:,} characters")
    try:
        reader = _Reader(text)
        node = reader.get_single_node()
        value = None if node is None else reader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise RecipeError(f"this is not a readable recipe: {error.problem}", where=f"{where}{line}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise RecipeError(f"this is not a readable recipe: {str(error).splitlines()[0]}", where=where) from None
    return value, {} if node is None else dict(_lines(node, ()))


def read_whole(text: str, where: str) -> object:
    """The value of a text of which nothing may be a comment, or missing."""
    value, _ = read_yaml(text, where)
    node = yaml.compose(text, Loader=_Reader)
    if node is None or not text.strip():
        raise RecipeError("there is no value", where=where, hint="write null for none")
    if rest := text[node.end_mark.index :].strip():
        raise RecipeError(f"'{rest}' would be taken for a comment", where=where, hint="leave it out")
    return value


def read_texts(text: str, where: str) -> list[str]:
    """The items of `[one, "another one"]` as they are written, also where they look like numbers.

    RecipeError where an item is no text, or where it is not clear whether a comma parts two items or belongs to one.
    """
    read_whole(text, where)
    node = yaml.compose(text, Loader=_Reader)
    assert isinstance(node, yaml.SequenceNode)
    if not all(isinstance(item, yaml.ScalarNode) for item in node.value):
        raise RecipeError("this is not a list of texts", where=where, hint='put each in quotes: ["one: a", "another"]')
    bare = [item.value for item in node.value if item.style is None and len(item.value.split()) > 1]
    if bare and len(node.value) > 1:
        several = ", ".join(f'"{item.value}"' for item in node.value)
        one = ", ".join(item.value for item in node.value)
        raise RecipeError(
            "a comma parts two texts, and may belong to one", where=where, expected=f'[{several}] or ["{one}"]'
        )
    return [item.value for item in node.value]


def write_yaml(value: object) -> str:
    """YAML that `read_yaml` reads back as the same value; ASCII, keys in the order given."""
    return yaml.dump(value, Dumper=_Writer, sort_keys=False, width=100)


def _lines(node: yaml.Node, above: tuple[str, ...]) -> list[tuple[tuple[str, ...], int]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    found = []
    for key, value in node.value:
        path = (*above, key.value)
        found += [(path, key.start_mark.line + 1), *_lines(value, path)]
    return found
