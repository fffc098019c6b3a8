"""A run as a model of EleutherAI's lm-evaluation-harness (Gao et al. 2024): its tasks then take it like any other.

Every text begins with the end-of-text token, as the stories of the training do. Importing this needs the package lm_eval.
"""

import json
from itertools import takewhile
from typing import Any

import torch
from lm_eval.api.model import LM  # pyright: ignore[reportMissingImports]
from torch import Tensor

from pocket_narrator.errors import NarratorError
from pocket_narrator.evaluation.likelihood.scores import score_stories
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.tokens.store import store_of_texts

MAX_NEW_TOKENS = 256  # where a task does not say how many


class NarratorLM(LM):
    """What the harness asks of a model. A request's `args` are texts, and for `generate_until` its options."""

    def __init__(self, narrator: Narrator, batch_size: int = 16, keeps_state: bool = False) -> None:
        """keeps_state: long texts are read with the recurrent state kept across windows, as the model was trained."""
        super().__init__()
        self.narrator = narrator
        self.batch_size = batch_size
        self.keeps_state = keeps_state

    def loglikelihood(self, requests: list[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """log p(continuation | context) in nats, and whether greedy decoding gives the continuation; a context that is too long
        loses its beginning."""
        pairs = [self._encoded(*request.args) for request in requests]
        found: list[tuple[float, bool]] = [(0.0, True)] * len(pairs)
        order = sorted(range(len(pairs)), key=lambda i: -len(pairs[i][0]))
        for first in range(0, len(order), self.batch_size):
            rows = order[first : first + self.batch_size]
            width = len(pairs[rows[0]][0]) - 1
            tokens = torch.full((len(rows), width), self.narrator.tokenizer.end_of_text)
            for row, i in enumerate(rows):
                read = pairs[i][0][:-1]
                tokens[row, : len(read)] = torch.tensor(read)  # padding is to the right: never seen
            with torch.inference_mode():
                logits_BTV = self.narrator.model.logits(tokens.to(self.narrator.model.device))
            for i, logits_TV in zip(rows, logits_BTV, strict=True):
                found[i] = _score(logits_TV, *pairs[i])
        return found

    def loglikelihood_rolling(self, requests: list[Any], disable_tqdm: bool = False) -> list[float]:
        """log p(text) in nats, each token with as much before it as evaluation gives it; the end of the text is not counted."""
        texts, tokenizer = [request.args[0] for request in requests], self.narrator.tokenizer
        if not texts:
            return []
        store = store_of_texts(texts, tokenizer)
        scores = score_stories(self.narrator.model, store, carry=self.keeps_state)
        ends = scores.offsets[1:]
        return [-float(nats - scores.nll_N[end - 1]) for nats, end in zip(scores.nll_S, ends, strict=True)]

    def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
        """What the model writes after each prompt, up to the first of the texts `until`; greedy unless `do_sample` is set."""
        groups: dict[str, list[int]] = {}
        for i, request in enumerate(requests):
            groups.setdefault(json.dumps(request.args[1], sort_keys=True), []).append(i)
        texts = [""] * len(requests)
        for options, members in groups.items():
            asked = _options(json.loads(options))
            prompts = [self._fitting(requests[i].args[0], asked["max_tokens"]) for i in members]
            for i, prompt, text in zip(members, prompts, self.narrator.tell(prompts, **asked), strict=True):
                texts[i] = text.removeprefix(prompt)
        return texts

    def _encoded(self, context: str, continuation: str) -> tuple[list[int], int]:
        """Ids of both after the end-of-text token, as many as the model can take; and how many of them are the continuation.
        Blanks at the end of the context belong to the word that follows."""
        tokenizer, model = self.narrator.tokenizer, self.narrator.model
        stem = context.rstrip()
        whole = tokenizer.encode(context + continuation)
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(whole, tokenizer.encode(stem), strict=False))
        # All tokens that the context alone does not have: one may span the seam.
        count = len(whole) - sum(1 for _ in alike)
        if count > model.context:
            raise NarratorError(
                f"a continuation has {count:,} tokens",
                expected=f"at most {model.context:,}, the model's context",
                hint="leave this task out: a model scores no more than its context",
            )
        return [tokenizer.end_of_text, *whole][-model.context - 1 :], count

    def _fitting(self, prompt: str, max_tokens: int) -> str:
        """The end of a prompt that is too long for the context, with room for the answer."""
        tokenizer, context = self.narrator.tokenizer, self.narrator.model.context
        ids = tokenizer.encode(prompt)
        if len(ids) + 1 <= context:
            return prompt
        kept = ids[-max(1, max(context // 2, context - 1 - max_tokens)) :]
        text = tokenizer.decode(kept).lstrip("\ufffd")
        while len(tokenizer.encode(text)) + 1 > context:
            text = text[1:]
        return text


def _score(logits_TV: Tensor, ids: list[int], count: int) -> tuple[float, bool]:
    if count == 0:
        return 0.0, True
    predicted_CV = logits_TV[len(ids) - 1 - count : len(ids) - 1].cpu()
    targets_C = torch.tensor(ids[-count:])
    nats = torch.log_softmax(predicted_CV, dim=-1).gather(1, targets_C[:, None]).double().sum()
    return float(nats), bool((predicted_CV.argmax(dim=-1) == targets_C).all())


def _options(asked: dict[str, Any]) -> dict[str, Any]:
    """Of the harness, as a narrator has them. NarratorError for one that it does not have."""
    asked = dict(asked)
    until = asked.pop("until", None) or []
    until = [until] if isinstance(until, str) else until
    names = {"temperature": "temperature", "top_k": "top_k", "top_p": "top_p"}
    samples = asked.pop("do_sample", float(asked.get("temperature", 0.0)) > 0)
    max_tokens = asked.pop("max_gen_toks", asked.pop("max_new_tokens", MAX_NEW_TOKENS))
    options = {names[name]: asked.pop(name) for name in list(asked) if name in names}
    if asked:
        raise NarratorError(
            f"a task asks for {', '.join(sorted(asked))}, which generation does not have",
            hint="leave it out of the task's generation_kwargs",
        )
    chosen = {"temperature": 1.0, **options} if samples else {"temperature": 0.0}
    return {**chosen, "max_tokens": int(max_tokens), "stop": tuple(text for text in until if text)}
