"""The pages that are made from the code have every key and every command, and the site's navigation has every page."""

import importlib.util
import re
from types import ModuleType

import yaml

from pocket_narrator.cli.commands import ALIASES, COMMANDS
from pocket_narrator.cli.main import command_functions
from pocket_narrator.recipe.keys.words import known_keys
from tests.docs.blocks import ROOT

SITE = ROOT / "docs" / "_site"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SITE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_key_of_a_recipe_is_there_with_its_meaning() -> None:
    page = load("recipe_keys").write()
    sections = set(re.findall(r"^## `([^`]+)`", page, re.MULTILINE))
    rows = {row.split("|")[1].strip(" `"): row for row in page.splitlines() if row.startswith("| `")}
    there = {key.replace(".NAME", "").replace(".0", "") for key in (*rows, *sections)}
    missing = set()
    for path in known_keys():
        key = ".".join(path)
        above = ".".join(path[:3])
        same = (
            above == "corpus.sources.corpus" and f"corpus.{'.'.join(path[3:])}" in there
        )  # those of `corpus`, which it says
        if key not in there and not same:
            missing.add(key)
    assert missing == set()
    assert [key for key, row in rows.items() if re.split(r"(?<!\\)\|", row)[5].strip() == ""] == []


def test_a_key_is_told_with_type_default_bounds_and_meaning() -> None:
    page = load("recipe_keys").write()
    assert "| `model.width` | whole number | `256` | at least 1, at most 65,536 | of the residual stream |" in page
    assert "| `corpus.train` | text |  |  | a file, a folder, a pattern" in page
    assert "| `training.betas` | 2 times number | `[0.9, 0.95]` |" in page
    assert "| `generation.top_k` | whole number or null | `null` | at least -1," in page


def test_every_command_is_there_with_its_options() -> None:
    page = load("command_pages").write()
    for name in COMMANDS:
        section = page.split(f"## narrator {name}\n")[1].split("\n## ")[0]
        assert f"narrator {name}" in section
        for function in command_functions(name).values():
            assert (function.__doc__ or "").split("\n")[0].strip()[:40] in section
    assert "| `--from` | path |" in page
    assert "| `RUN` | path | the newest run |" in page
    assert all(f"Also `narrator {alias}`" in page for alias in ALIASES)


def test_the_navigation_has_every_page() -> None:
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    named = {page for group in settings["nav"] for value in group.values() for page in _pages(value)}
    hooks = (SITE / "hooks.py").read_text(encoding="utf-8")
    written = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert written <= named
    assert {page for page in named - written if f'"{page}"' not in hooks} == set()
    assert settings["strict"] is True


def _pages(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    assert isinstance(value, list)
    return [page for entry in value for inner in entry.values() for page in _pages(inner)]
