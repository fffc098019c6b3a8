"""`narrator train`: trains a model from a recipe; resumes by itself."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pocket_narrator.cli.arguments.output import folder_to_write
from pocket_narrator.cli.arguments.recipe import read_arguments
from pocket_narrator.cli.arguments.run import DATA
from pocket_narrator.cli.story_printer import StoryPrinter
from pocket_narrator.errors import RecipeError
from pocket_narrator.plugins.kept import FOLDER
from pocket_narrator.process.allocator import keep_freed_memory
from pocket_narrator.progress import format_seconds
from pocket_narrator.recipe.fixed_model import load_with_model
from pocket_narrator.recipe.keys.words import spell_out
from pocket_narrator.recipe.loading import load_recipe, read_sources, split_arguments
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.find import find_run
from pocket_narrator.terminal.messages import command, for_terminal, say

if TYPE_CHECKING:
    from pocket_narrator.evaluation.likelihood.of_run import Evaluation
    from pocket_narrator.workbench.from_recipe import TrainingOutcome


def train(
    recipe: Annotated[
        list[str], typer.Argument(help="Recipe files or names, merged left to right, and key.path=value overrides.")
    ],
    run: Annotated[
        Path | None,
        typer.Option(help="The run directory; by default runs/NAME, the recipe's name.", callback=folder_to_write),
    ] = None,
    base: Annotated[
        Path | None, typer.Option("--from", help="A run to fine-tune: its weights, model and tokenizer.")
    ] = None,
    new_tokenizer: Annotated[
        bool,
        typer.Option("--new-tokenizer", help="With --from: the recipe's tokenizer, and the base's embedding mapped."),
    ] = False,
    data: Annotated[Path | None, DATA] = None,
    stories: Annotated[int, typer.Option(min=0, max=1_000_000, help="Stories to generate at the end.")] = 3,
) -> None:
    """Train a model, evaluate it and generate stories. The same command goes on where an interrupted one stopped.

    `narrator train RUN training.steps=+1000` (or training.minutes=+5) prolongs a finished run, in a new one.
    """
    if new_tokenizer and base is None:
        raise RecipeError(
            "--new-tokenizer goes with --from RUN", hint="without it every run trains the recipe's tokenizer"
        )
    base = None if base is None else find_run(base)
    more, recipe = take_extension(recipe)
    parent: Path | None = None
    if more is None:
        loaded = _load(recipe, base, run)
    elif base is None:
        parent, loaded = _prolong(recipe, *more)
        run = run or parent.parent / loaded.name
    else:
        raise RecipeError(
            "--from begins a training of its own, and training.steps=+... goes on with a finished one",
            hint="leave one of them out",
        )
    if base is None and "model" not in loaded.model_fields_set and not _is_begun(run or Path("runs") / loaded.name):
        say("the recipe names no model: the default one is trained from the beginning (--from RUN fine-tunes a run)")
    keep_freed_memory()
    from pocket_narrator.workbench import from_recipe

    trained = from_recipe.train(
        loaded,
        run or Path("runs") / loaded.name,
        report=say,
        base=base,
        new_tokenizer=new_tokenizer,
        parent=parent,
        text=data,
    )
    if not trained.result.finished:
        if not trained.is_first:
            raise typer.Exit(130)
        print(f"stopped and saved at step {trained.result.step:,}; the same command goes on from there")
        raise typer.Exit(130)  # as of other programs that Ctrl-C ends: `narrator train ... && ...` does not go on
    if not trained.is_first:
        return
    evaluation, told = from_recipe.finish(trained, stories, say)
    print(for_terminal(_summary(trained, evaluation), sys.stdout))
    printer = StoryPrinter()
    for story in told:
        print()
        printer.rule()
        printer.write(story)
        printer.end()
    if told:
        printer.rule()
    print(for_terminal(_next_steps(trained.run), sys.stdout))


def _is_begun(run: Path) -> bool:
    from pocket_narrator.run.directory import has_begun

    return has_begun(run)


def _take_up_code(run: Path | None, sources: list[str], overrides: list[str]) -> None:
    """Of a run that goes on the code that it needs: its recipe names what that code adds."""
    names = [override.partition("=")[2] for override in overrides if override.startswith("name=")]
    name = names[-1] if names else read_sources(sources).get("name")
    path = run or (Path("runs") / name if isinstance(name, str) else None)
    if path is not None and (path / FOLDER).is_dir() and _is_begun(path):
        from pocket_narrator.run.identity import take_up_code

        take_up_code(path)


def _load(arguments: list[str], base: Path | None, run: Path | None) -> Recipe:
    """The recipe; where it goes on from another run, with that one's model."""
    sources, overrides = read_arguments(arguments, "train")
    _take_up_code(run, sources, overrides)
    if base is None:
        return load_recipe(sources, overrides, report=say)
    from pocket_narrator.run.identity import RunIdentity

    return load_with_model(sources, overrides, RunIdentity.load(base).recipe.model, base, report=say)


def take_extension(arguments: list[str]) -> tuple[tuple[str, float] | None, list[str]]:
    """What `training.steps=+1000` or `training.minutes=+5` asks for, and the other arguments."""
    found = [argument for argument in arguments if re.match(r"(training\.)?(steps|minutes)=\+", argument)]
    if not found:
        return None, arguments
    key, _, text = found[0].removeprefix("training.").partition("=+")
    try:
        amount = int(text) if key == "steps" else float(text)
    except ValueError:
        amount = 0
    if len(found) > 1 or not 0 < amount < 1e12:
        raise RecipeError(
            f"{' and '.join(found)}: this is no length that a run could be prolonged by",
            expected="training.steps=+1000, or training.minutes=+5",
        )
    return (key, amount), [argument for argument in arguments if argument not in found]


def _prolong(arguments: list[str], key: str, amount: float) -> tuple[Path, Recipe]:
    """The finished run that is meant, by its folder or by its recipe, and the recipe of the one that goes on from it."""
    sources, overrides = split_arguments(arguments)
    overrides, notes = spell_out(overrides)
    for note in notes:
        say(note)
    from pocket_narrator.run.identity import CONFIG, RunIdentity
    from pocket_narrator.training.prolong import Extension, prolonged

    runs = (
        [path for path in (Path(sources[0]), Path("runs") / sources[0]) if (path / CONFIG).is_file()]
        if len(sources) == 1
        else []
    )
    if runs:
        parent = runs[0]
    else:
        named = load_recipe(sources)
        parent = Path("runs") / named.name
        RunIdentity.load(parent).compare_recipe(named)
    recipe, said = prolonged(parent, Extension(key, amount), overrides)
    say(said)
    return parent, recipe


def _summary(trained: "TrainingOutcome", evaluation: "Evaluation") -> str:
    from pocket_narrator.evaluation.statistics.bootstrap import spell_interval

    found, result = evaluation.likelihood, trained.result
    interval = spell_interval(found.bits_per_byte_interval, found.stories)
    passes = f"{result.step:,} steps, " if trained.has_steps else "one pass over "
    targets = "" if result.targets == result.tokens else f" ({result.targets:,} targets)"
    lines = [
        "",
        f"trained   {passes}{result.tokens:,} tokens{targets}, in {format_seconds(result.seconds)}",
        f"evaluated {found.bits_per_byte:.4f} bits per byte on all {found.stories:,} held-out stories (95 %: {interval}); "
        f"perplexity {found.perplexity:.3f} per token",
    ]
    lines += [
        f"          {one.bits_per_byte:.4f} on {one.stories:,} of {name}, {one.loss:.4f} nats/token"
        for name, one in evaluation.by_source.items()
    ]
    if evaluation.floor is not None:
        floor = evaluation.floor
        lines.append(
            f"floor     {floor.bits_per_byte:.4f} bits per byte is the entropy of these stories: "
            f"the model is at {times_the_floor(floor.ratio)}"
        )
    return "\n".join(lines)


def times_the_floor(ratio: float) -> str:
    """`1.07 times the lower bound (corpus entropy)`."""
    digits = 3 if ratio < 1.1 else 2 if ratio < 2 else 1
    return f"{ratio:.{digits}f} times the lower bound (corpus entropy)"


def _next_steps(run: Path) -> str:
    trust = ["--trust"] if (run / FOLDER).is_dir() else []  # the run needs code that is only run where that is said
    return f"""
Saved to {run}. Try next:
  {command("tell", run, "Once upon a time", "--temperature", "0.6", "--stories", "3", *trust)}
  {command("evaluate", run, *trust)}
  {command("recipes")}"""
