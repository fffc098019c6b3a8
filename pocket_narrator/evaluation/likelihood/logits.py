"""The logits at every token of a text, of any model."""

import torch
from torch import Tensor

from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.models.stack import DecoderStack


@torch.no_grad()
def all_logits(model: LanguageModel, tokens_BT: Tensor) -> Tensor:
    """Unnormalised log-probabilities of the token after each: [B, T, V], float32.

    In one pass for a stack of layers; other models are asked token by token. T is at most the model's context.
    """
    if isinstance(model, DecoderStack):
        return (model(tokens_BT.to(model.device)) @ model.head_weight.T).float()
    state = model.start(tokens_BT[:, :1].tolist())
    logits = [model.next_logits(state)]
    for place in range(1, tokens_BT.shape[1]):
        state = model.advance(state, tokens_BT[:, place].to(model.device))
        logits.append(model.next_logits(state))
    return torch.stack(logits, dim=1)
