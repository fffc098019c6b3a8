"""No command writes over what it reads, over what somebody else wrote, or over another model's figures."""

import subprocess
import sys
from pathlib import Path

import pytest

from pocket_narrator.cli.main import main
from tests.evaluation.tiny_run import make_run
from tests.small_runs import write_stories


def refused(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "argv", ["narrator", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["tokenizer", "train", "mine.txt", "--out", "mine.txt"],
        ["stats", "mine.txt", "--json", "./mine.txt"],
        ["stats", "mine.txt", "--html", "mine.txt"],
        ["stats", ".", "--json", "mine.txt"],
        ["stats", "*.txt", "--json", "mine.txt"],
        ["read", "mine.txt", "--json", "mine.txt"],
        ["tokenizer", "compare", "mine.txt", "bpe:300", "--json", "mine.txt"],
        ["judge", "mine.txt", "--base-url", "http://127.0.0.1:9", "--out", "mine.txt"],
        ["storyworld", "--stories", "5", "--out", "mine.txt"],
        ["storyworld", "--stories", "5", "--out", "package"],
        ["clean", "*.txt", "--output", "."],
        ["clean", "clean.txt", "--output", "."],
        ["clean", "mine.txt", "validation=half.txt", "--output", "."],
        ["clean", "mine.txt", "--output", "mine.txt"],
        ["clean", "mine.txt", "--output", "."],
    ],
)
def test_nobodys_file_is_lost(arguments: list[str], tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("mine.txt", "clean.txt", "half.txt")):
        write_stories(tmp_path / name, 24, number)
    for name in ("manifest.json", "package.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    told = refused(arguments, monkeypatch, capsys)
    assert any(words in told for words in ("lost", "take the place of", "nothing can be written here"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_cleaning_that_keeps_nothing_leaves_an_earlier_one(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    write_stories(tmp_path / "mine.txt", 24, 1)
    monkeypatch.setattr(sys, "argv", ["narrator", "clean", "mine.txt", "skip=[near_duplicate,foreign_words]"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "cleaned").iterdir() if path.name != ".lock"}
    assert before["clean.txt"]
    assert "keeps none" in refused(["clean", "mine.txt", "min_letters=100000"], monkeypatch, capsys)
    assert {p.name: p.read_bytes() for p in (tmp_path / "cleaned").iterdir() if p.name != ".lock"} == before


def test_figures_of_a_run_are_its_own(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run()
    assert "--out is a run" in refused(["evaluate", "stories.txt", "--out", str(run)], monkeypatch, capsys)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes the streams")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 0), ("2>/dev/full", 0)])
def test_streams_that_are_closed_or_full_end_no_work(closed: str, code: int, tmp_path: Path) -> None:
    command = f"{sys.executable} -m pocket_narrator.cli.main storyworld --stories 5 --out a.txt --workers 1 {closed}"
    found = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == code, found.stderr
    assert (tmp_path / "a.txt").is_file()


PLACES = ["mine.txt/b.json", "", "folder"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "arguments",
    [
        ["tokenizer", "train", "mine.txt", "--out"],
        ["tokenizer", "compare", "mine.txt", "character", "--json"],
        ["tokenizer", "compare", "mine.txt", "character", "--plot"],
        ["stats", "mine.txt", "--json"],
        ["stats", "mine.txt", "--html"],
        ["read", "mine.txt", "--json"],
        ["judge", "mine.txt", "--base-url", "http://127.0.0.1:9", "--out"],
        ["judge", "mine.txt", "--base-url", "http://127.0.0.1:9", "--cache"],
        ["bench", "runs/tiny", "--json"],
        ["bench", "runs/tiny", "--plot"],
        ["storyworld", "--stories", "5", "--out"],
        ["clean", "mine.txt", "--output"],
        ["evaluate", "mine.txt", "--out"],
        ["compare", "runs/tiny", "runs/tiny", "--out"],
        ["scaling", "runs/tiny", "runs/tiny", "--out"],
        ["export", "runs/tiny", "--to", "hf", "--out"],
        ["export", "runs/tiny", "--to", "gguf", "--out"],
        ["train", "storyworld-quick", "--run"],
        ["import", "runs/tiny/config.yaml", "--run"],
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(arguments, place, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    is_folder = arguments[-1] in ("--output", "--run", "--cache") or arguments[0] in ("evaluate", "compare", "scaling")
    is_folder = is_folder or arguments[:4] == ["export", "runs/tiny", "--to", "hf"]
    write_stories(tmp_path / "mine.txt", 24, 1)
    (tmp_path / "folder").mkdir()
    if is_folder and place == "folder":
        place = "mine.txt"
    (tmp_path / "runs" / "tiny").mkdir(parents=True)
    (tmp_path / "runs" / "tiny" / "config.yaml").write_text("name: tiny", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    told = refused([*arguments, place], monkeypatch, capsys)
    assert sorted(tmp_path.rglob("*")) == before
    assert any(words in told for words in ("nothing can be written here", "this is to be a file", "is empty")), told
    assert "stories: " not in told  # nothing was read


def test_what_is_not_read_of_a_folder_may_be_written_again(tmp_path, monkeypatch, capsys) -> None:
    """Figures that lie beside the stories, in a folder with a link to nowhere."""
    monkeypatch.chdir(tmp_path)
    write_stories(tmp_path / "mine.txt", 24, 1)
    for name in ("gone.txt", "gone"):
        (tmp_path / name).symlink_to("nowhere")
    monkeypatch.setattr(sys, "argv", ["narrator", "stats", ".", "--json", "s.json", "--html", "s.html"])
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, capsys.readouterr().err
