"""Trains, tells with, and measures small language models that write stories."""

from typing import TYPE_CHECKING

from pocket_narrator.process import telemetry

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pocket_narrator.generation.narrator import Narrator

telemetry.switch_off()

__all__ = ["Narrator", "__version__"]


def __getattr__(name: str) -> object:
    """`Narrator` is imported when it is asked for: torch takes a second, and most of the package does without."""
    if name == "Narrator":
        from pocket_narrator.generation.narrator import Narrator

        return Narrator
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
