"""Fuzzes everything that reads a file of somebody else's: damaged and hostile files must be read or refused, nothing else.

python benchmarks/fuzz_readers.py [--cases 2000] [--seed 0] [--readers NAME ...] [--keep FOLDER]
python benchmarks/fuzz_readers.py --readers jsonl --case 1234        # one case again, in this process, with its traceback

Every case is a valid file, changed; the changes follow from seed, reader and number. A reader's cases run one after the
other in a child process that may take 2 GB of memory more and 10 s for each. A case has died if the child did; has shown a traceback
if it raised anything but a NarratorError; and hangs if it was not done in its time. Another reader is added by one entry in
READERS, here or in a module that is named with --with. Needs fork: Linux or macOS.
"""

import argparse
import importlib
import os
import random
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pocket_narrator.errors import NarratorError

MEMORY = 2 << 30
SECONDS = 10


@dataclass(frozen=True)
class Reader:
    """One way to read a file."""

    file: str  # its name, by which some kinds are known
    seeds: Callable[[], list[bytes]]  # valid files
    read: Callable[[Path], object]  # reads all of it, or raises NarratorError
    pack: Callable[[bytes], bytes] | None = None  # then half of the cases change a seed, and pack it after that


READERS: dict[str, Reader] = {}


class _TooLong(BaseException):
    """Not an Exception, so that no reader takes it for damage."""


TOKENS = [
    b"<|endoftext|>",
    b"<|startoftext|>",
    b"</s>",
    b"\r\n",
    b"\r",
    b"\n\n\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\0",
    b'"',
    b'""',
    b"{",
    b"[",
    b"}",
    b"]",
    b",",
    b":",
    b"\\ud800",
    b"\\",
    b"null",
    b"1e999",
    b"-1",
    b"NaN",
    b"9" * 5000,
    b"[" * 3000,
    b"\xf0\x9f\x99\x82",
    b"\xed\xa0\x80",
    b"\t",
    b";",
    b" " * 600,
    b"\xff\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"PK\3\4",
    b"PAR1",
]


def mutated(seed: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """One to five changes: bits, bytes, pieces left out, doubled, moved, taken from another seed, or cut off."""
    raw = bytearray(seed)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        if not raw:
            break
        at = chance.randrange(len(raw))
        length = min(len(raw) - at, 1 << chance.randrange(10))
        kind = chance.randrange(9)
        if kind == 0:
            raw[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            raw[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif kind == 2:
            raw[at : at + length] = chance.randbytes(length)
        elif kind == 3:
            del raw[at : at + length]
        elif kind == 4:
            raw[at:at] = raw[at : at + length] * chance.choice((1, 2, 30))
        elif kind == 5:
            raw[at:at] = chance.choice(TOKENS)
        elif kind == 6:
            piece = chance.choice(others)
            start = chance.randrange(len(piece))
            raw[at : at + length] = piece[start : start + length]
        elif kind == 7:
            del raw[at:]
        else:
            width = chance.choice((1, 2, 4, 8))
            value = chance.choice((0, 1, 255, 65535, (1 << 31) - 1, (1 << 32) - 1, (1 << 63) - 1, 1 << 24))
            raw[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, chance.choice(("little", "big")))
    return bytes(raw)


@cache
def _seeds(name: str) -> list[bytes]:
    return READERS[name].seeds()


def make_case(name: str, seed: int, number: int) -> bytes:
    """The file of one case."""
    chance = random.Random(f"{seed} {name} {number}")
    reader, seeds = READERS[name], _seeds(name)
    if reader.pack is None:
        return mutated(chance.choice(seeds), seeds, chance)
    if chance.random() < 0.5:
        return reader.pack(mutated(chance.choice(seeds), seeds, chance))
    packed = [reader.pack(seed) for seed in seeds]
    return mutated(chance.choice(packed), packed, chance)


def run_case(name: str, seed: int, number: int, folder: Path) -> str:
    """`read`, `refused`, or what it raised."""
    path = folder / READERS[name].file
    path.write_bytes(make_case(name, seed, number))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        READERS[name].read(path)
    except NarratorError:
        return "refused"
    except _TooLong:
        return "hangs"
    except BaseException as error:
        return f"traceback {type(error).__name__}: {error}"[:300].replace("\n", " ")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "read"


def address_space() -> int:
    """Bytes that this process has mapped; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def child(name: str, seed: int, first: int, cases: int, pipe: int) -> None:
    """Runs cases from `first` on and writes a line for each: its number, a blank, what came of it."""
    most = address_space() + MEMORY  # what is there already came with the seeds, not with a case
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    root = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=root) as folder:
        for number in range(first, cases):
            os.write(pipe, f"{number} begins\n".encode())
            outcome = run_case(name, seed, number, Path(folder))
            os.write(pipe, f"{number} {outcome}\n".encode(errors="replace"))


def too_long(*_: object) -> None:
    raise _TooLong


def run_reader(name: str, seed: int, cases: int) -> tuple[Counter[str], list[tuple[int, str]]]:
    """How many cases ended how, and those that failed. A child that died is followed by another, from the next case on."""
    counts, failures, number = Counter[str](), [], 0
    while number < cases:
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reading)
            try:
                child(name, seed, number, cases, writing)
            finally:
                os._exit(0)
        os.close(writing)
        last, is_running, unread = number - 1, False, b""
        while True:
            if not select.select([reading], [], [], SECONDS + 5)[0]:  # it does not even hear the alarm
                os.kill(process, signal.SIGKILL)
                break
            chunk = os.read(reading, 1 << 16)
            if not chunk:
                break
            *lines, unread = (unread + chunk).split(b"\n")
            for line in lines:
                digits, _, outcome = line.decode(errors="replace").partition(" ")
                last, is_running = int(digits), outcome == "begins"
                if is_running:
                    continue
                kind = outcome.split()[0]
                counts[kind] += 1
                if kind not in ("read", "refused"):
                    failures.append((last, outcome))
        os.close(reading)
        _, status = os.waitpid(process, 0)
        if is_running:
            code = os.waitstatus_to_exitcode(status)
            outcome = (
                "hangs" if code == -signal.SIGKILL else f"died ({signal.Signals(-code).name if code < 0 else code})"
            )
            counts[outcome.split()[0]] += 1
            failures.append((last, outcome))
        elif last + 1 < cases:
            failures.append((last + 1, f"the child ended by itself ({status})"))
            break
        number = last + 1
    return counts, failures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000, help="for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--readers", nargs="*", help="all by default")
    parser.add_argument("--case", type=int, help="run this one again, of the one reader that is named")
    parser.add_argument("--keep", type=Path, help="write the files of failed cases here")
    parser.add_argument(
        "--with",
        dest="modules",
        nargs="*",
        default=["fuzzed_corpora", "fuzzed_models", "fuzzed_runs"],
        help="modules that add readers",
    )
    arguments = parser.parse_args()
    sys.modules.setdefault("fuzz_readers", sys.modules["__main__"])
    for module in arguments.modules:
        importlib.import_module(module)
    names = arguments.readers or list(READERS)
    unknown = [name for name in names if name not in READERS]
    if unknown:
        parser.error(f"no reader {', '.join(unknown)}; there is {', '.join(READERS)}")
    signal.signal(signal.SIGALRM, too_long)
    if arguments.case is not None:
        again(names[0], arguments.seed, arguments.case, arguments.keep)
        return
    found: list[tuple[str, int, str]] = []
    print(
        f"{'reader':<16}{'cases':>9}{'read':>9}{'refused':>9}{'traceback':>10}{'hangs':>7}{'died':>6}{'a second':>10}"
    )
    for name in names:
        _seeds(name)
        started = time.monotonic()
        counts, failures = run_reader(name, arguments.seed, arguments.cases)
        rate = counts.total() / (time.monotonic() - started)
        columns = "".join(
            f"{counts[kind]:>{width},}"
            for kind, width in (("read", 9), ("refused", 9), ("traceback", 10), ("hangs", 7), ("died", 6))
        )
        print(f"{name:<16}{counts.total():>9,}{columns}{rate:>10,.0f}", flush=True)
        found += [(name, number, outcome) for number, outcome in failures]
    for name, number, outcome in found:
        print(f"--readers {name} --seed {arguments.seed} --case {number}: {outcome}")
        if arguments.keep:
            keep(name, arguments.seed, number, arguments.keep)
    sys.exit(1 if found else 0)


def keep(name: str, seed: int, number: int, folder: Path) -> Path:
    """Writes the file of a case."""
    path = folder / f"{name}-{seed}-{number}" / READERS[name].file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_case(name, seed, number))
    return path


def again(name: str, seed: int, number: int, folder: Path | None) -> None:
    """One case, here, with whatever it raises."""
    root = folder or Path(tempfile.mkdtemp())
    path = keep(name, seed, number, root)
    try:
        print(READERS[name].read(path))
    except NarratorError as error:
        print(f"refused: {error}")
    except Exception:
        traceback.print_exc()
    finally:
        if folder is None:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
