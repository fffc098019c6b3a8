"""Options in JavaScript: those of the package, within the same bounds."""

import json
from dataclasses import asdict

import pytest

from pocket_narrator.recipe.sampling import BOUNDS
from tests.interop.page.javascript import needs_node, run_javascript

DEFAULTS = {
    **{"temperature": 0.8, "top_k": None, "top_p": None, "min_p": None, "repetition_penalty": 1.0},
    **{"no_repeat_ngram": None, "max_tokens": 400, "seed": 0, "stop": []},
}
CHECK = """
import { checkedOptions } from "./sampler.js";
const { written, defaults, bounds } = given, found = {};
try {
  for (const [name, value] of Object.entries(checkedOptions(eval(`(${written})`), defaults, bounds)))
    found[name] = typeof value === "bigint" ? String(value) : value;
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  found.refused = error.message;
}
console.log(JSON.stringify(found));
"""


def checked(folder, written: str) -> dict:
    bounds = {name: asdict(BOUNDS[name]) for name in DEFAULTS if name in BOUNDS}
    return run_javascript(folder, CHECK, {"written": written, "defaults": DEFAULTS, "bounds": bounds})


@needs_node
@pytest.mark.parametrize(
    ("written", "changed"),
    [
        ("{}", {"seed": "0"}),
        ('{ seed: "18446744073709551615", top_k: null }', {"seed": "18446744073709551615"}),
        ("{ seed: 5n, top_k: 0, top_p: 1, min_p: undefined }", {"seed": "5"}),
        ('{ stop: "The end", temperature: 0 }', {"seed": "0", "stop": ["The end"], "temperature": 0}),
    ],
)
def test_what_can_be_used(written: str, changed: dict, tmp_path) -> None:
    assert checked(tmp_path, written) == {**DEFAULTS, **changed}


@needs_node
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("temperature", value) for value in ("null", "NaN", '"1"', "true", "-1", "1n", "1e9")),
        *(("top_k", value) for value in ("5n", "1.5", "-2")),
        *(("seed", value) for value in ("null", "-1", "1.5", '"x"', '"18446744073709551616"')),
        *(("stop", value) for value in ("null", '""', '["a", ""]', "[5]", '"a".repeat(1001)', 'Array(65).fill("a")')),
        *((name, "null") for name in ("max_tokens", "repetition_penalty")),
        ("mirostat", "1"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(name: str, value: str, tmp_path) -> None:
    refused = checked(tmp_path, f"{{ {name}: {value} }}")["refused"]
    assert name in refused
    if name == "seed":
        assert f"seed={json.loads(value)} cannot be used" in refused.replace("null", "None")
        assert refused.endswith("at most 18446744073709551615.")
