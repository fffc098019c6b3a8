"""Is a damaged file ever taken for a whole one? Files of runs, prepared data and compiled kernels are damaged at random.

    python benchmarks/mutate_run.py --mutations 5000 --seed 1
    python benchmarks/mutate_run.py --only 1:417        # one of them again, with what it said

Each mutation changes one file (or swaps two) of a small world and gives one command: the result must be the undisturbed one,
or something must have been said: a refusal with exit code 2, or a line on stderr that the undisturbed command has not. A
silent other result, a traceback, a signal, or 60 seconds are faults.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from small_world import Done, bits_of_run, build, describe, hash_of, must, narrate, said, use_cache_of

ENDS = ["same", "mended", "refused", "said", "FAULT"]


def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def truncate(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.choice([0, chance.randrange(path.stat().st_size), path.stat().st_size - 1]))


def zero(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    begin = chance.randrange(len(data))
    end = min(len(data), begin + chance.choice([1, 16, 512, 4096]))
    data[begin:end] = bytes(end - begin)
    path.write_bytes(data)


def tear(path: Path, chance: random.Random) -> None:
    """The first part is this file's, the rest never came to the disk."""
    data = path.read_bytes()
    cut = chance.randrange(len(data))
    path.write_bytes(data[:cut] + bytes(len(data) - cut))


def digit(path: Path, chance: random.Random) -> None:
    """Another digit for one: what stays a number, and valid JSON."""
    data = bytearray(path.read_bytes())
    places = [i for i, byte in enumerate(data[: 2**20]) if 48 <= byte < 58]
    if not places:
        return flip(path, chance)
    place = chance.choice(places)
    data[place] = chance.choice([byte for byte in b"0123456789" if byte != data[place]])
    path.write_bytes(data)


def append(path: Path, chance: random.Random) -> None:
    with open(path, "ab") as stream:
        stream.write(chance.choice([b"\n", b"\0" * 16, b"{}", chance.randbytes(100)]))


def drop_line(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    path.write_bytes(b"".join(lines))


def swap(path: Path, chance: random.Random) -> None:
    """With another file of its folder."""
    others = [other for other in path.parent.iterdir() if other.is_file() and other != path]
    if not others:
        return flip(path, chance)
    other = chance.choice(sorted(others))
    content = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(content)


def remove(path: Path, chance: random.Random) -> None:
    path.unlink()


def folder(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path, chance: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.symlink_to(chance.choice(["nowhere", "/dev/zero", path.name, "."]))


def empty(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


MUTATIONS = [
    flip,
    flip,
    flip,
    digit,
    digit,
    truncate,
    zero,
    tear,
    append,
    drop_line,
    swap,
    remove,
    folder,
    pipe,
    link,
    empty,
]


@dataclass(frozen=True)
class Verb:
    """A command, and what is left of it that must be as ever."""

    arguments: list[str]
    result: Callable[[Done, Path], object]
    reads: tuple[str, ...]  # folders


def stdout(done: Done, world: Path) -> object:
    return done.stdout


VERBS = {
    "tell": Verb(
        ["tell", "runs/attention", "Once", "--seed", "3", "--max-tokens", "16"], stdout, ("runs/attention", "cache")
    ),
    "tell counted": Verb(["tell", "runs/counted", "Once", "--seed", "3"], stdout, ("runs/counted", "cache")),
    "tell mamba last": Verb(
        ["tell", "runs/mamba", "One day", "--seed", "4", "--max-tokens", "16", "--which", "last"],
        stdout,
        ("runs/mamba", "cache"),
    ),
    "evaluate": Verb(
        ["evaluate", "runs/attention"],
        lambda done, world: (
            done.stdout,
            json.loads((world / "runs/attention/evaluation/likelihood.json").read_bytes())["likelihood"],
        ),
        ("runs/attention", "data", "cache"),
    ),
    "evaluate counted": Verb(["evaluate", "runs/counted"], stdout, ("runs/counted", "data", "cache")),
    "compare": Verb(["compare", "runs/attention", "runs/mamba"], stdout, ("runs/attention", "runs/mamba")),
    "report": Verb(
        ["report", "runs/attention"],
        lambda done, world: hash_of(world / "runs/attention/report.html"),
        ("runs/attention", "data"),
    ),
    "prepare": Verb(["prepare", "attention.yaml"], stdout, ("data",)),
    "prepare counted": Verb(["prepare", "counted.yaml"], stdout, ("data",)),
    "resume": Verb(
        ["train", "attention.yaml", "--run", "runs/half", "--stories", "0"],
        lambda done, world: bits_of_run(world / "runs/half"),
        ("runs/half", "data", "cache"),
    ),
    "resume a finished one": Verb(
        ["train", "mamba.yaml", "--run", "runs/mamba", "--stories", "0"],
        lambda done, world: bits_of_run(world / "runs/mamba"),
        ("runs/mamba", "data"),
    ),
    "export": Verb(
        ["export", "runs/attention", "--to", "gguf", "--out", "out.gguf"],
        lambda done, world: hash_of(world / "out.gguf"),
        ("runs/attention", "cache"),
    ),
}


SLOW = ("report", "resume", "export")  # a second or two each
OFTEN = [name for name in VERBS for _ in range(1 if name in SLOW else 3)]


def make_world(base: Path) -> None:
    build(base)
    for name in ("attention", "mamba"):
        must(narrate(["evaluate", f"runs/{name}", "--suite", "quick"], base, 300))
    # As a process leaves it that was killed after its second-last checkpoint.
    shutil.copytree(base / "runs/attention", base / "runs/half")
    *_, newest = sorted((base / "runs/half/checkpoints").iterdir())
    shutil.rmtree(newest)
    shutil.rmtree(base / "runs/half/evaluation")


def give(verb: Verb, world: Path) -> tuple[Done, object]:
    """The command's end, and its result; the reason where there is none."""
    done = narrate(verb.arguments, world)
    if done.code != 0:
        return done, None
    try:
        return done, verb.result(done, world)
    except (AssertionError, OSError, ValueError) as error:
        return done, f"no result: {error!r}"


def give_twice(name: str, base: Path, world: Path) -> tuple[Done, object]:
    """Undisturbed; a result that is not always the same would say nothing."""
    ends = []
    for _ in range(2):
        fresh(base, world)
        ends.append(give(VERBS[name], world))
        must(ends[-1][0])
    assert ends[0][1] == ends[1][1], f"{name} has another result the second time"
    return ends[0]


def judge(done: Done, result: object, undisturbed: tuple[Done, object]) -> str:
    if "Traceback" in done.stderr or "panicked" in done.stderr:
        return "FAULT"
    if done.code == 2 and "error: " in done.stderr:
        return "refused"
    more = said(done.stderr) - said(undisturbed[0].stderr)
    if done.code != 0:
        return "FAULT"
    if result == undisturbed[1]:
        return "mended" if more else "same"
    return "said" if more else "FAULT"


def mutate(world: Path, verb: Verb, chance: random.Random) -> tuple[str, Path]:
    """Changes one file that the verb may read; says what was done to which."""
    # Kernels that are made again are tested again, for seconds: they are seldom damaged.
    folders = [name for name in verb.reads if name != "cache" or chance.random() < 0.25]
    files = [path for name in folders for path in sorted((world / name).rglob("*")) if path.is_file()]
    kinds = sorted({(path.parent.parent.name, path.suffix, path.name.partition("-")[0]) for path in files})
    kind = chance.choice(kinds)  # first, since there are many checkpoints and one best.json
    chosen = chance.choice([p for p in files if (p.parent.parent.name, p.suffix, p.name.partition("-")[0]) == kind])
    mutation = chance.choice(MUTATIONS)
    if chosen.stat().st_size == 0 and mutation not in (append, remove, folder, pipe, link):
        mutation = append
    mutation(chosen, chance)
    return mutation.__name__, chosen.relative_to(world)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="SEED:NUMBER of one mutation, which is shown")
    parser.add_argument("--verbs", nargs="*", choices=list(VERBS), help="only these commands")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    options = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    place = options.folder or Path(tempfile.mkdtemp(prefix="mutate-run-", dir=memory))
    place.mkdir(parents=True, exist_ok=True)
    base, world = place / "base", place / "world"
    if not base.exists():
        make_world(base)
    use_cache_of(world)
    undisturbed: dict[str, tuple[Done, object]] = {}
    seed, numbers = options.seed, range(options.mutations)
    if options.only:
        seed, only = map(int, options.only.split(":"))
        numbers = range(only, only + 1)
    counts: Counter[tuple[str, str]] = Counter()
    faults = []
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for number in numbers:
            chance = random.Random(f"{seed}:{number}")
            name = chance.choice(options.verbs or OFTEN)
            if name not in undisturbed:
                undisturbed[name] = give_twice(name, base, world)
            fresh(base, world)
            what, path = mutate(world, VERBS[name], chance)
            done, result = give(VERBS[name], world)
            end = judge(done, result, undisturbed[name])
            counts[name, end] += 1
            if sys.stderr.isatty():
                print(f"\r{sum(counts.values()):,} of {len(numbers):,}", end="", file=sys.stderr, flush=True)
            if end == "FAULT" or options.only:
                faults.append(f"{seed}:{number} {what} {path}, then {name}: {end}, exit code {done.code}")
                print(faults[-1], file=sys.stderr, flush=True)
                if options.only:
                    print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    print(describe(counts, ENDS), flush=True)
    print(f"{sum(counts.values()):,} mutations in {time.monotonic() - started:,.0f} s, seed {seed}")
    print("\n".join(faults))
    if not options.folder:
        shutil.rmtree(place)
    sys.exit(any(end == "FAULT" for _, end in counts))


def fresh(base: Path, world: Path) -> None:
    if world.exists():
        shutil.rmtree(world)
    shutil.copytree(base, world, symlinks=True)


if __name__ == "__main__":
    main()
