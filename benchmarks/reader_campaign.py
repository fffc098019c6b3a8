"""Does the reader read what was told, and find what was changed? Prints a table, and ends with code 1 where a bar is missed.

    python benchmarks/reader_campaign.py --stories 20000 --changed 200
    python benchmarks/reader_campaign.py --stories 2000 --first 4000 --changed 0
    python benchmarks/reader_campaign.py --stories 0 --changed 0 --chronicles 200 --changed-chronicles 36

Fresh stories have to be read back to the identical trace, world and probability (1e-9), with nothing named in them. Then one fact is changed
in each of many stories, in the ways of `WAYS`: the first sentence that the reader names has to be the first that no story can have there.

Chronicles of 8 to 100 chapters, of several seeds, have to be read back in the same way. In others, one fact that was told last 256 tokens before or
more is told otherwise, in the ways of `KINDS`: the first sentence that is named, and the passage that it contradicts, have to be the right ones.
"""

import argparse
import random
import sys
import time
from collections import Counter

from changed_chronicles import KINDS, change_chronicle
from changed_stories import WAYS, Told

from pocket_narrator.storyworld import make_chronicle, make_story
from pocket_narrator.storyworld.reader import StoryReading, read_story

SEED = 2_026
CHAPTERS = (8, 12, 16, 24, 32, 48, 64, 100)  # of chronicles, in turn
BAR_RIGHT, BAR_STORIES_A_SECOND = 0.99, 200


def sentence_at(reading: StoryReading, position: int) -> int:
    """The number of the sentence that a character is in."""
    return next((n for n, (_, end) in enumerate(reading.sentences) if position < end), len(reading.sentences))


def read_changed(way: str, wanted: int, seed: int, shown: int) -> tuple[Counter, float]:
    """How many were named at the right sentence, and how many milliseconds one took."""
    draw = random.Random(f"{way} {seed}")
    found: Counter = Counter()
    seconds, index = 0.0, 0
    while found["texts"] < wanted and index < 60 * wanted:
        told = Told(index, seed)
        index += 1
        changed = WAYS[way](told, draw)
        if changed is None or changed[0] == told.text:
            continue
        started = time.process_time()
        reading = read_story(changed[0])
        seconds += time.process_time() - started
        found["texts"] += 1
        right = sentence_at(reading, changed[1])
        if reading.findings and reading.findings[0].sentence == right:
            found["right sentence"] += 1
            found[reading.findings[0].kind] += 1
            found["no other sentence"] += len({finding.sentence for finding in reading.findings}) == 1
            continue
        found["also a story" if reading.story else "elsewhere or nothing"] += 1
        if shown:
            shown -= 1
            named = [(f.sentence, f.kind, f.reason) for f in reading.findings]
            print(f"-- {way}, story {index - 1}: sentence {right} of\n{changed[0]}\n   named: {named}", file=sys.stderr)
    return found, 1e3 * seconds / max(found["texts"], 1)


def read_fresh(first: int, count: int, seed: int) -> tuple[Counter, float]:
    """How many stories were read back as they were told, and stories a second."""
    found: Counter = Counter()
    seconds = 0.0
    for index in range(first, first + count):
        story = make_story(index, seed)
        started = time.process_time()
        reading = read_story(story.text)
        seconds += time.process_time() - started
        again = reading.story
        if again is not None and again.trace == story.trace and again.facts == story.facts:
            found["identical"] += abs(again.log2_probability - story.log2_probability) < 1e-9
        found["named"] += bool(reading.findings)
        found["several traces"] += reading.traces > 1
        if again is not None and again != story and reading.traces == 1:
            found["other places of slots or decisions"] += 1
    return found, count / seconds if seconds else float("nan")


def read_chronicles(first: int, count: int, seed: int) -> tuple[Counter, dict[int, float]]:
    """How many chronicles were read back as they were told, and chapters a second, by length."""
    found: Counter = Counter()
    seconds: Counter = Counter()
    chapters: Counter = Counter()
    for index in range(first, first + count):
        many = CHAPTERS[index % len(CHAPTERS)]
        story = make_chronicle(index, seed + index % 5, many)
        started = time.process_time()
        reading = read_story(story.text)
        seconds[many] += time.process_time() - started
        chapters[many] += many
        again = reading.story
        if again is not None:
            found["identical"] += again == story and abs(reading.log2_probability - story.log2_probability) < 1e-9
        found["named"] += bool(reading.findings)
        found["several traces"] += reading.traces > 1
    return found, {many: chapters[many] / seconds[many] for many in sorted(chapters)}


def read_changed_chronicles(kind: str, wanted: int, seed: int, shown: int) -> Counter:
    """How many were named at the right sentence, and with the right passage before it."""
    draw = random.Random(f"{kind} {seed}")
    found: Counter = Counter()
    index = 0
    while found["texts"] < wanted and index < 60 * wanted:
        story = make_chronicle(index, seed + index % 5, CHAPTERS[2 + index % (len(CHAPTERS) - 2)])
        index += 1
        changed = change_chronicle(story, kind, draw)
        if changed is None:
            continue
        reading = read_story(changed.text)
        found["texts"] += 1
        right = sentence_at(reading, changed.at)
        named = reading.findings[0] if reading.findings else None
        if named is not None and named.sentence == right:
            found["right sentence"] += 1
            found["impossible"] += named.kind == "impossible"
            found["no other sentence"] += len(reading.findings) == 1
            if named.earlier is not None and named.earlier[0] < changed.told <= named.earlier[1]:
                found["right passage"] += 1
                found["words apart"] += named.words_apart or 0
                continue
        if shown:
            shown -= 1
            told = story.text[changed.told - 80 : changed.told]
            print(f"-- {kind}, chronicle {index - 1}: {changed.text[changed.at - 80 : changed.at + 60]!r}, told: {told!r}", file=sys.stderr)  # fmt: skip
            for one in reading.findings[:3]:
                before = one.earlier and reading.text[slice(*one.earlier)]
                print(f"   {one.sentence - right:+}: {one.kind}, {one.reason}, {before!r}", file=sys.stderr)
    return found


def report_chronicles(given: argparse.Namespace) -> list[str]:
    """Prints what became of chronicles; returns the bars that were missed."""
    missed = []
    if given.chronicles:
        found, speeds = read_chronicles(given.first, given.chronicles, given.seed)
        print(f"{given.chronicles:,} fresh chronicles from {given.first:,}: " + ", ".join(f"{k} {found[k]:,}" for k in ("identical", "named", "several traces")))  # fmt: skip
        print("chapters a second by number of chapters: " + ", ".join(f"{many}: {speed:,.0f}" for many, speed in speeds.items()))  # fmt: skip
        missed += ["chronicles read back"] * (found["identical"] < given.chronicles or found["named"] > 0)
    if given.changed_chronicles:
        print(
            f"\n{'changed far back':<28}{'texts':>7}{'right':>9}{'passage':>9}{'alone':>7}{'impossible':>12}{'words apart':>13}"
        )
        total: Counter = Counter()
        for kind in [kind for kind in KINDS if not given.kinds or kind in given.kinds]:
            found = read_changed_chronicles(kind, given.changed_chronicles, given.seed, given.show)
            total += found
            apart = found["words apart"] / max(found["right passage"], 1)
            print(f"{kind:<28}{found['texts']:>7}{found['right sentence']:>9}{found['right passage']:>9}{found['no other sentence']:>7}{found['impossible']:>12}{apart:>13,.0f}", flush=True)  # fmt: skip
        texts = max(total["texts"], 1)
        print(f"{'together':<28}{total['texts']:>7}{total['right sentence'] / texts:>9.2%}{total['right passage'] / texts:>9.2%}")  # fmt: skip
        missed += ["changed facts of chronicles"] * (total["right passage"] / texts < BAR_RIGHT)
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=500, help="fresh ones")
    parser.add_argument("--first", type=int, default=0, help="the number of the first of them")
    parser.add_argument("--changed", type=int, default=20, help="texts with one changed fact, of each way")
    parser.add_argument("--chronicles", type=int, default=0, help="fresh ones")
    parser.add_argument("--changed-chronicles", type=int, default=0, help="with one changed fact, of each kind")
    parser.add_argument("--kinds", nargs="*", help="only these, of changed chronicles")
    parser.add_argument("--ways", nargs="*", default=list(WAYS), help="only these")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--show", type=int, default=0, help="so many failures of each way, on stderr")
    given = parser.parse_args()
    missed = []
    if given.stories:
        fresh, speed = read_fresh(given.first, given.stories, given.seed)
        print(f"{given.stories:,} fresh stories from {given.first:,}: " + ", ".join(f"{k} {fresh[k]:,}" for k in ("identical", "named", "several traces", "other places of slots or decisions")))  # fmt: skip
        print(f"{speed:,.0f} stories a second on one core")
        missed += ["stories read back"] * (fresh["identical"] < given.stories or fresh["named"] > 0)
        missed += ["speed"] * (speed < BAR_STORIES_A_SECOND)
    if given.changed:
        print(f"\n{'changed':<28}{'texts':>7}{'right':>9}{'alone':>7}{'impossible':>12}{'order':>7}{'unknown':>9}{'also a story':>14}{'ms':>7}")  # fmt: skip
        total: Counter = Counter()
        for way in given.ways:
            found, milliseconds = read_changed(way, given.changed, given.seed, given.show)
            total += found
            cells = f"{found['no other sentence']:>7}{found['impossible']:>12}{found['out of order']:>7}{found['unknown wording']:>9}{found['also a story']:>14}"  # fmt: skip
            print(f"{way:<28}{found['texts']:>7}{found['right sentence']:>9}{cells}{milliseconds:>7.1f}")
        share = total["right sentence"] / max(total["texts"], 1)
        print(f"{'together':<28}{total['texts']:>7}{share:>9.2%}")
        missed += ["changed facts named at the right sentence"] * (share < BAR_RIGHT)
    missed += report_chronicles(given)
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
