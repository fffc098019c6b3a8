"""Every step from logits to a token beside a slow one in plain Python."""

import itertools
import math
import random

import pytest
import torch
from pydantic import ValidationError

from pocket_narrator.errors import NarratorError, PromptError
from pocket_narrator.generation.sampling import (
    SamplingOptions,
    apply_temperature,
    draw,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    penalise_repetition,
)
from pocket_narrator.recipe.sampling import BOUNDS
from pocket_narrator.recipe.schema import GenerationConfig
from tests.generation.slow_sampling import choose_slowly, forbid_repeated_ngrams

VOCABULARY = 12
NEVER = -math.inf


def random_logits(seed: int, ties: bool = False) -> list[float]:
    pick = random.Random(seed)
    return [float(pick.randint(-3, 3)) if ties else pick.gauss(0, 2) for _ in range(VOCABULARY)]


def softmax(logits: list[float]) -> list[float]:
    top = max(logits)
    weights = [math.exp(x - top) for x in logits]
    return [weight / sum(weights) for weight in weights]


def slow_penalty(logits, history, penalty):
    return [(x / penalty if x > 0 else x * penalty) if token in history else x for token, x in enumerate(logits)]


def slow_ngrams(logits, history, n):
    def repeats(token: int) -> bool:
        last = [*history, token][-n:]
        return len(last) == n and any(list(history[at : at + n]) == last for at in range(len(history) - n + 1))

    return [NEVER if repeats(token) else x for token, x in enumerate(logits)]


def slow_temperature(logits, temperature):
    return [x / temperature for x in logits]


def slow_top_k(logits, k):
    kth = sorted(logits, reverse=True)[:k][-1]
    return [x if x >= kth else NEVER for x in logits]


def slow_top_p(logits, p):
    probabilities = softmax(logits)
    kept, total = set(), 0.0
    for token in sorted(range(len(logits)), key=lambda token: (-logits[token], token)):
        if total >= p:
            break
        kept.add(token)
        total += probabilities[token]
    return [x if token in kept else NEVER for token, x in enumerate(logits)]


def slow_min_p(logits, p):
    probabilities = softmax(logits)
    return [x if q >= p * max(probabilities) else NEVER for x, q in zip(logits, probabilities, strict=True)]


STEPS = [
    (keep_top_k, slow_top_k, [1, 2, 5, 12, 100]),
    (keep_top_p, slow_top_p, [0.01, 0.3, 0.9, 0.999]),
    (keep_min_p, slow_min_p, [0, 0.01, 0.2, 0.9]),
]


def close(found: torch.Tensor, expected: list[list[float]]) -> None:
    torch.testing.assert_close(found, torch.tensor(expected, dtype=found.dtype), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("fast", "slow", "values"), STEPS)
def test_a_step_keeps_what_the_slow_one_keeps(fast, slow, values):
    rows = [random_logits(seed) for seed in range(20)]
    for value in values:
        close(fast(torch.tensor(rows, dtype=torch.float64), value), [slow(row, value) for row in rows])


@pytest.mark.parametrize(("fast", "slow", "values"), STEPS[:2])
def test_ties(fast, slow, values):
    rows = [random_logits(seed, ties=True) for seed in range(20)]
    for value in values:
        close(fast(torch.tensor(rows, dtype=torch.float64), value), [slow(row, value) for row in rows])


def test_top_p_stops_where_it_is_reached_exactly():
    assert keep_top_p(torch.zeros(1, 4, dtype=torch.float64), 0.5).tolist() == [[0, 0, NEVER, NEVER]]


def test_temperature_changes_the_probabilities_as_it_should():
    rows = [random_logits(seed) for seed in range(5)]
    for temperature in (0.1, 0.8, 1.0, 3.0):
        found = torch.softmax(apply_temperature(torch.tensor(rows), temperature), dim=-1)
        close(found, [softmax(slow_temperature(row, temperature)) for row in rows])


def test_a_tiny_temperature_does_not_overflow():
    logits = torch.tensor([[-80.0, 3.0, 2.999, NEVER]])
    assert torch.softmax(apply_temperature(logits, 1e-5), dim=-1)[0].tolist() == pytest.approx([0, 1, 0, 0])


def test_repetition_penalty_holds_used_tokens_back():
    rows = [random_logits(seed) for seed in range(8)]
    histories = [[random.Random(seed).randrange(VOCABULARY) for _ in range(seed)] for seed in range(8)]
    for penalty in (0.5, 1.3, 4.0):
        expected = [slow_penalty(row, history, penalty) for row, history in zip(rows, histories, strict=True)]
        close(penalise_repetition(torch.tensor(rows), histories, penalty), expected)


def test_no_ngram_twice():
    for n in (1, 2, 3, 4):
        histories = [[random.Random(seed).randrange(3) for _ in range(seed)] for seed in range(30)]
        rows = [random_logits(seed) for seed in range(30)]
        expected = [slow_ngrams(row, history, n) for row, history in zip(rows, histories, strict=True)]
        close(forbid_repeated_ngrams(torch.tensor(rows), histories, n), expected)


def test_steps_leave_their_input_alone():
    logits = torch.tensor([random_logits(1), random_logits(2)])
    before = logits.clone()
    options = SamplingOptions(temperature=0.5, top_k=3, top_p=0.5, min_p=0.1, repetition_penalty=2, no_repeat_ngram=2)
    choose_slowly(logits, [[1, 2, 1], [3]], options, [0.5, 0.5])
    assert torch.equal(logits, before)


def test_draws_follow_the_probabilities():
    logits = random_logits(3)
    logits[4] = NEVER
    many = 100_000
    uniforms = (torch.arange(many, dtype=torch.float64) + 0.5) / many
    found = draw(torch.tensor([logits]).expand(many, -1), uniforms).bincount(minlength=VOCABULARY) / many
    assert found.tolist() == pytest.approx(softmax(logits), abs=2e-5)


def test_the_ends_of_the_unit_interval():
    logits = torch.tensor([[NEVER, 1.0, NEVER, 2.0, NEVER]])
    assert draw(logits, torch.tensor([0.0], dtype=torch.float64)).item() == 1
    assert draw(logits, torch.tensor([1 - 2**-53], dtype=torch.float64)).item() == 3


def test_the_order_of_the_steps():
    """`choose` beside the same steps in plain Python, for every combination of options."""
    settings = itertools.product([1.0, 1.7], [None, 2], [0.6, 1.4], [None, 4], [None, 0.7], [None, 0.15])
    for case, (penalty, ngram, temperature, top_k, top_p, min_p) in enumerate(settings):
        pick = random.Random(case)
        history = [pick.randrange(4) for _ in range(9)]
        uniform = pick.random()
        logits = expected = random_logits(case)
        expected = slow_penalty(expected, history, penalty)
        expected = slow_ngrams(expected, history, ngram) if ngram else expected
        expected = slow_temperature(expected, temperature)
        expected = slow_top_k(expected, top_k) if top_k else expected
        expected = slow_top_p(expected, top_p) if top_p else expected
        expected = slow_min_p(expected, min_p) if min_p else expected
        cumulative = list(itertools.accumulate(softmax(expected)))
        wanted = next(token for token, total in enumerate(cumulative) if total > uniform)
        options = SamplingOptions(temperature, top_k, top_p, min_p, penalty, ngram)
        assert choose_slowly(torch.tensor([logits], dtype=torch.float64), [history], options, [uniform]) == [wanted]


def test_greedy_takes_the_most_likely_token_that_may_be_said():
    logits = torch.tensor([[0.0, 5.0, 4.0, 1.0]])
    assert choose_slowly(logits, [[]], SamplingOptions(temperature=0), [0.99]) == [1]
    assert choose_slowly(logits, [[1]], SamplingOptions(temperature=0, no_repeat_ngram=1), [0.99]) == [2]
    assert choose_slowly(logits, [[1]], SamplingOptions(temperature=0, repetition_penalty=2), [0.99]) == [2]


def test_a_diverged_model_is_said_to_be_one():
    with pytest.raises(NarratorError, match="not a number"):
        choose_slowly(torch.tensor([[0.0, math.nan]]), [[]], SamplingOptions(), [0.5])


@pytest.mark.parametrize(
    ("name", "value", "limit"),
    [
        ("temperature", -0.1, "temperature is a number of at least 0"),
        ("temperature", math.nan, "temperature is a number"),
        ("temperature", math.inf, "temperature is a number"),
        ("temperature", None, "temperature is a number"),
        ("temperature", "0.8", "temperature is a number"),
        ("top_k", -2, "top_k is a whole number of at least -1"),
        ("top_k", 2.5, "top_k is a whole number"),
        ("top_k", True, "top_k is a whole number"),
        ("top_p", 0, "top_p is a number above 0 and at most 1"),
        ("top_p", 1.1, "and at most 1"),
        ("min_p", 1.5, "min_p is a number of at least 0 and at most 1"),
        ("temperature", 101, "temperature is a number of at least 0 and at most 100"),
        ("repetition_penalty", 0, "repetition_penalty is a number of at least 0.01"),
        ("repetition_penalty", 1e-38, "repetition_penalty is a number of at least 0.01 and at most 100"),
        ("mirostat", 1e300, "mirostat is a number of at least 0 and at most 100"),
        ("no_repeat_ngram", -1, "no_repeat_ngram is a whole number of at least 0"),
        ("no_repeat_ngram", 65, "and at most 64"),
        ("max_tokens", 0, "max_tokens is a whole number of at least 1"),
        ("seed", -1, "seed is a whole number of at least 0"),
        ("seed", None, "seed is a whole number"),
    ],
)
def test_options_that_mean_nothing(name, value, limit):
    with pytest.raises(PromptError, match=name) as caught:
        SamplingOptions().changed(**{name: value})
    assert limit in str(caught.value)


def test_options_at_their_limits():
    for name, bounds in BOUNDS.items():
        lowest = bounds.at_least if bounds.above is None else math.nextafter(bounds.above, 1)
        SamplingOptions(**{name: lowest})
        SamplingOptions(**{name: int(bounds.at_most) if bounds.whole else bounds.at_most})
    SamplingOptions(top_k=None, top_p=None, min_p=None, no_repeat_ngram=None)


def test_values_that_switch_an_option_off():
    """As other programs write it."""
    for name, bounds in BOUNDS.items():
        for value in bounds.off:
            assert getattr(SamplingOptions(**{name: value}), name) is None
            if name in GenerationConfig.model_fields:
                assert SamplingOptions.of_recipe(GenerationConfig(**{name: value})) == SamplingOptions()


@pytest.mark.parametrize("name", [name for name in BOUNDS if name in GenerationConfig.model_fields])
def test_recipes_have_the_same_bounds(name):
    bounds = BOUNDS[name]
    for value in (bounds.at_most * 2, -2 if bounds.above is None else 0):
        with pytest.raises(ValidationError):
            GenerationConfig(**{name: value})
        with pytest.raises(PromptError):
            SamplingOptions(**{name: value})


def test_an_unknown_option_is_named_with_the_nearest():
    with pytest.raises(PromptError, match="'temprature'") as caught:
        SamplingOptions().changed(temprature=1)
    assert caught.value.hint == "did you mean temperature?"


def test_the_recipe_gives_the_defaults():
    generation = GenerationConfig(temperature=0.5, top_k=7, max_tokens=33)
    assert SamplingOptions.of_recipe(generation) == SamplingOptions(temperature=0.5, top_k=7, max_tokens=33)
    assert SamplingOptions.of_recipe(GenerationConfig()) == SamplingOptions()
