"""The blocks of docs/plugins.md run as they stand there."""

import sys
from pathlib import Path

import pytest

from pocket_narrator.cli.main import main
from pocket_narrator.plugins.files import load_plugin
from pocket_narrator.workbench.from_recipe import train
from tests.docs.blocks import blocks_of
from tests.plugins.own_files import nothing_added, write_file
from tests.small_runs import small_recipe

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"
BLOCKS = [block.text + "\n" for block in blocks_of(PAGE) if block.language == "python"]


def test_the_mixer_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_plugin(write_file(tmp_path / "mixer.py", BLOCKS[0])).names == {"mixers": ["decay"]}
    recipe = small_recipe(tmp_path, model={"layers": "decay attention", "decay": {"channels": 8}}, steps=2)
    assert train(recipe, tmp_path / "run", report=lambda _: None).result.finished


def test_the_others_are_registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    path = write_file(tmp_path / "others.py", BLOCKS[1])
    assert load_plugin(path).names == {
        "corpora": ["rhymes"],
        "schedules": ["halving"],
        "optimizers": ["sgd"],
        "metrics": ["words_told"],
        "verbs": ["shout"],
    }
    monkeypatch.setattr(sys, "argv", ["narrator", "shout", "hello", "--plugin", str(path)])
    with nothing_added(), pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert capsys.readouterr().out == "HELLO\n"


def test_there_are_no_other_blocks_of_python() -> None:
    assert len(BLOCKS) == 2
