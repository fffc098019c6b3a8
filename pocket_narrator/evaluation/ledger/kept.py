"""Ledgers that were kept of models, read from disk and made comparable: of the same stories only."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.ledger.ledger import FILE
from pocket_narrator.evaluation.statistics.bootstrap import Interval, interval_of, resampled_sums
from pocket_narrator.files.json_file import read_json_object


@dataclass(frozen=True)
class KeptLedgers:
    """Excess bits of the same stories by run, float64 [S, R], the last row their sum."""

    rows: list[str]
    excess_SR: dict[Path, np.ndarray]


def has_ledger(run: Path) -> bool:
    """Whether one was kept of a run."""
    return (run / "evaluation" / FILE).is_file()


def read_ledgers(runs: Sequence[Path]) -> KeptLedgers:
    """RunError where there is none, where they are of other stories, or where a file is damaged."""
    found = {run: _read(run) for run in runs}
    first, (rows, _, _, ideal_SR) = next(iter(found.items()))
    shared = reduce(np.intersect1d, [index_S for _, index_S, _, _ in found.values()])
    excess = {}
    for run, (its_rows, index_S, paid_SR, its_ideal_SR) in found.items():
        chosen_S = np.isin(index_S, shared)
        own_S = np.isin(found[first][1], shared)
        if its_rows != rows or not len(shared) or not np.array_equal(its_ideal_SR[chosen_S], ideal_SR[own_S]):
            raise RunError(
                f"the ledgers of {first.name} and {run.name} are not of the same stories",
                where=f"{first}, {run}",
                hint="train them on the same stories, and keep both anew: narrator evaluate RUN --suite ledger",
            )
        one = (paid_SR - its_ideal_SR)[chosen_S]
        excess[run] = np.column_stack([one, one.sum(1)])
    return KeptLedgers([*rows, "all"], excess)


def difference_of(bits_SR: np.ndarray, first_SR: np.ndarray) -> list[tuple[float, Interval | None]]:
    """Of each row, the mean over stories of a model's bits minus those of the first, with its interval (95 %, stories drawn in
    pairs)."""
    difference_SR = bits_SR - first_SR
    drawn = resampled_sums(difference_SR) / len(difference_SR)
    return [
        (float(difference_SR[:, row].mean()), interval_of(drawn[:, row], len(difference_SR)))
        for row in range(difference_SR.shape[1])
    ]


def _read(run: Path) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    path = run / "evaluation" / FILE
    hint = f"keep it: narrator evaluate {run} --suite ledger"
    try:
        columns = read_json_object(path)["by_story"]
        rows, index_S = [str(name) for name in columns["rows"]], np.array(columns["story"], dtype=np.int64)
        paid_SR, ideal_SR = (np.array(columns[side], dtype=np.float64) for side in ("paid", "ideal"))
        if paid_SR.shape != (len(index_S), len(rows)) or ideal_SR.shape != paid_SR.shape or not len(index_S):
            raise ValueError("its columns are of unlike lengths")
    except FileNotFoundError:
        raise RunError("no ledger was kept of this model yet", where=str(run), hint=hint) from None
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise RunError(f"the ledger is damaged: {error}", where=str(path), hint=hint) from None
    return rows, index_S, paid_SR, ideal_SR
