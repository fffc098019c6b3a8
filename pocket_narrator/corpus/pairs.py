"""Stories whose beginning is given: pairs of prompt and continuation, one JSON object a line."""

import json
from collections.abc import Iterator
from pathlib import Path

from pocket_narrator.errors import CorpusError


class PromptedStory(str):
    """A story that begins with `prompt`; training learns what follows it, and not the prompt itself."""

    prompt: str = ""


def read_pairs(path: Path) -> Iterator[PromptedStory]:
    """The stories of a file of lines `{"prompt": "...", "continuation": "..."}`: the one and the other, as they are, with no
    blank between them but their own. Raises CorpusError, naming the line, for anything else."""
    try:
        with open(path, encoding="utf-8-sig") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _pair(line, f"{path}, line {number}")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"the file cannot be read: {error}", where=str(path)) from None


def _pair(line: str, where: str) -> PromptedStory:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"this line is no JSON: {error}", where=where, remedy="one object a line") from None
    prompt, continuation = (
        (fields.get("prompt"), fields.get("continuation")) if isinstance(fields, dict) else (None, None)
    )
    if not isinstance(prompt, str) or not isinstance(continuation, str) or not continuation.strip():
        raise CorpusError(
            "this line has no prompt and continuation",
            where=where,
            remedy='{"prompt": "Once upon a time", "continuation": ", there was a cat."}; the prompt may be empty',
        )
    story = PromptedStory(prompt + continuation.rstrip())
    story.prompt = prompt
    return story
