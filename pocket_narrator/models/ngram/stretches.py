"""How a text goes on after the longest stretch of it that occurs in another: found, counted, and how far to trust it.

Legend: T tokens, Q targets that a stretch longer than an N-gram's context stands before.
"""

from dataclasses import dataclass

import numpy as np

from pocket_narrator.tokens.suffixes import SuffixArray

LENGTHS, COUNTS = (8, 16, 32), (2, 3, 10)  # where the next class of a stretch's tokens, and of its occurrences, begins
SHARES = (len(LENGTHS) + 1, len(COUNTS) + 1, 2)  # the last: whether the same token always followed
HELD_OUT = 50  # one story in so many, at the end of the text, is left out to learn the shares from
MOST_HELD_OUT = 500  # stories
PRIOR_TARGETS = 20  # that the share assumed beforehand counts as
TRIED = np.arange(1, 200) / 200  # shares


@dataclass(frozen=True)
class Stretches:
    """The longest stretch before each of some targets, and what follows it in the suffix array's text."""

    targets_Q: np.ndarray
    """Their places in the tokens."""
    lengths_Q: np.ndarray
    totals_Q: np.ndarray
    """How often the stretch occurs."""
    counts_Q: np.ndarray
    """How often the target follows it."""
    agreed_Q: np.ndarray
    """bool: whether one and the same token always follows it."""

    def classes(self) -> tuple[np.ndarray, ...]:
        """Indices [Q] into a table of shares."""
        return classes_of(self.lengths_Q, self.totals_Q, self.agreed_Q)

    def interpolate(self, lower_Q: np.ndarray, shares_Q: np.ndarray | float) -> np.ndarray:
        """The targets' probabilities, `lower_Q` being those by the model below, which has the `shares_Q`."""
        return (1 - shares_Q) * self.counts_Q / self.totals_Q + shares_Q * lower_Q


def classes_of(lengths: np.ndarray, totals: np.ndarray, agreed: np.ndarray) -> tuple[np.ndarray, ...]:
    return np.digitize(lengths, LENGTHS), np.digitize(totals, COUNTS), np.asarray(agreed, np.int64)


def find_stretches(suffixes: SuffixArray, tokens: np.ndarray, begins: np.ndarray, shortest: int) -> Stretches:
    """Of all `tokens` [T] as targets, those after a stretch of at least `shortest`. Nothing is read across the tokens
    where `begins` [T] is true."""
    places = np.arange(len(tokens))
    stops = np.append(np.flatnonzero(begins), len(tokens))
    stops = stops[np.searchsorted(stops, places, side="right")]
    # A stretch starts at the first place whose match reaches up to the target; matches reach ever further.
    starts = np.searchsorted(places + suffixes.match(tokens, places, stops).lengths_Q, places)
    targets = np.flatnonzero(places - starts >= shortest)
    starts, lengths = starts[targets], (places - starts)[targets]
    low, high = suffixes.match(tokens, starts, targets)[1:]
    begin, end = suffixes.narrow(low, high, lengths, tokens[targets].astype(np.int64))
    # Rows are in the order of what follows: where the first and the last go on alike, all do.
    agreed = suffixes.next_tokens(low, lengths) == suffixes.next_tokens(high - 1, lengths)
    return Stretches(targets, lengths, high - low, end - begin, agreed)


def held_out_from(suffixes: SuffixArray) -> int:
    """The place from which on stories are left out to learn shares from; the text's end where it has but one."""
    begins = np.flatnonzero(suffixes.tokens == suffixes.end_of_text)
    stories = min(-(-len(begins) // HELD_OUT), MOST_HELD_OUT, len(begins) - 1)
    return int(begins[-stories]) if stories else len(suffixes.tokens)


def learn_shares(found: Stretches, lower_Q: np.ndarray, assumed: float) -> np.ndarray:
    """What the model below keeps, by the class of the stretch: float64 of shape SHARES, in (0, 1).

    Those under which the targets are most likely, `lower_Q` being their probabilities by the model below. `assumed` is
    believed beforehand as much as PRIOR_TARGETS targets are: a Beta prior.
    """
    logs = PRIOR_TARGETS * (assumed * np.log(TRIED) + (1 - assumed) * np.log1p(-TRIED))
    likelihoods = np.tile(logs, (*SHARES, 1))
    for index, share in enumerate(TRIED):
        np.add.at(likelihoods[..., index], found.classes(), np.log(found.interpolate(lower_Q, share)))
    return TRIED[likelihoods.argmax(axis=-1)]
