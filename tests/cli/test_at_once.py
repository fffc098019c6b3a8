"""The same command twice at the same moment: both end well, and what they leave is whole."""

from pathlib import Path

import pytest

from pocket_narrator.corpus import read_stories, write_stories
from pocket_narrator.corpus.cleaning.clean import Cleaned
from pocket_narrator.recipe.schema import CleaningConfig
from pocket_narrator.run.loading import load_trained
from pocket_narrator.storyworld import make_story
from tests.narrator_process import Done, NarratorProcess
from tests.run.test_data import train
from tests.small_runs import small_recipe

TRIES = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a run."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        train(small_recipe(Path("in"), "small", steps=2), "runs/small")
    return folder


def twice(*arguments: str, cwd: Path) -> list[Done]:
    return [process.wait() for process in [NarratorProcess(*arguments, cwd=cwd) for _ in range(2)]]


def left_over(folder: Path) -> list[Path]:
    return [
        path for path in folder.rglob("*") if ".tmp-" in path.name or ".old-" in path.name or path.suffix == ".lock"
    ]


@pytest.mark.parametrize("number", range(TRIES))
def test_two_cleanings_into_one_folder(tmp_path: Path, number: int) -> None:
    told = [make_story(index, 7).text for index in range(60)]
    write_stories(tmp_path / "raw.txt", [*told, told[3]])
    done = twice("clean", "raw.txt", "--output", "out", cwd=tmp_path)
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    assert [story.text for story in read_stories(tmp_path / "out/clean.txt")] == told
    assert Cleaned.open(tmp_path / "out", CleaningConfig()) is not None
    assert left_over(tmp_path) == []
    assert not (tmp_path / "out/.lock").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("seen", "runs/small", "the cat sat"),
        ("evaluate", "runs/small"),
        ("export", "runs/small", "--to", "gguf"),
        ("export", "runs/small", "--to", "hf"),
    ],
    ids=lambda arguments: "-".join(arguments[::2]).replace("/", "-"),
)
def test_two_looks_at_one_run(folder: Path, arguments: tuple[str, ...]) -> None:
    if arguments[0] == "export":
        pytest.importorskip("transformers" if "hf" in arguments else "gguf")
    done = twice(*arguments, cwd=folder)
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    assert done[0].stdout == done[1].stdout
    assert left_over(folder) == []


def test_two_imports_under_one_name(folder: Path) -> None:
    """One makes the run, the other is refused: it takes nothing away."""
    pytest.importorskip("gguf")
    first = twice("export", "runs/small", "--to", "gguf", "--out", "small.gguf", cwd=folder)
    assert first[0].returncode == 0, first[0].stderr
    done = twice("import", "small.gguf", "name=imported", cwd=folder)
    assert sorted(one.returncode or 0 for one in done) == [0, 2], [one.stderr for one in done]
    refused = next(one for one in done if one.returncode == 2)
    assert "there is a run of this name already" in refused.stderr
    assert load_trained(folder / "runs/imported").step == 0
    assert left_over(folder) == []
