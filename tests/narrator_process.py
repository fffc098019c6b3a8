"""The command in a process of its own that is there at once: forked from one that has imported torch already."""

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.dying import die_before

PATIENCE_S = 100
PRELOADED = ["pocket_narrator.workbench.from_recipe", "pocket_narrator.cli.train", "torch._dynamo", "rich.progress"]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int | None
    stdout: str
    stderr: str


class NarratorProcess:
    """`narrator ARGUMENTS` in the folder `cwd`, on one thread, its output in files.

    `file_limit` is how many bytes a file may have, as if the disk were full then; packages in `missing` are not installed;
    `environment` is added to this process's. `dies_before`: it is killed at its n-th change of the disk (tests/dying.py).
    """

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        file_limit: int | None = None,
        missing: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        dies_before: int | None = None,
    ) -> None:
        context = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
        if os.name != "nt":
            context.set_forkserver_preload(PRELOADED)
        self._output = Path(tempfile.mkdtemp(prefix="narrator-"))
        call = (arguments, cwd, self._output, file_limit, tuple(missing), dict(environment or {}), dies_before)
        self._process = context.Process(target=_run, args=call)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        """At once, with a signal that no process can catch."""
        self._process.kill()
        self._process.join()

    def terminate(self) -> None:
        """As `kill` and process managers ask a process to end."""
        self._process.terminate()

    def stderr(self) -> str:
        """What it has said so far."""
        path = self._output / "stderr"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait(self) -> Done:
        self._process.join(PATIENCE_S)
        assert self._process.exitcode is not None, f"it did not end\n{self.stderr()}"
        stdout = (self._output / "stdout").read_text(encoding="utf-8")
        return Done(self._process.exitcode, stdout, self.stderr())

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Looks a thousand times a second, as long as the command runs."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.is_alive(), f"it ended by itself\n{self.stderr()}"
            assert time.monotonic() < deadline, f"it does not come to it\n{self.stderr()}"
            time.sleep(0.001)


def narrator(*arguments: str, cwd: Path, file_limit: int | None = None, missing: Sequence[str] = ()) -> Done:
    """Runs the command to its end."""
    return NarratorProcess(*arguments, cwd=cwd, file_limit=file_limit, missing=missing).wait()


def _run(
    arguments: tuple[str, ...],
    cwd: Path,
    output: Path,
    file_limit: int | None,
    missing: tuple[str, ...],
    environment: dict[str, str],
    dies_before: int | None,
) -> None:
    os.chdir(cwd)
    os.environ.update(environment)
    for name, stream, number in (("stdout", sys.stdout, 1), ("stderr", sys.stderr, 2)):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        descriptor = os.open(output / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, number)
    if file_limit is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    for package in missing:
        sys.modules[package] = None  # type: ignore[assignment]
    import torch

    from pocket_narrator.cli.main import main

    torch.set_num_threads(1)
    sys.argv = ["narrator", *arguments]
    if dies_before is not None:
        die_before(dies_before)
    main()
