"""Inside a whole model: what is scored is what is generated, and the loss falls."""

import torch

from pocket_narrator.testing.finding import Broken, expect_same
from pocket_narrator.testing.subject import VOCABULARY, Subject

STEPS = 40


def check_in_a_stack(subject: Subject) -> None:
    """A stack scores and generates with the mixer, and learns one batch by heart to some degree."""
    stack = subject.stack(value_embeddings=subject.has_values)
    length = min(24, subject.model.context)
    tokens = torch.randint(VOCABULARY, (3, length), generator=torch.Generator().manual_seed(0))
    _generates_what_it_scores(subject, stack, tokens)
    optimizer = torch.optim.AdamW(stack.train().parameters(), lr=1e-2)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = stack.loss(tokens[:, :-1], tokens[:, 1:]) / tokens[:, 1:].numel()
        if not loss.isfinite():
            raise Broken(f"the loss is {loss.item()} after {len(losses)} steps of training on one batch")
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if losses[-1] > 0.9 * losses[0]:
        raise Broken(f"{STEPS} steps on one batch bring the loss from {losses[0]:.2f} to {losses[-1]:.2f} only")


def _generates_what_it_scores(subject: Subject, stack, tokens) -> None:
    with torch.no_grad():
        hidden = stack(tokens)
    expected = hidden @ stack.head_weight.T
    state = stack.start(tokens[:, :5].tolist())
    for t in range(5, tokens.shape[1] + 1):
        what = "a model of it generates from other probabilities than it is scored by"
        expect_same(stack.next_logits(state).to(subject.dtype), expected[:, t - 1], what, 1e-4, t - 1)
        if t < tokens.shape[1]:
            state = stack.advance(state, tokens[:, t])
