"""The API through OpenAI's own client and through raw requests, on a real server."""

import json
import shutil
import threading

import httpx
import openai
import pytest
from fastapi.testclient import TestClient

from pocket_narrator import Narrator
from pocket_narrator.generation.engine import generate
from pocket_narrator.serving.app import make_app
from pocket_narrator.serving.hosts import Hosts
from pocket_narrator.serving.openai.requests import ChatRequest
from pocket_narrator.serving.service import Limits, Service
from tests.serving.server_process import ServerProcess, asked

ENDLESS = {"logit_bias": {"0": -100}, "max_tokens": 4000}  # the tiny tokenizer's end-of-text is 0


def test_a_completion_is_what_the_narrator_tells(server, narrator):
    expected = narrator.tell("the cat", 3, temperature=1.0, max_tokens=20, seed=7)
    answer = server.client().completions.create(**asked(seed=7, n=3))
    assert ["the cat" + choice.text for choice in answer.choices] == expected
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert answer.usage.prompt_tokens == len(narrator.tokenizer.encode("the cat"))
    assert 3 <= answer.usage.completion_tokens <= 60
    (echoed,) = server.client().completions.create(**asked(seed=7, echo=True)).choices
    assert echoed.text == expected[0]


def test_an_empty_prompt_and_one_that_ends_in_a_blank(server, narrator):
    for prompt in ("", "the cat "):
        expected = narrator.tell(prompt, temperature=1.0, max_tokens=20, seed=7)
        answer = server.client().completions.create(**asked(seed=7, prompt=prompt))
        assert [prompt + choice.text for choice in answer.choices] == expected
    ids = narrator.tokenizer.encode("the cat ")
    options = narrator.options(temperature=0.0, max_tokens=1)
    first = next(generate(narrator.model, [ids], options, narrator.tokenizer.end_of_text)).token
    answer = server.client().completions.create(**asked(prompt=ids, temperature=0, max_tokens=1, logprobs=0))
    assert answer.choices[0].logprobs.tokens == [narrator.tokenizer.decode([first])]  # ids are read as they are given


def test_streams_say_what_whole_answers_say(server):
    client = server.client()
    whole = client.completions.create(**asked(seed=3, n=4))
    texts, reasons = [""] * 4, [None] * 4
    for chunk in client.completions.create(**asked(seed=3, n=4), stream=True, stream_options={"include_usage": True}):
        for choice in chunk.choices:
            texts[choice.index] += choice.text
            reasons[choice.index] = choice.finish_reason
        last = chunk
    assert texts == [choice.text for choice in whole.choices]
    assert reasons == [choice.finish_reason for choice in whole.choices]
    assert last.usage == whole.usage


def test_chat(server, narrator):
    messages = [
        {"role": "system", "content": "You tell stories."},
        {"role": "user", "content": "the"},
        {"role": "assistant", "content": [{"type": "text", "text": " happy cat"}]},
        {"role": "user", "content": "saw"},
    ]
    options = {"model": "tiny", "messages": messages, "seed": 2, "max_completion_tokens": 12, "temperature": 1.0}
    whole = server.client().chat.completions.create(**options, logprobs=True, top_logprobs=3)
    story = "the happy cat saw"
    assert story + whole.choices[0].message.content == narrator.tell(story, seed=2, max_tokens=12, temperature=1.0)[0]
    content = whole.choices[0].logprobs.content
    assert len(content) == whole.usage.completion_tokens
    assert all(len(token.top_logprobs) == 3 for token in content)
    told = b"".join(bytes(token.bytes) for token in content)
    assert told.decode("utf-8", errors="replace") == whole.choices[0].message.content
    chunks = list(server.client().chat.completions.create(**options, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content


def test_a_chat_longer_than_the_context_goes_on(server):
    messages = [{"role": "user", "content": "the cat saw a dog " * 50}]
    assert server.client().chat.completions.create(model="tiny", messages=messages, max_tokens=3).choices


def test_stop_and_log_probabilities(server):
    client = server.client()
    whole = client.completions.create(**asked(seed=5, logprobs=2, temperature=0.0))
    (choice,) = whole.choices
    assert len(choice.logprobs.tokens) == len(choice.logprobs.token_logprobs) == whole.usage.completion_tokens
    assert all(max(top.values()) == log for top, log in zip(choice.logprobs.top_logprobs, choice.logprobs.token_logprobs, strict=True))  # fmt: skip
    stop = choice.text[5:7]
    (stopped,) = client.completions.create(**asked(seed=5, temperature=0.0, stop=[stop, "nowhere"])).choices
    assert stopped.text == choice.text[: choice.text.index(stop)]
    assert stopped.finish_reason == "stop"


def test_options_beyond_openais(server, narrator):
    more = {"top_k": 5, "min_p": 0.01, "repetition_penalty": 1.2, "typical": 0.9}
    (choice,) = server.client().completions.create(**asked(seed=1), extra_body=more).choices
    assert "the cat" + choice.text == narrator.tell("the cat", seed=1, temperature=1.0, max_tokens=20, **more)[0]


def test_models_and_health(server):
    assert [model.id for model in server.client().models.list()] == ["tiny"]
    assert server.client().models.retrieve("tiny").object == "model"
    with pytest.raises(openai.NotFoundError):
        server.client().models.retrieve("other")
    assert httpx.get(f"{server.root}/health").json() == {"status": "ok"}
    assert httpx.get(f"{server.root}/live").status_code == 200


BAD = {
    "max_tokens 2^63": (400, b'{"model":"tiny","prompt":"a","max_tokens":9223372036854775808}'),
    "max_tokens 0": (400, b'{"model":"tiny","prompt":"a","max_tokens":0}'),
    "NaN": (400, b'{"model":"tiny","prompt":"a","temperature":NaN}'),
    "infinity": (400, b'{"model":"tiny","prompt":"a","top_p":Infinity}'),
    "long number": (400, b'{"model":"tiny","prompt":"a","seed":' + b"9" * 5000 + b"}"),
    "stops": (400, json.dumps({"model": "tiny", "prompt": "a", "stop": ["x"] * 10_000}).encode()),
    "other model": (404, b'{"model":"other","prompt":"a"}'),
    "surrogate": (400, b'{"model":"tiny","prompt":"a\\ud800"}'),
    "surrogate model": (404, b'{"model":"\\udfff","prompt":"a"}'),
    "surrogate stop": (400, b'{"model":"tiny","prompt":"a","stop":"\\udfff"}'),
    "surrogate key": (400, b'{"model":"tiny","prompt":"a","logit_bias":{"\\udfff":1}}'),
    "10 MB": (413, b'{"model":"tiny","prompt":"' + b"a" * 10_000_000 + b'"}'),
    "long prompt": (400, b'{"model":"tiny","prompt":"' + b"a" * 500_000 + b'"}'),
    "all cores": (400, b'{"model":"tiny","prompt":"a","n":1e300}'),
    "penalty": (400, b'{"model":"tiny","prompt":"a","repetition_penalty":1e-38}'),
    "no prompts": (400, b'{"model":"tiny","prompt":[]}'),
    "a million ids": (400, b'{"model":"tiny","prompt":[' + b"1," * 450_000 + b"1]}"),
    "many fields": (400, b'{"model":"tiny","prompt":"a"' + b"".join(b',"f%d":1' % n for n in range(20_000)) + b"}"),
    "many biases": (
        400,
        json.dumps({"model": "tiny", "prompt": "a", "logit_bias": {str(n): "x" for n in range(40_000)}}).encode(),
    ),
    "ids": (400, b'{"model":"tiny","prompt":[1,99999999999999999999]}'),
    "too many stories": (400, b'{"model":"tiny","prompt":["a","b"],"n":16}'),
    "half JSON": (400, b'{"model":"tiny",'),
    "no JSON": (400, b"\xff\xfe\x00"),
    "deep JSON": (400, b"[" * 200_000),
    "null": (400, b"null"),
    "nothing": (400, b""),
    "misspelt": (400, b'{"model":"tiny","prompt":"a","max_token":1}'),
    "surrogate field": (400, b'{"model":"tiny","prompt":"a","\\udfff":1}'),
    "suffix": (400, b'{"model":"tiny","prompt":"a","suffix":"b"}'),
}


@pytest.mark.parametrize(("status", "body"), BAD.values(), ids=BAD.keys())
def test_bad_requests_get_openais_errors(server, status, body):
    answer = httpx.post(f"{server.url}/completions", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert 0 < len(error["message"]) < 1000
    assert answer.headers["x-request-id"]


def test_fields_of_other_servers(server):
    accepted = {"store": True, "metadata": {"a": "b"}, "service_tier": "auto", "response_format": {"type": "text"}}
    chat = {"model": "tiny", "messages": [{"role": "user", "content": "the", "name": "Tom"}], "max_tokens": 2}
    assert server.client().chat.completions.create(**chat, user="me", **accepted).choices
    with pytest.raises(openai.BadRequestError, match="tools is not supported") as caught:
        server.client().chat.completions.create(**chat, tools=[{"type": "function", "function": {"name": "f"}}])
    assert caught.value.param == "tools"
    with pytest.raises(openai.BadRequestError, match="did you mean max_tokens") as caught:
        server.client().completions.create(model="tiny", prompt="the", extra_body={"max_token": 2})
    assert caught.value.param == "max_token"


def test_the_root_says_where_things_are(server):
    found = httpx.get(f"{server.root}/").json()
    assert found["model"] == "tiny"
    assert all(httpx.get(f"{server.root}{path}").status_code in (200, 405) for path in found["paths"])
    assert httpx.get(f"{server.root}{found['description']}").json()["info"]["title"] == "pocket-narrator"


def test_what_is_strange_but_can_be_told(server):
    for prompt in ("a\0b", "\U0001f642\u200d", " \t x", [5, 6], "", [[]], [5]):
        assert server.client().completions.create(**asked(prompt=prompt, max_tokens=2)).choices
    several = server.client().completions.create(**asked(prompt=["the", "a"], n=2, seed=1))
    assert [choice.index for choice in several.choices] == [0, 1, 2, 3]


def test_many_clients_get_their_own_stories(server, narrator):
    seeds = range(48)
    expected = [narrator.tell("the cat", seed=seed, temperature=1.5, max_tokens=25)[0] for seed in seeds]
    found, errors = {}, []

    def ask(seed: int) -> None:
        try:
            chunks = server.client().completions.create(
                **asked(seed=seed, stream=True, echo=True) | {"temperature": 1.5, "max_tokens": 25}
            )
            found[seed] = "".join(chunk.choices[0].text for chunk in chunks)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in seeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [found[seed] for seed in seeds] == expected


@pytest.mark.parametrize("stream", [True, False])
def test_clients_who_leave_free_their_slots(server, stream):
    left = server.metric("disconnects_total")
    for number in range(20):
        with httpx.Client(timeout=30) as client:
            body = asked(**ENDLESS | {"stream": stream, "n": 1 + number % 3})
            if stream:
                with client.stream("POST", f"{server.url}/completions", json=body) as answer:
                    next(answer.iter_lines())
            else:
                with pytest.raises(httpx.ReadTimeout):
                    client.post(f"{server.url}/completions", json=body, timeout=0.02)
    server.wait_for("stories_open", 0)
    server.wait_for("stories_active", 0)
    server.wait_for("disconnects_total", left + 20)


def test_the_log_has_a_line_of_json_for_each_request(server):
    number = server.client().completions.create(**asked(seed=1)).id.removeprefix("cmpl-")
    while not (lines := [json.loads(line) for line in server.log[1:] if number in line]):
        assert server.process.poll() is None
    assert lines[0]["status"] == 200
    assert lines[0]["seed"] == 1
    assert {"seconds", "first_token_seconds", "tokens", "prompt_tokens", "stories"} <= set(lines[0])


def test_a_full_server_refuses_at_once(run):
    server = ServerProcess(run, "--slots", 2, "--queue", 1, "--deadline", 200)
    with httpx.Client(timeout=30) as client:
        streams = [client.stream("POST", f"{server.url}/completions", json=asked(**ENDLESS, stream=True, seed=s)) for s in range(3)]  # fmt: skip
        for stream in streams:
            stream.__enter__()
        server.wait_for("stories_open", 3)
        with pytest.raises(openai.InternalServerError) as caught:
            server.client().completions.create(**asked())
        assert caught.value.status_code == 503
        assert caught.value.response.headers["retry-after"] == "1"
        for stream in streams:
            stream.__exit__(None, None, None)
        server.wait_for("stories_open", 0)
        assert server.client().completions.create(**asked()).choices
        assert server.metric("refused_total") == 1
    assert server.stop() == 0


def test_a_deadline_ends_what_is_not_ready(run):
    """One that is over when a request arrives, so that no machine is fast enough."""
    service = Service(Narrator.load(run), "tiny", Limits(deadline=0))
    with TestClient(make_app(service, None, Hosts("127.0.0.1")), base_url="http://127.0.0.1/v1") as client:
        answer = client.post("/completions", json=asked(**ENDLESS))
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "deadline")


def test_a_server_that_is_stopped_finishes_what_it_has_begun(run, tmp_path):
    copied = tmp_path / "tiny"
    shutil.copytree(run, copied)
    server = ServerProcess(copied)
    shutil.rmtree(copied)  # everything has been read
    answers = []
    asking = asked(**ENDLESS | {"max_tokens": 1500})
    thread = threading.Thread(target=lambda: answers.append(server.client().completions.create(**asking)))
    thread.start()
    server.wait_for("stories_open", 1)
    server.process.terminate()
    thread.join()
    assert answers[0].usage.completion_tokens == 1500
    assert server.process.wait(30) == 0
    with pytest.raises(openai.APIConnectionError):
        server.client().models.list()


def test_a_chat_goes_on_with_its_own_answer(server, narrator):
    """The history that comes back is to the letter what was told, and takes exactly its tokens."""
    create = server.client().chat.completions.create
    messages = [{"role": "user", "content": "the ca"}]
    for turn in range(3):
        options = {"model": "tiny", "messages": messages, "seed": turn, "max_completion_tokens": 4, "temperature": 1.0}
        answer = create(**options)
        story = "".join(message["content"] for message in messages)
        assert answer.usage.prompt_tokens == len(narrator.tokenizer.encode(story))
        messages.append({"role": "assistant", "content": answer.choices[0].message.content})
    assert sum(message["role"] == "assistant" for message in messages) == 3


def test_a_long_chat_is_cut_before_it_is_encoded(run, monkeypatch):
    service = Service(Narrator.load(run), "tiny", Limits())
    encoded = []
    monkeypatch.setattr(
        service.tokenizer,
        "encode",
        lambda text, encode=service.tokenizer.encode: encoded.append(len(text)) or encode(text),
    )
    message = {"role": "user", "content": "a" * 900_000 + " the cat saw"}
    prepared = service.prepare(ChatRequest.model_validate({"model": "tiny", "messages": [message]}))
    context, longest = 32, service.tokenizer.longest_token
    assert max(encoded) <= context * longest < 2000
    assert list(prepared.ids[0]) == service.tokenizer.encode(message["content"])[-context // 2 :]


def test_one_seed_and_several_beginnings(server):
    """Each beginning has the story that it has alone."""
    create = server.client().completions.create
    together = create(**asked(prompt=["the", "a cat"], seed=9, n=2)).choices
    for place, prompt in enumerate(["the", "a cat"]):
        alone = create(**asked(prompt=prompt, seed=9, n=2)).choices
        assert [one.text for one in together[2 * place : 2 * place + 2]] == [one.text for one in alone]


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_nothing_is_not_everything(server, field):
    """0 tokens are not the default."""
    body = {"model": "tiny", "messages": [{"role": "user", "content": "the"}], field: 0}
    answer = httpx.post(f"{server.url}/chat/completions", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == field
    echoed = httpx.post(f"{server.url}/completions", json=asked(max_tokens=0, echo=True)).json()
    assert echoed["choices"][0] == {"index": 0, "finish_reason": "length", "logprobs": None, "text": "the cat"}


def test_off_as_others_write_it(server, narrator):
    (choice,) = (
        server.client()
        .completions.create(
            **asked(seed=1, top_p=1),
            extra_body={"top_k": -1, "min_p": 0, "typical": 1, "mirostat": 0, "no_repeat_ngram": 0},
        )
        .choices
    )
    assert "the cat" + choice.text == narrator.tell("the cat", seed=1, temperature=1.0, max_tokens=20)[0]
