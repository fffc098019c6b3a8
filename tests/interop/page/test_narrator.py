"""The decoder as a package for JavaScript."""

import pytest

from pocket_narrator.interop.page.model_file import make_model_file
from pocket_narrator.models.kernels import native
from pocket_narrator.run.loading import load_trained
from tests.interop.page.javascript import needs_node, run_javascript

pytestmark = [needs_node, pytest.mark.skipif(not native.available(), reason=native.status())]


def test_a_new_story_ends_the_one_before_and_is_not_disturbed_by_it(run_of, tmp_path) -> None:
    """The one before may go on only after the new one has begun: its reader was busy."""
    made = make_model_file(load_trained(run_of("llama")), "fp32", 10**9, "")
    (tmp_path / "model.bin").write_bytes(made.raw)
    program = """
import { Narrator } from "./narrator.js";
const narrator = await Narrator.open(fs.readFileSync("model.bin")), options = { seed: 1, max_tokens: 20 };
const alone = [], told = [];
for await (const { token, nats } of narrator.tell("the dog", options)) alone.push([token, nats]);
const left = narrator.tell("The cat", options), story = narrator.tell("the dog", options);
await left.next();
const first = (await story.next()).value, { done } = await left.next();
told.push([first.token, first.nats]);
for await (const { token, nats } of story) told.push([token, nats]);
console.log(JSON.stringify({ alone, told, done }));
"""
    found = run_javascript(tmp_path, program)
    assert found["done"]
    assert found["told"] == found["alone"]
    assert len(found["alone"]) > 10
