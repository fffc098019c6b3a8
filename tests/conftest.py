"""Temporary folders of tests lie in memory where there is room: thousands of files are written, synced to the disk and deleted,
and on a slow disk that takes half of all time. Folders of tests that passed are deleted at once (`pyproject.toml`).

Several processes (`pytest -n 2`) have a thread each. What was skipped, and why, is said at the end of every run."""

import os
import shutil
from collections import Counter

IN_MEMORY, ROOM = "/dev/shm", 2 * 2**30  # bytes; Linux has it, and containers often with little room

if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)

if (
    "PYTEST_XDIST_WORKER" in os.environ
):  # before torch and the kernels are loaded, which look once; processes of tests have it, too
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_terminal_summary(terminalreporter) -> None:
    """One line for each reason, with how many tests it has left out here."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    if reasons:
        terminalreporter.section("skipped here", sep="-")
        for reason, count in reasons.most_common():
            terminalreporter.write_line(f"{count:4} {reason}")
