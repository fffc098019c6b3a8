"""Answers of models whose memory is known; every way of scoring against the plain one."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from pocket_narrator.evaluation.memory.answers import log_ratios
from pocket_narrator.evaluation.memory.carried import carried_answers
from pocket_narrator.evaluation.memory.exam import answer
from pocket_narrator.evaluation.memory.figures import summarise, used_bits
from pocket_narrator.evaluation.memory.paper import set_paper
from pocket_narrator.evaluation.memory.spelling import SpelledQuestion, SpelledStory, SpelledTwin, spell
from pocket_narrator.evaluation.memory.twins import tell_twin
from pocket_narrator.models.ngram import NGramModel
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.corpus import StoryworldCorpusConfig
from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.storyworld import make_story
from pocket_narrator.storyworld.story import tell
from pocket_narrator.tokenizers import train_bpe
from tests.evaluation.memory.readers import Simulator, Undecided

CORPUS = StoryworldCorpusConfig(kind="storyworld", stories=200, validation_stories=100, seed=5)


@pytest.fixture(scope="module")
def tokenizer():
    return train_bpe([make_story(i, 1).text for i in range(80)], 600)


@pytest.fixture(scope="module")
def paper():
    return set_paper(CORPUS, 20)


def known_to(paper):
    """The stories of an exam and all twins."""
    for one in paper.stories:
        story = make_story(one.index, CORPUS.seed)
        yield story
        for step in {question.step for twin in one.twins for question in twin.questions}:
            yield tell_twin(story, step, CORPUS.seed, tell).story


def overall(answers):
    return next(one for one in summarise(answers) if one.kind is None and one.distance is None)


def test_the_simulator_uses_every_bit(tokenizer):
    """Asked for the last pay-off of each twin."""
    paper = set_paper(CORPUS, 1)
    (story,) = paper.stories
    story = replace(story, twins=tuple(replace(twin, questions=twin.questions[-1:]) for twin in story.twins[-5:]))
    asked = replace(paper, stories=[story])
    simulator = Simulator(tokenizer, known_to(asked), story)
    figures = overall(answer(asked, simulator, tokenizer))
    assert figures.right == 1
    assert figures.share == pytest.approx(1, abs=1e-4)
    simulator.sign = -1
    backwards = overall(answer(asked, simulator, tokenizer))
    assert backwards.right == 0
    assert backwards.share < -5


def test_who_remembers_nothing_uses_none(tokenizer, paper):
    figures = overall(answer(paper, Undecided(tokenizer), tokenizer))
    assert (figures.right, figures.share, figures.log_ratio) == (0.5, 0, 0)


def test_an_ngram_forgets(tokenizer, paper):
    """A context of two tokens reaches no set-up, but where a pay-off follows the set-up at once."""
    stories = [[tokenizer.end_of_text, *tokenizer.encode(make_story(i, 2).text)] for i in range(200)]
    tokens = np.array([*(token for story in stories for token in story), tokenizer.end_of_text], np.uint16)
    model = NGramModel.train(tokens, tokenizer.vocabulary_size, 3, tokenizer.end_of_text)
    figures = overall(answer(paper, model, tokenizer))
    assert figures.right == pytest.approx(0.5, abs=0.03)
    assert figures.share == pytest.approx(0, abs=0.03)


def test_nonsense_is_at_chance(tokenizer, paper):
    model = stack("attention*2", tokenizer, context=512)
    figures = overall(answer(paper, model, tokenizer))
    assert figures.right == pytest.approx(0.5, abs=0.1)
    assert figures.share == pytest.approx(0, abs=0.05)


def stack(layers, tokenizer, context):
    torch.manual_seed(1)
    model = DecoderStack(
        ModelConfig(layers=layers, width=32, heads=2, context=context, positions="none"), tokenizer.vocabulary_size
    )
    return model.eval()


def plainly(model, story):
    """Every question by two rows of its own."""
    found = []
    for twin in story.twins:
        for question in twin.questions:
            both = []
            for before in (story.tokens[: question.at], twin.tokens[: question.twin_at]):
                tokens = torch.tensor([[*before, *question.words]])
                both.append(float(model.log_probs(tokens)[0, -len(question.words) :].sum()))
            found.append((both[0] - both[1]) / np.log(2))
    return found


@pytest.mark.parametrize("layers", ["attention*2", "mamba*2"])
def test_rows_in_batches_are_as_rows_alone(layers, tokenizer, paper):
    model = stack(layers, tokenizer, context=512)
    spelled = [spell(one, tokenizer) for one in paper.stories[:3]]
    expected = [ratio for story in spelled for ratio in plainly(model, story)]
    assert log_ratios(model, spelled, batch_tokens=1500) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("layers", ["mamba*2", "mamba2*2", "gated_linear_attention*2"])
@pytest.mark.parametrize("context", [40, 100])
def test_a_carried_state_is_as_one_reading(layers, context, tokenizer, paper):
    whole, model = (stack(layers, tokenizer, context=size) for size in (1024, context))
    model.load_state_dict(whole.state_dict())
    for one in paper.stories[:3]:
        story = spell(one, tokenizer)
        assert np.array(carried_answers(model, story, 300)) / np.log(2) == pytest.approx(
            plainly(whole, story), abs=1e-4
        )
        assert log_ratios(model, [story], carry=True) == pytest.approx(plainly(whole, story), abs=1e-4)


def test_what_lies_beyond_the_context_is_not_remembered(tokenizer):
    """The texts differ in their second token alone."""
    far, near = [5] * 30, [5] * 6
    questions = {len(ids): SpelledQuestion([7, 8], 2 + len(ids), 2 + len(ids), len(ids)) for ids in (far, near)}
    stories = [
        SpelledStory([0, 3, *ids, 7, 8], [SpelledTwin([0, 4, *ids, 9], [questions[len(ids)]])]) for ids in (far, near)
    ]
    answers = log_ratios(stack("attention*2", tokenizer, context=16), stories)
    assert answers[0] == 0
    assert answers[1] != 0


def test_spelled_questions_are_where_they_say(tokenizer, paper):
    for one in paper.stories:
        story = spell(one, tokenizer)
        assert story.tokens[0] == tokenizer.end_of_text
        assert tokenizer.decode(story.tokens) == one.text
        for twin, spelled in zip(one.twins, story.twins, strict=True):
            assert tokenizer.decode(spelled.tokens) == twin.text
            for question, ids in zip(twin.questions, spelled.questions, strict=True):
                assert tokenizer.decode(story.tokens[: ids.at]) == one.text[: question.begin]
                assert tokenizer.decode(ids.words) == one.text[question.begin : question.end]
                assert tokenizer.decode(spelled.tokens[: ids.twin_at]) == twin.text[: question.twin_begin]
                assert ids.distance == len(tokenizer.encode(one.text[question.told : question.begin]))


def test_bits_are_what_a_reader_gains():
    assert used_bits(np.array([0.0])) == 0
    assert used_bits(np.array([1.0])) == pytest.approx(1 + np.log2(2 / 3))
    assert used_bits(np.array([60.0])) == pytest.approx(1)
    assert used_bits(np.array([-10.0])) == pytest.approx(-9, abs=0.01)


def test_figures_are_sums_and_have_intervals_from_eight_stories_on(tokenizer, paper):
    answers = answer(paper, stack("mamba*1", tokenizer, context=512), tokenizer)
    found = summarise(answers)
    whole = found[0]
    assert whole.questions == len(answers.kind_Q) == paper.questions
    assert whole.share == pytest.approx(used_bits(answers.log_ratio_Q).sum() / answers.available_Q.sum())
    assert whole.right == pytest.approx(((answers.log_ratio_Q > 0) + 0.5 * (answers.log_ratio_Q == 0)).mean())
    assert sum(one.questions for one in found if one.kind is None and one.distance is not None) == whole.questions
    assert sum(one.questions for one in found if one.kind and ":" in one.kind) == whole.questions
    for one in found:
        assert (one.share_interval is None) == (one.stories < 8)
        assert one.share_interval is None or one.share_interval[0] <= one.share <= one.share_interval[1]
