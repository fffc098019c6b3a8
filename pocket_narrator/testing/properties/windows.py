"""`forward_from`: a long text read window by window, as `training.rows=stream` does, is as the text at once."""

import torch

from pocket_narrator.models.mixers.mixer import Mixer
from pocket_narrator.testing.finding import Broken, NotTested, expect_same
from pocket_narrator.testing.properties.states import copy_of, expect_unchanged, tensors
from pocket_narrator.testing.subject import Fed, Subject

CUTS = ((1, 2, 3, 5), (7, 33, 16), (64, 1, 40), (100,))  # tokens of the windows before the last, which takes the rest


def check_windows(subject: Subject) -> None:
    """Windows of many lengths, with and without story starts; the state given stays, and no gradient reaches it."""
    if type(subject.fed().mixer).forward_from is Mixer.forward_from:
        raise NotTested(
            "it has no forward_from of its own: with training.rows=stream every window begins anew, which is right only "
            "for a mixer whose memory is its window"
        )
    for seed, cuts in enumerate(CUTS):
        length = min(subject.model.context, sum(cuts) + 20)
        for has_starts in (False, True):
            rows = 1 + (seed + has_starts) % 3
            _read_in_windows(subject, cuts, rows, length, seed, has_starts)
    _starts_at_once(subject)
    _leaves_its_state(subject)


def _read_in_windows(
    subject: Subject, cuts: tuple[int, ...], rows: int, length: int, seed: int, has_starts: bool
) -> None:
    fed, x = subject.fed(seed), subject.inputs(rows, length, seed)
    starts = subject.starts(rows, length, seed) if has_starts else None
    expected = fed.seeded(x, starts)
    state, begin = fed.mixer.start(rows), 0
    for size in (*cuts, length):
        end = min(begin + size, length)
        if end == begin:
            continue
        part = None if starts is None else starts[:, begin:end]
        with torch.no_grad():
            y, state = fed.forward_from(x[:, begin:end], state, part)
        what = f"the window of tokens {begin} to {end - 1} has other outputs than the whole text at once"
        if has_starts:
            what += ", where stories start in it"
        expect_same(y, expected[:, begin:end], what, subject.tolerance, begin)
        begin = end
    _generate_on(subject, fed, state, rows, length, x, starts)


def _generate_on(subject: Subject, fed: Fed, state: object, rows: int, length: int, x, starts) -> None:
    """The state that the last window leaves is one that generation can go on from."""
    more = subject.inputs(rows, 3, seed=31)
    if length + 3 > subject.model.context:
        return
    none = torch.zeros(rows, 3, dtype=torch.bool)
    every = None if starts is None else torch.cat([starts, none], dim=1)
    expected = fed.seeded(torch.cat([x, more], dim=1), every)[:, length:]
    y, _ = fed.read(more, state)  # pyright: ignore[reportArgumentType]
    what = f"after {length} tokens in windows, the state that is left goes on differently"
    expect_same(y, expected, what, subject.tolerance, length)


def _starts_at_once(subject: Subject) -> None:
    """A story that starts with the window's first token knows nothing of the window before."""
    fed, x = subject.fed(), subject.inputs(2, 9, seed=3)
    _, state = fed.read(20 * subject.inputs(2, 5, seed=4), fed.mixer.start(2))
    starts = torch.zeros(2, 9, dtype=torch.bool)
    starts[:, 0] = True
    with torch.no_grad():
        y, _ = fed.forward_from(x, state, starts)
    what = "a story starts with a window, and its outputs depend on the window before"
    expect_same(y, fed.seeded(x, starts), what, subject.tolerance)


def _leaves_its_state(subject: Subject) -> None:
    fed = subject.fed(training=True)
    with torch.no_grad():
        _, state = fed.forward_from(subject.inputs(2, 6, seed=5), fed.mixer.start(2))
    before, x = copy_of(state), subject.inputs(2, 7, seed=6)
    torch.manual_seed(0)
    y, after = fed.forward_from(x, state)
    expect_unchanged(state, before, "forward_from writes into the state that it was given, which a second pass needs")
    torch.manual_seed(0)
    again, _ = fed.forward_from(x, state)
    what = "forward_from has other outputs the second time, as activation checkpointing calls it"
    expect_same(again, y, what, subject.leak)
    for name, tensor in tensors(after).items():
        if tensor.requires_grad:
            raise Broken(
                f"{name} of the state that forward_from gives carries gradients into the next window: detach it"
            )
