"""What the campaigns disturb: a folder with small prepared corpora, runs of three families and compiled kernels; and commands
that start at once, forked from this process, which has imported everything.

Not a script. Needs `fork`, so Linux or macOS.
"""

import contextlib
import hashlib
import importlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch  # noqa: E402

torch.set_num_threads(1)  # before anything starts a thread, which a fork would not have

import pocket_narrator.cli.clean  # noqa: E402
import pocket_narrator.cli.compare  # noqa: E402
import pocket_narrator.cli.evaluate  # noqa: E402
import pocket_narrator.cli.export  # noqa: E402
import pocket_narrator.cli.import_  # noqa: E402
import pocket_narrator.cli.prepare  # noqa: E402
import pocket_narrator.cli.report  # noqa: E402
import pocket_narrator.cli.tell  # noqa: E402
import pocket_narrator.cli.train  # noqa: E402
import pocket_narrator.evaluation.report.run_page  # noqa: E402
import pocket_narrator.evaluation.suite  # noqa: E402
import pocket_narrator.interop.gguf.export  # noqa: E402
import pocket_narrator.interop.import_model  # noqa: E402
import pocket_narrator.workbench.from_recipe  # noqa: E402, F401
from pocket_narrator.cli.main import main  # noqa: E402
from tests.small_runs import everything_in  # noqa: E402

for package in ("gguf", "transformers", "transformers.models.auto.modeling_auto", "pyarrow"):
    with contextlib.suppress(ImportError):  # what is not installed is not tried
        importlib.import_module(package)

MODELS = {
    "attention": "{preset: llama, layers: 'attention*2', width: 32, heads: 2, context: 256}",
    "mamba": "{layers: 'mamba*2', width: 32, context: 256}",
    "counted": "{kind: ngram, order: 3}",
}
CORPORA = {
    "attention": "{kind: storyworld, stories: 60, validation_stories: 8, seed: 3}",
    "mamba": "{kind: storyworld, stories: 60, validation_stories: 8, seed: 3}",
    "counted": "{kind: files, train: in/plain.txt, cleaning: {skip: [foreign_words, other_language]}}",
}
TRAINING = """training: {{steps: {steps}, batch_tokens: 512, warmup_steps: 5, evaluate_every: 4, sample_every: 5, checkpoint_every: 3,
  precision: fp32, device: cpu, compile: "off"}}"""
STEPS = 20


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, or the negative number of the signal that ended it."""

    code: int
    stdout: str
    stderr: str
    seconds: float


class Command:
    """`narrator ARGUMENTS` in a process of its own, in the folder `cwd`."""

    def __init__(self, arguments: list[str], cwd: Path, seconds: int = 60) -> None:
        self._output = Path(tempfile.mkdtemp(prefix="campaign-", dir=cwd.parent))
        for name in ("out", "err"):  # it may be killed before it opens them
            (self._output / name).touch()
        self._started = time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _become(lambda: _narrate(arguments), cwd, self._output, seconds)

    def kill(self) -> None:
        """With all its workers, by a signal that nobody can catch."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has not made a group of its own yet, and so has no workers
            os.kill(self.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def wait(self) -> Done:
        _, status = os.waitpid(self.pid, 0)
        said = [(self._output / name).read_text(encoding="utf-8", errors="replace") for name in ("out", "err")]
        shutil.rmtree(self._output)
        return Done(os.waitstatus_to_exitcode(status), *said, time.monotonic() - self._started)


def narrate(arguments: list[str], cwd: Path, seconds: int = 60) -> Done:
    return Command(arguments, cwd, seconds).wait()


def in_a_child(work: Callable[[], object], cwd: Path) -> None:
    """For what would start threads in this process, which a fork would not have."""
    pid = os.fork()
    if pid == 0:
        os.chdir(cwd)
        try:
            work()
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _become(work: Callable[[], object], cwd: Path, output: Path, seconds: int) -> None:
    code = 70
    try:
        os.setpgid(0, 0)
        for name, number in (("out", 1), ("err", 2)):
            os.dup2(os.open(output / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
        os.chdir(cwd)
        signal.alarm(seconds)
        work()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _narrate(arguments: list[str]) -> None:
    sys.argv = ["narrator", *arguments]
    main()


def build(folder: Path, runs: tuple[str, ...] = tuple(MODELS), steps: int = STEPS) -> None:
    """Recipes, a text, `data`, `runs` that are measured, and in `cache` the kernels, with a compiler that makes them at once."""
    folder.mkdir(parents=True)
    (folder / "in").mkdir()
    use_cache_of(folder)
    must(narrate(["storyworld", "--stories", "60", "--seed", "5", "--out", "in/plain.txt"], folder))
    for name in MODELS:
        (folder / f"{name}.yaml").write_text(recipe(name, steps), encoding="utf-8")
    _compile_once(folder)
    for name in runs:
        must(narrate(["train", f"{name}.yaml", "--run", f"runs/{name}", "--stories", "1"], folder, 300))


def recipe(name: str, steps: int = STEPS) -> str:
    lines = [
        f"name: {name}",
        f"corpus: {CORPORA[name]}",
        f"model: {MODELS[name]}",
        "tokenizer: {kind: bpe, vocabulary_size: 300}",
        "generation: {max_tokens: 24}",
        "evaluation: {stories_in_training: 4}",
    ]
    return "\n".join(lines if name == "counted" else [*lines, TRAINING.format(steps=steps)]) + "\n"


def use_cache_of(folder: Path) -> None:
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    wrapper = folder.parent / "compiler" / "gcc"
    if wrapper.exists():
        os.environ["CC"] = str(wrapper)


def _compile_once(folder: Path) -> None:
    """A gcc that hands out again what it has made once: a campaign that damages the kernels a hundred times is not about it."""
    real, made = shutil.which("gcc"), folder.parent / "compiler" / "made"
    if real is None or made.parent.exists():
        return
    made.parent.mkdir()
    wrapper = made.parent / "gcc"
    wrapper.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec {real} --version\n'
        f'[ -e "{made}" ] || {real} "$@" -o "{made}" || exit 1\n'
        f'while [ "$1" != -o ]; do shift; done\ncp "{made}" "$2"\n',
        encoding="utf-8",
    )
    wrapper.chmod(0o755)
    os.environ["CC"] = str(wrapper)


def must(done: Done) -> Done:
    assert done.code == 0, done.stderr
    return done


_VARYING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\d+(?:[.,:]\d+)*")


def said(stderr: str) -> set[str]:
    """The lines of a command, without figures, progress and colours: to see whether it has said anything more."""
    lines = (_VARYING.sub("#", line).strip() for line in re.split(r"[\r\n]", stderr))
    return {
        line
        for line in lines
        if line and not line.startswith(("training #", "measuring", "step #")) and "%" not in line
    }


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def bits_of_run(run: Path) -> str:
    """Everything that must be the same in two runs of one recipe; said in the child, which may have threads."""
    return json.dumps(everything_in(run), default=lambda value: value.hex(), sort_keys=True)


def temporaries_in(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob(".*") if re.search(r"\.(tmp|old)-\d+-", path.name)
    )


def describe(counts: Mapping[tuple[str, str], int], columns: list[str]) -> str:
    """A table of how often each row came to each end."""
    rows = sorted({row for row, _ in counts})
    lines = [f"{'':<22}" + "".join(f"{column:>12}" for column in columns)]
    for row in [*rows, "all"]:
        cells = [sum(n for (r, c), n in counts.items() if c == column and row in (r, "all")) for column in columns]
        lines.append(f"{row:<22}" + "".join(f"{cell:>12,}" for cell in cells))
    return "\n".join(lines)
