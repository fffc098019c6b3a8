"""Where a command writes: never over the text that it reads."""

from pathlib import Path

from pocket_narrator.errors import NarratorError


def refuse_input_as_output(text: str, *outputs: Path | None) -> None:
    """NarratorError where one of the files to write is the text that is read."""
    source = Path(text)
    for output in outputs:
        if output is not None and output.exists() and source.exists() and output.samefile(source):
            raise NarratorError(
                "the output would take the place of the text that is read",
                where=str(output),
                hint="give the output a name of its own",
            )
