"""The Python API and `narrator tell`, on a run directory of a small random model."""

import io
import subprocess
import sys

import pytest
import torch

import pocket_narrator
from pocket_narrator import Narrator
from pocket_narrator.cli.main import main
from pocket_narrator.errors import CheckpointError, PromptError, RunError
from pocket_narrator.generation.engine import generate
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.run.checkpoint import load_model_tensors, save_checkpoint
from pocket_narrator.run.loading import load_trained
from tests.evaluation.tiny_run import STEPS, make_run
from tests.narrator_here import narrator as narrate


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("told")
        patch.chdir(folder)
        yield folder / make_run()


@pytest.fixture(scope="module")
def narrator(run) -> Narrator:
    return Narrator.load(run)


def test_the_best_and_the_last_checkpoint(run):
    for which, step in zip(("best", "last"), STEPS, strict=True):
        trained = load_trained(run, which)
        assert trained.step == step
        assert not trained.model.training
        saved = load_model_tensors(run / "checkpoints" / f"step-{step:07d}")
        assert all(torch.equal(saved[name], tensor.cpu()) for name, tensor in trained.model.state_dict().items())


def test_a_story_begins_with_its_beginning_and_is_what_the_engine_tells(narrator):
    ids = narrator.tokenizer.encode("the caf\u00e9")
    options = SamplingOptions.of_recipe(narrator.generation).changed(max_tokens=30, seed=5)
    told = [token.token for token in generate(narrator.model, [ids], options, narrator.tokenizer.end_of_text)]
    expected = "the caf\u00e9" + narrator.tokenizer.decode(told)
    assert narrator.tell("the caf\u00e9", seed=5) == [expected]
    assert "".join(narrator.stream("the caf\u00e9", seed=5)) == expected


def test_the_recipe_gives_the_defaults(narrator):
    recipe = narrator.generation
    same = {"temperature": recipe.temperature, "max_tokens": recipe.max_tokens, "seed": 0}
    assert narrator.tell("the cat") == narrator.tell("the cat", **same)
    assert narrator.tell("the cat") != narrator.tell("the cat", temperature=3.0)


def test_several_beginnings_and_several_stories_of_each(narrator):
    stories = narrator.tell(["the cat", "a dog"], stories=3, temperature=1.0)
    assert [story[:5] for story in stories] == ["the c"] * 3 + ["a dog"] * 3
    assert len(set(stories)) == 6
    assert narrator.tell(["the cat"], stories=3, temperature=1.0) == stories[:3]


def test_a_token_is_one_object_and_its_text_whole_characters(narrator):
    """Tokens are bytes here; a text must never hold half a character that its other half would have completed."""
    prompt = "\U0001f642 caf\u00e9"
    stories = narrator.tell([prompt], stories=40, temperature=1.2, seed=2)
    tokens = {number: [] for number in range(40)}
    for token in narrator.stream_all([prompt], stories=40, temperature=1.2, seed=2):
        tokens[token.story].append(token)
    assert [prompt + "".join(one.text for one in tokens[number]) for number in range(40)] == stories
    assert any(not one.text for told in tokens.values() for one in told)
    ids, end = narrator.tokenizer.encode(prompt), narrator.tokenizer.end_of_text
    for number, told in tokens.items():
        assert [one.is_last for one in told] == [False] * (len(told) - 1) + [True]
        assert told[-1].ending == ("end" if told[-1].token == end else "length")
        assert narrator.tokenizer.decode([*ids, *(one.token for one in told)]) == stories[number]


def test_a_prompt_longer_than_the_context(narrator):
    with pytest.raises(PromptError, match="tokens") as caught:
        narrator.tell(["the cat", "the happy dog " * 20])
    assert "at most 31" in str(caught.value)


def test_an_unknown_option(narrator):
    with pytest.raises(PromptError, match="'top_q'"):
        narrator.tell("the cat", top_q=1)


def test_no_run(tmp_path):
    with pytest.raises(RunError, match="no such run"):
        Narrator.load(tmp_path / "nothing")


def test_weights_of_another_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = make_run()
    tensors = load_model_tensors(run / "checkpoints" / "step-0000005")
    tensors["embedding.weight"] = tensors["embedding.weight"][:, :16].clone()
    del tensors["norm.weight"]
    save_checkpoint(run / "checkpoints", 9, {**tensors, "other": torch.zeros(2)}, {}, {})
    with pytest.raises(CheckpointError, match="do not fit the run's recipe") as caught:
        load_trained(run, "last")
    for part in ("embedding.weight: (300, 16), and the recipe wants (300, 32)", "norm.weight: missing", "other: (2,)"):
        assert part in str(caught.value)


def test_the_package_is_imported_without_torch():
    code = "import sys, pocket_narrator; assert 'torch' not in sys.modules; pocket_narrator.Narrator; assert 'torch' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'Teller'"):
        _ = pocket_narrator.Teller  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("stream", ["--stream", "--no-stream"])
def test_the_command_tells_stories_in_order(run, narrator, stream, monkeypatch, capsys):
    options = ("--seed", 5, "--stories", 3, "--temperature", 1.1, "--top-k", 50, "--top-p", 0.9, "--min-p", 0.01)
    more = ("--repetition-penalty", 1.1, "--no-repeat-ngram", 4, "--max-tokens", 12, stream)
    code, out, err = narrate(monkeypatch, capsys, "tell", run, "the cat", "a dog", *options, *more)
    assert (code, err) == (0, "")
    chosen = dict(temperature=1.1, top_k=50, top_p=0.9, min_p=0.01, repetition_penalty=1.1, no_repeat_ngram=4)
    expected = narrator.tell(["the cat", "a dog"], stories=3, max_tokens=12, seed=5, **chosen)
    assert out == ("-" * 78 + "\n").join(f"{story}\n" for story in expected)


def test_the_command_without_options(run, monkeypatch, capsys):
    code, out, err = narrate(monkeypatch, capsys, "tell", run)
    assert code == 0
    assert out.startswith("Once upon a time")
    seed = int(err.removeprefix("generated with --seed "))
    assert narrate(monkeypatch, capsys, "tell", run, "--seed", seed)[1] == out


def test_the_command_is_greedy(run, narrator, monkeypatch, capsys):
    code, out, err = narrate(monkeypatch, capsys, "tell", run, "the cat", "--greedy", "--which", "last")
    assert (code, err) == (0, "")
    assert out == Narrator.load(run, "last").tell("the cat", temperature=0)[0] + "\n"


def test_a_terminal_that_has_not_every_character(run, monkeypatch):
    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "argv", ["narrator", "tell", str(run), "the caf\u00e9", "--seed", "1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    screen.flush()
    assert screen.buffer.getvalue().startswith(b"the caf?")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["the cat", "--temperature", "-1"], "temperature=-1.0 cannot be used"),
        (["the happy dog " * 30], "tokens"),
        (["the cat", "--stories", "0"], "--stories"),
        (["the cat", "--which", "first"], "first"),
    ],
)
def test_the_command_refuses_in_one_message(run, arguments, message, monkeypatch, capsys):
    code, out, err = narrate(monkeypatch, capsys, "tell", run, *arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err
