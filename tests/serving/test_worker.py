"""Stories of several requests on one worker: an error is of the request that it comes from."""

import asyncio

import pytest

from pocket_narrator.errors import PromptError
from pocket_narrator.generation.engine import Engine
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.generation.text_engine import TextEngine
from pocket_narrator.serving.worker import Job, TellingFailed, Worker
from pocket_narrator.tokenizers import train_bpe
from tests.models.stacks import MODELS, make_stack

TOKENIZER = train_bpe(["the cat saw a dog"] * 5, 260)
OPTIONS = SamplingOptions(max_tokens=8, logit_bias={TOKENIZER.end_of_text: -100})


@pytest.fixture
def worker():
    stack = make_stack(MODELS["llama"], TOKENIZER.vocabulary_size)
    worker = Worker(TextEngine(Engine(stack, TOKENIZER.end_of_text, 8), TOKENIZER), queue=8)
    worker.start()
    yield worker
    worker.stop()


async def all_of(job: Job) -> list:
    """Tokens, or the failure that came in place of them."""
    tokens, open_stories = [], len(job.prompts)
    while open_stories:
        event = await job.events.get()
        if isinstance(event, TellingFailed):
            return [*tokens, event]
        tokens.append(event.token)
        open_stories -= event.is_last
    return tokens


def tell(worker: Worker, *requests: tuple[list[list[int]], SamplingOptions]) -> list[list]:
    async def together() -> list[list]:
        jobs = [worker.submit([(ids, 0) for ids in prompts], options) for prompts, options in requests]
        return await asyncio.gather(*map(all_of, jobs))

    found = asyncio.run(together())
    assert worker.is_alive
    assert worker.open_stories == worker.active_stories == 0
    return found


INNOCENT = ([[5, 6]], OPTIONS)


def test_a_row_that_fails_ends_its_request_alone(worker):
    (alone,) = tell(worker, INNOCENT)
    wrong = SamplingOptions(logit_bias={TOKENIZER.vocabulary_size: 1.0})
    several = [[5], [6], [7]]  # of one request: they end together
    found = tell(worker, INNOCENT, (several, wrong), INNOCENT, ([[9]], wrong))
    assert found[0] == found[2] == alone
    assert all(isinstance(one[-1], TellingFailed) and "there is no token" in one[-1].message for one in found[1::2])
    assert tell(worker, INNOCENT) == [alone]


def test_a_prompt_that_cannot_be_taken_on(worker, monkeypatch, capsys):
    (alone,) = tell(worker, INNOCENT)
    long = ([[5], [1] * 1000], OPTIONS)
    failed, innocent = tell(worker, long, INNOCENT)
    assert innocent == alone
    assert "1,000 tokens" in failed[-1].message
    assert not failed[-1].is_ours

    def broken(ids, *arguments, submit=worker._teller.engine.submit):
        if list(ids) == [7]:
            raise MemoryError
        return submit(ids, *arguments)

    monkeypatch.setattr(worker._teller.engine, "submit", broken)
    failed, innocent = tell(worker, ([[7]], OPTIONS), INNOCENT)
    assert innocent == alone
    assert failed == [TellingFailed("the story could not be generated", is_ours=True)]
    assert "MemoryError" in capsys.readouterr().err


def test_bounds_are_told_before_a_story_is_taken_on():
    with pytest.raises(PromptError, match="repetition_penalty"):
        SamplingOptions(repetition_penalty=1e-38)
