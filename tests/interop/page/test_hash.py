"""SHA-256 in JavaScript, for pages whose browser lends them none."""

import hashlib
import random

from tests.interop.page.javascript import needs_node, run_javascript


@needs_node
def test_it_is_sha_256(tmp_path) -> None:
    raws = [random.Random(size).randbytes(size) for size in (0, 1, 55, 56, 63, 64, 65, 119, 120, 1000)]
    program = """
import { digest } from "./hash.js";
const hex = (words) => Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
console.log(JSON.stringify(given.map((raw) => hex(digest(Uint8Array.from(Buffer.from(raw, "hex")))))));
"""
    found = run_javascript(tmp_path, program, [raw.hex() for raw in raws])
    assert found == [hashlib.sha256(raw).hexdigest() for raw in raws]
