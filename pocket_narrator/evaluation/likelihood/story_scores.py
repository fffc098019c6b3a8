"""What a model scored on every single story, on disk beside the figures, so that two models can be compared story by story.

The figures name the hash of the scores. Both are replaced as one: the new scores wait under a name of their own until the
figures are there that name them, so that at any moment a pair that belongs together can be read.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from pocket_narrator.errors import RunError
from pocket_narrator.files.atomic import atomic_writer, fsync_directory
from pocket_narrator.files.json_file import read_json_object, write_json_object
from pocket_narrator.files.plain_file import read_plain
from pocket_narrator.terminal.messages import command

VERSION = "1"
FIGURES = "likelihood.json"
NAME, WAITING = "likelihood-stories.safetensors", "likelihood-stories.new.safetensors"
SHA256 = "single_scores_sha256"  # in the figures; older versions have none


@dataclass(frozen=True)
class SingleScores:
    """Legend: S stories, in the order of their index."""

    index_S: np.ndarray  # int64: which stories of the split
    nats_S: np.ndarray  # float64: negative log-likelihood
    tokens_S: np.ndarray  # int64
    bytes_S: np.ndarray  # int64: of the text


def write_figures(folder: Path, figures: Mapping[str, object], scores: SingleScores) -> None:
    """Both files into `folder`, as one. Raises OSError."""
    tensors = {name: np.ascontiguousarray(values) for name, values in vars(scores).items()}
    content = save(tensors, metadata={"version": VERSION})
    _put_in_place(folder)
    with atomic_writer(folder / WAITING, binary=True) as stream:
        stream.write(content)
    write_json_object(folder / FIGURES, {**figures, SHA256: hashlib.sha256(content).hexdigest()})
    _put_in_place(folder)


def _put_in_place(folder: Path) -> None:
    """Scores that the figures name take their place, also where a process died before it came to it."""
    try:
        expected = read_json_object(folder / FIGURES).get(SHA256)
        if hashlib.sha256(read_plain(folder / WAITING)).hexdigest() != expected:
            return
    except (OSError, ValueError):
        return  # there is nothing that belongs together
    os.replace(folder / WAITING, folder / NAME)
    fsync_directory(folder)


def read_single_scores(run: Path, sha256: str | None = None) -> SingleScores:
    """Of the validation stories of a run; those that its figures name, where they do. Raises RunError where there are none, or
    where they are damaged or of another measurement."""
    path = run / "evaluation" / NAME
    hint = f"evaluate the run: {command('evaluate', run)}"
    try:
        content = _named(path, sha256)
    except OSError as error:
        why = "this run has no scores of single stories"
        if not isinstance(error, FileNotFoundError):
            why = f"the scores of single stories cannot be read: {error.strerror or error}"
        raise RunError(why, where=str(path), hint=hint) from None
    if content is None:
        what = "the scores of single stories are damaged, or of another measurement"
        raise RunError(what, where=str(path), hint=hint)
    try:
        scores = SingleScores(**load(content))
        sizes = {values.shape for values in vars(scores).values()}
        if len(sizes) != 1 or not np.isfinite(scores.nats_S).all() or (scores.bytes_S < 1).any():
            raise ValueError("the columns do not fit together")
    except Exception as error:  # safetensors has errors of its own
        raise RunError(f"the scores are damaged: {error}", where=str(path), hint=hint) from None
    return scores


def _named(path: Path, sha256: str | None) -> bytes | None:
    """The content of the file that is meant: what waits to take its place, where a process died before it could."""
    if sha256 is None:
        return read_plain(path)
    waiting = path.with_name(WAITING)
    for candidate in [waiting, path] if waiting.is_file() else [path]:
        content = read_plain(candidate)
        if hashlib.sha256(content).hexdigest() == sha256:
            return content
    return None
