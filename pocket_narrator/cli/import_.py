"""`narrator import`: takes over a model of Hugging Face's or a GGUF file."""

from pathlib import Path
from typing import Annotated

import typer

from pocket_narrator.recipes import split_arguments


def import_(
    source: Annotated[
        str, typer.Argument(help="A folder with config.json, a .gguf file, or a model id such as owner/name.")
    ],
    recipe: Annotated[
        list[str] | None, typer.Argument(help="Recipe and key.path=value overrides: what to measure it on, name=...")
    ] = None,
    run: Annotated[Path | None, typer.Option(help="The run directory to make; by default runs/NAME.")] = None,
    tokenizer: Annotated[Path | None, typer.Option(help="A tokenizer.json in place of the model's own.")] = None,
    context: Annotated[int | None, typer.Option(min=2, help="Tokens, where it is to be less than the model's.")] = None,
) -> None:
    """Take over GPT-2, GPT-Neo, Llama, Mamba or Mamba-2 from Hugging Face, or a GGUF file, as a run."""
    from pocket_narrator.interop.import_model import import_model

    done = import_model(source, *split_arguments(recipe or []), run, tokenizer, context)
    model, _ = done.recipe.stack()
    print(f"imported  {done.run}: {model.layers}, width {model.width}, context {model.context}")
    for note in done.notes:
        print(f"note      {note}")
    print(f"""
Try next:
  narrator tell {done.run} "Once upon a time"
  narrator evaluate {done.run}
  narrator train fine-tune --from {done.run} name={done.recipe.name}-tuned""")
