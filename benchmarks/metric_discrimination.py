"""Does the combined score tell stories from what is none? Real stories, a trained model's, an N-gram model's, and real
stories that were spoilt in ways that a score can miss.

    python benchmarks/metric_discrimination.py --model runs/storyworld-quick --ngram runs/ngram-storyworld --world-seed 4242
    python benchmarks/metric_discrimination.py --model runs/NAME --ngram runs/ngram-baseline --real valid.txt --part second

Both models tell from the same beginnings, with the sampling of their recipes (`--temperature` for both). Real stories are
of the embedded corpus, with a seed that neither was trained on, or of a file. Every text but `all sentences shuffled` is a
continuation of a real beginning. `continuation shuffled` is the hard case: what a text loses by it is mostly sense.
"""

import argparse
import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from pocket_narrator.corpus import read_stories
from pocket_narrator.evaluation.metrics.text import Sample, names, sentences
from pocket_narrator.evaluation.metrics.tools import Tools
from pocket_narrator.evaluation.metrics.wrapping import unwrapped_story
from pocket_narrator.evaluation.samples.generate import cut_story
from pocket_narrator.evaluation.samples.measure import measure_stories
from pocket_narrator.evaluation.statistics.figures import Estimate
from pocket_narrator.storyworld import make_story

SIDES = ("order", "unity", "freshness", "form")
LADDER = ("real", "trained model", "N-gram", "all sentences shuffled")  # each has to beat the next
PRONOUN_CHAIN = (
    "She looked at him. He gave it away. They wanted her back. It fell over her. She asked them for it. He told her about "
    "him. They saw her with it. It stayed with them. She gave him hers. He took it from them. They were glad for her. It "
    "made him sad. She went to him again. He left them with it. They kept it for her."
)
GERMAN = (
    "Eines Tages fand Lily im Garten einen roten Ball. Sie nahm den Ball und lief damit zu ihrer Mutter. Die Mutter lachte und "
    "sagte, dass Lily damit spielen durfte. Dann kam ein Hund aus dem Wald und wollte auch mit dem Ball spielen. Lily warf "
    "den Ball, und der Hund brachte ihn zurück. Am Abend waren Lily und der Hund beste Freunde. Sie spielten jeden Tag "
    "zusammen, und die Mutter war sehr froh."
)
LOOPS = ("last sentence again and again", "one paragraph again and again")  # nothing may score less


def spoilt(cut: Sequence[Sample], draw: random.Random) -> dict[str, list[Sample]]:
    """What can be done to real continuations, by name."""

    def each(change: Callable[[list[str], int], Sequence[str]]) -> list[Sample]:
        return [
            Sample(" " + " ".join(change(list(sentences(story.reference or "")), i)), story.beginning, group=i)
            for i, story in enumerate(cut)
        ]

    def spliced(lines: list[str], i: int) -> list[str]:
        other = sentences(cut[(i + 1) % len(cut)].reference or "")
        return lines[: len(lines) // 2] + list(other[len(other) // 2 :])

    def salad(lines: list[str], i: int) -> list[str]:
        found = " ".join(lines).split()
        return draw.sample(found, len(found))

    def other_people(lines: list[str], i: int) -> list[str]:
        """From the middle on, everybody has another name."""
        known = {name for line in names(cut[i].beginning + (cut[i].reference or "")) for name in line}
        middle = len(lines) // 2
        return lines[:middle] + [
            re.sub(r"\w+", lambda m: "Zo" + m[0] if m[0] in known else m[0], x) for x in lines[middle:]
        ]

    def whole_shuffled(i: int) -> Sample:
        lines = sentences(cut[i].beginning + (cut[i].reference or ""))
        return Sample(" ".join(draw.sample(lines, len(lines))), group=i)

    return {
        "continuation shuffled": each(lambda lines, i: draw.sample(lines, len(lines))),
        "all sentences shuffled": [whole_shuffled(i) for i in range(len(cut))],
        "continuation reversed": each(lambda lines, i: lines[::-1]),
        "words shuffled": each(salad),
        "end of another story": each(spliced),
        "everybody renamed half-way": each(other_people),
        "pronoun chain": each(lambda lines, i: sentences(PRONOUN_CHAIN)),
        "German": each(lambda lines, i: sentences(GERMAN)),
        "copied beginning": each(lambda lines, i: list(sentences(cut[i].beginning))),
        "told twice": each(lambda lines, i: lines * 2),
        LOOPS[0]: each(lambda lines, i: [sentences(cut[i].beginning)[-1]] * 12),
        LOOPS[1]: each(lambda lines, i: lines[:3] * 6),
    }


def continuations(run: str, cut: Sequence[Sample], temperature: float | None) -> list[Sample]:
    """What the model of a run tells from the beginnings."""
    from pocket_narrator.generation.narrator import Narrator

    options = {} if temperature is None else {"temperature": temperature}
    told = Narrator.load(run).tell([story.beginning for story in cut], **options)
    return [
        Sample(text[len(story.beginning) :], story.beginning, group=i)
        for i, (text, story) in enumerate(zip(told, cut, strict=True))
    ]


def real_stories(options: argparse.Namespace) -> list[Sample]:
    """Beginnings with how they went on."""
    if options.real:
        texts = [story.text for story in read_stories(Path(options.real))]
        half = len(texts) // 2
        texts = {"all": texts, "first": texts[:half], "second": texts[half:]}[options.part]
    else:
        texts = [make_story(i, options.world_seed).text for i in range(2 * options.stories)]
    return [story for text in texts if (story := cut_story(text)) is not None][: options.stories]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="run directory of a trained model")
    parser.add_argument("--ngram", help="run directory of an N-gram model")
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--world-seed", type=int, default=4242, help="of the embedded corpus; the recipes train on 7")
    parser.add_argument("--real", help="a file of stories that neither model has seen, instead of the embedded corpus")
    parser.add_argument("--part", choices=("all", "first", "second"), default="all", help="of the stories of --real")
    parser.add_argument("--temperature", type=float)
    options = parser.parse_args()
    cut = real_stories(options)
    sets = {"real": [Sample(story.reference or "", story.beginning, group=i) for i, story in enumerate(cut)]}
    for name, run in (("trained model", options.model), ("N-gram", options.ngram)):
        if run:
            sets[name] = continuations(run, cut, options.temperature)
    sets |= spoilt([unwrapped_story(story) for story in cut], random.Random(0))
    print(f"{len(cut)} stories\n\n| told by | story quality | " + " | ".join(SIDES) + " |\n|---|---|---|---|---|---|")
    tools, qualities = Tools(), {}
    for name, stories in sets.items():
        figures = measure_stories(stories, tools, families=["quality"], label=name).figures
        qualities[name] = figures["story_quality"]
        sides = [f"{figures[side].value:.3f}" if side in figures else "-" for side in SIDES]
        print(f"| {name} | {told(qualities[name])} | " + " | ".join(sides) + " |")
    print()
    ladder = [name for name in LADDER if name in qualities]
    for better, worse in [*pairwise(ladder), (ladder[-2], "continuation shuffled")]:
        print(f"{better} > {worse}: {'holds' if apart(qualities[better], qualities[worse]) else 'FAILS'}")
    lowest = min(figure.value for figure in qualities.values())
    for loop in LOOPS:
        print(f"nothing under {loop}: {'holds' if qualities[loop].value <= lowest else 'FAILS'}")


def apart(better: Estimate, worse: Estimate) -> bool:
    """Whether one interval lies wholly over the other."""
    assert better.interval is not None
    assert worse.interval is not None
    return better.interval[0] > worse.interval[1]


def told(figure: Estimate) -> str:
    low, high = figure.interval or (figure.value, figure.value)
    return f"{figure.value:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
