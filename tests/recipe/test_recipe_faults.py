"""Recipes that are wrong in every place: always a list of problems, never a traceback, and at once."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.recipe.yaml import write_yaml

TRAINED = {"steps": 10, "batch_tokens": 256}
FILES = {
    "kind": "files",
    "train": "x.txt",
    "rows": {"column": "a", "matches": "b"},
    "cleaning": {"skip": ["truncated"]},
}
TRACK = {"name": "scene", "share": 1.0, "shortest": 1, "longest": 2}
RECIPES = {
    "files": {"name": "a", "corpus": FILES, "training": {**TRAINED, "betas": [0.9, 0.95], "frozen": ["embedding"]}},
    "mixture": {
        "name": "a",
        "corpus": {
            "kind": "mixture",
            "sources": {
                "tales": {"weight": 1.0, "corpus": {"kind": "files", "train": "x.txt"}},
                "books": {"epochs": 2, "corpus": {"kind": "hub", "dataset": "owner/books", "train": "*.txt"}},
            },
        },
        "training": TRAINED,
    },
    "tracks": {
        "name": "a",
        "corpus": {"kind": "storyworld", "stories": 50, "validation_stories": 10, "seed": 1},
        "model": {"preset": "narrative", "mamba": {"expand": 2}, "narrative": {"tracks": [TRACK]}},
        "training": TRAINED,
        "generation": {"prompts": ["Once"], "temperature": 0.5},
    },
    "ngram": {"name": "a", "corpus": {"kind": "storyworld"}, "model": {"kind": "ngram", "order": 3}},
    "tokenizer": {
        "name": "a",
        "corpus": {"kind": "storyworld"},
        "tokenizer": {"kind": "hub", "repository": "owner/name"},
        "training": {"minutes": 1.0},
        "tracking": {"wandb": True},
        "evaluation": {"stride": 8},
    },
}
VALUES = [[], {}, "", None, 10**30, -1, 0, math.nan, math.inf, 1e308, True, "x" * 3000, [[]], [{}], [None], [1, 1]]
VALUES += [{"kind": []}, {"kind": {}}, {"a": {"b": [0]}}, "a\0b"]


def places(tree: object, above: tuple = ()) -> Iterator[tuple]:
    """The path of everything in a tree."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield (*above, key)
        yield from places(value, (*above, key))


def changed(tree: object, path: tuple, value: object = None, name: str | None = None) -> object:
    """A copy with another value at a path, or with another name for its key."""
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)  # type: ignore[call-overload]
    if name is not None and len(path) == 1:
        return {name if key == path[0] else key: inner for key, inner in copy.items()}  # type: ignore[union-attr]
    copy[path[0]] = changed(copy[path[0]], path[1:], value, name)
    return copy


def outcome(tree: object, folder: Path) -> str | None:
    """What is said of a recipe; none where it is taken."""
    path = folder / "recipe.yaml"
    path.write_text(write_yaml(tree), encoding="utf-8")
    try:
        load_recipe([str(path)])
    except RecipeError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", RECIPES)
def test_any_value_in_any_place_is_taken_or_explained(name: str, tmp_path: Path) -> None:
    assert outcome(RECIPES[name], tmp_path) is None
    refused = 0
    for number, path in enumerate(places(RECIPES[name])):
        for value in VALUES[number % 2 :: 2]:  # every second one: all of them meet every kind of place
            said = outcome(changed(RECIPES[name], path, value), tmp_path)
            refused += said is not None
            assert said is None or "\0" not in said
    assert refused > 50


@pytest.mark.parametrize("name", RECIPES)
def test_a_misspelt_key_is_named_at_any_depth(name: str, tmp_path: Path) -> None:
    seen = 0
    for path in places(RECIPES[name]):
        if isinstance(path[-1], str) and path[:-1] != ("corpus", "sources"):  # whose keys are names
            wrong = f"{path[-1]}z"
            said = outcome(changed(RECIPES[name], path, name=wrong), tmp_path)
            dotted = ".".join(map(str, (*path[:-1], wrong)))
            if path[-1] != "kind":  # without which nothing else is known
                assert said is not None
                assert f"{dotted} is not a key" in said
                seen += 1
    assert seen > 3


def test_a_misspelt_key_in_a_list_has_its_hint(tmp_path: Path) -> None:
    tree = changed(RECIPES["tracks"], ("model", "narrative", "tracks", 0, "share"), name="shares")
    said = outcome(tree, tmp_path) or ""
    assert "model.narrative.tracks.0.shares is not a key; did you mean model.narrative.tracks.0.share?" in said


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("model.preset=[a]", "model.preset='[a]' should be 'gpt2', 'llama', 'mamba' or 'narrative'"),
        ("model.preset={a: b}", "model.preset='{a: b}' should be"),
        ("training.betas=[1, 1]", "training.betas.0=1 should be less than 1"),
        ("training.betas=[0.9, -0.1]", "training.betas.1=-0.1 should be greater than or equal to 0"),
        ("training.weight_decay=2000", "learning_rate=0.001 x weight_decay=2000.0 is over 1"),
        ("training.learning_rate=1e30", "training.learning_rate=1e+30 should be less than or equal to"),
        ("training.evaluate_every=0", "training.evaluate_every=0 should be greater than or equal to 1"),
        ("training.checkpoint_minutes=0", "training.checkpoint_minutes=0 should be greater than 0"),
        ("training.decay_fraction=1.5", "training.decay_fraction=1.5 should be less than or equal to 1"),
        ("training.seed=1e400", "training.seed"),
        (f"training.steps={10**400}", "training.steps"),
        ("training.batch_tokens=1000000000000", "training.batch_tokens=1000000000000 should be less than or equal"),
        ("model.context=1000000000", "model.context=1000000000 should be less than or equal to 1048576"),
        ("model.layers=attention*999 attention*999", "layers: there are more than 1,000"),
        ("model.layers=attention*9999", "needs a number from 1 to 1000"),
        ("generation.prompts=[]", "generation.prompts=[] should have at least 1 item, not 0"),
        ("corpus.train=a\0b", "corpus.train has a NUL character in it"),
        ("0.x=1", "0 is not a key"),
    ],
)
def test_what_could_only_fail_later_is_refused_now(override: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(write_yaml(RECIPES["files"]), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_recipe([str(path)], [override])
    assert message in str(caught.value)


def test_the_largest_model_that_is_allowed_is_counted_at_once() -> None:
    """In a few operations a layer, however long its context is."""
    tokens = 2**20
    shape = {"layers": "attention*1000", "width": 65_536, "heads": 64, "context": tokens}
    assert count_parameters(ModelConfig.model_validate(shape), 4096).parameters > 10**13
    windows = [count_parameters(ModelConfig.model_validate({**shape, "window": w}), 4096) for w in (1, 2, tokens - 1)]
    assert [window.parameters for window in windows] == [windows[0].parameters] * 3
    assert windows[0].forward_flops_per_token < windows[1].forward_flops_per_token


@pytest.mark.parametrize("window", [1, 2, 5, 16, None])
def test_the_mean_of_what_attention_looks_at_is_that_of_its_positions(window: int | None) -> None:
    shape = {"layers": "attention", "width": 8, "heads": 1, "context": 16, "window": window, "bias": False}
    without = count_parameters(ModelConfig.model_validate({**shape, "layers": "linear_attention"}), 300)
    count = count_parameters(ModelConfig.model_validate(shape), 300)
    assert count.parameters == without.parameters
    looked_at = sum(min(t + 1, window or 16) for t in range(16)) / 16
    products = 2 * (count.parameters - 3 * 8)  # three norms
    assert count.forward_flops_per_token == products + round(4 * 8 * looked_at)
