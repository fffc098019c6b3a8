"""A run as a page and as a website: the same tokens as `narrator tell`, and what cannot be one is said before anything is written."""

import json
import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from pocket_narrator.errors import InteropError, NarratorError
from pocket_narrator.interop.page import export as page_export
from pocket_narrator.interop.page import proof
from pocket_narrator.interop.page.bundle import ENGINE, PAGE, asset, bundle
from pocket_narrator.interop.page.export import export_page, export_site
from pocket_narrator.interop.page.folder import MARK
from pocket_narrator.models.kernels import native
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.loading import load_trained
from pocket_narrator.workbench.from_recipe import train
from tests.interop.exportable import KNOWN, OURS, SIZES, make_run
from tests.interop.page.javascript import NODE, needs_node
from tests.models.stacks import MODELS
from tests.small_runs import small_recipe

pytestmark = pytest.mark.skipif(not native.available(), reason=native.status())
TELLING = {
    "prompts": ["The cat", "the ", "A small do", "\U0001f642 caf\u00e9 <|endoftext|>"],
    "max_tokens": 60,
    "no_repeat_ngram": 3,
}
MIXERS = (
    "linear_attention*2",
    "gated_linear_attention*2",
    "gated_delta*2",
    "mamba3*2",
    "mamba narrative attention mamba2",
)
FAMILIES = {**KNOWN, **OURS, **{each: MODELS["llama"].model_copy(update={"layers": each, **SIZES}) for each in MIXERS}}


@pytest.fixture
def in_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "find_browser", lambda: None)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    given = small_recipe(folder, "tables").model_dump(mode="json")
    recipe = Recipe.model_validate(
        {**given, "training": None, "model": {"kind": "ngram", "order": 3}, "generation": TELLING}
    )
    return train(recipe, folder / "run", folder / "data", report=lambda _: None).run


@needs_node
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_generates_the_tokens_of_tell(name, tmp_path, in_node) -> None:
    run = make_run(tmp_path, FAMILIES[name], sections={"generation": TELLING})
    done = export_page(run, precision="fp32")
    assert done.path == run / "export" / "small.html"
    assert done.proof.where is not None
    assert done.proof.where.startswith("Node")
    assert done.proof.equal == done.proof.tokens > 0


@needs_node
@pytest.mark.parametrize("name", ["llama", "hybrid"])
def test_int8_is_the_default(name, run_of, tmp_path, in_node) -> None:
    done = export_page(run_of(name), tmp_path / "x.html")
    assert done.precision == "int8"
    assert done.proof.equal >= 0.97 * done.proof.tokens
    assert done.path.stat().st_size == done.bytes <= 1.4 * done.weights + 150_000
    assert b"http" not in done.path.read_bytes().replace(b"http-equiv", b"").replace(b"http://www.w3.org/2000/svg", b"")


@needs_node
def test_an_ngram(tables, tmp_path, in_node) -> None:
    done = export_page(tables, tmp_path / "x.html")
    assert done.precision == "fp32"
    assert done.proof.equal == done.proof.tokens > 0
    with pytest.raises(InteropError, match="no weights that int8"):
        export_page(tables, precision="int8")
    assert not (tables / "export").exists()


def test_an_ngram_that_is_too_large_is_not_told_of_int8(tables, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(page_export, "LARGEST_PAGE", 1000)
    with pytest.raises(InteropError) as caught:
        export_page(tables, tmp_path / "x.html")
    assert str(caught.value.hint) == "export a website, which loads it as a file: --to folder"


@needs_node
def test_a_website_holds_what_it_needs(run_of, tmp_path, in_node) -> None:
    done = export_site(run_of("llama"), tmp_path / "site")
    assert done.proof.equal > 0
    listed = json.loads((done.path / MARK).read_text(encoding="utf-8"))["sha256"]
    there = {path.relative_to(done.path).as_posix() for path in done.path.rglob("*") if path.is_file()}
    assert there == {*listed, MARK}
    worker = (done.path / "service-worker.js").read_text(encoding="utf-8")
    assert "{{" not in worker
    assert '"model.bin"' in worker
    package = json.loads((done.path / "decoder" / "package.json").read_text(encoding="utf-8"))
    assert {package["main"], package["types"]} <= {path.name for path in (done.path / "decoder").iterdir()}
    export_site(run_of("llama"), tmp_path / "site")  # takes its place
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InteropError, match="no earlier export"):
        export_site(run_of("llama"), tmp_path / "mine")


@needs_node
def test_a_damaged_page_says_so(run_of, tmp_path, in_node) -> None:
    page = export_page(run_of("llama"), tmp_path / "x.html").path
    assert NODE is not None
    text = page.read_text(encoding="utf-8")
    at = text.index('id="model"') + 5000
    page.write_text(text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1 :], encoding="utf-8", newline="\n")
    with pytest.raises(InteropError, match="This page is damaged"):
        proof.tell_in_node(NODE, page, [])


def test_one_that_generates_other_tokens_is_not_written(run_of, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(proof, "find_browser", lambda: None)
    monkeypatch.setattr(proof, "find_node", lambda: "node")
    answer = {"version": "v1", "requests": 0, "stories": [[1, 2, 3]] * proof.STORIES}
    monkeypatch.setattr(proof, "tell_in_node", lambda *_: answer)
    with pytest.raises(InteropError, match="other tokens than the run: in Node v1 0 of 240"):
        export_page(run_of("llama"), tmp_path / "x.html")
    trained = load_trained(run_of("llama"))
    answer["stories"] = [one.tokens for one in proof.expected_stories(trained, "int8")]
    answer["requests"] = 1
    with pytest.raises(InteropError, match="asks for 1 things"):
        export_page(run_of("llama"), tmp_path / "x.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="a script stands for Node")
@pytest.mark.parametrize(("says", "is_there"), [("v12.22.9", False), ("v18.0.0", True), ("nothing", False)])
def test_an_old_node_is_none(says, is_there, tmp_path, monkeypatch) -> None:
    """One that cannot open any page says nothing of this one."""
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {says}\n", encoding="utf-8")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert (proof.find_node() is not None) == is_there


@needs_node
def test_a_page_that_tells_nothing_in_time(run_of, tmp_path, in_node, monkeypatch) -> None:
    monkeypatch.setattr(proof, "tell_in_node", partial(proof.tell_in_node, seconds=0.01))
    with pytest.raises(InteropError, match="has told nothing in Node"):
        export_page(run_of("llama"), tmp_path / "x.html")
    assert list(tmp_path.iterdir()) == []


def test_without_anything_to_open_it_with(run_of, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    done = export_page(run_of("llama"), tmp_path / "x.html")
    assert done.proof.where is None
    assert done.path.is_file()


def test_what_cannot_be_a_page_is_refused_before_anything_is_written(run_of, tmp_path, monkeypatch) -> None:
    out, run = tmp_path / "out" / "x.html", run_of("llama")
    monkeypatch.setattr(page_export, "LARGEST_PAGE", 1000)
    with pytest.raises(InteropError, match="too much for it to be opened everywhere") as caught:
        export_page(run, out, "fp32")
    assert "leave --precision out for int8, or export a website, which loads it as a file: --to folder" in str(
        caught.value.hint
    )
    with pytest.raises(InteropError, match="not written in f16"):
        export_page(run, out, "f16")
    for name in ("narrative, associative", "narrative, normalised"):
        with pytest.raises(InteropError, match="does not take this model: "):
            export_page(make_run(tmp_path / name, MODELS[name]), out)
    given = small_recipe(tmp_path, "long").model_dump(mode="json")
    recipe = Recipe.model_validate(
        {**given, "training": None, "model": {"kind": "ngram", "order": 2, "unbounded": True}}
    )
    unbounded = train(recipe, tmp_path / "run", tmp_path / "data", report=lambda _: None).run
    with pytest.raises(InteropError, match="no unbounded N-gram"):
        export_page(unbounded, out)
    assert not out.parent.exists()


def test_nothing_of_others_is_written_over(run_of, tmp_path) -> None:
    mine = tmp_path / "mine.html"
    mine.write_text("<!doctype html>dear", encoding="utf-8")
    with pytest.raises(InteropError, match="no earlier page, and would be lost"):
        export_page(run_of("llama"), mine)
    with pytest.raises(NarratorError, match="this is to be a file"):
        export_page(run_of("llama"), tmp_path)
    assert mine.read_text(encoding="utf-8") == "<!doctype html>dear"


@pytest.mark.parametrize("export", [export_page, export_site])
def test_a_place_that_cannot_be_written_to_is_refused_before_the_work(export, run_of, tmp_path, monkeypatch) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    monkeypatch.setattr(page_export, "make_model_file", lambda *_: pytest.fail("it has begun"))
    with pytest.raises(NarratorError, match="nothing can be written here"):
        export(run_of("llama"), tmp_path / "letter.txt" / "out")


def test_an_empty_file_is_nobodys(run_of, tmp_path, monkeypatch) -> None:
    """As mktemp makes one."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (tmp_path / "x.html").touch()
    assert export_page(run_of("llama"), tmp_path / "x.html").path.stat().st_size > 0


def test_files_that_were_added_to_a_website_are_not_lost(run_of, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    site = export_site(run_of("llama"), tmp_path / "site").path
    (site / "CNAME").write_text("example.org", encoding="utf-8")
    (site / ".DS_Store").touch()
    with pytest.raises(InteropError, match="no export has written, and would be lost: CNAME"):
        export_site(run_of("llama"), site)
    (site / "CNAME").unlink()
    export_site(run_of("llama"), site)


@pytest.mark.parametrize("names", [ENGINE, PAGE])
def test_modules_fit_into_one_script(names) -> None:
    """Nothing that ends its element, no import left, every name once, and what a module imports before it."""
    import re

    script = bundle(names)
    assert not re.search(r"</script|<!--|^\s*(import|export) ", script, re.MULTILINE | re.IGNORECASE)
    sources = [asset(name).decode() for name in names]
    top = re.compile(r"^(?:export )?(?:async )?(?:const|let|class|function\*?) (\w+)", re.MULTILINE)
    declared = [name for source in sources for name in top.findall(source)]
    assert len(declared) > len(names)
    assert len(declared) == len(set(declared))
    for place, name in enumerate(names):
        imported = re.findall(r'^import .* from "\./(.+)";$', asset(name).decode(), re.MULTILINE)
        assert set(imported) <= set(names[:place])
