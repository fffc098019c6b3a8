"""The recurrent form says what the parallel form says: a model generates as it was trained."""

import random

import torch

from pocket_narrator.testing.finding import Broken, expect_finite, expect_same
from pocket_narrator.testing.properties.states import sizes
from pocket_narrator.testing.subject import Subject

PIECES = (1, 2, 3, 5, 8, 16, 31, 33, 64, 100)


def check_steps(subject: Subject) -> None:
    """Token by token from the beginning, and after a prompt."""
    context = subject.model.context
    for rows, prompt, length in (
        (1, 0, context),
        (3, 0, 37),
        (2, 1, 20),
        (2, 7, 50),
        (4, 33, 70),
        (1, context - 3, context),
    ):
        if 0 <= prompt < length <= context:
            fed, x = subject.fed(seed=rows), subject.inputs(rows, length, seed=rows)
            expected, state = fed.seeded(x), fed.mixer.start(rows)
            if prompt:
                y, state = fed.read(x[:, :prompt], state)
                what = f"a prompt of {prompt} tokens has other outputs in prefill than in forward"
                expect_same(y, expected[:, :prompt], what, subject.tolerance)
            for t in range(prompt, length):
                y, state = fed.read(x[:, t : t + 1], state)
                what = f"step by step after a prompt of {prompt} tokens, an output is another than in forward"
                expect_same(y, expected[:, t : t + 1], what, subject.tolerance, t)


def check_prefill(subject: Subject) -> None:
    """Texts read in pieces, other lengths in each row, padded with what must not matter."""
    for seed in range(4):
        pick = random.Random(seed)
        rows = (1, 2, 3, 5)[seed]
        fed = subject.fed(seed)
        text = subject.inputs(rows, subject.model.context, seed=seed)
        expected = fed.seeded(text)
        states = [fed.mixer.start(rows), fed.mixer.start(rows)]  # one for each padding
        seen = [0] * rows
        while max(seen) < subject.model.context:
            longest = pick.choice(PIECES)
            left = [subject.model.context - n for n in seen]
            lengths = [min(pick.randint(1, longest), n) for n in left]
            if min(lengths) < 1:
                break
            for which, padding in enumerate(
                (subject.inputs(rows, longest, seed + 20), 25 * subject.inputs(rows, longest, seed + 40))
            ):
                piece = padding.clone()
                for row, (begin, length) in enumerate(zip(seen, lengths, strict=True)):
                    piece[row, :length] = text[row, begin : begin + length]
                y, states[which] = fed.prefill(piece, states[which], torch.tensor(lengths))
                for row, (begin, length) in enumerate(zip(seen, lengths, strict=True)):
                    what = (
                        f"read in pieces, padded to {longest} tokens, a row of {length} after {begin} has another output "
                        "than in forward"
                    )
                    found, wanted = y[row : row + 1, :length], expected[row : row + 1, begin : begin + length]
                    expect_same(found, wanted, what, subject.tolerance, begin)
            seen = [n + length for n, length in zip(seen, lengths, strict=True)]


def check_state_size(subject: Subject) -> None:
    """However long the story gets, the state stays as large as at its start, and past the context it can be gone on from."""
    fed = subject.fed()
    rows, state = 2, fed.mixer.start(2)
    first = sizes(state)
    for t in range(2 * subject.model.context + 9):
        x = subject.inputs(rows, 1, seed=t)
        try:
            y, state = fed.read(x, state)
        except Exception as error:
            if t < subject.model.context:
                raise
            what = (
                f"past the context of {subject.model.context} tokens, where generation goes on, prefill raises: {error}"
            )
            raise Broken(what, t) from error
        expect_finite(y, "generating", t)
        if sizes(state) != first:
            raise Broken(
                f"the state is {_words(sizes(state))} after {t + 1} tokens, and {_words(first)} at its start", t
            )


def _words(sizes: dict[str, tuple]) -> str:
    return ", ".join(
        f"{name} {list(shape)} {str(dtype).removeprefix('torch.')}" for name, (shape, dtype) in sizes.items()
    )
