"""How many processes a command uses."""

import typer

from pocket_narrator.recipe.limits import MOST_WORKERS

WORKERS = typer.Option(min=1, max=MOST_WORKERS, help="Processes; all cores for a large text.")
