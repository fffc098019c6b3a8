"""`evaluate_run` and `narrator evaluate`, on a run directory of a small random model."""

import json
import shutil
from dataclasses import asdict

import pytest

from pocket_narrator.cli.evaluate import describe
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
from pocket_narrator.evaluation.likelihood.scores import score_stories, summarise
from pocket_narrator.evaluation.likelihood.story_scores import read_single_scores
from pocket_narrator.files.json_file import read_json_object
from pocket_narrator.run.loading import load_trained
from pocket_narrator.tokenizers import train_bpe
from pocket_narrator.tokens.prepare import prepare
from tests.evaluation.tiny_run import CORPUS, RUN, make_run, write_corpus
from tests.narrator_here import narrator


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return make_run()


def test_figures_and_protocol_are_returned_and_written(run):
    found = evaluate_run(run)
    trained = load_trained(run)
    prepared = prepare(trained.recipe)
    assert found.likelihood == summarise(score_stories(trained.model, prepared.validation))
    assert found.likelihood.stories == prepared.validation.num_stories
    protocol = found.protocol
    assert (protocol.run, protocol.step, protocol.split, protocol.precision) == ("tiny", 3, "validation", "fp32")
    assert (protocol.context, protocol.stride, protocol.vocabulary_size) == (32, 16, 300)
    assert protocol.training_tokens == 3 * 512
    assert protocol.parameters == sum(parameter.numel() for parameter in trained.model.parameters())
    assert (protocol.corpus_hash, protocol.tokenizer) == (prepared.corpus_hash, prepared.tokenizer.fingerprint)
    assert found.floor is None
    assert sum(part.tokens for part in found.by_tenth) == found.likelihood.tokens
    written = read_json_object(run / "evaluation" / "likelihood.json")
    assert len(written.pop("single_scores_sha256")) == 64
    assert written == json.loads(json.dumps(asdict(found)))
    assert sorted(path.name for path in (run / "evaluation").iterdir()) == [
        "likelihood-stories.safetensors",
        "likelihood.json",
    ]
    single = read_single_scores(run)
    assert single.nats_S.sum() / single.tokens_S.sum() == pytest.approx(found.likelihood.loss)
    assert single.bytes_S.sum() == found.likelihood.bytes
    assert single.index_S.tolist() == list(range(found.likelihood.stories))


def test_the_last_checkpoint_and_some_training_stories(run):
    found = evaluate_run(run, which="last", split="train", stories=7, stride=4)
    assert (found.protocol.step, found.protocol.split, found.protocol.stride) == (5, "train", 4)
    assert found.likelihood.stories == 7
    assert found.protocol.split_stories == 285
    assert (run / "evaluation" / "likelihood-train.json").exists()
    assert not (run / "evaluation" / "likelihood.json").exists()
    assert evaluate_run(run, split="train", stories=1000).likelihood.stories == 285


def test_text_that_has_changed_since_is_refused_unless_that_of_the_run_is_still_prepared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_corpus()
    run = make_run()
    before = evaluate_run(run).likelihood
    CORPUS.write_text(CORPUS.read_text(encoding="utf-8").replace("cat", "cow"), encoding="utf-8")
    assert evaluate_run(run).likelihood == before
    shutil.rmtree("data")
    with pytest.raises(RunError, match="the corpus has changed since this run was trained"):
        evaluate_run(run)


def test_other_text_with_the_same_tokenizer_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_corpus()
    train_bpe(CORPUS.read_text(encoding="utf-8").split("<|endoftext|>"), 300).save("tokenizer.json")
    run = make_run("tokenizer={kind: file, path: tokenizer.json}")
    CORPUS.write_text(CORPUS.read_text(encoding="utf-8").replace("cat", "cow"), encoding="utf-8")
    shutil.rmtree("data")
    with pytest.raises(RunError, match="the corpus has changed since this run was trained"):
        evaluate_run(run)


def test_a_stride_longer_than_the_context(run):
    with pytest.raises(RunError, match="stride=33"):
        evaluate_run(run, stride=33)


def test_the_recipes_stride(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = make_run("evaluation.stride=8")
    assert evaluate_run(run).protocol.stride == 8
    assert evaluate_run(run, stride=2).protocol.stride == 2


def test_the_floor_of_the_embedded_corpus(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run = make_run("corpus={kind: storyworld, stories: 40, validation_stories: 10, seed: 3}")
    capsys.readouterr()
    found = evaluate_run(run)
    assert "cached" not in (said := capsys.readouterr().err)
    assert "entropy floor" not in said
    assert found.floor is not None
    assert 0.1 < found.floor.bits_per_byte < 2
    assert found.floor.ratio == pytest.approx(found.likelihood.bits_per_byte / found.floor.bits_per_byte)
    assert found.floor.ratio > 1
    low, high = found.floor.ratio_interval
    assert low < found.floor.ratio < high
    assert f"{low:.3f} to {high:.3f}" in describe(found)
    assert evaluate_run(run, stories=5).floor is None  # it is the floor of the whole split


def test_the_command_prints_what_it_writes(run, monkeypatch, capsys):
    code, out, _ = narrator(monkeypatch, capsys, "evaluate", run, "--stride", 8)
    assert code == 0
    written = read_json_object(run / "evaluation" / "likelihood.json")
    assert len(written.pop("single_scores_sha256")) == 64
    likelihood, protocol = written["likelihood"], written["protocol"]
    for value in (likelihood["bits_per_byte"], likelihood["loss"], *likelihood["bits_per_byte_interval"]):
        assert f"{value:.4f}" in out
    assert f"{written['second_half']['perplexity']:.4f}" in out
    assert (
        f"{protocol['parameters']:,} parameters ({protocol['non_embedding_parameters']:,} without embedding tables)"
        in out
    )
    assert f"corpus {protocol['corpus_hash'][:12]}; tokenizer {protocol['tokenizer'][:12]}" in out
    assert "context 32, stride 8, fp32" in out
    assert all(len(line) <= 170 for line in out.splitlines())


def test_the_command_on_some_stories(run, monkeypatch, capsys):
    code, out, _ = narrator(
        monkeypatch, capsys, "evaluate", run, "--stories", 4, "--split", "train", "--precision", "bf16"
    )
    assert code == 0
    assert "4 of 285 train stories" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "no such run directory"),
        ([RUN, "--stride", "99"], "stride=99 is too long"),
        ([RUN, "--split", "test"], "test"),
        ([RUN, "--stories", "0"], "--stories"),
    ],
)
def test_the_command_refuses_in_one_message(run, arguments, message, monkeypatch, capsys):
    code, out, err = narrator(monkeypatch, capsys, "evaluate", *arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err
