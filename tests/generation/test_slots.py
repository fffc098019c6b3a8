"""Stories that join and leave between steps, each as if it were told alone."""

import random

import pytest
import torch

from pocket_narrator.errors import NarratorError, PromptError
from pocket_narrator.generation import engine
from pocket_narrator.generation.engine import Engine, generate
from pocket_narrator.generation.request import Request
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.models.decoding.compiled import why_not_compiled
from pocket_narrator.models.decoding.decoder import TorchDecoder
from tests.models.stacks import MODELS, VOCABULARY, each, make_stack, random_tokens

END = 0
FAMILIES = {
    name: MODELS[name] for name in ("llama", "gpt2", "mamba", "hybrid", "mamba2", "mamba3", "gated linear attention")
}


def options_of(number: int) -> SamplingOptions:
    """Every story has its own."""
    pick = random.Random(number)
    return SamplingOptions(
        temperature=pick.choice([0, 0.7, 1.0, 2.0]),
        top_k=pick.choice([None, 5]),
        top_p=pick.choice([None, 0.8]),
        min_p=pick.choice([None, 0.02]),
        typical=pick.choice([None, None, None, 0.7]),
        mirostat=pick.choice([None, None, None, 3.0]),
        repetition_penalty=pick.choice([1.0, 1.3]),
        no_repeat_ngram=pick.choice([None, 3]),
        logit_bias=((4, 1.5),) if number % 5 == 0 else (),
        max_tokens=pick.randint(1, 30),
        seed=number // 2,
    )


def tell_alone(model, prompt: list[int], options: SamplingOptions, number: int) -> list[int]:
    alone = Engine(model, END, 1)
    alone.submit(prompt, options, number)
    told: list[int] = []
    while not alone.is_idle:
        told += [one.token for one in alone.step()]
    return told


@each(FAMILIES)
def test_many_prompts_alone_and_in_random_company(model, monkeypatch):
    """200 of the families with most and with least in them, fewer of the others."""
    count = 200 if model in (FAMILIES["llama"], FAMILIES["hybrid"]) else 60
    if why_not_compiled(stack := make_stack(model)) is not None:
        pytest.skip("without the C decoder a product may depend on the number of its rows")
    monkeypatch.setattr(engine.CompiledDecoder, "at_once", 7)  # long beginnings come in several chunks
    prompts = [random_tokens(random.Random(n).randint(1, model.context - 1), seed=n).tolist() for n in range(count)]
    together, pick = Engine(stack, END, 16), random.Random(7)
    told: dict[int, list[int]] = {number: [] for number in range(count)}
    coming = list(range(count))
    most = 0
    while coming or not together.is_idle:
        for number in [coming.pop() for _ in range(min(len(coming), pick.choice([0, 0, 1, 3])))]:
            together.submit(prompts[number], options_of(number), number, story=number)
        for one in together.step():
            told[one.story].append(one.token)
        most = max(most, together.active)
    assert most > 4
    for number in range(count):
        assert told[number] == tell_alone(stack, prompts[number], options_of(number), number), number


def test_a_story_that_is_cancelled_frees_its_slot_for_the_next_step():
    one_slot = Engine(make_stack(MODELS["llama"]), END, 1)
    endless = SamplingOptions(temperature=5, max_tokens=1000, logit_bias=((END, -100),))
    first, second = one_slot.submit([5], endless), one_slot.submit([6], endless, 1)
    assert {told.request for told in one_slot.step()} == {first}
    assert one_slot.active == 1
    assert not second.has_read
    one_slot.cancel(first)
    assert {told.request for told in one_slot.step()} == {second}
    waiting = one_slot.submit([7], endless)
    one_slot.cancel(waiting)
    one_slot.cancel(second)
    one_slot.cancel(second)
    assert one_slot.is_idle
    assert one_slot.step() == []


def test_a_long_beginning_holds_nobody_up(monkeypatch):
    stack = make_stack(MODELS["llama"])
    if why_not_compiled(stack) is not None:
        pytest.skip("beginnings are read whole without the C decoder")
    monkeypatch.setattr(engine.CompiledDecoder, "at_once", 4)
    both = Engine(stack, END, 2)
    endless = SamplingOptions(temperature=5, max_tokens=1000, logit_bias=((END, -100),))
    short = both.submit([5], endless)
    both.step()
    long = both.submit(random_tokens(15).tolist(), endless)
    told = [[one.request for one in both.step()] for _ in range(4)]
    assert told == [[short], [short], [short], [short, long]]


def test_other_models_are_told_with_too():
    """What the C decoder does not take goes another way, with the same stories."""
    stack = make_stack(MODELS["llama"])
    plain = Engine(stack.double(), END, 3)
    assert isinstance(plain.decoder, TorchDecoder)
    prompts = [[5, 6], [7], [8, 9, 10], [11]]
    options = SamplingOptions(temperature=0, max_tokens=20)
    for number, prompt in enumerate(prompts):
        plain.submit(prompt, options, story=number)
    told: list[list[int]] = [[] for _ in prompts]
    while not plain.is_idle:
        for one in plain.step():
            told[one.story].append(one.token)
    expected: list[list[int]] = [[] for _ in prompts]
    for one in generate(stack.float(), prompts, options, END):
        expected[one.story].append(one.token)
    assert told == expected
    with pytest.raises(NarratorError, match="in int8: its weights are not float32"):
        Engine(stack.double(), END, 1, "int8")


def test_log_probabilities_are_the_models_own():
    stack = make_stack(MODELS["mamba"])
    one = Engine(stack, END, 1)
    one.submit([5, 6], SamplingOptions(temperature=2, top_k=5, max_tokens=6, logprobs=3, logit_bias=((7, 3.0),)))
    tokens, chosen = [END, 5, 6], []
    while not one.is_idle:
        (told,) = one.step()
        assert told.log_probs is not None
        tokens.append(told.token)
        chosen.append(told.log_probs.chosen)
        logs = [value for _, value in told.log_probs.likeliest]
        assert logs == sorted(logs, reverse=True)
        assert len(logs) == 3
    expected = stack.log_probs(torch.tensor([tokens]))[0, 2:]
    torch.testing.assert_close(torch.tensor(chosen), expected, rtol=1e-4, atol=1e-4)


def test_bad_requests():
    one = Engine(make_stack(MODELS["llama"]), END, 1)
    with pytest.raises(PromptError, match="16 tokens"):
        one.submit([1] * 16, SamplingOptions())
    one.submit([1], SamplingOptions(logit_bias=((VOCABULARY, 1.0),)))
    (told,) = one.step()
    assert told.ending == "failed"
    assert f"no token {VOCABULARY}" in str(told.failure)
    assert one.is_idle
    with pytest.raises(PromptError, match=f"no token {VOCABULARY}"):
        list(generate(make_stack(MODELS["llama"]), [[1]], SamplingOptions(logit_bias=((VOCABULARY, 1.0),)), END))


def test_a_story_whose_numbers_are_lost_ends_alone():
    """A model that gives NaN after one token only: who comes to it ends, and nobody else notices."""
    stack = make_stack(MODELS["llama"])
    clean = [
        tell_alone(stack, [5, 6], SamplingOptions(max_tokens=9, seed=seed, logit_bias={9: -100}), 0)
        for seed in range(6)
    ]
    stack.embedding.weight.detach()[9] = float("nan")  # read as an input; as an output it is biased away
    together = Engine(stack, END, 8)

    def finite(parts, read=together.decoder.read):
        logits = read(parts)
        return torch.cat([logits[:, :9], logits[:, :1] - 200, logits[:, 10:]], dim=1)

    together.decoder.read = finite  # ty: ignore
    for seed in range(6):
        together.submit([5, 6], SamplingOptions(max_tokens=9, seed=seed, logit_bias={9: -100}), story=seed)
    hit = together.submit([5, 9], SamplingOptions())
    told: dict[int, list[int]] = {seed: [] for seed in range(6)}
    endings = []
    while not together.is_idle:
        for one in together.step():
            if one.request is hit:
                endings.append((one.ending, str(one.failure).splitlines()[0]))
            else:
                told[one.story].append(one.token)
    assert endings == [("failed", "the model's output is not a number")]
    assert [told[seed] for seed in range(6)] == clean
    assert together.active == 0


@each(FAMILIES)
def test_a_beginning_is_scored_as_the_stack_scores_it(model):
    """Token by token beside stories that are told, which stay what they are alone."""
    stack = make_stack(model)
    together = Engine(stack, END, 3)
    prompts = [random_tokens(length, seed=length).tolist() for length in (1, 5, model.context - 1)]
    stories = [
        together.submit(prompt, SamplingOptions(max_tokens=3, logprobs=2), scores_prompt=True)
        for prompt in prompts[::2]
    ]
    options = SamplingOptions(max_tokens=9, seed=3)
    beside = together.submit(prompts[1], options)
    told: dict[Request, list[int]] = {story: [] for story in [*stories, beside]}
    while not together.is_idle:
        for one in together.step():
            told[one.request].append(one.token)
    if why_not_compiled(stack) is None:
        assert told[beside] == tell_alone(stack, prompts[1], options, 0)
        assert told[stories[0]] == tell_alone(stack, prompts[0], SamplingOptions(max_tokens=3), 0)
    for story, prompt in zip(stories, prompts[::2], strict=True):
        expected = stack.log_probs(torch.tensor([[END, *prompt]]))[0]
        assert story.prompt_log_probs is not None
        found = torch.tensor([one.chosen for one in story.prompt_log_probs])
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        assert all(len(one.likeliest) == 2 for one in story.prompt_log_probs)
