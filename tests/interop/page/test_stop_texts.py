"""Where stories end, in JavaScript: beside the package's own way of looking for it."""

import random

from pocket_narrator.generation.stop_texts import StopTexts
from tests.interop.page.javascript import needs_node, run_javascript


def text_until_stop(pieces: list[str], stops: list[str]) -> str:
    watching, text = StopTexts(stops), ""
    for piece in pieces:
        if (begins := watching.push(piece)) is not None:
            return text[: len(text) + begins] if begins < 0 else text + piece[:begins]
        text += piece
    return text


@needs_node
def test_a_story_ends_before_the_same_text(tmp_path) -> None:
    chance = random.Random(1)

    def some(letters: str, most: int) -> str:
        return "".join(chance.choice(letters) for _ in range(chance.randint(1, most)))

    given = [
        [[some("ab\U0001f642", 4) for _ in range(6)], [some("ab\U0001f642", 5) for _ in range(chance.randint(0, 3))]]
        for _ in range(300)
    ]
    program = """
import { StopTexts } from "./stop_texts.js";
const told = ([pieces, stops]) => {
  const watching = new StopTexts(stops);
  let text = "";
  for (const piece of pieces) if (!watching.hasStopped) text += watching.push(piece);
  return text + watching.finish();
};
console.log(JSON.stringify(given.map(told)));
"""
    assert run_javascript(tmp_path, program, given) == [text_until_stop(*each) for each in given]
