"""Training of an N-gram: one pass over the token store, one checkpoint; a run directory like any other."""

import math
import time
from collections.abc import Sequence

import numpy as np

from pocket_narrator.errors import CheckpointError, NarratorError
from pocket_narrator.models.ngram import NGramModel, UnboundedNGram, ngram_from_tensors
from pocket_narrator.models.ngram.model import MOST_TOKENS
from pocket_narrator.progress import progress
from pocket_narrator.recipe.schema import NGramConfig
from pocket_narrator.run.checkpoint import load_checkpoint, newest_checkpoint, save_checkpoint, step_name
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.tokens.store import TokenStore
from pocket_narrator.tokens.suffix_store import open_suffixes
from pocket_narrator.tracking.trackers import Tracker
from pocket_narrator.training.loop import Result
from pocket_narrator.training.observers import EVALUATION, SAMPLE, Observers, Watch

PASS = 1  # the step of the one checkpoint: passes over the text
LOOKS = (EVALUATION, SAMPLE)


def count_run(
    section: NGramConfig,
    vocabulary_size: int,
    store: TokenStore,
    run_directory: RunDirectory,
    tracker: Tracker,
    observers: Observers,
) -> Result:
    """Counts `store`, measures and saves. A run that has its checkpoint is finished; one without begins anew.

    It is saved before it is looked at; a look that an earlier call died in is made again. Raises NarratorError where the text
    is too long or memory too short, RunError and CheckpointError as a stack does.
    """
    watch = Watch(observers, run_directory, tracker)
    path = newest_checkpoint(run_directory.checkpoints, observers.report)
    if path is not None:
        checkpoint = load_checkpoint(path, verify=False)
        state = checkpoint.state
        missing, score = watch.recorded(PASS, LOOKS)
        if missing:
            model = ngram_from_tensors(section, checkpoint.model, vocabulary_size, store.end_of_text, str(path))
            score = _look(watch, model, missing, score)
        _point_to_best(run_directory, score)
        observers.report(f"this run is finished: its text is counted; {path} has the counts")
        tokens, seconds = state.get("tokens"), state.get("seconds")
        if type(tokens) is not int or type(seconds) is not float:
            raise CheckpointError(
                "the state of this checkpoint is not what a training writes",
                where=str(path),
                hint="restore it from a copy, or remove it and train again",
            )
        return Result(PASS, True, seconds, tokens, tokens)
    run_directory.truncate_after(None)
    started = time.monotonic()
    model = _count(section, vocabulary_size, store)
    seconds = time.monotonic() - started
    rows = {f"ngrams_{k}": len(table.tokens) for k, table in enumerate(model.tables, start=1)}
    speed = {"tokens": store.num_tokens, "seconds": seconds, "tokens_per_second": store.num_tokens / max(seconds, 1e-9)}
    tracker.log(PASS, {**speed, **rows})
    state = {"tokens": store.num_tokens, "seconds": seconds, **run_directory.record_counts()}
    save_checkpoint(run_directory.checkpoints, PASS, model.tensors(), {}, state)
    _point_to_best(run_directory, _look(watch, model, LOOKS, None))
    return Result(PASS, True, seconds, store.num_tokens, store.num_tokens)


def _look(watch: Watch, model: NGramModel, missing: Sequence[str], score: float | None) -> float | None:
    """Makes the `missing` ones of the looks; returns the bits per byte, which are `score` where they are recorded already."""
    if EVALUATION in missing:
        score = watch.evaluate(model, PASS)
    if SAMPLE in missing:
        watch.sample(model, PASS)
    return score


def _count(section: NGramConfig, vocabulary_size: int, store: TokenStore) -> NGramModel:
    if store.num_tokens > MOST_TOKENS:
        raise NarratorError(
            f"the training text has {store.num_tokens:,} tokens",
            where=str(store.folder),
            expected=f"an N-gram is counted over {MOST_TOKENS:,} at most",
            hint="take a share of the stories with corpus.fraction",
        )
    order = section.order
    try:
        with progress("counting", order, "orders") as bar:
            text = np.append(store.tokens, store.tokens.dtype.type(store.end_of_text))
            model = NGramModel.train(text, vocabulary_size, order, store.end_of_text, bar.advance)
    except MemoryError:
        raise NarratorError(
            f"there is not enough memory to count {store.num_tokens:,} tokens",
            where=str(store.folder),
            expected=f"about {counting_bytes(store.num_tokens, order) / 1e9:.1f} GB are needed",
            hint="take a share of the stories with corpus.fraction, or a lower model.order",
        ) from None
    if not section.unbounded:
        return model
    return UnboundedNGram.above(model, open_suffixes(store, vocabulary_size))


def counting_bytes(tokens: int, order: int) -> int:
    """Memory that counting takes at its peak, roughly; docs/ngram.md has the measurement."""
    return 12 * order * tokens


def _point_to_best(run_directory: RunDirectory, score: float | None) -> None:
    """A process may have died between saving the checkpoint and pointing to it; none: it could not be measured."""
    if score is not None and math.isfinite(score) and (run_directory.checkpoints / step_name(PASS)).is_dir():
        run_directory.set_best(PASS, score)
