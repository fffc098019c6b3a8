"""What people type by mistake, and the answer: the words that must stand in it, and that the command it gives works."""

import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from pocket_narrator.cli.arguments.recipe import read_arguments
from pocket_narrator.cli.main import main
from pocket_narrator.files.atomic import write_text
from pocket_narrator.recipe.loading import list_recipes, load_recipe, write_recipe
from tests.small_runs import small_recipe, write_stories

# What is typed after `narrator`, in a folder with runs/mine, runs/other, mine.txt, my_stories/, tiny.yaml, book.docx and others;
# then what must stand in the answer. A line that begins with `narrator` is the command that is given, whole.
MISTAKES = [
    # commands of other names
    ("trian tiny.yaml", "did you mean 'train'?"),
    ("Train tiny.yaml", "did you mean 'train'?"),
    ("list", "narrator recipes ", "narrator runs "),
    ("run tiny.yaml", "narrator train RECIPE", "narrator tell RUN"),
    ("chat runs/mine", "narrator demo RUN", "narrator tell RUN"),
    ("sample runs/mine", 'narrator tell RUN "Once upon a time"'),
    ("infer", 'narrator tell RUN "Once upon a time"'),
    ("test runs/mine", "narrator evaluate RUN"),
    ("eval runs/mine", "narrator evaluate RUN"),
    ("benchmark runs/mine", "narrator bench RUN"),
    ("finetune runs/mine mine.txt", "narrator train fine-tune --from RUN name=NEW corpus.kind=files corpus.train=FILE"),
    ("sweep", "narrator train RECIPE name=a training.learning_rate=1e-3"),
    ("init", "narrator recipes", "narrator train RECIPE"),
    ("download", "narrator prepare RECIPE", "narrator import openai-community/gpt2"),
    ("info runs/mine", "narrator inspect RUN", "narrator stats FILE"),
    ("plot runs/mine", "narrator report RUN", "narrator compare RUN RUN"),
    ("convert runs/mine", "narrator export RUN --to gguf"),
    ("ui", "narrator demo RUN"),
    ("api", "narrator serve RUN"),
    ("verify", "narrator doctor"),
    ("scaffold", "narrator new-mixer my_mixer", "narrator check my_mixer.py"),
    ("delete runs/mine", "a run is a folder: delete it"),
    ("storyworld-quick", "'storyworld-quick' is a recipe", "narrator train storyworld-quick"),
    ("runs/mine", "'runs/mine' is a run", "narrator tell runs/mine"),
    ("mine.txt", "narrator train storyworld-quick name=mine corpus.kind=files corpus.train=mine.txt"),
    ("--colour", "there is no option --colour"),
    ("tokenizer", "narrator tokenizer needs a command", "expected: train, compare, show"),
    ("tokenizer foo", "'foo' is not a command of narrator tokenizer", "expected: train, compare, show"),
    # runs
    ("tell nope", "there are mine, other in runs/"),
    ("tell min", "did you mean runs/mine? There are also other in runs/"),
    ("tell runs/mine/config.yaml", "give the folder of the run: runs/mine"),
    ("evaluate mine/checkpoints", "give the folder of the run: runs/mine"),
    ("compare mine nope", "where: nope", "there are mine, other in runs/"),
    ("tell 'Once upon a time'", "the run comes first, such as runs/mine"),
    ("tell roneneldan/TinyStories-1M", "narrator import roneneldan/TinyStories-1M"),
    ("serve my_stories", "this is no run directory", "there are mine, other in runs/"),
    ("report mine.txt", "this is a file, and not a run directory"),
    # a text where something else belongs
    ("train mine.txt", "narrator train storyworld-quick name=mine corpus.kind=files corpus.train=mine.txt"),
    ("train my_stories/", "narrator train storyworld-quick name=my_stories corpus.kind=files corpus.train=my_stories/"),
    ("train 'my #1 stories.txt'", "corpus.kind=files 'corpus.train=my #1 stories.txt'"),
    ("train tiny.yaml mine.txt", "narrator train tiny.yaml name=mine corpus.kind=files corpus.train=mine.txt"),
    ("prepare mine.txt", "narrator prepare storyworld-quick name=mine corpus.kind=files corpus.train=mine.txt"),
    ("train book.docx", "'book.docx' is a Word document", "save a Word document as plain text first"),
    ("train absent.txt", "there is no file 'absent.txt'"),
    (
        "train runs/mine",
        "narrator train runs/mine/config.yaml --run runs/mine",
        "train fine-tune --from runs/mine name=",
    ),
    ("train mine", "'runs/mine' is a run", "narrator train runs/mine/config.yaml --run runs/mine"),
    ("import mine.txt", "this is a text", "narrator train storyworld-quick name=mine corpus.kind=files"),
    ("import gpt2", "narrator import openai-community/gpt2"),
    ("import hf:gpt2", "narrator import openai-community/gpt2"),
    ("import runs/mine", "this is a run already"),
    ("import weights.bin", "these are weights alone"),
    # options
    ("tell mine Once -n 3", "narrator tell mine Once --stories 3"),
    ("tell mine --length 50", "narrator tell mine --max-tokens 50"),
    ("tell mine -temp 0.7", "narrator tell mine --temperature 0.7"),
    ("tell mine --st 3", "--st can be --stop or --stories or --stream"),
    ("tell --model mine 'Once upon'", "narrator tell mine 'Once upon'"),
    ("tell mine Once --prompt Twice", "prompts are given in two ways"),
    ("tell mine --temperature warm", "--temperature: "),
    ("tell mine --seed", "--seed needs a value"),
    ("serve mine --address 0.0.0.0", "narrator serve mine --host 0.0.0.0"),
    ("bench mine --batch-size 4", "narrator bench mine --batches 4"),
    ("export mine --to ollama", "narrator export runs/mine --to gguf"),
    ("export mine --to safetensors", "narrator export runs/mine --to hf"),
    ("export mine --to pdf", "expected: hf, gguf, page, folder", "narrator export runs/mine says"),
    ("evaluate hf:gpt2 --on mine --stories 20", "--stories has no effect with a published model"),
    ("evaluate mine.txt --stride 4", "--stride has no effect with a story file"),
    ("evaluate mine --embedder minilm", "--embedder has no effect without --suite", "add --suite quick"),
    ("report mine other", "nothing is done with 'other'"),
    ("seen mine", "PASSAGE is missing"),
    # a recipe's keys
    ("train", "which recipe?", "narrator train storyworld-quick"),
    ("train tiny.yaml --minutes 5", "narrator train tiny.yaml training.minutes=5"),
    (
        "train tiny.yaml --name own --lr=0.1 --stories 1",
        "train tiny.yaml name=own training.learning_rate=0.1 --stories 1",
    ),
    ("train tiny.yaml --dataset mine.txt", "narrator train tiny.yaml corpus.kind=files corpus.train=mine.txt"),
    ("train tiny.yaml --device cpu", "narrator train tiny.yaml training.device=cpu"),
    ("train tiny.yaml --out runs/x", "narrator train tiny.yaml --run runs/x"),
    ("train tiny.yaml --resume", "the same command goes on where it stopped", "narrator train tiny.yaml"),
    ("train tiny.yaml --config", "the recipe is named without an option"),
    ("train tiny.yaml --epochs 3", "training.steps=N or training.minutes=N"),
    ("train tiny.yaml epochs=3", "training.steps=N or training.minutes=N"),
    ("train tiny.yaml batch_size=32", "32 rows of 32 tokens each", "training.batch_tokens=1024"),
    ("train tiny.yaml layers=4 n_layer=4", "'model.layers=attention*4'"),
    ("train tiny.yaml seed=1", "expected: training.seed=1 or corpus.seed=1"),
    ("train tiny.yaml training.lr=fast", "training.lr is taken as training.learning_rate", "should be a number"),
    ("train tiny.yaml training.steps 100", "narrator train tiny.yaml training.steps=100"),
    ("train tiny.yaml training.steps = 100", "narrator train tiny.yaml training.steps=100"),
    ("train tiny.yaml model=gpt2", "model.preset=gpt2"),
    ("train tiny.yaml output_dir=x", "where a run goes is an option: --run x"),
    ("train tiny.yaml training.steps=", "there is no value", "write null for none"),
    ("train tiny.yaml 'training.steps=5 # few'", "'# few' would be taken for a comment"),
    ("train tiny.yaml 'name=\"own\"'", "the quotes would be part of the text"),
    ("train tiny.yaml corpus.validation=~", "write null for none"),
    # what is empty, as a variable of the shell that was never set
    ("clean ''", "INPUT is empty"),
    ("train tiny.yaml ''", "RECIPE is empty"),
    ("tell ''", "RUN is empty", "or leave it out"),
    ("serve mine --host ''", "--host is empty"),
    ("stats mine.txt --json=", "--json is empty"),
    ("tokenizer train mine.txt --out ''", "--out is empty", "where: narrator tokenizer train"),
    ("bench mine --batches ''", "--batches is empty"),
    # what cannot be written to, before the work
    ("stats mine.txt --html my_stories", "this is to be a file", "found: a folder"),
    ("read mine.txt --json my_stories", "this is to be a file", "found: a folder"),
    ("tokenizer train mine.txt --out weights.bin/x", "nothing can be written here: not a directory"),
    ("train tiny.yaml --run weights.bin/x", "nothing can be written here: not a directory"),
    # numbers without bounds
    ("stats mine.txt --workers 99999999999999999999", "less than or equal to 1024"),
    ("train tiny.yaml --stories 99999999999999999999", "less than or equal to 10000"),
    ("tokenizer train mine.txt --vocabulary-size 99999999999999999999", "expected: at most 1,000,000"),
    ("bench mine --batches '   x'", "whole numbers from 1"),
    ("storyworld --stories 0", "stories is 0", "expected: at least 1"),
    # words of the command that was typed, and of no other
    ("stats mine.txt --delimiter XX", "which --delimiter names", "'--delimiter=<|endoftext|>' if it parts"),
    ("stats mine.txt --column a", "--column is of tables", "leave --column out"),
    ("clean mine.txt column=a", "error: column is of tables", "leave column out"),
    ("clean mine.txt nonsense=3", "error: nonsense is not a key"),
    ("clean tiny.yaml", "is a recipe, and not a text", "narrator prepare tiny.yaml"),
    # what is there, and is something else
    ("train weights.bin", "is a binary file"),
    ("train code.py", "narrator train RECIPE --plugin code.py"),
    ("train empty", "is an empty file"),
    ("train runs", "is a folder of runs"),
    ("train runs/min", "did you mean runs/mine?"),
    ("train tiny.yml", "did you mean tiny.yaml?"),
    ("evaluate runs/mine/config.yaml", "give the folder of the run: runs/mine"),
    ("judge runs/min --provider local", "did you mean runs/mine?", "or give a file of stories"),
    ("judge my_stories --provider local", "this is no run directory", "or give a file of stories"),
    ("import packed.zip", "this is packed", "unpack it"),
    ("tell mine '- said Max'", "begins with a hyphen", "narrator tell mine -- '- said Max'"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mistakes")
    recipe = write_recipe(small_recipe(folder))
    write_text(folder / "tiny.yaml", recipe)
    for number, name in enumerate(("other", "mine")):
        (folder / "runs" / name / "checkpoints" / f"step-{number + 7:07d}").mkdir(parents=True)
        write_text(folder / "runs" / name / "config.yaml", recipe)
    for name in ("mine.txt", "my #1 stories.txt", "my_stories/one.txt"):
        write_text(folder / name, "")
        write_stories(folder / name, 30, seed=3)
    write_text(folder / "book.docx", "PK")
    write_text(folder / "weights.bin", "\0?")
    write_text(folder / "empty", "")
    write_text(folder / "code.py", "pass\n")
    write_text(folder / "packed.zip", "PK")
    return folder


def answer(
    typed: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """The exit code of `narrator TYPED`, and what it wrote to standard error."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["narrator", *shlex.split(typed)])
    with pytest.raises(SystemExit) as end:
        main()
    told = capsys.readouterr()
    assert told.out == ""
    return int(end.value.code or 0), told.err


@pytest.mark.parametrize(
    ("typed", "words"), [(typed, words) for typed, *words in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_a_mistake_is_answered(
    typed: str, words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    code, said = answer(typed, folder, monkeypatch, capsys)
    assert code == 2
    assert said.count("error: ") == 1
    assert "Traceback" not in said
    for word in words:
        assert word in said
    assert sorted(folder.rglob("*")) == before


def test_there_are_sixty_of_them() -> None:
    assert len({typed for typed, *_ in MISTAKES}) == len(MISTAKES) >= 60


def test_the_training_that_is_offered_can_be_had(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each whole command of an answer, as far as its recipe: it names no mistake of its own."""
    offered = set()
    for typed, *_ in MISTAKES:
        if (
            typed.startswith(("train", "prepare", "mine.txt", "import mine"))
            and "absent" not in typed
            and "docx" not in typed
        ):
            lines = answer(typed, folder, monkeypatch, capsys)[1].splitlines()
            offered |= {
                line.strip() for line in lines if line.startswith(("    narrator train", "    narrator prepare"))
            }
    commands = [shlex.split(line)[2:] for line in offered if not re.search(r"\b(NEW|RECIPE|VALUE)\b", line)]
    assert len(commands) > 10
    for words in commands:
        recipe = [word for word in words if "=" in word or os.path.exists(word) or word in list_recipes()]
        options = [word for word in words if word not in recipe]
        assert set(options) <= {"--run", "--stories", "1", "runs/x"}, words
        load_recipe(*read_arguments([word for word in recipe if not os.path.isdir(word)], "train"))
