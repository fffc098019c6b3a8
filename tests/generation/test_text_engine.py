"""Text out of tokens: stop texts, beam search, and what `narrator tell` makes of them."""

import itertools
import json
import random

import pytest
import torch

from pocket_narrator import Narrator
from pocket_narrator.errors import NarratorError, PromptError
from pocket_narrator.generation.beam import beam_search
from pocket_narrator.generation.text_engine import TextStream
from tests.evaluation.tiny_run import make_run
from tests.generation.test_narrator import narrate
from tests.models.stacks import MODELS, VOCABULARY, make_stack

END = 0


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("stopped")
        patch.chdir(folder)
        yield folder / make_run()


@pytest.fixture(scope="module")
def narrator(run) -> Narrator:
    return Narrator.load(run)


class Letters:
    """A tokenizer whose ids are pieces of text."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def stream(self):
        from pocket_narrator.tokenizers.tokenizer import StreamDecoder

        return StreamDecoder(self)  # type: ignore[arg-type]

    def decode_bytes(self, ids):
        return b"".join(self.pieces[i] for i in ids)


def test_stops_across_tokens_beside_the_whole_text():
    """Whatever the pieces, what is shown is the text before the first stop, and never a part of a stop."""
    pick = random.Random(3)
    for _ in range(2000):
        text = "".join(pick.choices("ab\u00e9", k=pick.randint(0, 12))).encode()
        cuts = sorted(pick.choices(range(len(text) + 1), k=pick.randint(0, 8)))
        pieces = [text[a:b] for a, b in itertools.pairwise([0, *cuts, len(text)])]
        stops = ["".join(pick.choices("ab\u00e9", k=pick.randint(1, 4))) for _ in range(pick.randint(0, 3))]
        stream, shown = TextStream(Letters(pieces), stops), ""  # type: ignore[arg-type]
        for i in range(len(pieces)):
            shown += stream.push(i)
            assert not any(stop in shown for stop in stops)
            if stream.has_stopped:
                break
        else:
            shown += stream.finish()
        whole = text.decode()
        places = [whole.find(stop) for stop in stops if stop in whole]
        assert shown == (whole[: min(places)] if places else whole)
        assert stream.has_stopped == bool(places)


def test_a_story_ends_before_its_stop(narrator):
    whole = narrator.tell("the cat", seed=3, temperature=1.0, max_tokens=40)[0]
    told = whole.removeprefix("the cat")
    stop = told[7:10]
    tokens = list(narrator.stream_all(["the cat"], seed=3, temperature=1.0, max_tokens=40, stop=stop))
    assert "".join(token.text for token in tokens) == told[: told.index(stop)]
    assert tokens[-1].ending == "stop"
    assert narrator.tell("the cat", seed=3, temperature=1.0, max_tokens=40, stop=["nowhere", stop])[0] in whole


def test_two_streams_of_one_narrator_do_not_mix(narrator):
    alone = [narrator.tell("the cat", seed=seed, temperature=1.0)[0] for seed in (1, 2)]
    streams = [narrator.stream("the cat", seed=seed, temperature=1.0) for seed in (1, 2)]
    texts = ["", ""]
    for pieces in itertools.zip_longest(*streams, fillvalue=""):
        texts = [text + piece for text, piece in zip(texts, pieces, strict=True)]
    assert texts == alone


def test_a_stream_that_nobody_reads_on_disturbs_nobody(narrator):
    expected = narrator.tell("a dog", seed=1)
    stream = narrator.stream("the cat", seed=1, temperature=1.0)
    next(stream), next(stream)
    stream.close()
    assert narrator.tell("a dog", seed=1) == expected


def test_a_model_that_is_trained_on_is_told_with_as_it_is_now(narrator):
    before = narrator.tell("the cat", temperature=0)
    bias = narrator.model.norm.weight
    with torch.no_grad():
        bias.mul_(-1)
    changed = narrator.tell("the cat", temperature=0)
    with torch.no_grad():
        bias.mul_(-1)
    assert changed != before == narrator.tell("the cat", temperature=0)


def test_prompts_that_cannot_be_read(narrator):
    with pytest.raises(PromptError, match="10,000,000 characters") as caught:
        narrator.tell("x" * 10_000_000)
    assert len(str(caught.value)) < 500
    with pytest.raises(NarratorError, match="surrogate"):
        narrator.tell("a\ud800")
    assert narrator.tell("a\0b", max_tokens=3)[0].startswith("a\0b")


def test_lines_of_json(run, narrator, monkeypatch, capsys):
    options = ("--seed", 4, "--stories", 2, "--json", "--logprobs", 2, "--max-tokens", 9)
    code, out, err = narrate(monkeypatch, capsys, "tell", run, "the cat", "a dog", *options)
    assert (code, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    expected = narrator.tell(["the cat", "a dog"], 2, seed=4, max_tokens=9)
    assert [line["text"] for line in lines] == expected
    assert [line["prompt"] for line in lines] == ["the cat"] * 2 + ["a dog"] * 2
    for number, line in enumerate(lines):
        assert line["story"] == number
        assert line["ending"] in ("end", "length")
        assert len(line["tokens"]) == len(line["log_probs"]) == len(line["likeliest"]) <= 9
        assert line["text"] == line["prompt"] + narrator.tokenizer.decode(line["tokens"])
        assert line["options"]["seed"] == 4


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_precisions(run, precision, monkeypatch, capsys):
    code, out, _ = narrate(monkeypatch, capsys, "tell", run, "the cat", "--greedy", "--precision", precision)
    assert code == 0
    assert out.startswith("the cat")


def best_of_all(stack, prompt: list[int], length: int) -> list[tuple[float, list[int]]]:
    """Every continuation of so many tokens, or that has ended, by its log-probability over its length."""
    found = []
    for tokens in itertools.product(range(VOCABULARY), repeat=length):
        ends = [i for i, token in enumerate(tokens) if token == END]
        if ends and any(tokens[ends[0] + 1 :]):
            continue
        story = list(tokens[: ends[0] + 1] if ends else tokens)
        found.append(story)
    rows = torch.tensor([[END, *prompt, *story, *[1] * (length - len(story))] for story in found])
    logs = stack.log_probs(rows)[:, len(prompt) :]
    scores = [float(logs[i, : len(story)].sum()) / len(story) for i, story in enumerate(found)]
    return sorted(zip(scores, found, strict=True), reverse=True)


@pytest.mark.parametrize("name", ["llama", "mamba"])
def test_wide_beams_find_the_best(name):
    stack = make_stack(MODELS[name])
    found = beam_search(stack, [5, 6], END, beams=VOCABULARY, max_tokens=2)
    expected = best_of_all(stack, [5, 6], 2)
    for one, (score, tokens) in zip(found[:10], expected[:10], strict=True):
        assert one.tokens == tokens
        assert one.score == pytest.approx(score, abs=1e-4)


def test_one_beam_is_greedy_and_more_are_likelier(run, narrator, monkeypatch, capsys):
    (one,) = narrator.search("the cat", beams=1, max_tokens=12)
    assert one[0] == narrator.tell("the cat", temperature=0, max_tokens=12)[0]
    several = narrator.search("the cat", beams=8, max_tokens=12)
    assert max(log for _, log in several) >= one[1]
    code, out, _ = narrate(monkeypatch, capsys, "tell", run, "the cat", "--beams", 8, "--max-tokens", 12)
    assert code == 0
    assert out == ("-" * 78 + "\n").join(f"{text}\n" for text, _ in several)
    assert narrate(monkeypatch, capsys, "tell", run, "the cat", "--beams", 0)[0] == 2
