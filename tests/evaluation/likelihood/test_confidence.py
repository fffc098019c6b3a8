"""Calibration beside a slow count, and on models whose answer is known."""

import math

import numpy as np
import pytest
import torch

from pocket_narrator.corpus import Story
from pocket_narrator.evaluation.earlier.perplexity import earlier_perplexity
from pocket_narrator.evaluation.likelihood.confidence import BINS, calibrate
from pocket_narrator.run.loading import load_trained
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens.builder import build_store
from tests.evaluation.tiny_run import make_run


class Fixed:
    """Predicts the same distribution everywhere."""

    device = torch.device("cpu")
    context = 64

    def __init__(self, probabilities: torch.Tensor) -> None:
        self.vocabulary_size = len(probabilities)
        self.log_probabilities = probabilities.log()

    def logits(self, tokens_BT):
        return self.log_probabilities.expand(*tokens_BT.shape, -1)

    def log_probs(self, tokens_BT):
        return self.log_probabilities[tokens_BT[:, 1:]]


@pytest.fixture
def store(tmp_path):
    tokenizer = train_bpe(["a b c d e f"] * 3, 260)
    random = np.random.default_rng(0)
    stories = [" ".join(random.choice(list("abcdef"), random.integers(3, 40))) for _ in range(40)]
    return build_store(map(Story, stories), tokenizer, tmp_path / "store"), tokenizer


def test_a_uniform_model(store):
    tokens, tokenizer = store
    model = Fixed(torch.full((tokenizer.vocabulary_size,), 1 / tokenizer.vocabulary_size))
    found = calibrate(model, tokens, range(40))
    assert found.tokens == tokens.num_tokens
    values = {name: figure.value for name, figure in found.figures.items()}
    assert values["entropy"] == pytest.approx(math.log(tokenizer.vocabulary_size), abs=1e-4)
    assert values["surprise"] == pytest.approx(math.log(tokenizer.vocabulary_size), abs=1e-4)
    assert values["entropy_over_surprise"] == pytest.approx(1, abs=1e-4)


def test_a_model_that_says_the_base_rate_is_calibrated_and_a_boaster_is_not(store):
    tokens, tokenizer = store
    targets = np.concatenate([np.append(tokens.story(i)[1:], tokens.end_of_text) for i in range(40)]).astype(np.int64)
    rates = np.bincount(targets, minlength=tokenizer.vocabulary_size) / len(targets)
    honest = calibrate(Fixed(torch.tensor(rates).clamp(min=1e-12).float()), tokens, range(40))
    assert honest.figures["expected_calibration_error"].value < 0.002
    assert honest.figures["next_token_accuracy"].value == pytest.approx(rates.max())
    boast = np.full(len(rates), 1e-6)
    boast[rates.argmax()] = 1
    boaster = calibrate(Fixed(torch.tensor(boast / boast.sum()).float()), tokens, range(40))
    assert boaster.figures["expected_calibration_error"].value == pytest.approx(1 - rates.max(), abs=0.01)
    assert boaster.figures["overconfidence"].value == pytest.approx(1 - rates.max(), abs=0.01)
    assert boaster.figures["entropy_over_surprise"].value < 0.1
    (only,) = boaster.bins
    assert (only.low, only.high) == pytest.approx((1 - 1 / BINS, 1))


def test_a_real_model_beside_its_parallel_form(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained = load_trained(make_run())
    tokenizer, model = trained.tokenizer, trained.model
    stories = ["the cat was happy and the dog saw a ball.", "once a dog was sad.", "a cat."]
    tokens = build_store(map(Story, stories), tokenizer, tmp_path / "store")
    found = calibrate(model, tokens, [2, 0, 1])
    nll = correct = confidence = 0.0
    for story in stories:
        ids = torch.tensor([[tokenizer.end_of_text, *tokenizer.encode(story), tokenizer.end_of_text]])
        nll -= float(model.log_probs(ids).sum())
        for end in range(1, ids.shape[1]):
            probabilities = torch.softmax(model.next_logits(model.start([ids[0, :end].tolist()])), -1)[0]
            correct += float(probabilities.argmax() == ids[0, end])
            confidence += float(probabilities.max())
    assert found.figures["surprise"].value == pytest.approx(nll / found.tokens, rel=1e-4)
    assert found.figures["next_token_accuracy"].value == pytest.approx(correct / found.tokens)
    assert found.figures["overconfidence"].value == pytest.approx((confidence - correct) / found.tokens, abs=1e-4)


def test_the_earlier_perplexity_by_hand(store):
    _, tokenizer = store
    probabilities = torch.full((tokenizer.vocabulary_size,), 1e-9)
    a, b = tokenizer.encode("a b")
    probabilities[a], probabilities[b] = 0.5, 0.25
    model = Fixed(probabilities)
    # " b" has one token: nothing to score. " a" has two, and only the second is scored: 2. " b b b": 4. The mean is 3.
    assert earlier_perplexity(model, tokenizer, ["a b", "a a", "x" * 6 + " b b b"]) == pytest.approx(3)
