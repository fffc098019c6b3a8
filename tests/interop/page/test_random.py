"""The uniform numbers of a story, beside NumPy's."""

import numpy as np

from tests.interop.page.javascript import needs_node, run_javascript

SEEDS = [(0, 0), (1, 0), (12345, 3), (2**32 - 1, 1), (2**32, 0), (2**64 - 1, 7)]


@needs_node
def test_they_are_numpys(tmp_path) -> None:
    program = """
import { Uniforms } from "./random.js";
console.log(JSON.stringify(given.map(([seed, number]) => {
  const uniforms = new Uniforms(BigInt(seed), number);
  return Array.from({ length: 50 }, () => uniforms.next());
})));
"""
    found = run_javascript(tmp_path, program, [[str(seed), number] for seed, number in SEEDS])
    for seed, numbers in zip(SEEDS, found, strict=True):
        assert numbers == np.random.default_rng(list(seed)).random(50).tolist()
