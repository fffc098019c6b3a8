"""Many stories at once, each as if it were told alone."""

import itertools
from collections.abc import Sequence

import pytest
import torch

from pocket_narrator.errors import PromptError
from pocket_narrator.generation import engine
from pocket_narrator.generation.engine import generate
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.models.stack import DecoderStack
from tests.generation.slow_sampling import choose_slowly
from tests.models.stacks import ABSOLUTE, MODELS, RELATIVE, VOCABULARY, each, make_stack, random_tokens

END = 0
PROMPTS = [[5], [7, 8, 9], [1, 2, 3, 4, 5, 6], [9, 9], [30, 2]]
OPTIONS = SamplingOptions(temperature=1.5, max_tokens=12, seed=3)


def tell(model: DecoderStack, prompts: Sequence[list[int]], options: SamplingOptions = OPTIONS) -> list[list[int]]:
    """The new tokens of each story."""
    stories: list[list[int]] = [[] for _ in prompts]
    for told in generate(model, prompts, options, END):
        stories[told.story].append(told.token)
    return stories


def tell_slowly(model: DecoderStack, prompt: list[int], options: SamplingOptions) -> list[int]:
    """One story, greedily, with the whole row read again for each token."""
    story: list[int] = []
    while len(story) < options.max_tokens and END not in story:
        with torch.no_grad():
            hidden = model(torch.tensor([[END, *prompt, *story]]))[:, -1]
        story += choose_slowly(hidden @ model.head_weight.T, [[*prompt, *story]], options, [0.5])
    return story


@each(MODELS)
def test_cached_state_tells_what_reading_everything_again_tells(model):
    stack = make_stack(model)
    options = SamplingOptions(temperature=0, max_tokens=model.context - 6)
    assert tell(stack, PROMPTS, options) == [tell_slowly(stack, prompt, options) for prompt in PROMPTS]


@each(RELATIVE)
def test_greedy_stories_past_the_context(model):
    stack = make_stack(model)
    options = SamplingOptions(temperature=0, max_tokens=3 * model.context, no_repeat_ngram=2)
    assert tell(stack, PROMPTS[:2], options) == [tell_slowly(stack, prompt, options) for prompt in PROMPTS[:2]]


@each(ABSOLUTE)
def test_stories_go_on_past_the_positions(model):
    stories = tell(make_stack(model), PROMPTS, SamplingOptions(temperature=2, max_tokens=3 * model.context))
    assert max(map(len, stories)) > model.context


@each(MODELS)
@pytest.mark.parametrize("temperature", [0, 1.5])
def test_a_story_does_not_depend_on_its_neighbours(model, temperature, monkeypatch):
    stack = make_stack(model)
    options = OPTIONS.changed(temperature=temperature)
    expected = tell(stack, PROMPTS, options)
    for rows_at_once in (1, 2, 3):
        monkeypatch.setattr(engine, "ROWS_AT_ONCE", rows_at_once)
        assert tell(stack, PROMPTS, options) == expected
    monkeypatch.undo()
    others = [random_tokens(4, seed=number).tolist() for number in range(16)]
    others[:2] = PROMPTS[:2]
    assert tell(stack, others, options)[:2] == expected[:2]


def test_seeds():
    stack = make_stack(MODELS["llama"])
    same = [PROMPTS[1]] * 6
    wild = OPTIONS.changed(temperature=5.0)
    stories = tell(stack, same, wild)
    assert stories == tell(stack, same, wild)
    assert len({tuple(story) for story in stories}) == 6
    assert all(a != b for a, b in zip(stories, tell(stack, same, wild.changed(seed=4)), strict=True))


def test_stories_end_at_end_of_text_or_are_cut_off():
    stack = make_stack(MODELS["llama"])
    with torch.no_grad():
        stack.embedding.weight[END] *= 3  # ends often, not always
    ends = {"ended": 0, "cut off": 0}
    stories: dict[int, list[int]] = {number: [] for number in range(40)}
    finished = set()
    for told in generate(stack, [[number % VOCABULARY] for number in stories], OPTIONS, END):
        assert told.story not in finished
        stories[told.story].append(told.token)
        if told.is_last:
            finished.add(told.story)
            ends["ended" if told.token == END else "cut off"] += 1
    assert finished == set(stories)
    assert min(ends.values()) > 3, ends
    for story in stories.values():
        assert END not in story[:-1]
        assert story[-1] == END or len(story) == OPTIONS.max_tokens


class Counting:
    """A stack that notes how many rows it is asked to advance."""

    def __init__(self, stack: DecoderStack) -> None:
        self.rows: list[int] = []
        self.stack = stack

    def __getattr__(self, name: str):
        return getattr(self.stack, name)

    def advance(self, state, tokens):
        self.rows.append(len(tokens))
        return self.stack.advance(state, tokens)


def test_stories_that_have_ended_leave_the_batch():
    stack = make_stack(MODELS["llama"])
    with torch.no_grad():
        stack.embedding.weight[END] *= 3
    model = Counting(stack)
    prompts = [[number % VOCABULARY] for number in range(20)]
    stories = tell(model, prompts)
    expected = [sum(len(story) > step for story in stories) for step in range(1, OPTIONS.max_tokens)]
    assert model.rows == [rows for rows in expected if rows]
    assert model.rows[-1] < 20


def test_no_ngram_comes_twice_in_a_story():
    stack = make_stack(MODELS["gpt2"])
    options = SamplingOptions(temperature=0.3, max_tokens=60, no_repeat_ngram=2)
    for prompt, story in zip(PROMPTS, tell(stack, PROMPTS, options), strict=True):
        whole = [*prompt, *story]
        new_pairs = list(itertools.pairwise(whole))[len(prompt) - 1 :]
        assert len(set(new_pairs)) == len(new_pairs)


def test_a_story_can_end_whatever_is_held_back():
    """End-of-text stands before every story; if it counted as used, no_repeat_ngram=1 would never let one end."""
    stack = make_stack(MODELS["llama"])
    options = SamplingOptions(temperature=0, max_tokens=100, no_repeat_ngram=1)
    (story,) = tell(stack, [[5]], options)
    assert story[-1] == END
    assert len(set(story)) == len(story)


def test_the_callers_code_runs_outside_inference_mode():
    for _ in generate(make_stack(MODELS["llama"]), PROMPTS, OPTIONS, END):
        assert not torch.is_inference_mode_enabled()


def test_nothing_to_tell():
    assert list(generate(make_stack(MODELS["llama"]), [], OPTIONS, END)) == []


def test_a_prompt_that_fills_the_context_and_one_that_does_not_fit():
    stack = make_stack(MODELS["gpt2"])
    fits = random_tokens(stack.context - 1).tolist()
    assert len(tell(stack, [fits], OPTIONS.changed(max_tokens=3))[0]) >= 1
    with pytest.raises(PromptError, match="16 tokens"):
        tell(stack, [[*fits, 1]])
