"""Log-probabilities in OpenAI's shape: tokens are not texts, and what is told is not always shown."""

import pytest

from pocket_narrator.generation.request import GeneratedToken, Request
from pocket_narrator.generation.sampler import LogProbs, Sampler
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.text_engine import TextStream
from pocket_narrator.serving.openai.replies import Told, token_name
from pocket_narrator.tokenizers import train_bpe


@pytest.fixture(scope="module")
def tokenizer():
    return train_bpe(["the cat saw the cat \u201csaid\u201d \u4ed6"] * 5, 280)


def told_of(tokenizer, text: str, stops: tuple[str, ...] = (), prompt: str = "", ends: bool = False) -> Told:
    """A story of these words, as the worker tells it."""
    ids = tokenizer.encode(prompt)
    request = Request(ids, [], Sampler(SamplingOptions(), ids, 0), scores_prompt=bool(prompt))
    if prompt:
        request.prompt_log_probs = [LogProbs(-1.0, ((token, -1.0),)) for token in ids]
    told, stream = Told(tokenizer, prompt), TextStream(tokenizer, stops)
    tokens = tokenizer.encode(text) + [tokenizer.end_of_text] * ends
    for place, token in enumerate(tokens):
        shown = stream.push(token)
        is_last = stream.has_stopped or place == len(tokens) - 1
        if is_last and not stream.has_stopped:
            shown += stream.finish()
        log_probs = LogProbs(-0.5, ((token, -0.5),))
        told.add(GeneratedToken(request, token, "length" if is_last else None, log_probs, text=shown))
        if is_last:
            break
    return told


def test_parts_of_characters_have_names_of_their_own(tokenizer):
    names = {token_name(tokenizer, token) for token in range(tokenizer.vocabulary_size)}
    assert len(names) == tokenizer.vocabulary_size
    assert "\ufffd" not in "".join(names)
    broken = next(t for t in range(tokenizer.vocabulary_size) if tokenizer.token_bytes(t) == b"\xe2")
    assert token_name(tokenizer, broken) == "bytes:\\xe2"
    assert token_name(tokenizer, tokenizer.end_of_text) == "<|endoftext|>"


def test_no_likely_token_hides_another(tokenizer):
    told = Told(tokenizer)
    likeliest = tuple((token, -float(place)) for place, token in enumerate(range(0x80, 0x85)))
    request = Request([], [], Sampler(SamplingOptions(), [], 0))
    told.add(GeneratedToken(request, 0x80, None, LogProbs(-0.0, likeliest)))
    (top,) = told.take_logs(is_chat=False)["top_logprobs"]
    assert list(top.values()) == [value for _, value in likeliest]


def test_two_tokens_of_the_same_text():
    """As in vocabularies that have both a letter and its byte."""

    class Twice:
        """Of a tokenizer, what names its tokens."""

        end_of_text = 0
        stream = staticmethod(lambda: None)

        def token_bytes(self, token: int) -> bytes:
            return b"A"

    told = Told(Twice())  # type: ignore[arg-type]
    likeliest = LogProbs(-0.1, ((1, -0.1), (2, -0.3)))
    assert told._by_name(likeliest) == {"A": -0.1, "token_id:2": -0.3}


@pytest.mark.parametrize("stops", [(), ("the cat saw the dog",), ("saw the c",)])
def test_offsets_are_of_the_told_text(tokenizer, stops):
    text = "the cat saw the \u201ccat\u201d the cat saw"
    logs = told_of(tokenizer, text, stops).take_logs(is_chat=False)
    place, expected = 0, []
    decoder = tokenizer.stream()
    for token in tokenizer.encode(text)[: len(logs["tokens"])]:
        expected.append(place)
        place += len(decoder.push(token))
    assert logs["text_offset"] == expected
    assert len(set(expected)) > 5


def test_echo_begins_with_the_prompts_and_counts_on(tokenizer):
    told = told_of(tokenizer, " saw", prompt="the cat", ends=True)
    logs = told.take_logs(is_chat=False)
    ids = [*tokenizer.encode("the cat"), *tokenizer.encode(" saw"), tokenizer.end_of_text]
    assert logs["tokens"] == [token_name(tokenizer, token) for token in ids]
    assert logs["token_logprobs"][0] is logs["top_logprobs"][0] is None
    assert told.text == "the cat saw"
    for name, offset in zip(logs["tokens"], logs["text_offset"], strict=True):
        assert told.text[offset:].startswith(name) or (name, offset) == ("<|endoftext|>", len(told.text))
    assert told.tokens == len(tokenizer.encode(" saw"))
