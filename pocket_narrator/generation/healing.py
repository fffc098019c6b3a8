"""Where a prompt's tokens end in a way that no story's do, its last characters are left to the model to spell.

A story's words are tokens with their blank in front, so that a prompt that ends in a blank, or within a word, ends in tokens
after which the model has never seen a story go on. Such a prompt is read without its last tokens, and what is told first has
to spell their bytes: " " becomes the beginning of " girl", " ti" that of " time" (token healing; Lundberg 2023).
Legend: V vocabulary.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.generation.sampling import NEVER
from pocket_narrator.tokenizers.prefixes import TokenPrefixes

MOST_BLANKS = 8  # at the end of a prompt that are spelled anew; those before them stay as they are
# A word may be whole or not. It is taken as unfinished where the model finds tokens that go on from it so many times as likely
# as its own; docs/engine.md has what was measured.
ODDS = 30
_TAIL = 64  # tokens at the end of a prompt that are looked at for blanks: they have more bytes than MOST_BLANKS


@dataclass(frozen=True)
class Seam:
    """Where the tokens of a prompt are cut, to be spelled anew from there."""

    tokens: TokenPrefixes
    at: int  # so many tokens are kept
    owed: bytes  # of those after them
    is_certain: bool  # whether they are spelled anew whatever the model finds

    def is_chosen(self, own: int, logits_V: Tensor) -> bool:
        """Whether the prompt is spelled anew: always after blanks, else where the model, having read what is kept, expects a
        token that goes on from the prompt rather than `own`, which the prompt has there."""
        if self.is_certain:
            return True
        others = logits_V[torch.from_numpy(self.tokens.going_on_from(self.owed))].double()
        return float(others.logsumexp(0) - logits_V[own]) > math.log(ODDS)


def find_seam(tokens: TokenPrefixes, ids: Sequence[int]) -> Seam | None:
    """Where a prompt is to be cut; None where its tokens stay. Before a prompt of blanks alone, which no story begins with:
    what follows them is the beginning of any story."""
    if ids and not b"".join(map(tokens.bytes_of, ids)).decode(errors="replace").strip():
        return Seam(tokens, 0, b"", is_certain=True)
    blanks = _bytes_of_blanks(tokens, ids)
    return _within_word(tokens, ids) if not blanks else _at_blanks(tokens, ids, blanks)


def _bytes_of_blanks(tokens: TokenPrefixes, ids: Sequence[int]) -> int:
    """How many bytes the blanks at the end take: blanks, tabs, line ends and their like."""
    tail = b"".join(map(tokens.bytes_of, ids[-_TAIL:])).decode(errors="replace")
    return len(tail[max(len(tail.rstrip()), len(tail) - MOST_BLANKS) :].encode())


def _at_blanks(tokens: TokenPrefixes, ids: Sequence[int], blanks: int) -> Seam | None:
    at, owed = len(ids), b""
    while len(owed) < blanks:
        at -= 1
        owed = tokens.bytes_of(ids[at]) + owed
    if at and not (before := tokens.bytes_of(ids[at - 1])).isspace():
        # There may be tokens that hold the blanks and what stands before them, such as a full stop with its line end.
        rests = (tokens.bytes_of(int(token))[len(before) :] for token in tokens.going_on_from(before))
        if any(rest.startswith(owed) or owed.startswith(rest) for rest in rests):
            at, owed = at - 1, before + owed
    while owed and len(tokens.going_on_from(owed)) == 0 and tokens.within(owed).tolist() == [ids[at]]:
        owed = owed[len(tokens.bytes_of(ids[at])) :]  # nothing else can stand here
        at += 1
    return Seam(tokens, at, owed, is_certain=True) if owed else None


def _within_word(tokens: TokenPrefixes, ids: Sequence[int]) -> Seam | None:
    """From the first token on from which a single other one would hold all the rest, and more."""
    seam, owed = None, b""
    for at in range(len(ids) - 1, -1, -1):
        owed = tokens.bytes_of(ids[at]) + owed
        if len(owed) >= tokens.longest:
            break
        if len(tokens.going_on_from(owed)):
            seam = Seam(tokens, at, owed, is_certain=False)
    return seam


class Healing:
    """What a story still owes its prompt: characters that its first tokens have to spell."""

    def __init__(self, tokens: TokenPrefixes, owed: bytes) -> None:
        self.owed = owed
        self._tokens = tokens

    def constrain(self, logits_V: Tensor, unedited_V: Tensor) -> Tensor:
        """Minus infinity for all tokens that do not spell what is owed. Where the sampling options have left none that does,
        the model's own logits count."""
        within = self._tokens.within(self.owed)
        index = torch.from_numpy(np.concatenate([within, self._tokens.going_on_from(self.owed)]))
        constrained = torch.full_like(logits_V, NEVER)
        for given in (logits_V, unedited_V):
            constrained[index] = given[index]
            if not bool((constrained[index] == NEVER).all()):  # true for NaN: it is reported where tokens are drawn
                return constrained
        constrained[within[-1]] = 0.0  # the longest
        return constrained

    def after(self, token: int) -> "Healing":
        """What is owed after one more token."""
        return Healing(self._tokens, self.owed[len(self._tokens.bytes_of(token)) :])

    def take(self, token: int) -> tuple[int, bool]:
        """How many bytes of a chosen token are the prompt's, and whether all of them are."""
        spelled = self._tokens.bytes_of(token)
        known = min(len(spelled), len(self.owed))
        assert spelled[:known] == self.owed[:known]
        self.owed = self.owed[known:]
        return known, known == len(spelled)
