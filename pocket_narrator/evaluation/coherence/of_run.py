"""`narrator evaluate RUN --suite coherence`: a run tells stories, and the reader reads them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pocket_narrator.corpus.embedded import dials_of
from pocket_narrator.evaluation.coherence.measure import DISTANCES, Coherence, groups_of, measure_coherence
from pocket_narrator.evaluation.coherence.survival import share_after
from pocket_narrator.evaluation.metrics.text import Sample
from pocket_narrator.evaluation.of_storyworld import load_storyworld_run
from pocket_narrator.evaluation.samples.generate import (
    LONGEST_SHARE,
    beginnings_of,
    halves,
    story_texts,
    tell_stories,
)
from pocket_narrator.evaluation.samples.measure import describe_figures
from pocket_narrator.files.json_file import find_json_object, write_json_object
from pocket_narrator.files.writable import require_place_for_folder
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.progress import progress
from pocket_narrator.recipe.schema import StoryworldCorpusConfig
from pocket_narrator.run.loading import LoadedRun, Which
from pocket_narrator.storyworld.reader import LEAST_UNDERSTOOD
from pocket_narrator.storyworld.story import make_story, plots_without
from pocket_narrator.terminal.notes import say_once
from pocket_narrator.tokens.store import TokenStore

PROMPTS, STORIES_EACH = 100, 2
LEAST_TOKENS = 4_000  # that are told of a chronicle, so that its facts can lie far
SURVIVAL_WORDS = (25, 50, 100, 150, 500, 1_000, 2_000)  # those of a chronicle go on where those of short stories end
FILE = "coherence.json"
BECAUSE = "the reader reads stories of StoryWorld, and this run was trained on others"
TOLD, HELD_OUT, NOT_HELD_OUT = "told", "held-out plots", "other plots"


@dataclass(frozen=True)
class CoherenceReport:
    """What was found, by set of stories: those from beginnings of validation stories and, where plots are held out, those from first halves of
    stories of these plots beside first halves of stories of the others."""

    sets: dict[str, Coherence]
    written: Path


def evaluate_coherence(run: str | Path, which: Which = "best", text: Path | None = None) -> CoherenceReport:
    """Has a run tell stories, reads them, and writes `evaluation/coherence.json`. `text`: where the text of the run lies now.

    Raises RunError where the run was trained on something else than StoryWorld, or where its text is another.
    """
    of_storyworld = load_storyworld_run(run, BECAUSE, which, text)
    trained, folder = of_storyworld.trained, of_storyworld.evaluation
    require_place_for_folder(folder)
    prompts = _prompts(trained, of_storyworld.held_out, of_storyworld.corpus)
    told = {}
    about = {"run": trained.run_folder.name, "step": trained.step, "corpus": of_storyworld.prepared.corpus_hash}
    sampling = SamplingOptions.of_recipe(trained.recipe.generation)
    corpus = of_storyworld.corpus
    # A model of mixed lengths may go on as in a chronicle of any of them: what it tells is read as the shortest that it fits.
    chapters = corpus.chapters if corpus.fewest_chapters is None else None
    dials = replace(dials_of(corpus), held_out_plots=())  # it may tell of these, too
    if corpus.chapters is not None:
        sampling = replace(sampling, max_tokens=max(sampling.max_tokens, LEAST_TOKENS))
    with progress("telling", STORIES_EACH * sum(map(len, prompts.values())), "stories") as bar:
        for name, beginnings in prompts.items():
            path = folder / f"told-coherence{'' if name == TOLD else '-' + name.replace(' ', '-')}.jsonl"
            told[name] = tell_stories(
                trained.model, trained.tokenizer, beginnings, STORIES_EACH, sampling, path, about, bar.advance
            )
    sets = {}
    with progress("reading", sum(map(len, told.values())), "stories") as bar:
        for name, samples in told.items():
            sets[name] = measure_coherence(
                samples, lambda piece: len(trained.tokenizer.encode(piece)), bar.advance, chapters, dials
            )
    protocol = {**about, "sampling": asdict(sampling), "tokenizer": trained.tokenizer.fingerprint}
    write_json_object(folder / FILE, {"protocol": protocol, "sets": {name: asdict(one) for name, one in sets.items()}})
    return CoherenceReport(sets, folder / FILE)


def _prompts(trained: LoadedRun, store: TokenStore, corpus: StoryworldCorpusConfig) -> dict[str, Sequence[Sample]]:
    longest = int(trained.model.context * LONGEST_SHARE)

    def fits(beginning: str) -> bool:
        return len(trained.tokenizer.encode(beginning)) + 1 <= longest

    found: dict[str, Sequence[Sample]] = {TOLD: beginnings_of(story_texts(store, trained.tokenizer), PROMPTS, fits)}
    if corpus.held_out_plots:
        others = plots_without(corpus.held_out_plots)
        for name, left_out in ((HELD_OUT, others), (NOT_HELD_OUT, corpus.held_out_plots)):
            first = corpus.stories  # of stories that were not trained on
            dials = replace(dials_of(corpus), held_out_plots=left_out)
            stories = [make_story(i, corpus.seed, dials).text for i in range(first, first + PROMPTS)]
            cut = [half for half in map(halves, stories) if half is not None and fits(half.beginning)]
            if not cut:
                say_once(
                    f"{name}: no first half of a story fits into {LONGEST_SHARE:.0%} of the model's context; left out"
                )
                continue
            found[name] = [Sample("", half.beginning, half.text, group) for group, half in enumerate(cut)]
    return found


def read_coherence(run: Path) -> dict | None:
    """What `coherence.json` of a run holds; None where there is none."""
    return find_json_object(run / "evaluation" / FILE)


def describe_coherence(report: CoherenceReport) -> str:
    """Tables for a terminal."""
    lines = []
    for name, one in report.sets.items():
        lines += [f"{name}: {one.stories:,} stories", *describe_figures(one.figures)]
        if not one.is_understood:
            lines += [not_understood(one.figures["understood"].value), ""]
            continue
        bounds = groups_of(one.contradictions)
        lines += ["", f"{'contradictions, by words apart':<34}" + "".join(f"{spelled(bound):>8}" for bound in bounds)]
        for about, groups in one.contradictions.items():
            lines.append(f"  {about:<32}" + "".join(f"{groups.get(bound, 0):>8,}" for bound in bounds))
        lines += ["", "stories without a contradiction, by words since the prompt (Kaplan-Meier)"]
        for words in SURVIVAL_WORDS[: None if one.longest > SURVIVAL_WORDS[4] else 4]:
            point = share_after(one.survival, words)
            lines.append(f"  after {words:>5,} words  {point.share:.3f} ({point.low:.3f} to {point.high:.3f})")
        lines.append("")
    lines.append(f"written to {report.written}")
    return "\n".join(lines)


def not_understood(share: float) -> str:
    """Why there is no figure of coherence."""
    return f"{100 * share:.0f} % of the words is understood, and {100 * LEAST_UNDERSTOOD:.0f} % is needed to speak of coherence: no figures"


def spelled(bound: str) -> str:
    """A group of distances, by its lower bound."""
    if bound == "none":
        return "none"
    place = DISTANCES.index(int(bound))
    return f"{bound}+" if place + 1 == len(DISTANCES) else f"{bound}-{DISTANCES[place + 1] - 1}"
