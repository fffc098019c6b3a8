"""A chat as the story that it has told so far."""

import re
from collections.abc import Iterable

# Scripts that put no blanks between words (Thai, Lao, Tibetan, Burmese, Khmer, Chinese, Japanese), and their punctuation.
WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3100-\u312f\u31a0-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U00020000-\U0003ffff]"
)
CLOSING = ",.;:!?)]}%\u2019\u201d\u2026"  # what stands at the end of a word


def join_messages(messages: Iterable[tuple[str, str]]) -> str:
    """What user and assistant (role, text) have said, one after the other. A story model knows no instructions, so that those of
    the system are left out.

    An assistant's text is what the model told: it goes on exactly where the user's ended. A user's text is a new beginning: it
    is set apart by a blank, unless there is white space already, it begins with what closes a word, or the script has none.
    """
    story = ""
    for role, text in messages:
        if role == "user":
            story += f" {text}" if _need_a_blank(story[-1:], text[:1]) else text
        elif role == "assistant":
            story += text
    return story


def _need_a_blank(before: str, after: str) -> bool:
    if not before or not after or before.isspace() or after.isspace() or after in CLOSING:
        return False
    return not (WITHOUT_BLANKS.match(before) or WITHOUT_BLANKS.match(after))
