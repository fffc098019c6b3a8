"""Models of Hugging Face's behind `LanguageModel`: tiny random ones, made on the spot."""

import json
import re
from functools import partial

import pytest
import torch

from pocket_narrator.corpus import Story
from pocket_narrator.errors import NarratorError, PromptError
from pocket_narrator.evaluation import suite
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.evaluation.likelihood.scores import score_stories, summarise
from pocket_narrator.evaluation.metrics.embedded import MeanPooling, SequenceClassifier
from pocket_narrator.generation.engine import generate
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.models.published.hugging_face import HuggingFaceModel
from pocket_narrator.storyworld import make_story
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens.builder import build_store
from tests.evaluation.tiny_run import make_run
from tests.narrator_here import narrator

transformers = pytest.importorskip("transformers")
VOCABULARY = 300


@pytest.fixture(scope="module")
def tokenizer():
    return train_bpe([make_story(i, 1).text for i in range(40)], VOCABULARY)


def random_model(kind: str, vocabulary: int = VOCABULARY):
    torch.manual_seed(3)
    sizes = {"vocab_size": vocabulary, "bos_token_id": 0, "eos_token_id": 0}
    if kind == "gpt2":
        config = transformers.GPT2Config(n_positions=24, n_embd=16, n_layer=2, n_head=2, **sizes)
    elif kind == "gpt_neo":
        config = transformers.GPTNeoConfig(
            max_position_embeddings=24, hidden_size=16, num_layers=2, num_heads=2,
            attention_types=[[["global", "local"], 1]], window_size=4, **sizes,
        )  # fmt: skip
    elif kind == "llama":
        config = transformers.LlamaConfig(
            max_position_embeddings=24, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1, **sizes,
        )  # fmt: skip
    else:
        config = transformers.MambaConfig(hidden_size=16, num_hidden_layers=2, state_size=4, **sizes)
    return transformers.AutoModelForCausalLM.from_config(config).eval()


@pytest.mark.parametrize("kind", ["gpt2", "gpt_neo", "llama", "mamba"])
@torch.no_grad()
def test_the_contract(kind, tokenizer):
    inner = random_model(kind)
    model = HuggingFaceModel(inner, tokenizer, kind)
    assert model.context == (2048 if kind == "mamba" else 24)
    histories = [[1, 2, 3], [5], [7, 8, 9, 10, 11]]
    state = model.start(histories)
    histories = [list(own) for own in histories]
    for step in range(14):
        expected = torch.cat([inner(input_ids=torch.tensor([own])).logits[:, -1] for own in histories])
        assert torch.allclose(model.next_logits(state), expected, atol=1e-5), step
        if step == 4:
            state, histories = state.select(torch.tensor([2, 0])), [histories[2], histories[0]]
        if step == 7:
            state, histories = state.join(model.start([[4, 4]])), [*histories, [4, 4]]
        tokens = [(step * 7 + row) % VOCABULARY for row in range(len(histories))]
        state = model.advance(state, torch.tensor(tokens))
        for own, token in zip(histories, tokens, strict=True):
            own.append(token)
    tokens_BT = torch.tensor([[1, 5, 9, 2], [3, 3, 4, 250]])
    logits = inner(input_ids=tokens_BT[:, :-1]).logits
    expected = torch.log_softmax(logits, -1).gather(2, tokens_BT[:, 1:, None])[:, :, 0]
    assert torch.allclose(model.log_probs(tokens_BT), expected, atol=1e-5)
    assert torch.allclose(model.logits(tokens_BT[:, :-1]), logits, atol=1e-5)


@torch.no_grad()
def test_past_the_context_and_copies(tokenizer):
    inner = random_model("gpt2")
    model = HuggingFaceModel(inner, tokenizer, "gpt2")
    state = model.start([[1, 2, 3]])
    for step in range(60):
        copy = state.select(torch.tensor([0]))
        state = model.advance(state, torch.tensor([step % 200]))
        again = model.advance(copy, torch.tensor([step % 200]))
        assert torch.allclose(state.logits_BV, again.logits_BV, atol=1e-5)
        assert torch.isfinite(state.logits_BV).all()
    with pytest.raises(PromptError, match="the prompt has 24 tokens"):
        next(generate(model, [[1] * 24], SamplingOptions(), tokenizer.end_of_text))


def test_scores_and_vocabularies(tokenizer, tmp_path):
    store = build_store([Story(make_story(i, 2).text) for i in range(4)], tokenizer, tmp_path / "store")
    model = HuggingFaceModel(random_model("gpt2", VOCABULARY + 20), tokenizer, "gpt2")
    assert model.next_logits(model.start([[1]])).shape == (1, VOCABULARY)
    assert 0.5 < summarise(score_stories(model, store)).bits_per_byte < 8
    with pytest.raises(NarratorError, match="the tokenizer has 300 tokens and the model 290"):
        HuggingFaceModel(random_model("gpt2", 290), tokenizer, "gpt2")


@pytest.mark.parametrize("kind", ["gpt2", "gpt_neo", "llama", "mamba"])
def test_a_causal_model_is_taken(kind, tokenizer):
    HuggingFaceModel(random_model(kind), tokenizer, kind)


def test_a_model_that_sees_the_future_is_refused(tokenizer):
    """Its likelihood would be of tokens that it was shown."""
    sizes = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 24}
    config = transformers.BertConfig(vocab_size=VOCABULARY, hidden_size=16, **sizes)
    torch.manual_seed(3)
    with pytest.raises(NarratorError, match="the model looks ahead"):
        HuggingFaceModel(transformers.BertLMHeadModel(config).eval(), tokenizer, "bert")
    config.is_decoder = True
    HuggingFaceModel(transformers.BertLMHeadModel(config).eval(), tokenizer, "bert as a decoder")


@pytest.fixture
def published(tokenizer, tmp_path):
    """A folder as Hugging Face's `save_pretrained` leaves it."""
    folder = tmp_path / "published"
    random_model("gpt_neo").save_pretrained(folder)
    tokenizer.save(folder / "tokenizer.json")
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), eos_token="<|endoftext|>", pad_token="<|endoftext|>"
    )
    fast.save_pretrained(folder)
    return folder


@pytest.fixture
def small_suite(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(suite.SIZES, "quick", (2, 2, 1))
    monkeypatch.setattr(suite, "SETUPS", suite.SETUPS[:2])
    monkeypatch.setattr(suite, "SamplingOptions", partial(SamplingOptions, max_tokens=40))


def test_a_published_model_on_a_file(published, small_suite, tmp_path, monkeypatch, capsys):
    inner = transformers.GPTNeoConfig.from_pretrained(published)
    inner.max_position_embeddings = 256
    transformers.AutoModelForCausalLM.from_config(inner).save_pretrained(published)
    (tmp_path / "stories.txt").write_text(
        "".join(f"{make_story(i, 2).text}\n<|endoftext|>\n" for i in range(6)), encoding="utf-8"
    )
    code, out, err = narrator(monkeypatch, capsys, "evaluate", f"hf:{published}", "--on", "stories.txt", "--out", "out")
    assert code == 0, err
    assert "bits per byte" in out
    assert "trained elsewhere" in out
    assert "story_quality" in out
    assert (tmp_path / "out" / "evaluation" / "stories-quick.json").exists()


def test_a_published_model_stands_in_the_table_of_a_run(published, small_suite, monkeypatch, capsys):
    inner = transformers.GPTNeoConfig.from_pretrained(published)
    inner.max_position_embeddings = 256
    transformers.AutoModelForCausalLM.from_config(inner).save_pretrained(published)
    corpus = "corpus={kind: storyworld, stories: 60, validation_stories: 20, seed: 3}"
    run = make_run(corpus, "model.context=256", "generation.max_tokens=24", "tokenizer.vocabulary_size=400")
    evaluate_run(run)
    code, _, err = narrator(monkeypatch, capsys, "evaluate", f"hf:{published}", "--on", run, "--out", "out/neo")
    assert code == 0, err
    code, out, err = narrator(monkeypatch, capsys, "compare", run, "out/neo")
    assert code == 0, err
    assert re.search(r"^neo +\d", out, re.MULTILINE)
    assert "20 stories of the validation split" in out
    assert "different tokenizers" in out
    code, _, err = narrator(monkeypatch, capsys, "compare", run, "out/neo", "--metric", "loss")
    assert code == 2
    assert "bits per byte" in err
    for verb in ("scaling", "report"):  # it has no recipe
        code, _, err = narrator(monkeypatch, capsys, verb, "out/neo")
        assert (code, "no run directory" in err) == (2, True)


def test_parameters_without_the_tables_that_are_only_looked_up(tokenizer):
    for kind, rows in (("gpt2", 24), ("llama", VOCABULARY)):  # positions, and a tied head; an input table of its own
        model = HuggingFaceModel(random_model(kind), tokenizer, kind)
        assert model.parameters - model.non_embedding_parameters == rows * 16


def test_what_cannot_be_loaded(tmp_path):
    for load in (HuggingFaceModel.load, MeanPooling, SequenceClassifier):
        with pytest.raises(NarratorError, match="cannot be loaded") as caught:
            load(str(tmp_path))
        assert str(tmp_path) in str(caught.value)
        assert "the folder holds no Hugging Face model" in str(caught.value)
        with pytest.raises(NarratorError, match="there is no such folder"):
            load(str(tmp_path / "nowhere"))


def test_code_that_a_model_brings_is_not_run(published):
    config = json.loads((published / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config", "AutoModelForCausalLM": "mine.Model"}}
    (published / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (published / "mine.py").write_text("raise SystemExit('run')", encoding="utf-8")
    with pytest.raises(NarratorError, match="brings code of its own"):
        HuggingFaceModel.load(str(published))


def test_small_networks_for_embeddings_and_grammar(tokenizer, published, tmp_path):
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    fast = transformers.AutoTokenizer.from_pretrained(published)
    fast.save_pretrained(tmp_path / "bert")
    transformers.BertModel(config).save_pretrained(tmp_path / "bert")
    embedder = MeanPooling(str(tmp_path / "bert"))
    texts = ["The dog ran.", "A very long sentence about a dog that ran to the river.", "Hi."]
    together = embedder.embed(texts)
    assert together.shape == (3, 16)
    for text, vector in zip(texts, together, strict=True):
        assert embedder.embed([text])[0] == pytest.approx(vector, abs=1e-5)  # padding counts nothing
        assert float(vector @ vector) == pytest.approx(1, abs=1e-5)
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path / "bert")
    judge = SequenceClassifier(str(tmp_path / "bert"))
    scores = judge.probabilities(texts)
    assert ((scores > 0) & (scores < 1)).all()
    assert judge.probabilities(texts[1:2])[0] == pytest.approx(scores[1], abs=1e-5)
    config.num_labels = 3
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path / "bert")
    with pytest.raises(NarratorError, match="3 labels"):
        SequenceClassifier(str(tmp_path / "bert"))
