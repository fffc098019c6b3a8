"""What a chronicle draws once and then keeps: fears, skills, promises, hiding places, names, with the forms that tell them.

A table is a list of values: its first line names the forms, the first form is also the value's identity. `kind` is how the
exam calls an answer of this list where no fact says it better.
"""

from typing import NamedTuple

from pocket_narrator.storyworld.chronicle.wordings.tables import TABLES


class Value(NamedTuple):
    """One value of a list: `key` is its identity in the world, one word without spaces."""

    key: str
    forms: dict[str, str]


class ValueList(NamedTuple):
    """A list of values that can be drawn."""

    name: str
    kind: str
    values: tuple[Value, ...]


def _parse(source: str) -> ValueList:
    head, *lines = (line.strip() for line in source.strip().splitlines())
    title, forms = head.split(":")
    name, kind = title.split()
    columns = [form.strip() for form in forms.split("|")]
    values = []
    for line in lines:
        cells = [cell.strip() for cell in line.split("|")]
        assert len(cells) == len(columns), f"{name}: {line}"
        values.append(Value(f"{name}/{cells[0].replace(' ', '_')}", dict(zip(columns, cells, strict=True))))
    assert len({value.key for value in values}) == len(values), f"{name}: a value twice"
    return ValueList(name, kind, tuple(values))


LISTS: dict[str, ValueList] = {one.name: one for one in map(_parse, TABLES)}
FORMS: dict[str, dict[str, str]] = {value.key: value.forms for one in LISTS.values() for value in one.values}
LIST_OF: dict[str, ValueList] = {value.key: one for one in LISTS.values() for value in one.values}
