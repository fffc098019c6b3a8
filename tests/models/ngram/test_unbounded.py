"""The unbounded N-gram: the longest stretch that was seen decides, and probabilities still sum to one."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pocket_narrator.errors import CheckpointError
from pocket_narrator.models.ngram import NGramModel, UnboundedNGram, stretches
from pocket_narrator.models.ngram.unbounded import EXTRA
from pocket_narrator.tokens.suffixes import SuffixArray, sort_suffixes
from tests.models.ngram.texts import EOT, Stories, corpora, random_stories, text_of


def trained(stories: Stories, size: int, order: int) -> UnboundedNGram:
    text = text_of(stories)
    bounded = NGramModel.train(text, size, order, EOT)
    suffixes = SuffixArray(text[:-1], sort_suffixes(text[:-1], EOT, size), EOT, size)
    return UnboundedNGram.above(bounded, suffixes)


def slow_probability(stories: Stories, model: UnboundedNGram, story: list[int], token: int) -> float:
    """From the definition: goes through all stories for the longest end of `story` that occurs in one."""
    told = [[EOT, *one, EOT] for one in stories]
    bounded = NGramModel(model.tables, EOT, model.discounts)
    lower = math.exp(bounded.log_probs(torch.tensor([[*story, token]]))[0, -1])
    for begin in range(len(story) - bounded.order + 1):
        end = story[begin:]
        after = Counter(
            one[i + len(end)] for one in told for i in range(len(one) - len(end)) if one[i : i + len(end)] == end
        )
        if after:
            total = after.total()
            length = sum(len(end) >= edge for edge in (8, 16, 32))
            share = model.shares[length, sum(total >= edge for edge in (2, 3, 10)), int(len(after) == 1)]
            return (1 - share) * after[token] / total + share * lower
    return lower


@settings(max_examples=40, deadline=None)
@given(corpora(), st.integers(1, 4), st.data())
def test_any_corpus_agrees_with_the_definition_and_sums_to_one(corpus, order: int, data: st.DataObject) -> None:
    stories, size = corpus
    model = trained(stories, size, order)
    told = data.draw(st.lists(st.integers(1, size - 1), max_size=8))
    whole = [EOT, *(stories[0] if data.draw(st.booleans()) else []), *told, EOT]
    found = model.log_probs(torch.tensor([whole, whole]))
    assert torch.equal(found[0], found[1])
    for cut in range(1, len(whole)):
        expected = slow_probability(stories, model, whole[:cut], whole[cut])
        assert math.isclose(math.exp(found[0, cut - 1]), expected, rel_tol=2e-6)
        logits = model.next_logits(model.start([whole[:cut]]))[0].double()
        assert math.isclose(logits.exp().sum(), 1, abs_tol=1e-6)
        assert math.isclose(math.exp(logits[whole[cut]]), expected, rel_tol=2e-6)


def test_telling_gives_what_scoring_gives() -> None:
    stories = random_stories(3)
    model = trained(stories, 12, 3)
    longest = max(stories, key=len)
    tokens = torch.tensor([[EOT, *longest[:12], EOT, 1], [EOT, 3, 4, *longest[:12]]])
    expected, logits = model.log_probs(tokens), model.logits(tokens)
    state = model.start(tokens[:, :1].tolist())
    for t in range(1, tokens.shape[1]):
        torch.testing.assert_close(model.next_logits(state), logits[:, t - 1], rtol=0, atol=0)
        found = model.next_logits(state).gather(1, tokens[:, t : t + 1])[:, 0]
        torch.testing.assert_close(found, expected[:, t - 1], rtol=0, atol=2e-6)
        state = model.advance(state, tokens[:, t])


def test_a_story_that_was_seen_is_told_better_than_by_the_bounded_model() -> None:
    stories = random_stories(4)
    model = trained(stories, 12, 3)
    seen = torch.tensor([[EOT, *max(stories, key=len), EOT]])
    bounded = NGramModel(model.tables, EOT, model.discounts)
    assert model.log_probs(seen).mean() > bounded.log_probs(seen).mean() + 0.1


def test_a_checkpoint_brings_it_back_or_is_refused() -> None:
    model = trained(random_stories(6), 12, 3)
    tensors = model.tensors()
    again = UnboundedNGram.from_tensors(tensors, 3, 12, EOT, "here")
    tokens = torch.tensor([[EOT, *random_stories(6)[0]]])
    assert torch.equal(again.log_probs(tokens), model.log_probs(tokens))
    beyond = torch.from_numpy(np.full_like(tensors["suffixes"].numpy(), 10**6))
    for changed in (
        {"shares": tensors["shares"] * 0},
        {"suffixes": beyond},
        {"text": tensors["text"][:-1]},
        {"text": tensors["text"].long()},
    ):
        with pytest.raises(CheckpointError, match="no unbounded N-gram"):
            UnboundedNGram.from_tensors({**tensors, **changed}, 3, 12, EOT, "here")
    bounded = {name: tensor for name, tensor in tensors.items() if name not in EXTRA}
    with pytest.raises(CheckpointError, match="no unbounded N-gram: 'text' is missing"):
        UnboundedNGram.from_tensors(bounded, 3, 12, EOT, "here")
    with pytest.raises(CheckpointError, match="tensors that do not belong to it"):
        NGramModel.from_tensors(tensors, 3, 12, EOT, "here")


def test_stories_left_out_are_looked_for_in_the_others() -> None:
    """Stories that differ only in their tenth token, which is foretold by the nine before it in every second one."""
    known = np.random.default_rng(2).integers(1, 299, (980, 10)).tolist()
    left_out = [[*story[:9], story[9] if i % 2 else 299] for i, story in enumerate(known[:20])]
    model = trained([*known, *left_out], 300, 3)
    assert stretches.held_out_from(model.suffixes) == 980 * 11
    always, often = model.shares[0, 0, 1], model.shares[1, 0, 1]  # 3 to 7 tokens; 8 to 11 tokens
    assert always < 0.3
    assert always < often < 0.6
    assumed = pytest.approx(model.discounts[-1, 0], abs=0.003)
    assert model.shares[2, 0, 1] == assumed  # never met


def test_learned_shares_are_those_that_the_targets_were_made_with() -> None:
    """Of two tokens the stretch foretells the first, which happens in 60 % of all cases and where the other model says so."""
    pick, count, share = np.random.default_rng(3), 20_000, 0.4
    below = pick.random(count)  # probability of the first token by the model below
    is_first = pick.random(count) < (1 - share) + share * below
    ones = np.ones(count, np.int64)
    found = stretches.Stretches(ones, 9 * ones, ones, is_first.astype(np.int64), ones > 0)
    learned = stretches.learn_shares(found, np.where(is_first, below, 1 - below), 0.9)
    assert learned[1, 0, 1] == pytest.approx(share, abs=0.02)
    assert learned[0, 0, 0] == 0.9


def test_one_story_alone_leaves_nothing_to_learn_from() -> None:
    model = trained([[1, 2, 3, 1, 2, 3]], 5, 2)
    assert (model.shares == model.discounts[-1, 0]).all()
    assert model.log_probs(torch.tensor([[EOT, 1, 2, 3]])).isfinite().all()
