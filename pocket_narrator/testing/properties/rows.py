"""A row does not depend on its neighbours: a story is the same whatever else is in the batch."""

import torch

from pocket_narrator.testing.finding import expect_same
from pocket_narrator.testing.subject import Fed, Subject

BATCHES = (2, 3, 5, 8, 16, 33)


def check_rows(subject: Subject) -> None:
    """Each row beside the same row alone, in batches of many sizes; and neighbours changed, in both modes."""
    fed = subject.fed()
    for rows in BATCHES:
        for length in {1, 2 + rows % 7, min(20 + rows, subject.model.context)}:
            _compare_with_each_alone(subject, fed, rows, length)
    _generate_beside_others(subject, fed)
    for training in (False, True):
        fed = subject.fed(training=training)
        for rows in BATCHES[training::2]:
            _change_neighbours(subject, fed, rows, training)


def _compare_with_each_alone(subject: Subject, fed: Fed, rows: int, length: int) -> None:
    x = subject.inputs(rows, length, seed=rows)
    starts = subject.starts(rows, length, seed=rows) if length % 2 else None
    together = fed.seeded(x, starts)
    for row in {0, rows // 2, rows - 1}:
        own = slice(row, row + 1)
        alone = fed.seeded(x[own], None if starts is None else starts[own])
        what = f"row {row} of {rows}, {length} tokens long, has other outputs than alone"
        expect_same(together[own], alone, what, subject.tolerance)


def _generate_beside_others(subject: Subject, fed: Fed) -> None:
    """Prompts of other lengths beside it, and steps."""
    for rows in BATCHES[1::2]:
        lengths = [1 + (5 * row + rows) % 21 for row in range(rows)]
        x = subject.inputs(rows, max(lengths), seed=rows)
        together, state = fed.prefill(x, fed.mixer.start(rows), torch.tensor(lengths))
        more = subject.inputs(rows, 3, seed=rows + 1)
        ys = []
        for t in range(3):
            y, state = fed.read(more[:, t : t + 1], state)
            ys.append(y)
        for row in {0, rows // 2, rows - 1}:
            own, length = slice(row, row + 1), lengths[row]
            alone, mine = fed.read(x[own, :length], fed.mixer.start(1))
            what = f"a prompt of {length} tokens in row {row} of {rows} has other outputs than alone"
            expect_same(together[own, :length], alone, what, subject.tolerance)
            for t in range(3):
                y, mine = fed.read(more[own, t : t + 1], mine)
                what = f"generating, row {row} of {rows} goes on otherwise than alone"
                expect_same(ys[t][own], y, what, subject.tolerance, length + t)


def _change_neighbours(subject: Subject, fed: Fed, rows: int, training: bool) -> None:
    for length in (1, 14, 33):
        if length > subject.model.context:
            continue
        x = subject.inputs(rows, length, seed=3)
        own = (rows + length) % rows
        changed = 20 * subject.inputs(rows, length, seed=4)
        changed[own] = x[own]
        starts = subject.starts(rows, length, seed=rows) if length % 2 else None
        others = None if starts is None else ~starts
        if starts is not None and others is not None:
            others[own] = starts[own]
        before, after = fed.seeded(x, starts), fed.seeded(changed, others)
        mode = ", in training mode" if training else ""
        what = f"of {rows} rows all but row {own} were changed, and its outputs changed{mode}"
        expect_same(after[own : own + 1], before[own : own + 1], what, subject.leak)
