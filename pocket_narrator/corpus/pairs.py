"""Stories whose beginning is given: pairs of prompt and continuation."""

from collections.abc import Mapping
from typing import Any

from pocket_narrator.corpus.stories import Story
from pocket_narrator.errors import CorpusError

PROMPT, CONTINUATION = "prompt", "continuation"  # the columns of a table of pairs


def story_of_pair(row: Mapping[str, Any], where: str) -> Story:
    """The one and the other, as they are, with no blank between them but their own. CorpusError for anything else."""
    prompt, continuation = row.get(PROMPT), row.get(CONTINUATION)
    if not isinstance(prompt, str) or not isinstance(continuation, str) or not continuation.strip():
        raise CorpusError(
            "this line has no prompt and continuation",
            where=where,
            hint='{"prompt": "Once upon a time", "continuation": ", there was a cat."}; the prompt may be empty',
        )
    return Story(prompt + continuation.rstrip(), prompt_length=len(prompt))
