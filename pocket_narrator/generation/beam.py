"""Beam search: the likeliest stories that a few hypotheses side by side can find."""

from collections.abc import Sequence
from typing import NamedTuple

import torch

from pocket_narrator.errors import PromptError
from pocket_narrator.generation.healing import Healing, Seam
from pocket_narrator.generation.prompt import refuse_long_prompt
from pocket_narrator.generation.sampling import NEVER
from pocket_narrator.models.language_model import LanguageModel

MOST_BEAMS = 256


class Found(NamedTuple):
    """One continuation."""

    tokens: list[int]  # with end-of-text, where the story has ended
    log_prob: float  # of all its tokens, in nats
    score: float  # log_prob over the length raised to the length penalty: what they are ranked by
    known: int = 0  # bytes at the beginning of the tokens that the prompt has already


@torch.inference_mode()
def beam_search(
    model: LanguageModel, prompt: Sequence[int], end_of_text: int, beams: int = 4, max_tokens: int = 200,
    length_penalty: float = 1.0, seam: Seam | None = None,
) -> list[Found]:  # fmt: skip
    """The best `beams` continuations of a prompt (ids without end-of-text), best first.

    Each step keeps the `beams` likeliest unfinished hypotheses (Lowerre 1976); it ends when `beams` stories have ended and no
    unfinished one has a better score, or after `max_tokens`, those that spell the end of the prompt anew included.
    seam: from where on that may be. Raises PromptError where the prompt is too long.
    """
    if not 1 <= beams <= MOST_BEAMS:
        raise PromptError(f"beams={beams} cannot be used", expected=f"beams is a whole number from 1 to {MOST_BEAMS}")
    refuse_long_prompt(len(prompt), model.context)
    state = model.start([[end_of_text, *(prompt if seam is None else prompt[: seam.at])]])
    if seam is not None and not seam.is_chosen(prompt[seam.at], model.next_logits(state)[0].cpu()):
        seam, state = None, model.start([[end_of_text, *prompt]])
    owed = b"" if seam is None else seam.owed
    log_probs = torch.zeros(1, dtype=torch.float64)
    stories: list[list[int]] = [[]]
    healings = [Healing(seam.tokens, owed)] if seam is not None else []  # of each story, while one of them is owed text
    ended: list[Found] = []
    for length in range(1, max_tokens + 1):
        logs = torch.log_softmax(model.next_logits(state).double(), dim=-1).cpu()
        for row, healing in enumerate(healings):
            if healing.owed:
                logs[row] = healing.constrain(logs[row], logs[row])
        totals = (log_probs[:, None] + logs).flatten()
        # One of these at most is the end of each hypothesis, so that enough are left.
        best = totals.topk(min(2 * beams, len(totals)))
        rows, tokens, kept = [], [], []
        for total, place in zip(best.values.tolist(), best.indices.tolist(), strict=True):
            row, token = divmod(place, logs.shape[1])
            if total == NEVER:
                break
            if token == end_of_text:
                ended.append(Found([*stories[row], token], total, total / length**length_penalty, len(owed)))
            elif len(rows) < beams:
                rows.append(row)
                tokens.append(token)
                kept.append(total)
        stories = [[*stories[row], token] for row, token in zip(rows, tokens, strict=True)]
        healings = [healings[row].after(token) for row, token in zip(rows, tokens, strict=True)] if healings else []
        log_probs = torch.tensor(kept, dtype=torch.float64)
        ended = sorted(ended, key=lambda found: -found.score)[:beams]
        if not rows or (len(ended) == beams and ended[-1].score >= kept[0] / length**length_penalty):
            break
        if length == max_tokens:
            ended += [
                Found(story, total, total / length**length_penalty, len(owed))
                for story, total in zip(stories, kept, strict=True)
            ]
            break
        state = state.select(torch.tensor(rows, device=model.device))
        state = model.advance(state, torch.tensor(tokens, device=model.device))
    return sorted(ended, key=lambda found: -found.score)[:beams]
