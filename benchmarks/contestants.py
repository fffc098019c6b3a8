"""Contestants of a benchmark: each is a process of its own, which says when it is ready and does a turn whenever it is asked, so that a
drifting machine hurts all alike and only one of them computes at a time."""

import argparse
import contextlib
import ctypes
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from machine import OtherProcesses

THREADS = 2
PEER_ALLOCATOR = {  # glibc: keep what is freed; without it the peers are up to several times slower
    "MALLOC_MMAP_THRESHOLD_": str(16 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(16 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", default="", help="those whose names begin so, by commas")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--json", type=Path)


def environment_of(is_peer: bool) -> dict[str, str]:
    """This process's environment with two threads, and the peers' allocator setting for peers only."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    return environment | {"OMP_NUM_THREADS": str(THREADS)} | (PEER_ALLOCATOR if is_peer else {})


@contextmanager
def ended(command: Sequence[str], **options: Any) -> "Iterator[subprocess.Popen[str]]":
    """A process that ends with the block."""
    process = subprocess.Popen(command, text=True, **options)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def contestant(command: Sequence[str], **options: Any) -> "contextlib.AbstractContextManager[subprocess.Popen[str]]":
    return ended(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)


def turn_of(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Asks for a turn, and waits for it."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    return answer_of(process)


def answer_of(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"{process.args}: ended by itself")  # its own words are on stderr
    return json.loads(line)


# ---- in a contestant's process


def take_turns(
    ready: dict[str, Any], compute: Callable[[], int], seconds: float = 0, warm_up: Callable[[], object] = lambda: None
) -> None:
    """Says that it is ready. A turn is one call of `compute`, which returns its tokens, or as many as begin within `seconds`; what is
    answered is how many tokens a second, and how many cores others used."""
    print(json.dumps(ready), flush=True)
    for _ in sys.stdin:
        warm_up()
        others, began, tokens = OtherProcesses(), time.perf_counter(), 0
        while tokens == 0 or time.perf_counter() - began < seconds:
            tokens += compute()
        rate = tokens / (time.perf_counter() - began)
        print(json.dumps({"rate": rate, "others": others.cores() or 0.0}), flush=True)


def give_memory_back() -> None:
    """So that contestants that wait do not hold together more than the machine has (glibc only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def import_model(checkout: Path) -> Any:
    """The module `model.py` of a peer's checkout."""
    spec = importlib.util.spec_from_file_location("peer_model", checkout / "model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
