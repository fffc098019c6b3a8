"""`narrator prepare`: what it recommends next is what a shell takes."""

import shlex
from pathlib import Path

from pocket_narrator.files.atomic import write_text
from pocket_narrator.recipe.loading import write_recipe
from tests.narrator_process import narrator
from tests.small_runs import small_recipe, write_stories


def test_the_next_command_can_be_pasted(tmp_path: Path) -> None:
    write_text(tmp_path / "my recipe.yaml", write_recipe(small_recipe(tmp_path)))
    write_stories(tmp_path / "my stories.txt", 24, seed=1)
    arguments = ["my recipe.yaml", "corpus.train=my stories.txt", "generation={max_tokens: 5, temperature: 0.5}"]
    done = narrator("prepare", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if "next:" in line)
    assert shlex.split(line.partition("next:")[2]) == ["narrator", "train", *arguments]
