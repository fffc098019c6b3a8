"""`narrator train`: trains a model from a recipe; resumes by itself."""

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pocket_narrator.allocator import keep_freed_memory
from pocket_narrator.cli.story_printer import StoryPrinter
from pocket_narrator.config import Recipe
from pocket_narrator.errors import RecipeError
from pocket_narrator.progress import format_seconds
from pocket_narrator.recipes import load_recipe, split_arguments
from pocket_narrator.visible_text import visible

if TYPE_CHECKING:
    from pocket_narrator.evaluation.run import Evaluation
    from pocket_narrator.workbench import Trained


def train(
    recipe: Annotated[
        list[str], typer.Argument(help="Recipe files or names, merged left to right, and key.path=value overrides.")
    ],
    run: Annotated[
        Path | None, typer.Option(help="The run directory; by default runs/NAME, the recipe's name.")
    ] = None,
    base: Annotated[
        Path | None, typer.Option("--from", help="A run to go on from: its weights, model and tokenizer.")
    ] = None,
    new_tokenizer: Annotated[
        bool,
        typer.Option("--new-tokenizer", help="With --from: the recipe's tokenizer, and the base's embedding mapped."),
    ] = False,
    stories: Annotated[int, typer.Option(min=0, help="Stories to tell at the end.")] = 3,
) -> None:
    """Train a model, measure it and tell stories. The same command goes on where an interrupted one stopped.

    `narrator train RUN training.steps=+1000` (or training.minutes=+5) prolongs a finished run, in a new one.
    """
    if new_tokenizer and base is None:
        raise RecipeError(
            "--new-tokenizer goes with --from RUN", hint="without it every run trains the recipe's tokenizer"
        )
    more, recipe = take_extension(recipe)
    parent: Path | None = None
    if more is None:
        loaded = _load(recipe, base)
    elif base is None:
        parent, loaded = _prolong(recipe, *more)
        run = run or parent.parent / loaded.name
    else:
        raise RecipeError(
            "--from begins a training of its own, and training.steps=+... goes on with a finished one",
            hint="leave one of them out",
        )
    if base is None and "model" not in loaded.model_fields_set:
        _report(
            "the recipe names no model: the usual one is trained from the beginning (--from RUN goes on from a run)"
        )
    keep_freed_memory()
    from pocket_narrator import workbench

    trained = workbench.train(
        loaded,
        run or Path("runs") / loaded.name,
        report=_report,
        base=base,
        new_tokenizer=new_tokenizer,
        parent=parent,
    )
    if not trained.result.finished:
        if not trained.is_first:
            raise typer.Exit(130)
        print(f"stopped and saved at step {trained.result.step:,}; the same command goes on from there")
        raise typer.Exit(130)  # as of other programs that Ctrl-C ends: `narrator train ... && ...` does not go on
    if not trained.is_first:
        return
    evaluation, told = workbench.finish(trained, stories, _report)
    print(_summary(trained, evaluation))
    printer = StoryPrinter()
    for story in told:
        print()
        printer.rule()
        printer.write(visible(story))
        printer.end()
    if told:
        printer.rule()
    print(_next_steps(trained.run))


def _load(arguments: list[str], base: Path | None) -> Recipe:
    """The recipe; where it goes on from another run, with that one's model."""
    sources, overrides = split_arguments(arguments)
    if base is None:
        return load_recipe(sources, overrides)
    from pocket_narrator.training.run_identity import RunIdentity

    model = RunIdentity.load(base).recipe.model
    loaded = load_recipe(sources, [f"model={json.dumps(model.model_dump(mode='json'))}", *overrides])
    changed = {key for key, value in model if getattr(loaded.model, key) != value} - {"dropout"}
    if changed:
        raise RecipeError(
            f"model.{min(changed)} cannot be changed: the weights are those of {base}",
            hint="leave it out; of the model only model.dropout may be another one",
        )
    return loaded


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
    from pocket_narrator.training.prolong import Extension, prolonged
    from pocket_narrator.training.run_identity import CONFIG, RunIdentity

    if len(sources) == 1 and (Path(sources[0]) / CONFIG).is_file():
        parent = Path(sources[0])
    else:
        named = load_recipe(sources)
        parent = Path("runs") / named.name
        RunIdentity.load(parent).compare_recipe(named)
    recipe, said = prolonged(parent, Extension(key, amount), overrides)
    _report(said)
    return parent, recipe


def _report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _summary(trained: "Trained", evaluation: "Evaluation") -> str:
    from pocket_narrator.evaluation.bootstrap import spell_interval

    found, result = evaluation.likelihood, trained.result
    passes = f"{result.step:,} steps, " if trained.has_steps else "one pass over "
    predicted = "" if result.targets == result.tokens else f" ({result.targets:,} of them to be predicted)"
    lines = [
        "",
        f"trained   {passes}{result.tokens:,} tokens{predicted}, in {format_seconds(result.seconds)}",
        f"measured  {found.bits_per_byte:.4f} bits per byte on all {found.stories:,} unseen stories (95 %: {spell_interval(found.bits_per_byte_interval, found.stories)}); "
        f"perplexity {found.perplexity:.3f} a token",
    ]
    lines += [
        f"          {one.bits_per_byte:.4f} on {one.stories:,} of {name}, {one.loss:.4f} nats a token"
        for name, one in evaluation.by_source.items()
    ]
    if evaluation.floor is not None:
        floor = evaluation.floor
        over = 100 * (floor.ratio - 1)
        lines.append(
            f"floor     {floor.bits_per_byte:.4f} bits per byte is the entropy of these stories: the model is {over:.1f} % over it"
        )
    return "\n".join(lines)


def _next_steps(run: Path) -> str:
    return f"""
The run lies in {run}. Try next:
  narrator tell {run} "Once upon a time" --temperature 0.6 --stories 3
  narrator evaluate {run}
  narrator recipes"""
