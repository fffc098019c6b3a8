"""`narrator prepare`: everything a recipe needs before training."""

from typing import Annotated

import typer

from pocket_narrator.cli.arguments.corpus import ask
from pocket_narrator.cli.arguments.recipe import read_arguments
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.terminal.messages import command, say
from pocket_narrator.tokens.prepare import prepare as prepare_recipe


def prepare(
    recipe: Annotated[
        list[str], typer.Argument(help="Recipe files or names, merged left to right, and key.path=value overrides.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Download without asking.")] = False,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Clean and encode on the Ray cluster that RAY_ADDRESS names.")
    ] = False,
) -> None:
    """Make the stories, the tokenizer and the tokenized training set of a recipe; what is cached is kept."""
    consent = (lambda _: True) if yes else ask
    prepared = prepare_recipe(
        load_recipe(*read_arguments(recipe, "prepare"), report=say), consent=consent, cluster=cluster
    )
    print(prepared.folder)
    print(f"  training:   {_size(prepared.train)}")
    print(f"  validation: {_size(prepared.validation)}")
    print(
        f"  tokenizer:  {prepared.tokenizer.vocabulary_size:,} tokens, {_bytes_per_token(prepared.train):.2f} bytes/token"
    )
    print(f"  corpus:     {prepared.corpus_hash[:12]}")
    if prepared.floor_bits_per_byte is not None:
        print(
            f"  entropy:    {prepared.floor_bits_per_byte:.4f} +- {prepared.floor_standard_error:.4f} bits per byte (validation)"
        )
    print(f"  next:       {command('train', *recipe)}")


def _size(store) -> str:
    return f"{store.num_stories:,} stories, {store.num_tokens:,} tokens, {store.num_bytes:,} bytes"


def _bytes_per_token(store) -> float:
    return store.num_bytes / store.num_tokens
