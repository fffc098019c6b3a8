"""Is anything lost, or half of it used, when a command is killed at any moment? Lives of a second, ended by SIGKILL.

    python benchmarks/kill_campaign.py --kills 2000 --commands train
    python benchmarks/kill_campaign.py --kills 700 --commands prepare clean export import evaluate

A series gives one command again and again, and kills it and its workers at a random moment of its life, until `--a-series`
kills are done; then the command runs to its end. What it leaves must be, bit for bit, what it leaves where nobody disturbed it;
no temporary file may be left, nothing may have been called damaged, and there may be no traceback.
"""

import argparse
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from small_world import Command, Done, bits_of_run, build, hash_of, in_a_child, must, narrate, recipe, temporaries_in

from pocket_narrator.evaluation.comparison.measured_model import read_measured_run

WORRYING = re.compile(r"Traceback|damaged|passed over|not as it|not what was|another measurement|are missing")


@dataclass(frozen=True)
class Campaign:
    """A command, what it makes (which is not there when a series begins), and what of that has to be the same."""

    arguments: list[str]
    makes: tuple[str, ...]
    result: Callable[[Path], object]
    look: Callable[[Path], object] = lambda world: None  # after each kill; raises where something half-written is used
    is_done: str = ""  # a refusal that says that the killed life had come to its end


def files_in(*names: str) -> Callable[[Path], object]:
    """The hash of every file below some folders, without those that say when they were written."""

    def result(world: Path) -> object:
        files = [path for name in names for path in (world / name).rglob("*") if path.is_file()]
        return {str(path.relative_to(world)): hash_of(path) for path in files}

    return result


def figures_are_whole(world: Path) -> None:
    """What was measured before the campaign, or during it: always figures and scores of one measurement."""
    in_a_child(lambda: read_measured_run("runs/attention"), world)


CAMPAIGNS = {
    "train": Campaign(
        ["train", "killed.yaml", "--run", "runs/killed", "--stories", "0"],
        ("runs/killed",),
        lambda world: bits_of_run(world / "runs/killed"),
    ),
    "prepare": Campaign(["prepare", "attention.yaml"], ("data",), files_in("data")),
    "clean": Campaign(
        ["clean", "in/plain.txt", "skip=[foreign_words,other_language]", "--output", "cleaned"],
        ("cleaned",),
        files_in("cleaned"),
    ),
    "export": Campaign(
        ["export", "runs/attention", "--to", "gguf"],
        ("runs/attention/export",),
        lambda world: hash_of(world / "runs/attention/export/attention-f32.gguf"),
    ),
    "export hf": Campaign(
        ["export", "runs/attention", "--to", "hf", "--out", "hf"],
        ("hf",),
        lambda world: hash_of(world / "hf/model.safetensors"),
    ),
    "import": Campaign(
        ["import", "source.gguf", "name=imported"],
        ("runs/imported",),
        lambda world: hash_of(world / "runs/imported/checkpoints/step-0000000/model.safetensors"),
        is_done="there is a run of this name already",
    ),
    "evaluate": Campaign(
        ["evaluate", "runs/attention", "--suite", "quick"],
        (),
        files_in("runs/attention/evaluation"),
        figures_are_whole,
    ),
}


def make_world(base: Path, steps: int) -> None:
    build(base, runs=("attention",))
    text = recipe("attention", steps)
    for was, now in (
        ("name: attention", "name: killed"),
        ("context: 256", "context: 32"),
        ("batch_tokens: 512", "batch_tokens: 64"),
        ("in_training: 4", "in_training: 1"),
        ("max_tokens: 24", "max_tokens: 4"),
    ):
        assert was in text
        text = text.replace(was, now)
    (base / "killed.yaml").write_text(text, encoding="utf-8")
    must(narrate(["evaluate", "runs/attention"], base))
    must(narrate(["export", "runs/attention", "--to", "gguf", "--out", "source.gguf"], base))


def fresh(base: Path, world: Path, campaign: Campaign) -> None:
    if world.exists():
        shutil.rmtree(world)
    shutil.copytree(base, world)
    for name in campaign.makes:
        shutil.rmtree(world / name, ignore_errors=True)


def check(done: Done, world: Path, campaign: Campaign) -> None:
    """Of a life that came to its end."""
    is_done = campaign.is_done and campaign.is_done in done.stderr
    assert done.code == 0 or is_done, f"exit code {done.code}: {done.stderr[-2000:]}"
    assert not WORRYING.search(done.stderr), done.stderr[-2000:]
    left = temporaries_in(world)
    assert is_done or not left, f"left lying: {left}"


def run(name: str, kills: int, a_series: int, base: Path, world: Path, chance: random.Random) -> Counter[str]:
    """Figures of one campaign; AssertionError, naming the series, at the first fault."""
    campaign, counted = CAMPAIGNS[name], Counter[str]()
    lives = []
    for _ in range(2):
        fresh(base, world, campaign)
        lives.append(must(narrate(campaign.arguments, world, 300)).seconds)
        check(Done(0, "", "", 0), world, campaign)
        expected = campaign.result(world)
    while counted["kills"] < kills:
        counted["series"] += 1
        fresh(base, world, campaign)
        for _ in range(a_series):
            life = Command(campaign.arguments, world)
            time.sleep(chance.uniform(0, max(lives)))
            if life.has_ended():
                check(life.wait(), world, campaign)
                counted["ended before"] += 1
                break
            life.kill()
            done = life.wait()
            counted["kills"] += 1
            counted["in the middle of a write"] += bool(temporaries_in(world))
            assert not WORRYING.search(done.stderr), f"series {counted['series']}: {done.stderr[-2000:]}"
            campaign.look(world)
        check(narrate(campaign.arguments, world, 300), world, campaign)
        found = campaign.result(world)
        assert found == expected, f"series {counted['series']}: another result"
    counted["milliseconds of a whole life"] = int(1000 * statistics.median(lives))
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50, help="in all; shared among the commands")
    parser.add_argument("--commands", nargs="+", choices=list(CAMPAIGNS), default=list(CAMPAIGNS))
    parser.add_argument("--a-series", type=int, default=8, help="kills before the command may come to its end")
    parser.add_argument("--steps", type=int, default=30, help="of the training that is killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    options = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    place = options.folder or Path(tempfile.mkdtemp(prefix="kill-campaign-", dir=memory))
    place.mkdir(parents=True, exist_ok=True)
    if not (place / "base").exists():
        make_world(place / "base", options.steps)
    each, faults = -(-options.kills // len(options.commands)), 0
    for name in options.commands:
        started = time.monotonic()
        try:
            counted = run(
                name, each, options.a_series, place / "base", place / "world", random.Random(f"{options.seed} {name}")
            )
            figures = ", ".join(f"{number:,} {what}" for what, number in counted.items())
            print(
                f"{name}: {figures}; the same bits, nothing left lying; {time.monotonic() - started:,.0f} s", flush=True
            )
        except AssertionError as error:
            faults += 1
            print(f"{name}: FAULT in {place / 'world'}: {error}", flush=True)
            shutil.copytree(place / "world", place / f"fault-{name}", dirs_exist_ok=True)
    if not options.folder and not faults:
        shutil.rmtree(place)
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
