"""The earlier project's perplexity, for comparison with its tables only: second halves without their first halves."""

import math

import torch

from pocket_narrator.evaluation.likelihood.scores import perplexity_of
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.tokenizers import Tokenizer

LONGEST = 512  # tokens of a half that are scored, the last ones


def earlier_perplexity(model: LanguageModel, tokenizer: Tokenizer, texts: list[str]) -> float:
    """Each text is cut at its middle character; exp of the mean loss of the second half's tokens, alone and without an
    end-of-text token, then the arithmetic mean over stories. Wrong in three ways, and kept wrong: the half is not given
    the beginning, its first token is not scored, and a mean of perplexities is led by the worst story."""
    perplexities = []
    for text in texts:
        ids = tokenizer.encode(text[len(text) // 2 :])[-min(LONGEST, model.context + 1) :]
        if len(ids) > 1:
            with torch.inference_mode():
                log_probs = model.log_probs(torch.tensor([ids], device=model.device))
            perplexities.append(perplexity_of(-float(log_probs.mean())))
    return sum(perplexities) / len(perplexities) if perplexities else math.nan
