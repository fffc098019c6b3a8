"""From a prompt's text to its tokens, and whether they fit into the model's context."""

from pocket_narrator.errors import PromptError
from pocket_narrator.tokenizers import Tokenizer

_HINT = "give its last sentences only"


def encode_prompt(text: str, tokenizer: Tokenizer, context: int) -> list[int]:
    """The ids of a prompt; PromptError where it does not fit into a context of so many tokens."""
    where = f'"{text[:40]}..."'
    most = context * tokenizer.longest_token
    if len(text) > most:  # not worth encoding
        raise PromptError(
            f"the prompt has {len(text):,} characters",
            where=where,
            expected=f"less than {most:,}: {context} tokens of the model's context have no more",
            hint=_HINT,
        )
    ids = tokenizer.encode(text)
    refuse_long_prompt(len(ids), context, where)
    return ids


def refuse_long_prompt(tokens: int, context: int, where: str | None = None) -> None:
    """PromptError where so many tokens do not fit into a model's context behind the end-of-text token that begins a story."""
    if tokens + 1 > context:
        raise PromptError(
            f"the prompt has {tokens:,} tokens",
            where=where,
            expected=f"at most {context - 1:,}: the model's context and the end-of-text token before a story",
            hint=_HINT,
        )
