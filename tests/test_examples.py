"""The notebooks of `examples/` run, from a folder of their own; what is committed of them is whole and small."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import pocket_narrator

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")

from examples.renew import execute  # noqa: E402

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
LARGEST = 300_000  # bytes
ABSOLUTE_PATH = re.compile(r"/(?:home|root|work|Users|tmp|opt|mnt|var|usr)/")
# The same cells on less: few stories, few steps.
SMALL = {
    "compare_two_models": "STORIES, STEPS = 120, 4",
    "explore_a_corpus": "STORIES = 400",
    "look_inside_a_narrative_model": "STORIES, STEPS = 120, 4",
}


def names_of(path: Path) -> str:
    return path.stem


def test_there_are_notebooks_with_small_parameters() -> None:
    assert {path.stem for path in NOTEBOOKS} == SMALL.keys()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=names_of)
def test_what_is_committed_is_a_real_run(path: Path) -> None:
    assert path.stat().st_size < LARGEST
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))  # once, from top to bottom
    outputs = [output for cell in code for output in cell.outputs]
    assert all(output.output_type != "error" and output.get("name") != "stderr" for output in outputs)
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 3
    assert not ABSOLUTE_PATH.search(json.dumps([cell for cell in notebook.cells]))
    first_words = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert len(first_words) >= len(code) - 2  # all but the imports and the parameters are introduced


@pytest.mark.parametrize("path", NOTEBOOKS, ids=names_of)
def test_a_notebook_uses_nothing_but_what_is_public(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(
        line for cell in cells if cell.cell_type == "code" for line in cell.source.splitlines() if line[:1] != "%"
    )
    modules = {
        name
        for node in ast.walk(ast.parse(code))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name for name in modules if str(name).startswith("pocket_narrator")} == {"pocket_narrator"}
    used = set(re.findall(r"\bpn\.(\w+)", code))
    assert used
    assert used <= set(pocket_narrator.__all__)


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if "corpus" in path.stem else pytest.mark.slow) for path in NOTEBOOKS],
    ids=names_of,
)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    notebook = execute(path, tmp_path, SMALL[path.stem])
    kept = nbformat.read(path, as_version=4)
    assert pictures(notebook) == pictures(kept)


def pictures(notebook: Any) -> list[int]:
    """Of each cell that is run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in code]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=names_of)
def test_a_notebook_runs_in_full(path: Path, tmp_path: Path) -> None:
    execute(path, tmp_path)
