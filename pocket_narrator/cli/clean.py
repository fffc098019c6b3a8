"""`narrator clean`: what is worth training on out of raw text, and a reason for every story that is not."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from pocket_narrator.cli.arguments.corpus import SETTING, is_recipe_file, keys_spelled
from pocket_narrator.cli.arguments.output import folder_to_write, refuse_input_as_output
from pocket_narrator.cli.arguments.without_effect import given_options, refuse_without_effect
from pocket_narrator.cli.arguments.workers import WORKERS
from pocket_narrator.corpus.cleaning.clean import Cleaned
from pocket_narrator.corpus.cleaning.clean import clean as clean_stories
from pocket_narrator.corpus.cleaning.cluster_judging import judged_on_cluster
from pocket_narrator.corpus.cleaning.output import NAMES
from pocket_narrator.corpus.hub.dataset import refuse
from pocket_narrator.corpus.raw_corpus import open_raw
from pocket_narrator.corpus.sources import without_pairs
from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.keys.overrides import read_override
from pocket_narrator.recipe.problems import describe_problems
from pocket_narrator.recipe.schema import CleaningConfig, FilesCorpusConfig, Recipe
from pocket_narrator.terminal.messages import command

OF_THE_TEXT = ("validation", "layout", "delimiter", "column", "rows")  # all other keys are of the cleaning


def clean(
    context: typer.Context,
    input: Annotated[str, typer.Argument(help="A file, a folder, a pattern in quotes, or a .list of files.")],
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE",
            help="Keys of corpus.cleaning, such as rules=strict, books=true, min_letters=50 or skip=[truncated]; "
            "and validation=, layout=, delimiter=, column= and rows= of corpus.",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option(parser=folder_to_write, metavar="FOLDER", help="The folder to write to.")
    ] = Path("cleaned"),
    workers: Annotated[int | None, WORKERS] = None,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Judge on the Ray cluster that RAY_ADDRESS names.")
    ] = False,
) -> None:
    """Clean stories: write those that are kept, those that are rejected with reasons, subsets and a manifest."""
    if cluster:
        refuse_without_effect(given_options(context), ["workers"], "with --cluster, whose machines judge")
    if is_recipe_file(input):
        hint = f"name the text that it is about; a recipe with corpus.cleaning cleans it in\n    {command('prepare', input)}"
        raise RecipeError(f"'{input}' is a recipe, and not a text", hint=hint)
    with keys_spelled(SETTING):
        corpus = _corpus(input, settings or [])
    assert corpus.cleaning is not None
    for text in filter(None, (corpus.train, corpus.validation)):
        refuse_input_as_output(text, output, *(output / name for name in NAMES), option="--output FOLDER")
    with keys_spelled(SETTING):
        train, validation = open_raw(corpus, output, refuse, 0)
        done = clean_stories(
            without_pairs(train.read()),
            output,
            corpus.cleaning,
            validation=validation and without_pairs(validation.read()),
            expected_bytes=train.bytes + (validation.bytes if validation else 0),
            workers=workers,
            judging=judged_on_cluster if cluster else None,
        )
    _report(done)


def _corpus(named: str, arguments: list[str]) -> FilesCorpusConfig:
    section: dict[str, object] = {"kind": "files", "train": named}
    cleaning: dict[str, object] = {}
    for argument in arguments:
        key, equals, text = argument.partition("=")
        if not equals:
            raise RecipeError(f"'{argument}' is not a setting", hint="write key=value, as in min_letters=50")
        if key in OF_THE_TEXT:
            section[key] = read_override(("corpus", key), text)
        else:
            cleaning[key] = read_override(("corpus", "cleaning", key), text)
    try:
        # As a recipe, since that knows how to say what is wrong.
        recipe = Recipe.model_validate(
            {"name": "clean", "corpus": {**section, "cleaning": cleaning}, "training": {"steps": 1}}
        )
    except ValidationError as error:
        raise RecipeError("; ".join(describe_problems(error, {})), hint="docs/cleaning.md lists the keys") from None
    assert isinstance(recipe.corpus, FilesCorpusConfig)
    assert isinstance(recipe.corpus.cleaning, CleaningConfig)
    return recipe.corpus


def _report(done: Cleaned) -> None:
    print(done.folder)
    for part in ("validation", "train"):
        if part not in done.manifest:
            continue
        summary = done.manifest[part]
        counts = summary["stories"]
        print(f"  {part}: {counts['read']:,} stories read, {counts['kept']:,} kept, {counts['rejected']:,} rejected")
        for rule, about in summary["reasons"].items():
            print(f"    {rule:<18} {about['stories']:>10,} stories  {about['stories_percent']:>7.3f} %")
        for what, stories in summary["mended"].items():
            print(f"    mended: {what:<10} {stories:>10,} stories")
    for name, about in done.manifest["files"].items():
        print(f"  {name:<24} {about['stories']:>10,} stories  {about['bytes']:>14,} bytes")
    keys = ["corpus.kind=files", f"corpus.train={done.clean}"]
    keys += [f"corpus.validation={done.validation}"] if done.validation else []
    print(f"  next: {command('prepare', 'RECIPE', *keys)}")
