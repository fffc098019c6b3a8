"""`narrator new-mixer`: writes the file that a mixer of one's own begins with."""

from typing import Annotated

import typer

from pocket_narrator.terminal.messages import command


def new_mixer(
    name: Annotated[str, typer.Argument(help="The mixer's name; NAME.py is written.", metavar="NAME")],
) -> None:
    """Write NAME.py, a small mixer in plain torch that can be checked and trained at once, to be changed into another."""
    from pocket_narrator.testing.template import write_mixer

    path = write_mixer(name)
    train = command("train", "storyworld-quick", "--plugin", path, f"model.layers={name}*4")
    print(f"{path}\n\nCheck it, then train with it:\n    {command('check', path)}\n    {train}")
