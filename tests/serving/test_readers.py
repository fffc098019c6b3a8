"""Who is told what on the page, without a browser."""

import asyncio
import gc
import html
import re

import pytest

from pocket_narrator.serving.page.storytellers import QUEUE, SLOTS, open_storytellers
from tests.evaluation.tiny_run import make_run

gr = pytest.importorskip("gradio", reason="the page needs: make setup")

from pocket_narrator.serving.page.readers import NOBODY, Readers  # noqa: E402

CONTROLS = {"temperature": 1, "top_p": 1, "top_k": 0, "min_p": 0, "repetition_penalty": 1, "max_tokens": 20, "seed": 1}
ENDLESS = {"temperature": 0, "max_tokens": 2000}


@pytest.fixture(scope="module")
def storyteller(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("told")
        patch.chdir(folder)
        (storyteller,) = open_storytellers([folder / make_run(endless=True)])
    storyteller.worker.start()
    yield storyteller
    storyteller.worker.stop()


@pytest.fixture
def readers(storyteller):
    yield Readers([storyteller])
    assert storyteller.worker.open_stories == 0


def ask(readers: Readers, reader: str = "a", prompt: object = "the cat", name: object = "tiny", **changed: object):
    """What `tell` is called with by Gradio."""
    return readers.tell(gr.Request(session_hash=reader), prompt, name, NOBODY, *{**CONTROLS, **changed}.values())


async def all_of(pictures) -> list:
    return [picture async for picture in pictures]


def text_of(drawn: str) -> str:
    """A story without its markup."""
    text = re.search(r'<div class="text">(.*?)</div>', drawn, re.DOTALL)
    assert text is not None
    return html.unescape(re.sub(r"<[^>]+>", "", text[1]))


def problem(pictures: list) -> str:
    """The one picture's message."""
    ((left, right, problem, *buttons),) = pictures
    assert left == right == gr.skip()
    assert buttons == [gr.skip()] * 3  # as they were
    return problem["value"]


def test_a_story_ends_with_the_buttons_as_they_were(readers, storyteller):
    first, *_, last = asyncio.run(all_of(ask(readers)))
    assert [button.get("visible", button.get("interactive")) for button in first[3:]] == [False, True, False]
    assert [button.get("visible", button.get("interactive")) for button in last[3:]] == [True, False, True]
    story = storyteller.narrator.tell("the cat", seed=1, temperature=1, max_tokens=20)[0]
    assert text_of(last[0]) == story


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"temperature": float("nan")}, "temperature=nan cannot be used"),
        ({"top_k": 2.5}, "top_k=2.5 cannot be used"),
        ({"top_p": "much"}, "top_p=much cannot be used"),
        ({"max_tokens": 2**63}, "max_tokens=9223372036854775808 cannot be used"),
        ({"max_tokens": 2001}, "length=2,001 is too much"),
        ({"seed": -1}, "seed=-1 cannot be used"),
        ({"name": "gpt-4"}, "there is no model &#x27;gpt-4&#x27; here"),
        ({"name": ["tiny"]}, "there is no model"),
        ({"prompt": None}, "the prompt is not a text"),
        ({"prompt": "a \ud800 b"}, "surrogate"),
        ({"prompt": "x" * 10_000_000}, "the prompt has 10,000,000 characters"),
        ({"prompt": "<b>" * 100}, "&lt;b&gt;"),
    ],
)
def test_nonsense_is_one_message(readers, changed, message):
    assert message in problem(asyncio.run(all_of(ask(readers, **changed))))


def test_zero_bytes_and_markup_are_text(readers):
    *_, last = asyncio.run(all_of(ask(readers, prompt="\0<script>", max_tokens=3)))
    assert "\0&lt;script&gt;" in last[0]


def test_no_seed_is_a_new_one(readers):
    seeds = set()
    for _ in range(4):
        *_, last = asyncio.run(all_of(ask(readers, seed=None, max_tokens=2)))
        seeds.add(last[0].split("seed ")[1].split("<")[0])
    assert len(seeds) > 1


def test_a_reader_is_told_one_story_at_a_time(readers, storyteller):
    async def check() -> None:
        old = ask(readers, **ENDLESS)
        await anext(old)
        new = ask(readers, **ENDLESS)
        await anext(new)
        assert "stopped" in (await all_of(old))[-1][0]
        readers.stop(gr.Request(session_hash="a"))
        await no_more(storyteller)

    asyncio.run(check())


def test_a_reader_who_leaves_is_told_no_more(readers, storyteller):
    async def check() -> None:
        pictures = ask(readers, **ENDLESS)
        await anext(pictures)
        await pictures.aclose()
        await no_more(storyteller)

    asyncio.run(check())


def test_too_many_readers(readers, storyteller):
    async def check() -> None:
        names = [f"reader {number}" for number in range(SLOTS + QUEUE)]
        told = [ask(readers, name, **ENDLESS) for name in names]
        for pictures in told:
            await anext(pictures)
        assert "too many stories" in problem(await all_of(ask(readers, "one more")))
        for pictures in told:
            await pictures.aclose()
        await no_more(storyteller)
        assert len(await all_of(ask(readers, "one more"))) > 1

    asyncio.run(check())


async def no_more(storyteller) -> None:
    """Waits until nothing is told."""
    gc.collect()
    async with asyncio.timeout(10):
        while storyteller.worker.open_stories:
            await asyncio.sleep(0.005)
