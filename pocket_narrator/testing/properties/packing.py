"""Several stories in one row are as each is alone: nothing is carried across a story start."""

import itertools

import torch
from torch import Tensor

from pocket_narrator.testing.finding import expect_same
from pocket_narrator.testing.subject import Fed, Subject


def check_packing(subject: Subject) -> None:
    """Starts at odd and even places, next to each other, at the first token or not, other ones in each row."""
    fed = subject.fed()
    for length in subject.lengths():
        x = subject.inputs(1 + length % 2, length)
        _compare_with_each_alone(subject, fed, x, subject.starts(*x.shape[:2], seed=length))
    for length in subject.lengths()[::3]:
        _no_start_at_all(subject, fed, length)
    everywhere = subject.inputs(2, min(9, subject.model.context))
    _compare_with_each_alone(subject, fed, everywhere, torch.ones(everywhere.shape[:2], dtype=torch.bool))
    for training in (False, True):
        fed = subject.fed(training=training)
        for length in subject.lengths(least=2)[training :: 1 + training]:
            _change_an_earlier_story(subject, fed, length)


def _no_start_at_all(subject: Subject, fed: Fed, length: int) -> None:
    x = subject.inputs(2, length, seed=11)
    nowhere = torch.zeros(2, length, dtype=torch.bool)
    what = "a row in which no story starts has other outputs than with starts_BT=None"
    expect_same(fed.seeded(x, nowhere), fed.seeded(x), what, subject.tolerance)


def _compare_with_each_alone(subject: Subject, fed: Fed, x: Tensor, starts: Tensor) -> None:
    length = x.shape[1]
    packed = fed.seeded(x, starts)
    for row in range(len(x)):
        cuts = sorted({0, *starts[row].nonzero().flatten().tolist(), length})
        for begin, end in itertools.pairwise(cuts):
            alone = fed.seeded(x[row : row + 1, begin:end])
            what = f"the story in tokens {begin} to {end - 1} of {length} has other outputs in a packed row than alone"
            expect_same(packed[row : row + 1, begin:end], alone, what, subject.tolerance, begin)


def _change_an_earlier_story(subject: Subject, fed: Fed, length: int) -> None:
    at = 1 + (7 * length) % (length - 1)
    x = subject.inputs(2, length, seed=12)
    starts = torch.zeros(2, length, dtype=torch.bool)
    starts[:, at] = True
    changed = x.clone()
    changed[:, :at] = 20 * subject.inputs(2, length, seed=13)[:, :at]
    before, after = fed.seeded(x, starts), fed.seeded(changed, starts)
    what = f"a story starts at token {at} of {length}, and its outputs change with the story before it"
    expect_same(after[:, at:], before[:, at:], what, subject.leak, at)
