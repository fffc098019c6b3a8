"""Word problems: what a mixer can keep track of. A word is a row of elements of a group, and after each of them the model has to
name the product of all so far (Merrill, Petty & Sabharwal 2024, section 2; Grazzi et al. 2025, section 5).

Parity is the group of two; S3, of which 3 x 2 orders of three things there are, is the smallest whose order matters. A mixer whose states
only fade and are added to, such as Mamba's, tracks neither past the lengths that it has seen.
"""

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor

from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import ModelConfig

Group = list[list[int]]  # the product of elements a and b, a first, is group[a][b]; element 0 changes nothing

PARITY: Group = [[0, 1], [1, 0]]


def permutations(things: int) -> Group:
    """The symmetric group, of all orders of some things."""
    orders = list(itertools.permutations(range(things)))
    return [[orders.index(tuple(b[place] for place in a)) for b in orders] for a in orders]


S3 = permutations(3)


def words(group: Group, rows: int, length: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random words [B, T], and the product after each element [B, T]."""
    table = torch.tensor(group)
    word_BT = torch.randint(len(group), (rows, length), generator=generator)
    product_BT = word_BT.clone()
    for t in range(1, length):
        product_BT[:, t] = table[product_BT[:, t - 1], word_BT[:, t]]
    return word_BT, product_BT


def share_right_at_twice_the_length(
    model: ModelConfig, group: Group, length: int, steps: int, rate: float = 1e-2, rows: int = 64, seed: int = 0
) -> float:
    """Trains a stack on words of `length`, and gives the share of products right in 256 fresh words of twice the length, at the
    places that no training word has."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        stack = DecoderStack(model, len(group)).train()
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(stack.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=0.0)
    for step in range(steps):
        for part in optimizer.param_groups:
            part["lr"] = rate * min(1.0, (step + 1) / 20, 1.5 * (1 - step / steps))
        word_BT, product_BT = words(group, rows, length, generator)
        logits = stack(word_BT) @ stack.head_weight.t()
        loss = F.cross_entropy(logits.flatten(0, 1), product_BT.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(stack.parameters(), 1.0)
        optimizer.step()
    with torch.no_grad():
        word_BT, product_BT = words(group, 256, 2 * length, generator)
        found = (stack.eval()(word_BT) @ stack.head_weight.t()).argmax(-1)
    return float((found == product_BT)[:, length:].double().mean())
