"""States are dataclasses of tensors, one row a story, that can be selected, joined and kept."""

from dataclasses import fields, is_dataclass

import torch
from torch import Tensor

from pocket_narrator.models.mixers import MixerState
from pocket_narrator.testing.finding import Broken, expect_same
from pocket_narrator.testing.subject import Fed, Subject


def tensors(state: MixerState) -> dict[str, Tensor]:
    """The tensors that a state consists of. Broken where it is not made of such."""
    if not is_dataclass(state):
        raise Broken(f"the state is a {type(state).__name__}, and not a dataclass of tensors")
    found = {field.name: getattr(state, field.name) for field in fields(state)}
    for name, tensor in found.items():
        if not isinstance(tensor, Tensor):
            raise Broken(
                f"{name} of the state is a {type(tensor).__name__}, and not a tensor: it is neither selected nor saved"
            )
    return found


def sizes(state: MixerState) -> dict[str, tuple]:
    """Shape and dtype of each tensor of a state."""
    return {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in tensors(state).items()}


def copy_of(state: MixerState) -> dict[str, Tensor]:
    """What a state holds now."""
    return {name: tensor.detach().clone() for name, tensor in tensors(state).items()}


def expect_unchanged(state: MixerState, before: dict[str, Tensor], what: str) -> None:
    """Broken where a state no longer holds what it held."""
    for name, tensor in tensors(state).items():
        if not torch.equal(tensor, before[name]):
            raise Broken(f"{what}: {name} of the state has changed")


def check_states(subject: Subject) -> None:
    """Rows selected in another order, twice or not at all, and joined, go on as they would have; copies are copies."""
    fed = subject.fed()
    _rows_come_first(fed)
    _starts_are_fresh(subject, fed)
    _rows_go_on(subject, fed)
    _are_copies(subject, fed)


def _rows_come_first(fed: Fed) -> None:
    for rows in (1, 3, 4):
        for name, tensor in tensors(fed.mixer.start(rows)).items():
            if tensor.ndim == 0 or len(tensor) != rows:
                raise Broken(f"start({rows}): {name} is {list(tensor.shape)}, its first dimension is not the row")


def _starts_are_fresh(subject: Subject, fed: Fed) -> None:
    """What is written into one state is in no other."""
    before = copy_of(fed.mixer.start(2))
    fed.read(subject.inputs(2, 5), fed.mixer.start(2))
    fed.read(subject.inputs(2, 1), fed.mixer.start(2))
    expect_unchanged(fed.mixer.start(2), before, "after a text was read, start gives another state than before")


def _ragged(subject: Subject, fed: Fed, lengths: list[int], seed: int = 0) -> MixerState:
    x = subject.inputs(len(lengths), max(lengths), seed)
    return fed.prefill(x, fed.mixer.start(len(lengths)), torch.tensor(lengths))[1]


def _rows_go_on(subject: Subject, fed: Fed) -> None:
    lengths, steps = [3, 1, min(40, subject.model.context - 5), 7, 2], 4
    text = subject.inputs(len(lengths), steps, seed=5)
    cases = {
        "select": ([2, 0, 2, 4], lambda s: s.select(torch.tensor([2, 0, 2, 4]))),
        "select of one row": ([3], lambda s: s.select(torch.tensor([3]))),
        "select of all rows": ([0, 1, 2, 3, 4], lambda s: s.select(torch.arange(5))),
        "join": ([1, 4, 0], lambda s: s.select(torch.tensor([1, 4])).join(s.select(torch.tensor([0])))),
        "join of several rows": (
            [4, 2, 1, 3, 0],
            lambda s: s.select(torch.tensor([4])).join(s.select(torch.tensor([2, 1, 3, 0]))),
        ),
        "join with a fresh state": ([2, None], lambda s: s.select(torch.tensor([2])).join(fed.mixer.start(1))),
    }
    expected, state = [], _ragged(subject, fed, lengths)
    for t in range(steps):
        y, state = fed.read(text[:, t : t + 1], state)
        expected.append(y)
    new, fresh = [], fed.mixer.start(1)
    for t in range(steps):
        y, fresh = fed.read(text[:1, t : t + 1], fresh)
        new.append(y)
    for name, (rows, change) in cases.items():
        state = change(_ragged(subject, fed, lengths))
        for tensor_name, tensor in tensors(state).items():
            if len(tensor) != len(rows):
                raise Broken(f"{name}: {tensor_name} has {len(tensor)} rows instead of {len(rows)}")
        for t in range(steps):
            inputs = torch.stack([text[0 if row is None else row, t] for row in rows])[:, None]
            wanted = torch.stack([new[t][0] if row is None else expected[t][row] for row in rows])
            y, state = fed.read(inputs, state)
            expect_same(y, wanted, f"after {name}, a row goes on differently", subject.tolerance, t)


def _are_copies(subject: Subject, fed: Fed) -> None:
    """Written over, a copy leaves the original as it was; and the other way round."""
    for rows in (1, 3):
        every = torch.arange(rows)
        for name, copied in {
            "select": lambda s, every=every: s.select(every),
            "select of one row": lambda s: s.select(torch.tensor([0])),
            "join": lambda s, rows=rows: s.join(_ragged(subject, fed, [2] * rows, seed=9)),
        }.items():
            state = _ragged(subject, fed, [4] * rows)
            before, copy = copy_of(state), copied(state)
            for tensor in tensors(copy).values():
                tensor.fill_(1)
            expect_unchanged(state, before, f"{name} gives no copy: it was written over, and the original with it")
            last = _ragged(subject, fed, [3])
            before, copy = copy_of(last), state.join(last)
            for tensor in tensors(copy).values():
                tensor.fill_(1)
            expect_unchanged(last, before, "join gives no copy: it was written over, and what was joined with it")
