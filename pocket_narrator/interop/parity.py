"""The proof that an export is the same model: logits side by side, and the same greedy text, token for token."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pocket_narrator.errors import InteropError
from pocket_narrator.models.stack import DecoderStack

TOLERANCE = 1e-5  # of a logit, or of the largest one where that is over 1: float32 has seven digits
GREEDY_TOKENS = 256
LONGEST_ROW = 256
ROWS = 2
REPORT = "nothing was written; please report this with the run's config.yaml"

Logits = Callable[[Tensor], Tensor]  # [B, T] ids to [B, T, V]
Greedy = Callable[[list[int], int], Sequence[int]]  # prompt and count to the most likely tokens, past a story's end too


@dataclass(frozen=True)
class Parity:
    """What was compared, and how far it lay apart."""

    largest_difference: float  # between two logits
    largest_logit: float
    greedy_equal: int  # tokens before the first that differs
    greedy_tokens: int


def prove(model: DecoderStack, their_logits: Logits, their_greedy: Greedy, prompt: list[int], what: str) -> Parity:
    """Compares our model, in float32 on a CPU, with another program's. Raises InteropError where they differ."""
    difference, largest = refuse_other_logits(model, their_logits, what)
    count = refuse_other_text(model, their_greedy, prompt, what)
    return Parity(difference, largest, count, count)


def refuse_other_logits(model: DecoderStack, their_logits: Logits, what: str) -> tuple[float, float]:
    """The largest difference, and the largest logit. InteropError where they differ."""
    difference, largest = _compare_logits(model, their_logits)
    if not difference <= TOLERANCE * max(1.0, largest):
        raise InteropError(
            f"{what} gives other logits than the run: they differ by up to {difference:.2g}",
            expected=f"{TOLERANCE:g} of the largest logit, which is {largest:.3g}",
            hint=REPORT,
        )
    return difference, largest


def compare(model: DecoderStack, their_logits: Logits, their_greedy: Greedy, prompt: list[int], what: str) -> Parity:
    """The same for weights that are rounded on purpose: says how far apart, and refuses nothing."""
    return Parity(*_compare_logits(model, their_logits), *_compare_text(model, their_greedy, prompt))


def refuse_other_text(model: DecoderStack, their_greedy: Greedy, prompt: list[int], what: str) -> int:
    """How many greedy tokens were compared, as many as the context has room for. InteropError where one differs."""
    equal, count = _compare_text(model, their_greedy, prompt)
    if equal < count:
        raise InteropError(
            f"{what} generates another text than the run: greedy token {equal + 1} of {count} differs", hint=REPORT
        )
    return count


def _compare_logits(model: DecoderStack, their_logits: Logits) -> tuple[float, float]:
    """The largest difference, and the largest logit, over two rows of random tokens."""
    length = min(model.context, LONGEST_ROW)
    tokens = torch.randint(model.vocabulary_size, (ROWS, length), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours = torch.nn.functional.linear(model(tokens), model.head_weight)
        theirs = their_logits(tokens)[..., : model.vocabulary_size].to(ours.dtype)
    return float((ours - theirs).abs().max()), float(ours.abs().max())


def _compare_text(model: DecoderStack, their_greedy: Greedy, prompt: list[int]) -> tuple[int, int]:
    prompt = prompt[: model.context // 2]
    count = min(GREEDY_TOKENS, model.context - len(prompt))
    ours, theirs = greedy(model, prompt, count), list(their_greedy(prompt, count))
    equal = 0
    while equal < min(count, len(theirs)) and ours[equal] == theirs[equal]:
        equal += 1
    return equal, count


@torch.no_grad()
def greedy(model: DecoderStack, prompt: list[int], count: int) -> list[int]:
    """The most likely token after `prompt`, and so on, past the end of the story too."""
    state, told = model.start([prompt]), []
    while True:
        told.append(int(model.next_logits(state).argmax()))
        if len(told) == count:
            return told
        state = model.advance(state, torch.tensor(told[-1:]))
