"""What a run can be exported to is known from its recipe, and said before any of the work."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pocket_narrator.errors import InteropError
from pocket_narrator.interop.formats import RECIPES, export_formats
from pocket_narrator.interop.gguf.export import export_gguf
from pocket_narrator.interop.gguf.file import to_gguf_terms
from pocket_narrator.interop.hugging_face.export import export_hugging_face
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.schema import ModelConfig, Recipe
from pocket_narrator.workbench.from_recipe import train
from tests.interop.exportable import KNOWN, OURS
from tests.models.stacks import MODELS, VOCABULARY, make_stack
from tests.small_runs import small_recipe

ROOT = Path(__file__).parents[2]


def recipe_of(model: dict, **sections: object) -> Recipe:
    given = {"name": "x", "corpus": {"kind": "storyworld"}, "model": model, **sections}
    training = {"steps": 1, "batch_tokens": model.get("context", 256)}
    return Recipe.model_validate({"training": training, **given})


@pytest.mark.parametrize("name", [*KNOWN, *OURS, *MODELS])
def test_it_says_what_the_export_will_say(name: str) -> None:
    model: ModelConfig = {**KNOWN, **OURS, **MODELS}[name]
    formats = export_formats(recipe_of(model.model_dump(mode="json")))
    assert formats["hf"] is None
    try:
        to_gguf_terms(model, VOCABULARY, make_stack(model).state_dict())
        said = None
    except InteropError as error:
        said = error.what
    assert formats["gguf"] == said
    assert (said is None) == (name in KNOWN or name in ("gpt2", "llama", "mamba2, groups"))


def test_tokenizers_and_tables_count_too() -> None:
    letters = export_formats(recipe_of({"layers": "attention*1"}, tokenizer={"kind": "character"}))
    assert letters["hf"] is None
    assert "tokenizer.kind=character" in str(letters["gguf"])
    tables = export_formats(recipe_of({"kind": "ngram"}, training=None))
    assert all("N-gram" in str(why_not) for why_not in tables.values())


def test_recipes_that_the_hint_names_can_be_exported() -> None:
    for name in RECIPES:
        assert set(export_formats(load_recipe([name], ["corpus.kind=storyworld"])).values()) == {None}


def test_it_is_refused_before_a_weight_is_read_and_what_there_is_is_named(
    run_of: Callable[..., Path], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(run_of("hybrid"), run, ignore=shutil.ignore_patterns("export"))
    for weights in run.glob("checkpoints/*/*"):
        weights.unlink()
    with pytest.raises(InteropError, match="cannot be exported with --to gguf") as caught:
        export_gguf(run)
    assert "this run can be exported with --to hf" in str(caught.value.hint)
    assert not (run / "export").exists()


def test_an_ngram_is_refused_at_once(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path, "tables").model_copy(update={"training": None})
    recipe = Recipe.model_validate({**recipe.model_dump(mode="json"), "model": {"kind": "ngram", "order": 2}})
    run = train(recipe, tmp_path / "run", tmp_path / "data", report=lambda _: None).run
    for export in (export_hugging_face, export_gguf):
        with pytest.raises(InteropError, match="no other program has a format for an N-gram") as caught:
            export(run)
        assert "model.safetensors" in str(caught.value.hint)
    assert list(run.glob("checkpoints/*/model.safetensors"))  # where the hint sends one


def test_asking_needs_no_torch() -> None:
    program = (
        "import sys, pocket_narrator.interop.formats as f; sys.exit('torch' in sys.modules or 'RECIPES' not in vars(f))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
