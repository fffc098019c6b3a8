"""`--suite ledger`: the accounts of a run's held-out stories, summed; kept in the run's `evaluation/ledger.json`."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pocket_narrator.corpus.embedded import story_of
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.ledger.accounts import ROWS, ideal_bits, paid_bits
from pocket_narrator.evaluation.likelihood.of_run import carries_state, spread
from pocket_narrator.evaluation.likelihood.scores import score_stories
from pocket_narrator.evaluation.of_storyworld import load_storyworld_run
from pocket_narrator.evaluation.statistics.bootstrap import Interval, interval_of, resampled_sums
from pocket_narrator.files.json_file import write_json_object
from pocket_narrator.progress import progress
from pocket_narrator.run.loading import Which
from pocket_narrator.storyworld import StoryworldStory
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.store import TokenStore

FILE = "ledger.json"
VERSION = 1  # of the file
STORIES = 400  # by default
BECAUSE = "the ledger lays a model's bits beside what each decision of a story cost, which StoryWorld alone knows"


@dataclass(frozen=True)
class Line:
    """One row of the ledger: bits a story, means over the stories."""

    name: str
    paid: float  # by the model
    ideal: float  # what the decisions cost
    excess: float
    interval: Interval | None  # of the excess, 95 %


@dataclass(frozen=True)
class Ledger:
    """All rows, and their sum in the last: the model's distance from the floor."""

    run: str
    step: int
    stories: int
    held_out: int  # stories that there are
    lines: list[Line]
    written: Path


def keep_ledger(run: str | Path, which: Which = "best", stories: int | None = None, text: Path | None = None) -> Ledger:
    """Books the held-out stories of a run (`stories` of them at even distances, by default `STORIES`). `text`: where its text lies now.

    Raises RunError where it is not of StoryWorld, or of another version of it.
    """
    of_storyworld = load_storyworld_run(run, BECAUSE, which, text)
    trained, store = of_storyworld.trained, of_storyworld.held_out
    chosen = spread(store, stories or STORIES)
    with progress("scoring", int((store.offsets[chosen + 1] - store.offsets[chosen]).sum()), "tokens") as bar:
        carry = carries_state(trained.recipe)
        scores = score_stories(trained.model, store, chosen.tolist(), carry=carry, advance=bar.advance)
    paid, ideal = np.zeros((2, len(chosen), len(ROWS)))
    for s, index in enumerate(chosen.tolist()):
        story = story_of(of_storyworld.corpus, of_storyworld.first_held_out + index)
        bits_T = scores.nll_N[scores.offsets[s] : scores.offsets[s + 1]].astype(np.float64) / math.log(2)
        paid[s] = paid_bits(story, _ends(story, store, index, trained.tokenizer, str(run)), bits_T)
        ideal[s] = ideal_bits(story)
    lines = _lines(paid, ideal)
    path = of_storyworld.evaluation / FILE
    found = Ledger(trained.run_folder.name, trained.step, len(chosen), store.num_stories, lines, path)
    columns = {"story": chosen.tolist(), "paid": paid.round(6).tolist(), "ideal": ideal.round(6).tolist(), "rows": ROWS}
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {name: value for name, value in asdict(found).items() if name != "written"}
    write_json_object(path, {"version": VERSION, **about, "by_story": columns})
    return found


def _ends(story: StoryworldStory, store: TokenStore, index: int, tokenizer: Tokenizer, where: str) -> Sequence[int]:
    """How many characters are told after each token. Stories are of ASCII, so these are bytes."""
    ids = store.story(index)[1:].tolist()
    ends = np.cumsum([len(tokenizer.token_bytes(token)) for token in ids]).tolist()
    if b"".join(map(tokenizer.token_bytes, ids)) != story.text.encode():
        raise RunError(
            "this tokenizer changes what it spells, so that its tokens cannot be laid beside the story",
            where=where,
            hint="train with a byte-level tokenizer, as the shipped recipes have it",
        )
    return ends


def _lines(paid_SR: np.ndarray, ideal_SR: np.ndarray) -> list[Line]:
    """Rows that anything was booked under, and their sum."""
    paid_SR, ideal_SR = (np.column_stack([bits, bits.sum(1)]) for bits in (paid_SR, ideal_SR))
    excess_SR = paid_SR - ideal_SR
    drawn = resampled_sums(excess_SR) / len(excess_SR)
    return [
        Line(
            name,
            float(paid_SR[:, row].mean()),
            float(ideal_SR[:, row].mean()),
            float(excess_SR[:, row].mean()),
            interval_of(drawn[:, row], len(excess_SR)),
        )
        for row, name in enumerate([*ROWS, "all"])
        if paid_SR[:, row].any() or ideal_SR[:, row].any()
    ]
