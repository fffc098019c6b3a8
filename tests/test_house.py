"""The rules of the house: who may import whom, how long a file may be, and what may not stand in one."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "pocket_narrator").rglob("*.py"))
FOLDERS = ("pocket_narrator", "tests", "benchmarks", "distribution", "docs", ".ci", ".github")
TEXTS = sorted(
    path
    for path in (*(p for folder in FOLDERS for p in (ROOT / folder).rglob("*")), *ROOT.glob("*"))
    if path.is_file()
    and (path.suffix in {".py", ".yaml", ".yml", ".cff", ".md", ".toml", ".lock"} or path.name in {"Makefile", "run"})
)

LONGEST = 400  # lines of a Python file
LONGER_FOR_A_REASON = {  # path from the root: why it may be longer
    "pocket_narrator/storyworld/telling/wordings/feelings.py": "one table of wordings, read from top to bottom",
    "tests/training/test_loop.py": "one test of exact resume over many cases, and what they share",
}

ABSOLUTE_PATH = re.compile(r"""(?<![\w.~$})])/(?:home|root|work|Users|tmp|opt|mnt|var|usr/(?!bin/env))""")
REGISTRY_HOST = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|extra-index-url")
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file, with the dotted name of what is called where it has one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_there_is_something_to_look_at() -> None:
    assert len(PACKAGE) > 10
    assert {ROOT / "Makefile", ROOT / ".ci" / "run", ROOT / "pyproject.toml"} <= set(TEXTS)


def test_rooms_import_only_rooms_above_them() -> None:
    """In a process of its own: import-linter keeps the stdout that it first met, which pytest may have closed."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_files_are_short() -> None:
    lengths = {relative(p): len(p.read_text(encoding="utf-8").splitlines()) for p in TEXTS if p.suffix == ".py"}
    assert {p: n for p, n in lengths.items() if n > LONGEST and p not in LONGER_FOR_A_REASON} == {}
    assert [p for p in LONGER_FOR_A_REASON if lengths.get(p, 0) <= LONGEST] == []


def test_nothing_is_unpickled_or_evaluated() -> None:
    found = []
    for path in PACKAGE:
        found += [f"{relative(path)}: import {name}" for name in imports(path) if name.split(".")[0] in PICKLES]
        for name, call in calls(path):
            if name in {"eval", "exec", "torch.load", "torch.save", "os.system"}:
                found.append(f"{relative(path)}:{call.lineno}: {name}")
            if any(keyword.arg == "allow_pickle" for keyword in call.keywords):
                found.append(f"{relative(path)}:{call.lineno}: allow_pickle")
    assert found == []


def test_text_files_are_opened_with_an_encoding() -> None:
    found = []
    for path in PACKAGE:
        for name, call in calls(path):
            given = {keyword.arg for keyword in call.keywords}
            modes = [ast.unparse(argument) for argument in call.args[1:2]]
            is_text_file = name == "open" and not any("b" in mode for mode in modes)
            if (is_text_file or name.endswith((".read_text", ".write_text"))) and "encoding" not in given:
                found.append(f"{relative(path)}:{call.lineno}: {name}")
    assert found == []


def test_no_file_names_a_place_of_one_machine() -> None:
    found = []
    for path in TEXTS:
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if ABSOLUTE_PATH.search(line) or REGISTRY_HOST.search(line):
                found.append(f"{relative(path)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_code_is_ascii_with_plain_line_ends() -> None:
    found = [relative(path) for path in PACKAGE if not path.read_bytes().isascii()]
    found += [relative(path) for path in TEXTS if b"\r" in path.read_bytes()]
    assert found == []


def locked(name: str) -> dict[str, SpecifierSet]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {r.name: r.specifier for r in map(Requirement, (line for line in lines if line and line[0] != "#"))}


USERS_EXTRAS = ("data", "track", "plot", "notebook", "judge", "eval", "export", "serve", "demo")


def test_lock_files_name_everything_the_project_asks_for() -> None:
    """Users' packages in one, and in the other what only developers need: `make story` does not install those."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    users, developers, site = (locked(f"requirements{part}.lock") for part in ("", "-dev", "-docs"))
    assert str(users["torch"]) == "==2.13.0"
    assert not users.keys() & developers.keys()
    assert not site.keys() & (users | developers).keys()
    everything = users | developers | site
    for versions, extras in ((users, USERS_EXTRAS), (users | developers, ("dev",)), (everything, ("docs",))):
        asked = [
            *project["dependencies"],
            *(line for extra in extras for line in project["optional-dependencies"][extra]),
        ]
        for wanted in map(Requirement, asked):
            version = str(versions[wanted.name]).removeprefix("==")
            assert wanted.specifier.contains(version), wanted
    assert not {"pytest", "ruff", "pyright", "hypothesis", "playwright"} & users.keys()
    assert all(re.fullmatch(r"==[^*,]+", str(specifier)) for specifier in everything.values())
