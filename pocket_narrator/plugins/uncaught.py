"""An exception that nobody has caught: whether it came out of code that was added."""

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.failures import has_failed, own_frames
from pocket_narrator.plugins.table import origins


def failure_of_own_code(error: Exception) -> PluginError | None:
    """The message for an error that came through lines of code that was added; None where it did not.

    What click and typer raise to end a command, or to refuse its arguments, is none.
    """
    if type(error).__module__.partition(".")[0] in ("click", "typer"):
        return None
    for path in {origin.path for origin in origins() if origin.path is not None}:
        if own_frames(error, path):
            return has_failed(f"own code of {path.name}", error, path)
    return None
