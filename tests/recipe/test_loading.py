"""Recipes: found, merged, read strictly, and explained when wrong."""

import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.fixed_model import load_with_model
from pocket_narrator.recipe.loading import load_recipe, split_arguments, write_recipe
from pocket_narrator.recipe.schema import (
    FilesCorpusConfig,
    HubCorpusConfig,
    MixtureCorpusConfig,
    NGramConfig,
    StoryworldCorpusConfig,
)
from pocket_narrator.recipe.yaml import MAX_CHARACTERS, read_yaml, write_yaml


def problems(*arguments: str) -> str:
    with pytest.raises(RecipeError) as caught:
        load_recipe(*split_arguments(arguments))
    return str(caught.value)


def written(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return str(path)


MINIMAL = "name: small\ncorpus: {kind: storyworld}\ntraining: {steps: 10}\n"


def test_files_merge_from_left_to_right_and_deeply(tmp_path: Path) -> None:
    one = written(tmp_path, "one", MINIMAL + "model: {width: 64, heads: 4}\n")
    two = written(tmp_path, "two", "name: other\nmodel: {heads: 2}\n")
    recipe = load_recipe([one, two])
    assert (recipe.name, recipe.model.width, recipe.model.heads) == ("other", 64, 2)
    assert load_recipe([two, one]).model.heads == 4


def test_overrides_are_yaml_and_come_last(tmp_path: Path) -> None:
    source = written(tmp_path, "one", MINIMAL + "model: {window: 8}\n")
    overrides = [
        "model.window=null",
        "training.betas=[0.8, 0.9]",
        "training.learning_rate=1e-3",
        "training.compile=off",
    ]
    recipe = load_recipe([source], [*overrides, "training.steps=1_000", "generation.prompts=[a=b]"])
    assert recipe.model.window is None
    assert recipe.training.betas == (0.8, 0.9)
    assert (recipe.training.learning_rate, recipe.training.compile, recipe.training.steps) == (0.001, "off", 1000)
    assert recipe.generation.prompts == ("a=b",)


def test_arguments_are_told_apart_by_the_equals_sign() -> None:
    assert split_arguments(["a.yaml", "x.y=1", "b", "z="]) == (["a.yaml", "b"], ["x.y=1", "z="])


def test_another_kind_starts_its_section_afresh(tmp_path: Path) -> None:
    source = written(
        tmp_path, "one", "name: a\ncorpus: {kind: storyworld, stories: 50, seed: 3}\ntraining: {steps: 1}\n"
    )
    assert load_recipe([source], ["corpus.train=x", "corpus.kind=files"]).corpus == FilesCorpusConfig(
        kind="files", train="x"
    )
    same = load_recipe([source], ["corpus.kind=storyworld", "corpus.validation_stories=5"]).corpus
    assert same == StoryworldCorpusConfig(kind="storyworld", stories=50, seed=3, validation_stories=5)


def test_an_ngram_takes_the_place_of_a_stack(tmp_path: Path) -> None:
    source = written(tmp_path, "one", MINIMAL + "model: {width: 64, heads: 4}\n")
    counted = ["model.order=3", "model.kind=ngram", "training=null"]
    recipe = load_recipe([source], counted)
    assert recipe.model == NGramConfig(kind="ngram", order=3)
    assert load_recipe([written(tmp_path, "again", write_recipe(recipe))]) == recipe
    for override, problem in (
        ("model.order=0", "model.order=0 should be greater than or equal to 1"),
        ("model.order=8", "model.order=8 should be less than or equal to 7"),
        ("model.width=64", "model.width is not a key of this model.kind"),
        ("model.ordr=2", "model.ordr is not a key; did you mean model.order?"),
        ("evaluation.stride=4", "evaluation.stride is for models with a context"),
    ):
        assert problem in problems(source, *counted, override)


def test_steps_and_minutes_displace_each_other_but_not_in_one_source(tmp_path: Path) -> None:
    source = written(tmp_path, "one", MINIMAL)
    training = load_recipe([source], ["training.minutes=2"]).training
    assert (training.steps, training.minutes) == (None, 2.0)
    assert load_recipe([source], ["training.minutes=null", "training.steps=7"]).training.steps == 7
    assert "training.minutes=2 and training.steps=7 contradict each other" in problems(
        source, "training.minutes=2", "training.steps=7"
    )
    both = written(tmp_path, "both", "training: {minutes: 2, steps: 7}\n")
    assert "exactly one of steps and minutes" in problems(source, both)


def test_a_base_is_found_beside_the_file_then_among_the_shipped(tmp_path: Path) -> None:
    written(tmp_path, "ground", MINIMAL + "model: {width: 64}\n")
    upper = written(tmp_path, "upper", "base: ground\nname: upper\nmodel: {heads: 2}\n")
    assert (load_recipe([upper]).model.width, load_recipe([upper]).model.heads) == (64, 2)
    shipped = written(tmp_path, "mine", "base: proxy\nname: mine\n")
    assert load_recipe([shipped]).model == load_recipe(["proxy"]).model


def test_bases_that_lead_nowhere(tmp_path: Path) -> None:
    circle = written(tmp_path, "a", "base: b\n")
    written(tmp_path, "b", "base: a\n")
    assert "is its own base" in problems(circle)
    assert "a.yaml -> b.yaml -> a.yaml" in problems(circle)
    assert "there is no recipe 'proxi'" in problems(written(tmp_path, "c", "base: proxi\n"))
    assert "base=[1] should be" in problems(written(tmp_path, "d", "base: [1]\n"))


MIXTURE = """name: mixed
corpus:
  kind: mixture
  sources:
    tales: {weight: 3, corpus: {kind: files, train: tales.txt}}
    books: {epochs: 4, corpus: {kind: hub, dataset: owner/books, train: "*.parquet", fraction: 0.5}}
training: {steps: 1}
"""


def test_a_mixture_keeps_the_order_of_its_sources_and_can_be_overridden(tmp_path):
    source = written(tmp_path, "mixed", MIXTURE)
    recipe = load_recipe([source], ["corpus.sources.books.weight=2", "corpus.sources.books.corpus.fraction=0.1"])
    assert isinstance(recipe.corpus, MixtureCorpusConfig)
    assert list(recipe.corpus.sources) == ["tales", "books"]
    books = recipe.corpus.sources["books"]
    assert (books.weight, books.epochs) == (2.0, 4)
    assert isinstance(books.corpus, HubCorpusConfig)
    assert books.corpus.fraction == 0.1
    assert load_recipe([written(tmp_path, "again", write_recipe(recipe))]) == recipe


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("corpus.sources.books.wieght=1", "did you mean corpus.sources.books.weight?"),
        ("corpus.sources.books.corpus.tain=x", "did you mean corpus.sources.books.corpus.train?"),
        ("corpus.sources.books.corpus.kind=mixture", "corpus.sources.books.corpus.kind='mixture' should be one of"),
        ("corpus.sources.more={}", "corpus.sources.more.corpus is missing"),
        ("corpus.sources.tales.weight=0", "corpus.sources.tales.weight=0 should be greater than 0"),
        ("corpus.sources.tales.corpus.layout=books", "should be 'endoftext', 'lines', 'documents', 'blank-lines' or"),
    ],
)
def test_what_is_wrong_in_a_mixture_is_told_with_its_source(tmp_path, override, message):
    assert message in problems(written(tmp_path, "mixed", MIXTURE), override)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.learning_rte=1", "training.learning_rte is not a key; did you mean training.learning_rate?"),
        ("learning_rate=1", "learning_rate is not a key; did you mean training.learning_rate?"),
        ("model.vocabulary_size=9", "model.vocabulary_size is not a key; did you mean tokenizer.vocabulary_size?"),
        ("trainin.steps=1", "trainin is not a key; did you mean training?"),
        ("corpus.stroies=1", "corpus.stroies is not a key; did you mean corpus.stories?"),
        ("corpus.train=x", "corpus.train is not a key of this corpus.kind"),
        ("tracking.zzz=1", "tracking.zzz is not a key; there is wandb, wandb_project, tensorboard"),
        ("training.steps=many", "training.steps='many' should be a whole number"),
        ("training.steps=true", "training.steps=True should be a whole number"),
        ("training.steps='10'", "training.steps='10' should be a whole number"),
        ("training.steps=10.0", "training.steps=10.0 should be a whole number"),
        ("training.steps=0", "training.steps=0 should be greater than or equal to 1"),
        ("training.learning_rate=.nan", "training.learning_rate=nan should be a finite number"),
        ("training.clip=.inf", "training.clip=inf should be a finite number"),
        ("training.rows=pakced", "training.rows='pakced' should be 'packed', 'story', 'window' or 'stream'"),
        ("training.betas=[1]", "training.betas.1 is missing"),
        ("training.betas=[0.1, 0.2, 0.3]", "training.betas=[0.1, 0.2, 0.3] should have at most 2 items, not 3"),
        ("training.betas=0.9", "training.betas=0.9 should be a list, such as [one, two]"),
        ("model.bias=on", "model.bias='on' should be true or false"),
        ("model=5", "model=5 should be a section with keys of its own"),
        ("model.kind=gram", "model.kind='gram' should be one of 'stack', 'ngram'"),
        ("model.kind=ngram", "model.kind=ngram is counted in one pass: it has no training"),
        ("training=null", "training is missing; training.steps or training.minutes says for how long"),
        ("model.order=3", "model.order is not a key of this model.kind"),
        ("corpus.kind=web", "corpus.kind='web' should be one of 'storyworld', 'files', 'hub', 'mixture'"),
        ("corpus.kind=null", "corpus.kind='null' should be one of 'storyworld', 'files', 'hub', 'mixture'"),
        ("corpus.kind=files", "corpus.train is missing"),
        ("name=a b", "name='a b' should begin with a letter or digit"),
        ("tokenizer.vocabulary_size=256", "should be greater than or equal to 257"),
        ("tokenizer.kind=file", "tokenizer: kind=file needs path"),
        ("model.width=100", "model: width=100 is not divisible by heads=8"),
        (
            "model.layers=mamber*2",
            "model: layers: there is no mixer named 'mamber'; did you mean 'mamba'? There is attention",
        ),
        ("model.layers=xyz", "there is no mixer named 'xyz'; there is attention, linear_attention"),
        ("model.mamba.state_size=0", "model.mamba.state_size=0 should be greater than or equal to 1"),
        ("model.mamba.state_size=1000", "model.mamba.state_size=1000 should be less than or equal to 256"),
        ("model.mamba.shortest_step=1", "model.mamba: shortest_step=1.0 is not below longest_step=0.1"),
        ("model.mamba.states=4", "model.mamba.states is not a key; did you mean model.mamba.state_size?"),
        ("model={layers: mamba2, mamba2: {head_width: 48}}", "x width=256 is not divisible by mamba2.head_width=48"),
        ("model={layers: mamba3, mamba3: {head_width: 48}}", "x width=256 is not divisible by mamba3.head_width=48"),
        ("model={layers: mamba3, mamba3: {groups: 3}}", "mamba3 has 8 heads, not divisible by mamba3.groups=3"),
        ("model={layers: mamba3, mamba3: {state_size: 3}}", "=0.5 of mamba3.state_size=3 is not one pair of numbers"),
        ("model.mamba3.shortest_step=1", "model.mamba3: shortest_step=1.0 is not below longest_step=0.1"),
        ("model={layers: mamba2, mamba2: {groups: 3}}", "mamba2 has 8 heads, not divisible by mamba2.groups=3"),
        ("model={layers: narrative, width: 1}", "has too few channels for narrative.tracks"),
        ("model.narrative.tracks=[]", "model.narrative: tracks is empty"),
        (
            "model.narrative.tracks=[{name: a, share: 0.5, shortest: 1, longest: 2}]",
            "model.narrative: the shares of the tracks add up to 0.5, and should to 1",
        ),
        (
            "model.narrative.tracks=[{name: a, share: 1, shortest: 9, longest: 2}]",
            "shortest=9.0 is not below longest=2.0",
        ),
        ("model.layers=attention*", "needs a number from 1 to 1000"),
        ("model.layers=attention*99999999", "needs a number from 1 to 1000"),
        ("training.batch_tokens=100", "training.batch_tokens=100 must be a multiple of model.context=256"),
        ("nonsense", "there is no recipe 'nonsense'"),
        ("a..b=1", "'a..b=1' is not an override"),
        ("=1", "'=1' is not an override"),
        ("model.width=[1", "this is not a readable recipe: expected ',' or ']'"),
    ],
)
def test_each_mistake_is_named_with_its_hint(override: str, message: str, tmp_path: Path) -> None:
    assert message in problems(written(tmp_path, "one", MINIMAL), override)


def test_all_problems_come_in_one_message_with_their_origins(tmp_path: Path) -> None:
    text = "name: a\nmodel:\n  width: 10\n  heads: 4\n  hieds: 3\ntraining:\n  steps: many\n"
    source = written(tmp_path, "bad", text)
    assert problems(source, "model.heads=3", "tokenizer.vocabulary_size=1").splitlines() == [
        "the recipe has 5 problems",
        "  corpus is missing",
        "  tokenizer.vocabulary_size=1 should be greater than or equal to 257 (command line)",
        f"  model.hieds is not a key; did you mean model.heads? ({source}:5)",
        f"  training.steps='many' should be a whole number ({source}:7)",
        f"  model: width=10 is not divisible by heads=3 ({source}:3, command line)",
    ]


def test_missing_sources() -> None:
    assert "no recipe is given" in problems()
    assert "did you mean storyworld-quick?" in problems("storyworld-quik")
    assert "is a folder" in problems(str(Path(__file__).parent))
    assert "there is no recipe" in problems("x" * 5000)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is a mapping of sections"),
        (b"- 1\n- 2\n", "is a mapping of sections"),
        (b"just words", "is a mapping of sections"),
        (b"\xff\xfe\x00binary", "cannot be read"),
        (b"a: \x00", "special characters are not allowed"),
        (b"name: a\nname: b\n", "the key 'name' appears twice"),
        (b"training: {steps: 1, steps: 2}\n", "the key 'steps' appears twice"),
        (b"a: &a [1]\nb: *a\n", "aliases (*name) are not allowed"),
        (b"a: !!python/object/apply:os.system [ls]\n", "are not allowed"),
        (b"[" * 30_000, "nested over 12 levels deep"),
        (b"a: " * 10_000, "mapping values are not allowed"),
        (b"a: " + b"9" * 30_000, "not a readable recipe"),
        (b"x" * 10_000_000, "too long for a recipe"),
        (b"a: 1\n---\nb: 2\n", "another document"),
        (b"? [a]\n: 1\n", "a key must be a plain word"),
        (b'name: "\\ud800"\ncorpus: {kind: storyworld}\ntraining: {steps: 1}', "the recipe"),
    ],
)
def test_hostile_files_are_refused_at_once(content: bytes, message: str, tmp_path: Path) -> None:
    """In a few calls of functions for each character that may be read at all, however long the file is."""
    path, calls = tmp_path / "hostile.yaml", 0
    path.write_bytes(content)

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        said = problems(str(path))
    finally:
        sys.setprofile(before)
    assert message in said
    assert 0 < calls < 4 * MAX_CHARACTERS


def test_billion_laughs_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert "aliases (*name) are not allowed" in problems(written(tmp_path, "bomb", "\n".join(lines)))


def test_numbers_and_words_mean_what_people_mean() -> None:
    text = "[1e-3, 1E5, 1.5, .5, 1_000, -3, 010, on, off, yes, no, true, 2026-01-01, 1:30, 0x1f, ~, null, '5']"
    value, _ = read_yaml(text, "here")
    words = ["on", "off", "yes", "no", True, "2026-01-01", "1:30", "0x1f", None, None, "5"]
    assert value == [0.001, 100000.0, 1.5, 0.5, 1000, -3, 10, *words]


def test_keys_have_lines() -> None:
    _, lines = read_yaml("a: 1\nb:\n  c: 2\n\n  d: {e: 3}\n", "here")
    assert lines == {("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "d"): 5, ("b", "d", "e"): 5}


@pytest.mark.parametrize("name", ["storyworld-quick", "storyllm-30m", "transformer-28m-wide"])
def test_resolved_recipe_is_read_back_as_it_was(name: str, tmp_path: Path) -> None:
    recipe = load_recipe([name], ["training.learning_rate=1e-7", "generation.prompts=['on', '1e5', '', 'a: b # c']"])
    assert load_recipe([written(tmp_path, "config", write_recipe(recipe))]) == recipe


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200, derandomize=True)
@given(VALUES)
def test_whatever_is_written_is_read_back(value: object) -> None:
    assert read_yaml(write_yaml(value), "here")[0] == value


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"%@,#? \n\t1e.~<="), max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    message = "readable recipe"
    try:
        read_yaml(text, "here")
    except RecipeError as error:
        message = str(error)
    assert "readable recipe" in message


KEYS = ["name", "corpus", "corpus.kind", "corpus.train", "model.layers", "model.width", "training", "training.steps"]
KEYS += ["training.betas", "training.minutes", "generation.prompts", "tracking.wandb", "tokenizer.path", "zzz", "a.b.c"]


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(KEYS), VALUES), max_size=5))
def test_any_overrides_make_a_recipe_or_an_explanation(settings_given: list[tuple[str, object]]) -> None:
    overrides = [f"{key}={yaml.safe_dump(value, default_flow_style=True)}" for key, value in settings_given]
    try:
        outcome = write_recipe(load_recipe(["storyworld-quick"], overrides))
    except RecipeError as error:
        outcome = str(error)
    assert outcome


def test_a_kind_of_corpus_that_there_is_not() -> None:
    """`own` is the word by which the schema calls all that were added, and no kind."""
    for kind in ("own", "nonsense"):
        with pytest.raises(RecipeError, match="corpus"):
            load_recipe(["storyworld-quick"], [f"corpus.kind={kind}"])


def test_a_long_file_is_long_and_not_damaged(tmp_path: Path) -> None:
    """Where it is cut there may be half a character."""
    path = tmp_path / "long.yaml"
    path.write_text("# " + "\u00e9" * 200_000, encoding="utf-8")
    assert "too long for a recipe" in problems(str(path))


def test_the_model_of_a_run_takes_the_place_of_the_recipes_own() -> None:
    other = load_recipe(["mamba-1m"], ["model.width=128"]).model
    found = load_with_model(["storyworld-quick"], ["model.dropout=0.25"], other, "runs/other")
    assert found.model == other.model_copy(update={"dropout": 0.25})
    ngram = load_recipe(["ngram-storyworld"]).model
    assert load_with_model(["storyworld-quick"], ["training=null"], ngram, "runs/other").model == ngram
