"""What is read from the C sources is all that they export."""

import re

import pytest

from pocket_narrator.models.kernels.binding.compiling import sources
from pocket_narrator.models.kernels.binding.declarations import Parameter, read_declarations


def test_each_exported_function_is_read_and_each_type_is_known() -> None:
    declared = read_declarations(sources())
    exported = set(re.findall(r"^EXPORT [^(]*?(?:NAME\()?(\w+)\)?\(", "\n".join(sources().values()), re.MULTILINE))
    assert {re.sub("_(float|bf16)$", "", name) for name in declared.functions} == exported
    kinds = {p.type for function in declared.functions.values() for p in function.parameters}
    assert kinds <= {
        *("int64_t", "int32_t", "uint32_t", "uint8_t", "float", "double", "void", "bf16"),
        *("operation", "decode_step", "ngram_table", "activation_kind"),
    }


def test_a_template_is_a_function_for_each_element_type() -> None:
    declared = read_declarations(
        {"a.h": "EXPORT void NAME(add)(const ELEMENT *x, OPTIONAL const float *y,\n    ELEMENT *z, int64_t N) {\n}\n"}
    )
    assert list(declared.functions) == ["add_float", "add_bf16"]
    assert declared.functions["add_bf16"].parameters == [
        Parameter("x", "bf16", is_pointer=True, is_optional=False),
        Parameter("y", "float", is_pointer=True, is_optional=True),
        Parameter("z", "bf16", is_pointer=True, is_optional=False),
        Parameter("N", "int64_t", is_pointer=False, is_optional=False),
    ]


def test_structs_and_enums() -> None:
    text = """
    typedef struct {
        int64_t a, b; /* both; of them */
        OPTIONAL const float *c, *d;
        kind e;
    } pair;
    typedef enum { ONE, TWO } kind; /* a comment */
    """
    declared = read_declarations({"a.h": "\n".join(line.strip() for line in text.splitlines())})
    assert [p.name for p in declared.structs["pair"]] == ["a", "b", "c", "d", "e"]
    assert [p.is_optional for p in declared.structs["pair"]] == [False, False, True, True, False]
    assert declared.enums == {"kind": ["one", "two"]}


@pytest.mark.parametrize(
    "wrong",
    [
        "EXPORT void f(int64_t (*g)(void)) {\n",  # a pointer to a function
        "EXPORT void f(const float **x) {\n",
        "EXPORT void f(float x[4]) {\n",
        "EXPORT int64_t x;\n",
        "EXPORT void f(int64_t a) {\n}\nEXPORT void f(int64_t b) {\n}\n",
    ],
)
def test_what_is_not_understood_is_not_passed_over(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"read|two ways"):
        read_declarations({"a.h": wrong})
