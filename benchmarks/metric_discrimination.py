"""Does the combined score tell stories from what is none? Real stories, a trained model's, N-grams', shuffled ones, loops.

    python benchmarks/metric_discrimination.py --stories 200
    python benchmarks/metric_discrimination.py --stories 200 --train train.txt --valid valid.txt --run runs/NAME

Without files, stories of the embedded corpus. N-grams are of words, by back-off to shorter ones, counted on the training
stories. `--run` adds what a trained model tells from the same beginnings.
"""

import argparse
import random
import re
from collections import defaultdict
from itertools import islice

from pocket_narrator.corpus.stories import read_stories
from pocket_narrator.evaluation.metrics.text import Story, sentences
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.evaluation.suite import measure_stories
from pocket_narrator.evaluation.told import cut_story
from pocket_narrator.storyworld import make_story

TRAINING_STORIES = 6_000
LONGEST = 400  # tokens that an N-gram tells
_TOKEN = re.compile(r"\s*\w+(?:'\w+)*|\s*[^\w\s]")


class Ngram:
    """Continues with what once followed the longest known run before it."""

    def __init__(self, texts: list[str], order: int) -> None:
        self._order = order
        self._following: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for text in texts:
            tokens = [*_TOKEN.findall(text), ""]
            for i in range(1, len(tokens)):
                for length in range(1, min(order, i + 1)):
                    self._following[tuple(tokens[i - length : i])].append(tokens[i])

    def tell(self, beginning: str, draw: random.Random) -> str:
        told = _TOKEN.findall(beginning)
        first = len(told)
        while len(told) - first < LONGEST:
            runs = (tuple(told[-length:]) for length in range(self._order - 1, 0, -1))
            found = next((self._following[run] for run in runs if run in self._following), None)
            token = draw.choice(found) if found else ""
            if not token:
                break
            told.append(token)
        return "".join(told[first:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--train")
    parser.add_argument("--valid")
    parser.add_argument("--run", help="a run directory whose model tells from the same beginnings")
    options = parser.parse_args()
    if options.train and options.valid:
        training = list(islice(read_stories(options.train), TRAINING_STORIES))
        real = list(read_stories(options.valid))
    else:
        training = [make_story(i, 5).text for i in range(TRAINING_STORIES)]
        real = [make_story(i, 99).text for i in range(2 * options.stories)]
    cut = [story for text in real if (story := cut_story(text)) is not None][: options.stories]
    draw = random.Random(0)
    beginnings = [story.beginning for story in cut]
    told = {"real stories": [story.reference or "" for story in cut]}
    if options.run:
        from pocket_narrator.generation.narrator import Narrator

        stories = Narrator.load(options.run).tell(beginnings, temperature=0.8)
        told["the trained model"] = [s[len(b) :] for s, b in zip(stories, beginnings, strict=True)]
    for order in (5, 2):
        ngram = Ngram(training, order)
        told[f"{order}-gram"] = [ngram.tell(beginning, draw) for beginning in beginnings]
    told["loops"] = [(" " + sentences(b)[-1]) * 12 for b in beginnings]
    sets = {
        name: [Story(text, b, group=i) for i, (text, b) in enumerate(zip(texts, beginnings, strict=True))]
        for name, texts in told.items()
    }
    wholes = [sentences(b + (s.reference or "")) for b, s in zip(beginnings, cut, strict=True)]
    shuffled = [" ".join(draw.sample(lines, len(lines))) for lines in wholes]
    sets["shuffled sentences"] = [Story(text, group=i) for i, text in enumerate(shuffled)]
    print("| told by | story quality | order | unity | freshness | form |\n|---|---|---|---|---|---|")
    tools = Tools()
    for name, stories in sets.items():
        figures = measure_stories(stories, tools, families=["quality"], label=name).figures
        cells = [
            f"{figures['story_quality'].value:.3f} ({', '.join(f'{b:.3f}' for b in figures['story_quality'].interval or ())})"
        ]
        cells += [f"{figures[side].value:.3f}" for side in ("order", "unity", "freshness", "form")]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
