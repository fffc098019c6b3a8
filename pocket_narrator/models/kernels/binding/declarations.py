"""What the C kernels take, read from their own declarations: the one place where it stands.

Read are `EXPORT` functions, `typedef struct` and `typedef enum` of a few plain forms. A function of a template, `NAME(x)`, is one for
each element type. `OPTIONAL` stands before a pointer that may be NULL.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

TEMPLATE_TYPES = {"float": "float", "bf16": "bf16"}  # the end of a function's name, and what ELEMENT is there

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_FUNCTION = re.compile(r"^EXPORT\s+([\w ]+?[\s*]+)(NAME\()?(\w+)\)?\(([^)]*)\)\s*\{", re.MULTILINE)
_STRUCT = re.compile(r"^typedef struct \{([^{}]*)\} (\w+);", re.MULTILINE)
_ENUM = re.compile(r"^typedef enum \{([\w\s,]*)\} (\w+);", re.MULTILINE)
_DECLARED = re.compile(r"(OPTIONAL )?(?:const )?(\w+) (.+)")
_DECLARATOR = re.compile(r"(\*?)(\w+)")


class Parameter(NamedTuple):
    """Of a function, or a field of a struct."""

    name: str
    type: str  # without const: "int64_t", "float", "operation", or what a pointer points to
    is_pointer: bool
    is_optional: bool


class Function(NamedTuple):
    name: str
    result: str  # "void", "int", "int64_t"; others are called by nobody but the loader
    parameters: list[Parameter]


class Declarations(NamedTuple):
    functions: dict[str, Function]
    structs: dict[str, list[Parameter]]
    enums: dict[str, list[str]]  # their values are 0, 1, 2, ...


def read_declarations(sources: Mapping[str, str]) -> Declarations:
    """From C sources by name. ValueError where a declaration has a form that is not known here."""
    found = Declarations({}, {}, {})
    for name, source in sources.items():
        text = _COMMENT.sub("", source)
        exported = _FUNCTION.findall(text)
        if len(exported) != len(re.findall(r"^EXPORT\b", text, re.MULTILINE)):
            raise ValueError(f"{name}: an EXPORT that is not read")
        for result, template, function, parameters in exported:
            for suffix, element in TEMPLATE_TYPES.items() if template else [("", "")]:
                whole = f"{function}_{suffix}" if template else function
                declared = [_parameters(part.strip()) for part in parameters.split(",") if part.strip() != "void"]
                _put(
                    found.functions,
                    whole,
                    Function(
                        whole,
                        " ".join(result.split()),
                        [p._replace(type=element) if p.type == "ELEMENT" else p for (p,) in declared],
                    ),
                )
        for fields, struct in _STRUCT.findall(text):
            statements = [statement.strip() for statement in fields.split(";")]
            if not any("[" in statement or statement.startswith("vec ") for statement in statements):
                _put(
                    found.structs, struct, [p for statement in statements if statement for p in _parameters(statement)]
                )
        for names, enum in _ENUM.findall(text):
            _put(found.enums, enum, [each.strip().lower() for each in names.split(",")])
    return found


def _put(found: dict, name: str, declared: object) -> None:
    """Twice only where it is the same: in the branches of an #if."""
    if found.setdefault(name, declared) != declared:
        raise ValueError(f"{name} is declared in two ways")


def _parameters(statement: str) -> list[Parameter]:
    """`const float *a, *b`: a and b."""
    declared = _DECLARED.fullmatch(" ".join(statement.split()))
    if declared is None:
        raise ValueError(f"a declaration that is not read: {statement}")
    optional, kind, declarators = declared.groups()
    found = []
    for each in declarators.split(","):
        match = _DECLARATOR.fullmatch(each.strip())
        if match is None:
            raise ValueError(f"a declaration that is not read: {statement}")
        found.append(Parameter(match[2], kind, bool(match[1]), bool(optional)))
    return found
