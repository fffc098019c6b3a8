"""Memory in large pages: zeros, apart from each other, as long as anybody has them."""

import torch

from pocket_narrator.models.decoder_program.large_pages import CHUNK, LINE, Arena


def test_tensors_lie_side_by_side_and_do_not_overlap() -> None:
    arena = Arena()
    source = torch.arange(6.0).view(2, 3).t()
    made = [arena.zeros((3, 5)), arena.zeros((7,), torch.bfloat16), arena.zeros((0, 4)), arena.copy(source)]
    made.append(arena.zeros((CHUNK + 1,), torch.int8))  # more than a chunk
    made.append(arena.zeros((2, 2)))
    assert torch.equal(made[3], source)
    assert made[3].is_contiguous()
    assert all(tensor.data_ptr() % LINE == 0 for tensor in made)
    assert not any(tensor.any() for tensor in (*made[:3], *made[4:]))
    del arena
    for number, tensor in enumerate(made):
        tensor.fill_(number + 1)
    assert all((tensor == number + 1).all() for number, tensor in enumerate(made))
