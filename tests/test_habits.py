"""Files that hosts, tools and readers of papers look for: they say what is so."""

import re
from pathlib import Path

import yaml

import pocket_narrator

ROOT = Path(__file__).parents[1]


def read(name: str) -> dict:
    found = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_the_citation_is_valid_and_of_this_version() -> None:
    """The keys that the Citation File Format 1.2.0 asks for, and no other than it knows."""
    citation = read("CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    known = {"cff-version", "message", "type", "title", "abstract", "authors", "version", "license", "keywords"}
    assert citation.keys() <= known | {"date-released", "doi", "repository-code", "url", "identifiers"}
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["version"] == pocket_narrator.__version__
    assert citation["license"] == "MIT"
    assert all(author.keys() & {"name", "family-names"} for author in citation["authors"])


def test_hosted_ci_runs_what_we_run_on_every_system_that_is_claimed() -> None:
    workflow = read(".github/workflows/ci.yml")
    (job,) = workflow["jobs"].values()
    assert [system.split("-")[0] for system in job["strategy"]["matrix"]["os"]] == ["ubuntu", "macos", "windows"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert job["steps"][-1]["run"] == ".ci/run"
    assert "not run yet" in (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")


def test_hooks_before_a_commit_are_tools_of_the_lock_file() -> None:
    locked = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    (repository,) = read(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        program = hook["entry"].split()[0]
        assert program.startswith(".venv/bin/")
        package = {"lint-imports": "import-linter", "python": "pytest"}.get(Path(program).name, Path(program).name)
        assert re.search(rf"^{package}(\[\w+\])?==", locked, re.MULTILINE)


def test_forms_of_issues_ask_for_what_is_needed() -> None:
    forms = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    assert len(forms) == 2
    for form in forms:
        found = read(f".github/ISSUE_TEMPLATE/{form.name}")
        assert {"name", "description", "body"} <= found.keys()
        assert any(field.get("validations", {}).get("required") for field in found["body"])
