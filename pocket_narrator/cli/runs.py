"""`narrator runs`: what has been trained here."""

import time
from pathlib import Path

from pocket_narrator.run.find import RUNS, found_runs, last_change, newest_step


def runs() -> None:
    """List the runs in the folder runs/, the newest first: when it was last trained, its last saved step, and its folder."""
    found = found_runs()
    if not found:
        print(f"no runs in {RUNS}{'' if RUNS.is_dir() else ', which is not there'}; the first one:")
        print("  narrator train storyworld-quick")
    for run in found:
        print(_line(run))


def _line(run: Path) -> str:
    step = newest_step(run)
    saved = "nothing saved" if step is None else f"step {step:,}"
    return f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(last_change(run)))}  {saved:>13}  {run}"
