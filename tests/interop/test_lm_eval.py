"""Our models in the lm-evaluation-harness: the same log-likelihoods as our own evaluation's, of every kind of model."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from pocket_narrator.corpus import Story
from pocket_narrator.errors import MissingExtraError, NarratorError
from pocket_narrator.evaluation.likelihood.scores import score_stories
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.models.ngram import NGramModel
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.schema import GenerationConfig, ModelConfig
from pocket_narrator.tokenizers import Tokenizer, train_bpe
from pocket_narrator.tokens.builder import build_store
from pocket_narrator.workbench.run import Run
from tests.evaluation.tiny_run import make_run

TEXTS = ["the cat saw a dog", "a cat", "the dog and the cat saw a dog and the dog saw the cat " * 5]
KINDS = ("attention*2", "mamba*2", "attention mamba2", "narrative*2", "ngram")


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real package where it is installed; otherwise the base class alone stands in for it."""
    try:
        import lm_eval.api.model  # noqa: F401
    except ModuleNotFoundError:
        package, api, model = (ModuleType(name) for name in ("lm_eval", "lm_eval.api", "lm_eval.api.model"))
        model.LM = type("LM", (), {})  # type: ignore[attr-defined]
        for module in (package, api, model):
            monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.delitem(sys.modules, "pocket_narrator.interop.lm_eval", raising=False)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_bpe(["the cat saw a dog and the dog saw a cat"] * 3, 270)


def make_model(kind: str, tokenizer: Tokenizer) -> Any:
    if kind == "ngram":
        ids = [i for text in TEXTS for i in (tokenizer.end_of_text, *tokenizer.encode(text))]
        tokens = np.array([*ids, tokenizer.end_of_text], dtype=np.uint16)
        return NGramModel.train(tokens, tokenizer.vocabulary_size, 3, tokenizer.end_of_text)
    torch.manual_seed(1)
    sizes = {"width": 32, "heads": 2, "context": 24, "mamba2": {"head_width": 16}}
    model = DecoderStack(ModelConfig.model_validate({"layers": kind, **sizes}), tokenizer.vocabulary_size).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter.data, std=0.2)
    return model


def lm_of(model: Any, tokenizer: Tokenizer, **options: Any) -> Any:
    from pocket_narrator.interop.lm_eval import NarratorLM

    return NarratorLM(Narrator(model, tokenizer, GenerationConfig()), **options)


def asked(*arguments: Any) -> Any:
    return SimpleNamespace(args=arguments)


@pytest.mark.parametrize("kind", KINDS)
def test_rolling_log_likelihoods_are_evaluations(
    kind: str, tokenizer: Tokenizer, tmp_path: Path, harness: None
) -> None:
    """Also of texts longer than the context; all but the end-of-text token that evaluation counts, too."""
    model = make_model(kind, tokenizer)
    scores = score_stories(model, build_store(map(Story, TEXTS), tokenizer, tmp_path / "store"))
    found = lm_of(model, tokenizer).loglikelihood_rolling([asked(text) for text in TEXTS])
    for text, (first, last) in enumerate(zip(scores.offsets[:-1], scores.offsets[1:] - 1, strict=True)):
        assert found[text] == pytest.approx(-scores.nll_N[first:last].astype(np.float64).sum(), rel=1e-5)
    assert lm_of(model, tokenizer).loglikelihood_rolling([]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_log_likelihoods_of_continuations_are_the_models(kind: str, tokenizer: Tokenizer, harness: None) -> None:
    model = make_model(kind, tokenizer)
    pairs = [("the cat", " saw a dog"), ("", "the cat"), ("the dog ", "saw"), ("a cat", "")]
    found = lm_of(model, tokenizer, batch_size=3).loglikelihood([asked(*pair) for pair in pairs])
    for (context, continuation), (nats, _) in zip(pairs, found, strict=True):
        ids = [tokenizer.end_of_text, *tokenizer.encode(context + continuation)]
        known = len(tokenizer.encode(context.rstrip()))
        exact = model.log_probs(torch.tensor([ids]))[0, known:].double().sum()
        assert nats == pytest.approx(float(exact), rel=1e-5, abs=1e-6)
    assert found[-1] == (0.0, True)


@pytest.mark.parametrize("kind", KINDS)
def test_what_greedy_decoding_gives_is_said_to_be_greedy(kind: str, tokenizer: Tokenizer, harness: None) -> None:
    model = make_model(kind, tokenizer)
    lm = lm_of(model, tokenizer)
    state, greedy = model.start([[tokenizer.end_of_text, *tokenizer.encode("the cat")]]), []
    for _ in range(3):
        greedy.append(int(model.next_logits(state).argmax()))
        state = model.advance(state, torch.tensor(greedy[-1:]))
    ids = [tokenizer.end_of_text, *tokenizer.encode("the cat"), *greedy]
    other = [*ids[:-1], (ids[-1] + 1) % tokenizer.vocabulary_size]
    from pocket_narrator.interop.lm_eval import _score

    assert _score(model.logits(torch.tensor([ids]))[0], ids, 3)[1]
    assert not _score(model.logits(torch.tensor([other]))[0], other, 3)[1]
    assert lm.loglikelihood([asked("the cat", "")]) == [(0.0, True)]


def test_a_context_that_is_too_long_loses_its_beginning(tokenizer: Tokenizer, harness: None) -> None:
    model = make_model("attention*2", tokenizer)
    ((nats, _),) = lm_of(model, tokenizer).loglikelihood([asked("the cat saw a dog " * 20, "and")])
    whole = [tokenizer.end_of_text, *tokenizer.encode("the cat saw a dog " * 20 + "and")][-25:]
    count = len(tokenizer.encode("the cat saw a dog " * 20 + "and")) - len(
        tokenizer.encode(("the cat saw a dog " * 20).rstrip())
    )
    assert nats == pytest.approx(float(model.log_probs(torch.tensor([whole]))[0, -count:].sum()), rel=1e-5)
    with pytest.raises(NarratorError, match="a continuation has"):
        lm_of(model, tokenizer).loglikelihood([asked("a", " cat saw the dog" * 20)])


def test_generation_stops_at_texts_and_lengths(tokenizer: Tokenizer, harness: None) -> None:
    model = make_model("attention*2", tokenizer)
    lm = lm_of(model, tokenizer)
    long = asked("the cat saw a dog " * 20, {"until": [], "max_gen_toks": 4})
    requests = [asked("the cat", {"until": ["\n\n"], "max_gen_toks": 6}), long, asked("a", {"max_gen_toks": 6})]
    first, from_a_long_prompt, third = lm.generate_until(requests)
    assert first == lm.narrator.tell("the cat", temperature=0.0, max_tokens=6, stop=("\n\n",))[0].removeprefix(
        "the cat"
    )
    assert not from_a_long_prompt.startswith("the cat saw a dog the cat saw a dog")
    stop = third[2:4]
    (cut,) = lm.generate_until([asked("a", {"until": stop, "max_gen_toks": 6})])
    assert cut == third[: third.index(stop)]
    (sampled,) = lm.generate_until([asked("a", {"do_sample": True, "temperature": 5.0, "max_gen_toks": 6})])
    assert sampled == lm.narrator.tell("a", temperature=5.0, max_tokens=6)[0].removeprefix("a")
    with pytest.raises(NarratorError, match="asks for num_beams"):
        lm.generate_until([asked("a", {"num_beams": 4})])


def test_a_run_gives_its_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harness: None) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run(make_run("generation.repetition_penalty=1.5", "generation.temperature=0.9"))
    lm = run.lm_eval()
    assert lm.narrator.generation == GenerationConfig(), "the recipe's own options are not the harness's"
    ((nats, _),) = lm.loglikelihood([asked("the cat", " was happy")])
    assert nats < 0


def test_without_the_package_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run(make_run())
    for name in [name for name in sys.modules if "lm_eval" in name.split(".")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(MissingExtraError, match='pip install "lm_eval'):
        run.lm_eval()


def test_the_harness_itself_takes_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task of ten lines, without a download."""
    pytest.importorskip("lm_eval")
    from lm_eval.api.instance import Instance

    monkeypatch.chdir(tmp_path)
    lm = Run(make_run()).lm_eval()
    requests = [
        Instance("loglikelihood", {}, ("the cat", " was happy"), 0),
        Instance("loglikelihood", {}, ("", "a"), 1),
    ]
    assert all(nats < 0 for nats, _ in lm.loglikelihood(requests))
    assert (lm.rank, lm.world_size) == (0, 1)


def test_a_token_that_spans_the_seam_is_of_the_continuation(tokenizer: Tokenizer, harness: None) -> None:
    """ "the ca" and "t" are other tokens than "the cat": a continuation without tokens of its own would score best of all."""
    model = make_model("attention*2", tokenizer)
    whole, stem = tokenizer.encode("the cat"), tokenizer.encode("the ca")
    assert whole[: len(stem)] != stem
    ((nats, _),) = lm_of(model, tokenizer).loglikelihood([asked("the ca", "t")])
    assert nats < 0
