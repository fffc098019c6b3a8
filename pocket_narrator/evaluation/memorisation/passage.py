"""Has a model simply seen this? How much of a passage occurs in its training text, word for word.

Passages are compared token by token with the training split's suffix array, so that stretches of any length are found, with
all their places, and asked again at once. The suite's metrics read the store in passes instead: `store.py` says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pocket_narrator.errors import PromptError
from pocket_narrator.evaluation.likelihood.of_run import refuse_changed_data
from pocket_narrator.evaluation.memorisation.store import ORDERS
from pocket_narrator.run.data import RunData
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.store import TokenStore
from pocket_narrator.tokens.suffix_store import open_suffixes
from pocket_narrator.tokens.suffixes import SuffixArray

AROUND = 30  # tokens of the training text shown before and after a stretch
COMPARED = 50  # validation stories that a passage is compared with

_AT_ONCE = 1 << 16  # places looked up together: bounds the memory


@dataclass(frozen=True)
class Stretch:
    """The longest stretch of a passage that occurs in the training text, and one place where it does."""

    tokens: int
    first: int  # its place in the passage, in tokens
    text: str
    occurrences: int
    stories: int  # that have it
    story: int  # the first of these, from 0
    before: str  # what stands around it there
    after: str


@dataclass(frozen=True)
class PassageOverlap:
    """What of one passage occurs in the training text."""

    tokens: int
    longest: Stretch | None  # none: not one token occurs
    shares: dict[int, float | None]
    """Of the passage's stretches of so many tokens, the share that occurs; none where the passage is shorter."""


@dataclass(frozen=True)
class SeenInRun:
    """The same for some passages, beside what is usual for text that the model has not seen."""

    run: str
    training_stories: int
    training_tokens: int
    passages: list[PassageOverlap]
    usual_longest: float  # tokens: the mean over COMPARED validation stories
    usual_shares: dict[int, float | None]


def seen_by_run(
    run: str | Path, passages: Sequence[str], data_root: Path = Path("data"), text: Path | None = None
) -> SeenInRun:
    """Looks for passages in the training text of any run. Raises PromptError for one without text, and RunError where
    the run or its text cannot be used. `text`: where that lies now. The text is sorted at the first call, and the order is kept beside it."""
    for passage in passages:
        if not passage.strip():
            raise PromptError("a passage is empty", hint='give some text, such as "Once upon a time there was"')
    stored = RunDirectory.read(Path(run))
    tokenizer = Tokenizer.load(stored.tokenizer)
    prepared = RunData(stored.path, stored.recipe, stored.data, tokenizer).find(text, data_root)
    refuse_changed_data(stored.path, tokenizer, stored.data, prepared)
    suffixes = open_suffixes(prepared.train, tokenizer.vocabulary_size)
    unseen = prepared.validation
    wanted = min(COMPARED, unseen.num_stories)
    usual = [np.asarray(unseen.story(i * unseen.num_stories // wanted)[1:]) for i in range(wanted)]
    matches = match_passages(suffixes, usual)
    return SeenInRun(
        run=str(stored.path),
        training_stories=prepared.train.num_stories,
        training_tokens=prepared.train.num_tokens,
        passages=seen_passages(suffixes, prepared.train, tokenizer, passages),
        usual_longest=float(np.mean([lengths.max(initial=0) for lengths in matches])),
        usual_shares={length: _share(matches, length) for length in ORDERS},
    )


def seen_passages(
    suffixes: SuffixArray, store: TokenStore, tokenizer: Tokenizer, passages: Sequence[str]
) -> list[PassageOverlap]:
    """Looks for passages in the store that `suffixes` are of.

    A passage may begin inside a line, where its first word would have had a blank before it, and other tokens: it is
    looked for both ways, and the way with the longer stretch counts.
    """
    plain = tokenizer.encode_batch(list(passages))
    blank = tokenizer.encode_batch([f" {passage}" for passage in passages])
    found = match_passages(suffixes, [*plain, *blank])
    pairs = zip(plain, found[: len(plain)], blank, found[len(plain) :], strict=True)
    chosen = [
        (tokens, lengths) if lengths.max(initial=0) >= others.max(initial=0) else (shifted, others)
        for tokens, lengths, shifted, others in pairs
    ]
    return [_seen(suffixes, store, tokenizer, tokens, lengths) for tokens, lengths in chosen]


def match_passages(suffixes: SuffixArray, passages: Sequence[np.ndarray]) -> list[np.ndarray]:
    """For every token of each passage (ids), how many tokens from there on occur in the text as one stretch: int64."""
    lengths = np.array([len(passage) for passage in passages])
    ends = np.cumsum(lengths)
    if not lengths.sum():
        return [np.zeros(0, np.int64) for _ in passages]
    tokens, stops = np.concatenate(passages), np.repeat(ends, lengths)
    found = [
        suffixes.match(
            tokens, np.arange(begin, min(begin + _AT_ONCE, len(tokens))), stops[begin : begin + _AT_ONCE]
        ).lengths_Q
        for begin in range(0, len(tokens), _AT_ONCE)
    ]
    return np.split(np.concatenate(found), ends[:-1])


def _seen(
    suffixes: SuffixArray, store: TokenStore, tokenizer: Tokenizer, tokens: np.ndarray, lengths: np.ndarray
) -> PassageOverlap:
    shares = {length: _share([lengths], length) for length in ORDERS}
    if not lengths.max(initial=0):
        return PassageOverlap(len(tokens), None, shares)
    first = int(lengths.argmax())
    size = int(lengths[first])
    match = suffixes.match(tokens, np.array([first]), np.array([first + size]))
    places = np.sort(suffixes.places[int(match.low_Q[0]) : int(match.high_Q[0])]).astype(np.int64)
    stories = np.unique(np.searchsorted(store.offsets, places, side="right") - 1)
    begin, place = int(store.offsets[stories[0]]), int(places[0])
    end = int(store.offsets[stories[0] + 1])
    longest = Stretch(
        tokens=size,
        first=first,
        text=tokenizer.decode(tokens[first : first + size].tolist()),
        occurrences=len(places),
        stories=len(stories),
        story=int(stories[0]),
        before=tokenizer.decode(store.tokens[max(begin, place - AROUND) : place].tolist()),
        after=tokenizer.decode(store.tokens[place + size : min(end, place + size + AROUND)].tolist()),
    )
    return PassageOverlap(len(tokens), longest, shares)


def _share(matches: Sequence[np.ndarray], length: int) -> float | None:
    """Of all stretches of so many tokens, the share that occurs."""
    stretches = sum(max(0, len(lengths) - length + 1) for lengths in matches)
    occur = sum(int(np.count_nonzero(lengths >= length)) for lengths in matches)
    return occur / stretches if stretches else None
