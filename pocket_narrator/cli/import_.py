"""`narrator import`: converts a model of Hugging Face's or a GGUF file into a run."""

from pathlib import Path
from typing import Annotated

import typer

from pocket_narrator.cli.arguments.output import folder_to_write
from pocket_narrator.cli.arguments.own_text import is_text, train_on
from pocket_narrator.cli.arguments.recipe import read_arguments
from pocket_narrator.errors import InteropError
from pocket_narrator.terminal.messages import command

WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".onnx")
PACKED = (".zip", ".tar", ".tgz", ".gz", ".xz", ".zst", ".7z", ".rar")
# Ids that the hub knew before it had owners.
OWNERS = {
    **dict.fromkeys(("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"), "openai-community"),
    **dict.fromkeys(("distilgpt2",), "distilbert"),
    **dict.fromkeys(("gpt-neo-125m", "gpt-neo-1.3B", "gpt-neo-2.7B"), "EleutherAI"),
    **dict.fromkeys(
        ("TinyStories-1M", "TinyStories-3M", "TinyStories-8M", "TinyStories-28M", "TinyStories-33M"), "roneneldan"
    ),
    **dict.fromkeys(("mamba-130m-hf", "mamba-370m-hf"), "state-spaces"),
}


def import_(
    source: Annotated[
        str, typer.Argument(help="A folder with config.json, a .gguf file, or a model id such as owner/name.")
    ],
    recipe: Annotated[
        list[str] | None, typer.Argument(help="Recipe and key.path=value overrides: what to evaluate it on, name=...")
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(parser=folder_to_write, metavar="FOLDER", help="The run directory to make; by default runs/NAME."),
    ] = None,
    tokenizer: Annotated[Path | None, typer.Option(help="A tokenizer.json in place of the model's own.")] = None,
    context: Annotated[int | None, typer.Option(min=2, help="Tokens, where it is to be less than the model's.")] = None,
) -> None:
    """Convert GPT-2, GPT-Neo, Llama, Mamba or Mamba-2 of Hugging Face's, or a GGUF file, into a run."""
    _refuse_what_is_no_model(source)
    sources, overrides = read_arguments(recipe or [], "import", source)
    from pocket_narrator.interop.import_model import import_model

    done = import_model(source, sources, overrides, run, tokenizer, context)
    model, _ = done.recipe.stack()
    print(f"imported  {done.run}: {model.layers}, width {model.width}, context {model.context}")
    for note in done.notes:
        print(f"note      {note}")
    name = f"name={done.recipe.name}-tuned"
    print(f"""
Try next:
  {command("tell", done.run, "Once upon a time")}
  {command("evaluate", done.run)}
  {command("train", "fine-tune", "--from", done.run, name)}""")


def _refuse_what_is_no_model(source: str) -> None:
    name = source.removeprefix("hf:")
    path, known = Path(name), {short.lower(): f"{owner}/{short}" for short, owner in OWNERS.items()}
    if (path / "config.yaml").is_file():
        raise InteropError("this is a run already", where=source, hint=f"for example:\n    {command('tell', path)}")
    if path.is_file() and path.suffix.lower() in PACKED:
        hint = "unpack it, and give the folder with config.json, or the .gguf file"
        raise InteropError("this is packed, and not a model", where=source, hint=hint)
    if path.is_file() and is_text(name):
        raise InteropError(
            "this is a text, and not a model", where=source, hint=f"train a model on it:\n    {train_on(name)}"
        )
    if path.is_file() and path.suffix.lower() in WEIGHTS:
        raise InteropError(
            "these are weights alone, and not a model",
            where=source,
            hint="give the folder with config.json, the weights as .safetensors, and the tokenizer",
        )
    whole = known.get(name.lower(), name)
    if not path.exists() and whole != source:
        hint = f"on the Hugging Face hub it is\n    {command('import', whole)}"
        raise InteropError(f"there is no file or folder '{source}'", hint=hint)
