"""Every command that the documentation shows is one that there is: its arguments go through the real parser, its recipe and its
overrides are read, and a script that it names has the options. Nothing is run."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pocket_narrator.cli.arguments.wrong_arguments import complete_options
from pocket_narrator.cli.commands import ALIASES, COMMANDS
from pocket_narrator.cli.main import command_parser
from pocket_narrator.errors import RunError
from pocket_narrator.recipe.keys.words import spell_out
from pocket_narrator.recipe.loading import list_recipes, load_recipe, split_arguments
from pocket_narrator.recipe.yaml import read_whole
from tests.docs.blocks import PAGES, ROOT, Command, blocks_of, commands_of, inline_commands

BLOCKS = [block for page in PAGES for block in blocks_of(page)]
LINES = [command for block in BLOCKS if block.language in ("", "bash") for command in commands_of(block)]
INLINE = [command for page in PAGES for command in inline_commands(page)]
NAMES = {*COMMANDS, *ALIASES, "help", "version", "--help", "--version", "COMMAND"}
LANGUAGES = ("", "bash", "python", "py", "yaml", "text")  # py: Python that needs what is not here, and is not run
PLACEHOLDERS = {"[RUN...]": "RUN"}  # what a page writes for "and more of them"


def id_of(command: Command) -> str:
    return f"{command.place} {' '.join(command.words)[:60]}"


@cache
def parser_of(name: str) -> Any:
    return command_parser(name)


def of_narrator(command: Command) -> list[str] | None:
    """The arguments of `narrator`, however it is started."""
    words = [PLACEHOLDERS.get(word, word) for word in command.words]
    if words[0] == "narrator" or words[0].endswith("/narrator"):
        return words[1:]
    if "pocket_narrator.cli.main" in words:
        return words[words.index("pocket_narrator.cli.main") + 1 :]
    return None


def test_there_are_blocks_and_commands() -> None:
    assert len(LINES) > 80
    assert len(INLINE) > 60
    assert {block.language for block in BLOCKS} <= set(LANGUAGES)
    hidden = [
        block for block in BLOCKS if block.language == "text" and re.search("^narrator [a-z]", block.text, re.MULTILINE)
    ]
    assert hidden == []


@pytest.mark.parametrize("command", [c for c in LINES if of_narrator(c) is not None], ids=id_of)
def test_arguments_are_those_of_the_command(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = of_narrator(command)
    assert arguments is not None
    if arguments[0] in ("help", "version", "--help", "--version") or arguments[0] == "COMMAND":
        return
    assert arguments[0] in NAMES
    name, parser = arguments[0], parser_of(arguments[0])
    words = complete_options(parser, name, arguments[1:])
    monkeypatch.chdir(tmp_path)
    for _ in words:
        try:
            parse(parser, name, words)
        except RunError as error:  # each run that the page names is made, as far as the parser looks at it
            make_run(tmp_path / str(error.where))
    parse(parser, name, words)
    if name in ("train", "prepare") and "--plugin" not in words:
        must_be_a_recipe([word for word in words if not word.startswith("-")], name)


def parse(parser: Any, name: str, words: list[str]) -> None:
    """Raises where an argument is wrong."""
    with parser.make_context(f"narrator {name}", list(words)) as context:
        if subcommands := getattr(parser, "commands", None):
            first, *rest = words
            subcommands[first].make_context(first, rest, parent=context)


def make_run(path: Path) -> None:
    (path / "checkpoints" / "step-0000001").mkdir(parents=True)
    (path / "config.yaml").write_text("name: x\n", encoding="utf-8")


def must_be_a_recipe(words: list[str], name: str) -> None:
    """Where it is a shipped one, every override fits it; where it is a file of the reader's, every key is one."""
    sources, overrides = split_arguments(words)
    overrides = spell_out([override for override in overrides if not re.search(r"=\+\d", override)])[0]
    if sources[0] in list_recipes():
        load_recipe(sources[:1], overrides)
    else:
        assert sources[0] == "RECIPE" or "/" in sources[0] or sources[0].endswith(".yaml"), sources
        load_recipe(["tinystories-ten-minutes"], [o for o in overrides if not o.startswith("name=")])


@pytest.mark.parametrize("command", INLINE, ids=id_of)
def test_commands_in_sentences_are_those_that_there_are(command: Command) -> None:
    name = command.words[1]
    assert name in NAMES
    if name not in (*COMMANDS, *ALIASES):
        return
    parser = parser_of(name)
    inner = getattr(parser, "commands", {}).get(command.words[2] if len(command.words) > 2 else "", parser)
    known = {option for parameter in inner.params for option in (*parameter.opts, *parameter.secondary_opts)}
    options = [word.split("=")[0] for word in command.words[2:] if word.startswith("--")]
    assert set(options) <= {*known, "--help"}


@pytest.mark.parametrize("command", [c for c in LINES if c.words[0] == "make"], ids=id_of)
def test_targets_of_make(command: Command) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in (word for word in command.words[1:] if "=" not in word):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("command", [c for c in LINES if any(w.startswith("benchmarks") for w in c.words)], ids=id_of)
def test_scripts_have_the_options(command: Command) -> None:
    script = next(word for word in command.words if word.startswith("benchmarks"))
    path = ROOT / (script if script.endswith(".py") else f"{script.replace('.', '/')}.py")
    text = path.read_text(encoding="utf-8")
    options = [word[2:].split("=")[0] for word in command.words if word.startswith("--")]
    assert [option for option in options if not re.search(rf"\b{option}\b", text)] == []


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "yaml"], ids=lambda b: f"{b.page}:{b.line}")
def test_recipes_fit_on_top_of_a_shipped_one(block: Any, tmp_path: Any) -> None:
    """A whole recipe, or sections that another one is given."""
    tree = read_whole(block.text, block.page)
    assert isinstance(tree, dict)
    base = "ngram-storyworld" if tree.get("model", {}).get("kind") == "ngram" else "storyworld-quick"
    path = tmp_path / "block.yaml"
    path.write_text(block.text if "base" in tree else f"base: {base}\n{block.text}", encoding="utf-8")
    load_recipe([str(path)])
