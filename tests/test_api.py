"""The public names: a list that the reference has, too, each with an example that is run here; and quick to import."""

import ast
import doctest
import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pocket_narrator
from pocket_narrator.evaluation.inside.trace import Trace
from tests.tiny_experiment import make_experiment

REFERENCE = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
PUBLIC = [name for name in pocket_narrator.__all__ if name != "__version__"]
FOR_OWN_CODE = {name for name in PUBLIC if name.startswith("register_")} | {
    *("load_plugin", "MixerKind", "MixerCost", "CorpusKind", "TokenizerKind", "Family", "Section")
}  # whose examples are files of their own, which tests/plugins loads: registering here would reach into other tests
SECTIONS = ("Args:", "Returns:", "Raises:", "Example:")


def members() -> Iterator[tuple[str, Callable]]:
    """The functions, and the methods of the classes that a notebook works with."""
    for name in PUBLIC:
        thing = getattr(pocket_narrator, name)
        if inspect.isfunction(thing) and name not in FOR_OWN_CODE:
            yield name, thing
    for kind in (pocket_narrator.Run, pocket_narrator.Comparison, Trace):
        for name, member in vars(kind).items():
            if inspect.isfunction(member) and not name.startswith("_"):
                yield f"{kind.__name__}.{name}", member


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_experiment(tmp_path_factory.mktemp("experiment"))


def test_the_reference_has_every_public_name_and_no_other() -> None:
    assert sorted(re.findall(r"^### `(\w+)", REFERENCE, re.MULTILINE)) == sorted(PUBLIC)
    assert dir(pocket_narrator) == sorted(pocket_narrator.__all__)


def test_the_names_for_type_checkers_are_those_that_are_imported() -> None:
    tree = ast.parse(Path(pocket_narrator.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    stated = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }  # fmt: skip
    assert stated == {name: f"pocket_narrator.{module}" for name, module in pocket_narrator._PLACES.items()}
    assert sorted(stated) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_is_described(name: str) -> None:
    text = inspect.getdoc(getattr(pocket_narrator, name)) or ""
    assert len(text) > 20
    if name in FOR_OWN_CODE:
        return
    assert "Example:" in text
    assert ">>> " in text


@pytest.mark.parametrize(
    ("name", "function"), list(members()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_function_says_what_it_takes_gives_and_raises(name: str, function: Callable) -> None:
    text = inspect.getdoc(function) or ""
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    wanted = SECTIONS if parameters else SECTIONS[1:]
    assert [section for section in wanted if section not in text] == []
    described = set(re.findall(r"^ {4}\*{0,2}(\w+):", text, re.MULTILINE))
    assert [p.name for p in parameters if p.name not in described] == []


def documented() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(recurse=True, exclude_empty=True)
    found: list[doctest.DocTest] = []
    for thing in (*(getattr(pocket_narrator, name) for name in PUBLIC), Trace):
        found += [test for test in finder.find(thing, thing.__name__, globs={}) if test.examples]
    return found


@pytest.mark.parametrize("test", documented(), ids=lambda test: test.name)
def test_an_example_does_what_it_says(
    test: doctest.DocTest, experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "plot" in test.name:
        pytest.importorskip("matplotlib").use("agg")
    shutil.copytree(experiment, tmp_path / "experiment")  # an example may add runs to it
    monkeypatch.chdir(tmp_path / "experiment")
    test.globs = {name: getattr(pocket_narrator, name) for name in PUBLIC}
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert not said, "".join(said)


def test_importing_it_imports_neither_torch_nor_numpy() -> None:
    code = "import sys, pocket_narrator as p; dir(p); print([m for m in ('torch', 'numpy', 'pydantic') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_help_imports_nothing_that_takes_long() -> None:
    """What it may not import takes more time than all else together; a clock would not say so on a busy machine."""
    code = "import sys; sys.argv = ['narrator', '--help']; from pocket_narrator.cli.main import main; main(); print(list(sys.modules))"
    found = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True
    )
    modules = set(ast.literal_eval(found.stdout.splitlines()[-1]))
    heavy = {
        "torch",
        "numpy",
        "pydantic",
        "typer",
        "rich",
        "yaml",
        "dataclasses",
        "inspect",
        "hashlib",
        "difflib",
        "textwrap",
    }
    assert modules & heavy == set()
    assert "commands:" in found.stdout


def test_runs_are_listed_and_their_recipes_read_without_torch(experiment: Path) -> None:
    code = "import sys, pocket_narrator as p; print(len(p.runs()), p.Run('tiny').recipe.name, 'torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], cwd=experiment, capture_output=True, text=True, check=True)
    assert found.stdout.split()[1:] == ["tiny", "False"]


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Trainer'"):
        _ = pocket_narrator.Trainer  # type: ignore[attr-defined]
