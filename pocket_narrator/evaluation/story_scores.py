"""What a model scored on every single story, on disk, so that two models can be compared story by story."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from pocket_narrator.atomic import atomic_writer
from pocket_narrator.errors import RunError

VERSION = "1"
NAME = "likelihood-stories.safetensors"


@dataclass(frozen=True)
class SingleScores:
    """Legend: S stories, in the order of their index."""

    index_S: np.ndarray  # int64: which stories of the split
    nats_S: np.ndarray  # float64: negative log-likelihood
    tokens_S: np.ndarray  # int64
    bytes_S: np.ndarray  # int64: of the text


def write_single_scores(path: Path, scores: SingleScores) -> None:
    """As safetensors, atomically."""
    tensors = {name: np.ascontiguousarray(values) for name, values in vars(scores).items()}
    with atomic_writer(path, binary=True) as stream:
        stream.write(save(tensors, metadata={"version": VERSION}))


def read_single_scores(run: Path) -> SingleScores:
    """Of the validation stories of a run. Raises RunError where there are none, or where they are damaged."""
    path = run / "evaluation" / NAME
    hint = f"evaluate the run: narrator evaluate {run}"
    try:
        content = path.read_bytes()
    except OSError:
        raise RunError("this run has no scores of single stories", where=str(path), hint=hint) from None
    try:
        scores = SingleScores(**load(content))
        sizes = {values.shape for values in vars(scores).values()}
        if len(sizes) != 1 or not np.isfinite(scores.nats_S).all() or (scores.bytes_S < 1).any():
            raise ValueError("the columns do not fit together")
    except Exception as error:  # safetensors has errors of its own
        raise RunError(f"the scores are damaged: {error}", where=str(path), hint=hint) from None
    return scores
