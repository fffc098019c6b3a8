"""Log-probabilities of prompts and answers, as those who evaluate through the API ask for them."""

import httpx
import pytest
import torch

from pocket_narrator import Narrator
from tests.serving.server_process import asked


def lm_eval_request(narrator: Narrator, pairs: list[tuple[str, str]], most: int, as_ids: bool) -> dict:
    """What lm-evaluation-harness's `local-completions` sends for log-likelihoods of continuations."""
    prompts = [narrator.tokenizer.encode(context + continuation) for context, continuation in pairs]
    texts = [narrator.tokenizer.decode(ids) for ids in prompts]
    fixed = {"temperature": 0, "max_tokens": most, "logprobs": 1, "seed": 1234, "echo": True}
    return {"model": "tiny", "prompt": prompts if as_ids else texts, **fixed}


def lm_eval_parse(answer: dict, context_lengths: list[int], most: int) -> list[tuple[float, bool]]:
    """As lm-evaluation-harness reads the answer: from the context's end, without what was told beyond the prompt."""
    found = []
    for choice, length in zip(sorted(answer["choices"], key=lambda one: one["index"]), context_lengths, strict=True):
        logs, end = choice["logprobs"], -most or None
        tokens, tops = logs["token_logprobs"][length:end], logs["top_logprobs"][length:end]
        found.append((sum(tokens), all(one == max(top.values()) for one, top in zip(tokens, tops, strict=True))))
    return found


@pytest.mark.parametrize("most", [0, 1])
@pytest.mark.parametrize("as_ids", [True, False])
def test_log_likelihoods_as_lm_eval_asks_for_them(server, narrator, most, as_ids):
    pairs = [("the cat", " saw a dog"), ("once", " happy"), ("a ball and the", " cat"), ("the", "the" * 12)]
    encode = narrator.tokenizer.encode
    lengths = [len(encode(context + rest)) - len(encode(rest)) for context, rest in pairs]
    answer = httpx.post(f"{server.url}/completions", json=lm_eval_request(narrator, pairs, most, as_ids), timeout=60)
    assert answer.status_code == 200, answer.text
    for choice, (context, rest) in zip(answer.json()["choices"], pairs, strict=True):
        ids = encode(context + rest)
        logs = choice["logprobs"]
        assert choice["text"].startswith(context + rest)
        assert logs["token_logprobs"][0] is logs["top_logprobs"][0] is None
        assert len(logs["tokens"]) == len(logs["text_offset"]) == len(ids) + most
        ends = [*logs["text_offset"][1 : len(ids)], len(context + rest)]
        assert ends == [len(narrator.tokenizer.decode(ids[:n])) for n in range(1, len(ids) + 1)]
    assert answer.json()["usage"]["completion_tokens"] <= most * len(pairs)
    for (context, rest), length, (total, is_greedy) in zip(
        pairs, lengths, lm_eval_parse(answer.json(), lengths, most), strict=True
    ):
        ids = [narrator.tokenizer.end_of_text, *encode(context + rest)]
        logs = narrator.model.log_probs(torch.tensor([ids]))[0, length:]
        assert total == pytest.approx(float(logs.sum()), abs=1e-3)
        best = [
            narrator.model.next_logits(narrator.model.start([ids[: n + 1]])).argmax()
            for n in range(length, len(ids) - 1)
        ]
        assert is_greedy == ([int(one) for one in best] == ids[length + 1 :])


def test_offsets_go_on_behind_a_stop_text(server):
    create = server.client().completions.create
    (whole,) = create(**asked(seed=5, logprobs=2, temperature=0.0)).choices
    stop = whole.text[:9] + "\0"
    (held,) = create(**asked(seed=5, logprobs=2, temperature=0.0, stop=[stop])).choices
    assert held.logprobs.text_offset == whole.logprobs.text_offset
    assert len(set(held.logprobs.text_offset)) > 3
