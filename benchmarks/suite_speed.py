"""How long does the full suite take, where the stories are told already and nothing else is known?

    python benchmarks/suite_speed.py runs/NAME
    python benchmarks/suite_speed.py runs/NAME --embedder minilm

`narrator evaluate runs/NAME --suite full` tells 500 stories and those of the set-up beginnings, where they are not told
yet; that is not counted. Then the same command is timed, all of it: starting, loading, likelihood of the whole split,
calibration, every metric. Values that were kept before are removed first. Then each family of metrics is
timed alone over the same stories, in one process; the tools are loaded once, and how often is counted.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from pocket_narrator.evaluation.memorisation.store import SeenInStore
from pocket_narrator.evaluation.metrics import embedded, nouns
from pocket_narrator.evaluation.metrics.registry import FAMILIES
from pocket_narrator.evaluation.samples.file import read_story_file
from pocket_narrator.evaluation.samples.measure import measure_stories
from pocket_narrator.evaluation.suite import Options
from pocket_narrator.run.loading import load_trained
from pocket_narrator.tokens.prepare import prepare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--embedder")
    options = parser.parse_args()
    command = [sys.executable, "-m", "pocket_narrator.cli.main", "evaluate", str(options.run), "--suite", "full"]
    told = options.run / "evaluation" / "told-full.jsonl"
    if not told.exists():
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(options.run / "evaluation" / "cache", ignore_errors=True)
    if options.embedder:
        command += ["--embedder", options.embedder]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    whole = time.perf_counter() - started
    trained = load_trained(options.run)
    _, stories = read_story_file(told)
    tokens = [len(trained.tokenizer.encode(story.text)) for story in stories]
    print(
        f"{len(stories)} stories of {sum(tokens) / len(tokens):.0f} tokens: {whole:.1f} s, `{' '.join(command[1:])}`\n"
    )
    loads = count_loads()
    tools = Options("full", embedder=options.embedder).tools()
    tools.seen = SeenInStore(prepare(trained.recipe).train, trained.tokenizer)
    print("| family | seconds |\n|---|---|")
    for family in FAMILIES:
        started = time.perf_counter()
        left_out = measure_stories(stories, tools, families=[family.name]).left_out
        seconds = time.perf_counter() - started
        print(f"| {family.name} | {'left out' if left_out else f'{seconds:.1f}'} |")
    print(f"\nloaded: {json.dumps(loads) if loads else 'nothing'}")


def count_loads() -> dict[str, int]:
    """From now on, how often a noun finder and a network are loaded, by name."""
    loads: dict[str, int] = {}

    def counted(function, name: str):
        def load(*arguments):
            loads[name] = loads.get(name, 0) + 1
            return function(*arguments)

        return load

    embedded.load_pretrained = counted(embedded.load_pretrained, "networks")
    for finder in (nouns.SpacyNouns, nouns.TextBlobNouns, nouns.ContentWords):
        finder.__init__ = counted(finder.__init__, finder.__name__)
    return loads


if __name__ == "__main__":
    main()
