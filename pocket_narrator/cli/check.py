"""`narrator check`: tries whether a mixer keeps the contract that training and generation rest on."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pocket_narrator.errors import PluginError
from pocket_narrator.terminal.messages import command, for_terminal

SOMETHING_FAILED = 1  # the exit code


def check(
    mixer: Annotated[str, typer.Argument(help="A file such as my_mixer.py, or the name of a mixer.", metavar="FILE")],
) -> None:
    """Check a mixer: causality, parallel = recurrent, packed stories, states, gradients, saving, and more.

    Exit code 1 where a property does not hold. Names of mixers are those of installed packages, and ours.
    """
    names = _names(mixer)
    from pocket_narrator.testing import check_mixer
    from pocket_narrator.testing.describe import describe_failures, describe_finding, describe_speed
    from pocket_narrator.testing.speed import measure_speed

    def say(text: str) -> None:
        print(for_terminal(text, sys.stdout), flush=True)

    failed = False
    for name in names:
        say(f"{name}\n")
        report = check_mixer(name, report=lambda finding: say(describe_finding(finding)))
        say("\n" + "\n".join(describe_failures(report)))
        failed = failed or not report.passed
        if report.passed:
            say("\n" + "\n".join(describe_speed(measure_speed(name))))
    if failed:
        raise typer.Exit(SOMETHING_FAILED)


def _names(mixer: str) -> list[str]:
    """The mixers that the file registers, or the one that is named."""
    from pocket_narrator.plugins.files import load_plugin
    from pocket_narrator.recipe.mixers import MIXERS

    path = Path(mixer)
    if not path.exists() and path.suffix != ".py" and path.name == mixer:
        if MIXERS.find(mixer) is None:
            file = f"{mixer}.py" if Path(f"{mixer}.py").is_file() else "my_mixer.py"
            raise PluginError(
                MIXERS.why_not(mixer), hint=f"give the file that registers it:\n    {command('check', file)}"
            )
        return [mixer]
    additions = load_plugin(path)
    names = additions.names.get("mixers", [])
    if not names:
        registered = ", ".join(f"{group}: {', '.join(found)}" for group, found in additions.names.items())
        hint = 'end it with register_mixer(MixerKind("my_mixer", MyMixer))'
        raise PluginError("this file registers no mixer", where=mixer, found=registered, hint=hint)
    return names
