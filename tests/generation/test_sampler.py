"""The samplers in C beside those in torch, and those that keep a state."""

import itertools
import math

import numpy as np
import pytest
import torch

from pocket_narrator.errors import PromptError
from pocket_narrator.generation.sampler import Sampler, choose_all
from pocket_narrator.generation.sampling import (
    SamplingOptions,
    draw_at_surprise,
    keep_typical,
)
from pocket_narrator.models.kernels import native
from pocket_narrator.models.kernels import sample as in_c
from pocket_narrator.recipe.sampling import BOUNDS
from tests.generation.slow_sampling import choose_slowly, forbid_repeated_ngrams

V = 1003
needs_c = pytest.mark.skipif(not native.available(), reason=native.status())


def logits_of(rows: int, seed: int, spread: float = 3.0) -> torch.Tensor:
    return spread * torch.randn(rows, V, generator=torch.Generator().manual_seed(seed))


@needs_c
def test_c_and_torch_choose_the_same():
    """But where a draw falls on the border between two tokens: once in ten thousand."""
    settings = itertools.product([0, 0.5, 1.3], [None, 1, 2, 50, 5000], [None, 0.1, 0.9, 0.999], [None, 0.0, 0.05, 1.0])
    differing = count = 0
    for case, (temperature, top_k, top_p, min_p) in enumerate(settings):
        options = SamplingOptions(temperature, top_k, top_p, min_p)
        logits = logits_of(8, case)
        logits[0, 5:400] = logits[0, 4]  # many that are equally likely
        logits[1, ::2] = -math.inf
        uniforms = np.random.default_rng(case).random(8).tolist()
        uniforms[2:4] = 0.0, 1 - 2**-53
        expected = choose_slowly(logits, [[]] * 8, options, uniforms)
        choices = [in_c.RowSampling(temperature, top_k or 0, top_p or 1.0, min_p or 0.0, u) for u in uniforms]
        found = in_c.sample(logits, choices)
        differing += sum(a != b for a, b in zip(expected, found, strict=True))
        count += 8
    assert count == 8 * 3 * 5 * 4 * 4
    assert differing <= 2


@needs_c
def test_rows_with_options_of_their_own_and_a_wider_buffer():
    wide = torch.full((3, V + 37), 1e9)
    wide[:, :V] = logits_of(3, 1)
    choices = [in_c.RowSampling(0.0), in_c.RowSampling(1.0, uniform=0.3), in_c.RowSampling(0.7, 5, 0.9, 0.01, 0.99)]
    together = in_c.sample(wide[:, :V], choices)
    assert together == [in_c.sample(wide[i : i + 1, :V], choices[i : i + 1])[0] for i in range(3)]
    assert together[0] == wide[0, :V].argmax()


@needs_c
@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("place", [0, 500, V - 1])
def test_logits_that_are_not_numbers(value, place):
    logits = logits_of(2, 0)
    logits[1, place] = value
    assert in_c.sample(logits, [in_c.RowSampling(0.0), in_c.RowSampling(1.0)])[1] == -1
    sound, strange = choose_all(logits, [Sampler(SamplingOptions(), [], n) for n in range(2)])
    assert sound.failure is None
    assert sound.token == choose_all(logits[:1], [Sampler(SamplingOptions(), [], 0)])[0].token
    assert "not a number" in str(strange.failure)


def test_typical_keeps_what_is_nearest_to_the_expected_surprise():
    probabilities = torch.tensor([[0.5, 0.2, 0.15, 0.1, 0.05]])
    entropy = -(probabilities * probabilities.log()).sum()
    nearest = sorted(range(5), key=lambda i: abs(-math.log(probabilities[0, i]) - entropy))
    for p in (0.1, 0.3, 0.6, 1.0):
        kept = keep_typical(probabilities.log(), p)[0].isfinite()
        wanted, total = [], 0.0
        for token in nearest:
            if total >= p - 1e-9:
                break
            wanted.append(token)
            total += float(probabilities[0, token])
        assert sorted(wanted) == kept.nonzero().flatten().tolist()


def test_mirostat_holds_the_surprise_near_its_target():
    for target in (2.0, 4.0):
        options = SamplingOptions(temperature=1.0, mirostat=target)
        random = np.random.default_rng(0)
        ceiling, surprises = 2 * target, []
        for step in range(400):
            logits = logits_of(1, step)[0]
            token, ceiling = draw_at_surprise(logits, options, ceiling, float(random.random()))
            surprises.append(-float(torch.log_softmax(logits, 0)[token]) / math.log(2))
        assert abs(np.mean(surprises[100:]) - target) < 0.6


@pytest.mark.parametrize(
    "bad",
    [
        {"logit_bias": {1: math.nan}},
        {"logit_bias": {1: 1000.0}},
        {"logit_bias": {-1: 1.0}},
        {"logit_bias": {"1": 1.0}},
        {"logit_bias": 3},
        {"stop": ["x"] * 10_000},
        {"stop": [""]},
        {"stop": [3]},
        {"stop": "x" * 10_000},
        {"max_tokens": 2**63},
        {"max_tokens": 10**400},
        {"temperature": math.nan},
        {"temperature": 10**400},
        {"seed": 2**64},
        {"logprobs": 1000},
        {"typical": 0.0},
        {"mirostat": -1.0},
        {"mirostat_rate": 2},
    ],
)
def test_options_that_mean_nothing(bad):
    with pytest.raises(PromptError) as caught:
        SamplingOptions().changed(**bad)
    assert len(str(caught.value)) < 500


def test_forms_that_options_can_be_given_in():
    options = SamplingOptions().changed(stop="The end", logit_bias={3: 1, 4: -2.5})
    assert options.stop == ("The end",)
    assert options.logit_bias == ((3, 1.0), (4, -2.5))
    assert options.changed(stop=["a", "b"]).stop == ("a", "b")


def test_a_row_without_a_token_is_its_own_affair():
    """Neither options that cannot be applied nor logits that are no numbers reach another row, however it is drawn."""
    logits = logits_of(6, 3)
    logits[1, 7] = math.nan
    logits[2] = 3e38  # finite, until the penalty has been at it
    options = [
        SamplingOptions(),
        SamplingOptions(typical=0.9),
        SamplingOptions(repetition_penalty=0.01),
        SamplingOptions(logit_bias={V: 1.0}),
        SamplingOptions(mirostat=3.0),
        SamplingOptions(typical=0.5, repetition_penalty=2.0),
    ]
    samplers = [Sampler(one, [5, 6], 0) for one in options]
    chosen = choose_all(logits, samplers)
    alone = [choose_all(logits[row : row + 1], [Sampler(options[row], [5, 6], 0)])[0] for row in (0, 4, 5)]
    assert [chosen[row] for row in (0, 4, 5)] == alone
    assert all(one.failure is None for one in alone)
    assert "the model's output is not a number" in str(chosen[1].failure)
    assert "sampling options leave nothing" in str(chosen[2].failure)
    assert f"there is no token {V}" in str(chosen[3].failure)


def extremes(name: str) -> list[float]:
    bounds = BOUNDS[name]
    lowest = bounds.at_least if bounds.above is None else math.nextafter(bounds.above, 1)
    return [lowest, int(bounds.at_most) if bounds.whole else bounds.at_most]


def test_every_option_at_its_extremes_beside_an_innocent_row():
    """Alone and with each other extreme: a token for everybody, and the innocent row's own."""
    names = [name for name in BOUNDS if name not in ("max_tokens", "seed")]
    cases = [{a: x, b: y} for a in names for b in names for x in extremes(a) for y in extremes(b) if a <= b]
    cases += [case | {"logit_bias": {1: 100.0, 2: -100.0}} for case in cases[::7]]
    logits = 30 * logits_of(2, 4)[:, :50]
    expected = choose_all(logits, [Sampler(SamplingOptions(), [], 0), Sampler(SamplingOptions(), [], 0)])[0]
    for case in cases:
        strange = Sampler(SamplingOptions().changed(**case), [1, 2, 3, 1, 2], 1)
        innocent, other = choose_all(logits, [Sampler(SamplingOptions(), [], 0), strange])
        assert innocent == expected
        assert other.failure is None, (case, other.failure)
        assert 0 <= other.token < 50


def test_ngrams_are_forbidden_as_the_whole_history_says():
    """The sampler notes what followed each n-gram; the slow way looks through the history."""
    pick = np.random.default_rng(1)
    for n in (1, 2, 3, 5):
        beginning = pick.integers(0, 3, 4).tolist()
        sampler = Sampler(SamplingOptions(no_repeat_ngram=n), beginning, 0)
        for token in pick.integers(0, 3, 40).tolist():
            slow = forbid_repeated_ngrams(torch.zeros(1, 4), [sampler.history], n)
            assert sampler.forbidden() == slow[0].isinf().nonzero().flatten().tolist()
            sampler.add(token)


def test_a_bias_for_every_token_and_twice_for_one():
    logits = logits_of(1, 2)
    options = SamplingOptions(temperature=0, logit_bias=[(token, 0.0) for token in range(V)] + [(3, 60.0), (3, 40.0)])
    assert choose_all(logits, [Sampler(options, [], 0)])[0].token == 3
