"""`narrator read` of many stories shows those that do not fit, wherever they stand."""

import sys
from pathlib import Path

import pytest

from pocket_narrator.cli.main import main
from pocket_narrator.cli.read import SHOWN
from pocket_narrator.storyworld import make_story


def test_of_many_stories_those_that_do_not_fit_are_shown(tmp_path: Path, monkeypatch, capsys) -> None:
    stories = [make_story(index, 9) for index in range(SHOWN + 2)]
    texts = [story.text for story in stories]
    hero = next(slot for slot in reversed(stories[-1].slots) if slot.role == "hero" and slot.form == "name")
    texts[-1] = texts[-1][: hero.begin] + "Zebulon" + texts[-1][hero.end :]
    path = tmp_path / "many.txt"
    path.write_text("".join(f"{text}\n<|endoftext|>\n" for text in texts), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["narrator", "read", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "Zebulon" in shown
    assert stories[0].text[:60] not in shown
