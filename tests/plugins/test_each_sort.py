"""One file adds one of each sort, and all of it works from the recipe to the story."""

import re
from pathlib import Path

import pytest
import torch

from pocket_narrator.corpus.names import corpus_names
from pocket_narrator.corpus.sources import open_corpus
from pocket_narrator.errors import CorpusError, PluginError, RecipeError, RunError
from pocket_narrator.files.json_file import read_json_object
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.plugins.kept import trust_kept_code
from pocket_narrator.recipe.kinds.tables import CORPORA
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.schema import TrainingConfig
from pocket_narrator.run.checkpoint import load_checkpoint, newest_checkpoint
from pocket_narrator.run.identity import DATA
from pocket_narrator.run.loading import load_trained
from pocket_narrator.tokens.prepare import prepare
from pocket_narrator.training.schedules import rate_factor
from pocket_narrator.workbench.from_recipe import train
from tests.plugins.own_files import nothing_added, write_file

EACH = '''"""A corpus, a tokenizer, a schedule and an optimizer."""

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import pocket_narrator as pn


class Rhymes(pn.Section):
    """Its options."""

    lines: int = 60
    who: str = "cat"


def rhymes(options):
    for number in range(options.lines):
        yield f"The {options.who} of number {number} sat on a mat and saw a hat."


def whole_bpe(section, texts, workers):
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=section.vocabulary_size, initial_alphabet=letters, special_tokens=["<|endoftext|>"]
        ),
    )
    return made


def sgd(learned, matrices, training):
    return torch.optim.SGD(learned.values(), lr=training.learning_rate, momentum=0.9)


pn.register_corpus(pn.CorpusKind("rhymes", rhymes, options=Rhymes))
pn.register_tokenizer(pn.TokenizerKind("whole_bpe", whole_bpe))
pn.register_schedule("half", lambda training, progress: 0.5)
pn.register_optimizer("sgd", sgd)
'''
OVERRIDES = [
    *("corpus.kind=rhymes", "corpus.who=dog", "tokenizer.kind=whole_bpe", "tokenizer.vocabulary_size=300"),
    *("training.schedule=half", "training.optimizer=sgd", "training.warmup_steps=0", "training.batch_tokens=128"),
    *("training.steps=4", "training.device=cpu", "training.compile=off", "training.precision=fp32"),
    *("model.width=32", "model.heads=2", "model.context=32", "model.layers=attention", "generation.max_tokens=8"),
]


@pytest.fixture
def each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_file(tmp_path / "each.py", EACH)


def test_a_run_of_own_corpus_tokenizer_schedule_and_optimizer(each: Path) -> None:
    load_plugin(each)
    recipe = load_recipe(["storyworld-quick"], OVERRIDES)
    run = train(recipe, Path("runs/each"), report=lambda _: None).run
    (stored,) = read_json_object(run / DATA)["own_code"]
    assert stored["names"] == [
        ["corpora", "rhymes", None],
        ["tokenizers", "whole_bpe", None],
        ["schedules", "half", None],
        ["optimizers", "sgd", None],
    ]
    path = newest_checkpoint(run / "checkpoints")
    assert path is not None
    slots = {name.rpartition(".")[2] for name in load_checkpoint(path).optimizer if name.startswith("layers.")}
    assert slots == {"momentum_buffer"}
    trained = load_trained(run)
    with nothing_added():
        trust_kept_code()
        again = load_trained(run)
    assert again.recipe == trained.recipe
    assert torch.equal(again.model.embedding.weight, trained.model.embedding.weight)
    assert again.tokenizer.decode(again.tokenizer.encode("The dog sat.")) == "The dog sat."


def test_the_corpus_is_known_by_its_options_and_its_code(each: Path) -> None:
    load_plugin(each)
    dog, cat = (
        load_recipe(["storyworld-quick"], ["corpus.kind=rhymes", f"corpus.who={who}"]).corpus for who in ("dog", "cat")
    )
    assert corpus_names(dog) == corpus_names(dog)
    assert corpus_names(dog) != corpus_names(cat)
    stories = open_corpus(dog, Path("data"))
    train_texts, validation = [s.text for s in stories.train.read()], [s.text for s in stories.validation.read()]
    assert len(train_texts) + len(validation) == 60
    assert not set(train_texts) & set(validation)
    before = corpus_names(dog)
    load_plugin(write_file(each, EACH.replace("sat on a mat", "lay on a mat")))
    assert corpus_names(dog) != before


def test_own_corpora_can_be_mixed(each: Path) -> None:
    load_plugin(each)
    sources = "corpus.sources={ours: {corpus: {kind: rhymes, lines: 40}}, tales: {corpus: {kind: storyworld, stories: 20, validation_stories: 2}}}"
    recipe = load_recipe(["storyworld-quick"], ["corpus.kind=mixture", sources])
    stories = open_corpus(recipe.corpus, Path("data"))
    assert {story.source for story in stories.train.read()} == {0, 1}


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("corpus.lins=3", "corpus.lins is not a key; did you mean corpus.lines?"),
        ("corpus.lines=x", "corpus.lines='x' should be a whole number"),
        ("corpus.validation_fraction=2", "corpus.validation_fraction=2 should be less than 0.5"),
        ("tokenizer.kind=whole_bp", "there is no kind of tokenizer named 'whole_bp'; did you mean 'whole_bpe'?"),
        ("training.schedule=halve", "there is no schedule named 'halve'; did you mean 'half'?"),
        ("training.optimizer=sdg", "there is no optimizer named 'sdg'; did you mean 'sgd'?"),
    ],
)
def test_a_wrong_option_or_name_is_answered_with_the_right_one(each: Path, override: str, says: str) -> None:
    load_plugin(each)
    with pytest.raises(RecipeError, match=re.escape(says)):
        load_recipe(["storyworld-quick"], ["corpus.kind=rhymes", override])


FAILING = {
    "yield f": ("raise OSError('the line is down')\n        yield f", PluginError, "OSError: the line is down"),
    "for number in range(options.lines)": ("for number in ()", CorpusError, "gives no story"),
    "        yield f": ("        yield number or f", CorpusError, "which is no text"),
}


@pytest.mark.parametrize("right", FAILING)
def test_a_corpus_that_fails_is_one_message(each: Path, right: str) -> None:
    wrong, error, says = FAILING[right]
    load_plugin(write_file(each, EACH.replace(right, wrong, 1)))
    recipe = load_recipe(["storyworld-quick"], ["corpus.kind=rhymes"])
    with pytest.raises(error, match=says):
        open_corpus(recipe.corpus, Path("data"))


@pytest.mark.parametrize("shape", ["float('nan')", "-0.5", "'x'", "None"])
def test_a_schedule_that_gives_no_factor_is_one_message(each: Path, shape: str) -> None:
    load_plugin(write_file(each, EACH.replace("progress: 0.5", f"progress: {shape}")))
    training = TrainingConfig(steps=10, schedule="half")
    with pytest.raises(PluginError, match="the schedule 'half' gives"):
        rate_factor(training, 0, 0.0)


def test_an_optimizer_that_leaves_parameters_out_is_one_message(each: Path) -> None:
    load_plugin(write_file(each, EACH.replace("learned.values()", "[p for n, p in learned.items() if n in matrices]")))
    recipe = load_recipe(["storyworld-quick"], [*OVERRIDES, "model.bias=true"])
    with pytest.raises(PluginError, match=r"the optimizer 'sgd' leaves parameters out: embedding\.weight"):
        train(recipe, Path("runs/each"), report=lambda _: None)


READING = """import pocket_narrator as pn


def lines(options):
    with open("mine.txt", encoding="utf-8") as file:
        yield from file


pn.register_corpus(pn.CorpusKind("rhymes", lines))
"""


def write_lines(what: str, count: int = 40) -> None:
    write_file(Path("mine.txt"), "".join(f"{what} number {i} sat on a mat.\n" for i in range(count)))


def test_a_file_that_a_corpus_reads_is_seen_to_change_and_a_comment_in_its_code_is_not(each: Path) -> None:
    load_plugin(write_file(each, READING))
    write_lines("Cat")
    recipe = load_recipe(["storyworld-quick"], ["corpus.kind=rhymes", "tokenizer.vocabulary_size=260"])
    first = prepare(recipe)
    load_plugin(write_file(each, READING + "# a remark\n"))
    assert prepare(recipe).folder == first.folder
    write_lines("Dog")
    second = prepare(recipe)
    assert second.folder != first.folder
    assert all("Dog" in story.text for story in second.stories("train"))
    write_lines("Cat")
    assert prepare(recipe).folder == first.folder


def test_a_run_of_a_corpus_that_reads_says_that_its_text_has_changed(each: Path) -> None:
    load_plugin(write_file(each, READING))
    write_lines("Cat")
    own = [
        one for one in OVERRIDES if not one.startswith(("corpus.who", "training.sch", "training.opt", "tokenizer.kind"))
    ]
    recipe = load_recipe(["storyworld-quick"], own)
    run = train(recipe, Path("runs/own"), report=lambda _: None).run
    longer = load_recipe(["storyworld-quick"], [*own, "training.evaluate_every=3"])
    train(longer, run, report=lambda _: None)
    write_lines("Dog")
    with pytest.raises(RunError, match="the corpus has changed since this run was trained") as caught:
        train(recipe, run, report=lambda _: None)
    assert "bring back what corpus.kind=rhymes has read" in (caught.value.hint or "")
    Path("mine.txt").unlink()
    assert train(recipe, run, report=lambda _: None).result.finished


def test_a_fingerprint_saves_the_reading_and_has_to_be_what_json_holds(each: Path) -> None:
    counted = READING.replace("def lines(options):", "CALLS = []\n\n\ndef lines(options):\n    CALLS.append(1)")
    with_one = counted.replace("lines))", "lines, fingerprint=lambda options: MARK))")
    load_plugin(write_file(each, with_one.replace("CALLS = []", "CALLS, MARK = [], 'first'")))
    write_lines("Cat")
    corpus = load_recipe(["storyworld-quick"], ["corpus.kind=rhymes"]).corpus
    kind = CORPORA.find("rhymes")
    assert kind is not None
    assert corpus_names(corpus) == corpus_names(corpus)
    assert kind.stories.__globals__["CALLS"] == []
    kind.stories.__globals__["MARK"] = b"bytes"
    with pytest.raises(PluginError, match="fingerprint of the kind of corpus 'rhymes' gives what JSON cannot hold"):
        corpus_names(corpus)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (READING.replace("yield from file", "yield from random.sample(list(file), 40)"), "gives other stories when it is read again"),
        (READING.replace("    with open", "    return ONCE\n    with open").replace("yield from file", "pass") + "ONCE = iter(['One day.'] * 30)\n", "gives no story"),
        (READING.replace("yield from file", "return file.read()"), "gives 'Cat number 0"),
        (READING.replace("yield from file", "yield '\\ud83d'"), "cannot be written in UTF-8"),
        (READING.replace("        yield from file", "        yield 'One day.'"), "1 story is too few for corpus.validation_fraction=0.05"),
        (READING.replace("        yield from file", "        yield from ['One day.'] * 40"), "40 stories leave none to train on"),
    ],
)  # fmt: skip
def test_what_a_corpus_must_not_give_is_one_message_without_a_word_of_files(each: Path, text: str, says: str) -> None:
    write_lines("Cat")
    load_plugin(write_file(each, "import random\n" + text))
    corpus = load_recipe(["storyworld-quick"], ["corpus.kind=rhymes"]).corpus

    def read() -> None:
        corpus_names(corpus)
        stories = open_corpus(corpus, Path("data"))
        list(stories.train.read())

    with pytest.raises(CorpusError, match=re.escape(says)) as caught:
        read()
    assert "<|endoftext|>" not in str(caught.value)
    assert "corpus.kind=rhymes" in str(caught.value)
