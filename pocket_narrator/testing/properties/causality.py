"""Output t depends on inputs up to t only: without it a model is scored on tokens that it has seen."""

import torch

from pocket_narrator.testing.finding import Broken, expect_same
from pocket_narrator.testing.subject import Fed, Subject, some_positions

GRADIENT_LENGTHS = (9, 40)  # every pair of tokens is looked at


def check_causality(subject: Subject) -> None:
    """Changes tokens and looks at the outputs before them, at many lengths and places, in both modes; cuts the text off;
    and looks at the gradient of every output."""
    fed = subject.fed()
    for length in subject.lengths(least=2):
        _change_later_tokens(subject, fed, length, "")
    training = subject.fed(training=True)
    for length in subject.lengths(least=2)[1::3]:
        _change_later_tokens(subject, training, length, ", in training mode")
    for length in subject.lengths(least=2)[::2]:
        _cut_off(subject, fed, length)
    for length in GRADIENT_LENGTHS:
        if length <= subject.model.context:
            _look_at_gradients(subject, fed, length)


def _change_later_tokens(subject: Subject, fed: Fed, length: int, mode: str) -> None:
    """Slightly, to the contrary, and to far larger ones."""
    x = subject.inputs(1 + length % 3, length)
    starts = subject.starts(*x.shape[:2], seed=length) if length % 2 else None
    before = fed.seeded(x, starts)
    for case, at in enumerate(some_positions(length, seed=length)):
        changed = x.clone()
        changed[:, at:] = (1.0, -4.0, 30.0)[case % 3] * subject.inputs(*x.shape[:2], seed=case + 50)[:, at:]
        what = f"of {length} tokens, those from {at} on were changed, and an output before them changed{mode}"
        expect_same(fed.seeded(changed, starts)[:, :at], before[:, :at], what, subject.leak)
        if starts is not None:
            others = starts.clone()
            others[:, at:] ^= True
            what = f"of {length} tokens, other ones from {at} on were made story starts, and an output before changed{mode}"
            expect_same(fed.seeded(x, others)[:, :at], before[:, :at], what, subject.leak)


def _cut_off(subject: Subject, fed: Fed, length: int) -> None:
    x = subject.inputs(2, length, seed=7)
    whole = fed.seeded(x)
    for kept in some_positions(length, seed=length + 1):
        what = f"the first {kept} of {length} tokens have other outputs alone than with those that follow"
        expect_same(fed.seeded(x[:, :kept]), whole[:, :kept], what, subject.tolerance)


def _look_at_gradients(subject: Subject, fed: Fed, length: int) -> None:
    for starts in (None, subject.starts(2, length, seed=3)):
        x = subject.inputs(2, length, seed=3).requires_grad_()
        weights = subject.inputs(2, length, seed=4)[..., : subject.model.width]
        y = fed(x, starts)
        if not y.requires_grad:
            raise Broken("no gradient reaches the inputs")
        sums = (y * weights).sum(dim=2)
        for t in range(length):
            (gradient,) = torch.autograd.grad(sums[:, t].sum(), x, retain_graph=True)
            sizes = gradient.abs().amax(dim=2)
            later = sizes[:, t + 1 :].max().item() if t + 1 < length else 0.0
            if later > subject.leak * max(sizes.max().item(), 1e-9):
                what = f"of {length} tokens, the output of one has a gradient to a later token"
                raise Broken(what, t, later / max(sizes.max().item(), 1e-9))
