"""What is found, joined and added where less was typed than is needed, and that it is said."""

import os
import sys
from pathlib import Path

import pytest

from pocket_narrator.cli.arguments.prompt import read_prompts
from pocket_narrator.cli.arguments.recipe import read_arguments
from pocket_narrator.cli.arguments.run import must_be_a_run_or_folder, newest_run
from pocket_narrator.cli.main import main
from pocket_narrator.errors import PromptError, RecipeError, RunError
from pocket_narrator.files.atomic import write_text
from pocket_narrator.recipe.loading import load_recipe, write_recipe
from pocket_narrator.run.find import find_run, found_runs
from tests.small_runs import small_recipe, write_stories

Said = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_run(name: str, step: int | None, age_s: int) -> Path:
    """What the command line looks at: the recipe, and the name of a checkpoint."""
    run = Path("runs") / name
    (run / "checkpoints").mkdir(parents=True)
    write_text(run / "config.yaml", "name: x\n")
    if step is not None:
        (run / "checkpoints" / f"step-{step:07d}").mkdir()
    for path in (run / "checkpoints", run / "config.yaml"):
        os.utime(path, (1_700_000_000 - age_s, 1_700_000_000 - age_s))
    return run


def test_a_run_is_found_by_its_name_and_the_newest_by_none(folder: Path, capsys: Said) -> None:
    old, new, empty = make_run("old", 5, 100), make_run("new", 7, 50), make_run("empty", None, 0)
    assert found_runs() == [empty, new, old]
    assert find_run(Path("old")) == find_run(old) == old
    assert newest_run() == new  # of those that have a checkpoint
    assert capsys.readouterr().err == f"run: {new}, the newest of 2; narrator runs lists them\n"
    (folder / "old").mkdir()  # something else of this name comes first
    with pytest.raises(RunError, match="this is no run directory\n  where: old\n  hint: did you mean runs/old"):
        find_run(Path("old"))
    with pytest.raises(RunError, match="did you mean runs/old"):
        must_be_a_run_or_folder([Path("old")])
    (folder / "old" / "evaluation").mkdir()  # a published model that was evaluated
    assert must_be_a_run_or_folder([Path("old"), Path("new")]) == [Path("old"), new]


def test_without_a_run_the_first_training_is_named(folder: Path) -> None:
    for arguments in ((), ("mine",)):
        with pytest.raises(RunError) as caught:
            newest_run() if not arguments else find_run(Path("mine"))
        assert str(caught.value).endswith("train one first:\n    narrator train storyworld-quick")


@pytest.mark.parametrize("command", ["tell", "demo", "serve", "report", "evaluate", "inspect", "export", "bench"])
def test_commands_take_the_newest_run_and_say_which(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    make_run("only", 5, 0)
    monkeypatch.setattr(sys, "argv", ["narrator", command])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "run: runs/only".replace("/", os.sep)
    assert said[1].startswith("error: ")  # it has no data.json


@pytest.mark.parametrize(
    ("words", "options", "prompts", "said"),
    [
        ([], [], [], ""),
        (["Once"], [], ["Once"], ""),
        (["Once", "upon", "a", "time"], [], ["Once upon a time"], 'one prompt: "Once upon a time"'),
        (
            ["Once", "Lily"],
            [],
            ["Once Lily"],
            'one prompt: "Once Lily" (for several of one word each, put --prompt before',
        ),
        (["Once upon", "Lily"], [], ["Once upon", "Lily"], ""),
        (["Once upon", "One day"], [], ["Once upon", "One day"], ""),
        ([], ["Once", "Lily"], ["Once", "Lily"], ""),
        (["", "Lily"], [], ["", "Lily"], ""),
    ],
)
def test_words_without_quotes_are_one_prompt(
    words: list[str], options: list[str], prompts: list[str], said: str, capsys: Said
) -> None:
    assert read_prompts(words, options) == prompts
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert bool(told) == bool(said)


def test_prompts_in_two_ways_are_refused() -> None:
    with pytest.raises(PromptError, match="prompts are given in two ways"):
        read_prompts(["Once"], ["Twice"])


def test_a_text_of_ones_own_brings_its_kind_and_drops_the_recipes_validation(folder: Path, capsys: Said) -> None:
    write_stories(folder / "mine.txt", 24, seed=5)
    write_text(folder / "own.yaml", write_recipe(small_recipe(folder)))

    def corpus(*arguments: str) -> dict:
        return load_recipe(*read_arguments(arguments, "train")).corpus.model_dump(exclude_defaults=True)

    mine = {"kind": "files", "train": "mine.txt"}
    assert corpus("storyworld-quick", "corpus.train=mine.txt") == mine
    assert capsys.readouterr().err == "corpus.kind=files is added, for the text that corpus.train names\n"
    assert corpus("storyworld-quick", "data=mine.txt") == mine
    assert corpus("fine-tune", "model.width=32", "corpus.train=mine.txt") == mine
    capsys.readouterr()
    assert corpus("softmax-1m", "corpus.kind=files", "corpus.train=mine.txt") == mine
    assert (
        "a share of the training text is set aside for validation: data/tinystories/valid.txt"
        in capsys.readouterr().err
    )
    assert corpus("own.yaml", "corpus.train=mine.txt") == mine
    assert corpus("own.yaml", "corpus.train=mine.txt", "corpus.validation=v.txt") == {**mine, "validation": "v.txt"}
    assert corpus("own.yaml")["validation"] == str(folder / "validation.txt")


def test_a_file_here_and_in_a_dataset_is_asked_about(folder: Path) -> None:
    write_text(
        folder / "hub.yaml", "name: hub\ncorpus: {kind: hub, dataset: o/d, train: a.txt}\ntraining: {steps: 1}\n"
    )
    assert read_arguments(["hub.yaml", "corpus.train=b.txt"], "train") == (["hub.yaml"], ["corpus.train=b.txt"])
    write_stories(folder / "b.txt", 5, seed=1)
    with pytest.raises(RecipeError, match="is a file here, and a name in the dataset o/d"):
        read_arguments(["hub.yaml", "corpus.train=b.txt"], "train")


def test_options_are_taken_by_their_beginning(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    make_run("mine", 5, 0)
    for arguments in ("--temp 0.5", "--temp=0.5", "--max_tokens 5", "--rep 1.1", "--no-str", "--stop --x --temp 1"):
        monkeypatch.setattr(sys, "argv", ["narrator", "generate", "mine", *arguments.split()])
        with pytest.raises(SystemExit):
            main()
        assert capsys.readouterr().err.startswith("error: data.json cannot be used"), (
            arguments
        )  # the options were taken


def test_what_a_run_can_be_exported_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pocket_narrator.cli import export
    from pocket_narrator.run import identity

    class Stored:
        recipe = small_recipe(folder)

    monkeypatch.setattr(identity.RunIdentity, "load", lambda path: Stored)
    told = export.what_it_can_be(Path("runs/my run"))
    assert "\n        narrator export 'runs/my run' --to hf\n" in told.replace('"', "'")
    assert "\n        narrator export 'runs/my run' --to gguf" in told.replace('"', "'")
    Stored.recipe = small_recipe(folder, model={"qk_norm": True})
    assert "  not gguf: llama.cpp cannot hold this model: " in export.what_it_can_be(Path("runs/x"))
