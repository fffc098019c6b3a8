"""Measures a run: finds its text again, scores it, and writes the figures with the protocol that they were made by."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pocket_narrator.atomic import atomic_writer
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.likelihood import (
    Likelihood,
    PartLoss,
    Precision,
    SecondHalf,
    loss_by_position,
    loss_by_tenth,
    score_stories,
    second_half,
    summarise,
)
from pocket_narrator.evaluation.story_scores import NAME as STORY_SCORES
from pocket_narrator.evaluation.story_scores import SingleScores, write_single_scores
from pocket_narrator.models.count import count_parameters
from pocket_narrator.progress import progress
from pocket_narrator.tokens.prepare import Prepared, prepare
from pocket_narrator.tokens.store import TokenStore
from pocket_narrator.training.json_file import dump_json
from pocket_narrator.training.trained import Trained, Which, load_trained

Split = Literal["validation", "train"]


@dataclass(frozen=True)
class Protocol:
    """What a figure has to be told with."""

    run: str
    step: int
    split: Split
    split_stories: int  # of which Likelihood.stories were scored
    context: int
    stride: int
    precision: Precision
    tokenizer: str  # fingerprint
    vocabulary_size: int
    corpus_hash: str
    parameters: int
    non_embedding_parameters: int
    training_tokens: int
    training_flops: int
    seed: int


@dataclass(frozen=True)
class Floor:
    """The entropy of the embedded corpus, under which no honest model gets but by the text's ambiguity."""

    bits_per_byte: float
    standard_error: float
    ratio: float  # the model's bits per byte over it


@dataclass(frozen=True)
class Evaluation:
    """All figures of one scoring pass."""

    protocol: Protocol
    likelihood: Likelihood
    floor: Floor | None
    second_half: SecondHalf
    by_position: list[PartLoss]
    by_tenth: list[PartLoss]


def evaluate_run(
    run: str | Path,
    which: Which = "best",
    split: Split = "validation",
    stories: int | None = None,
    stride: int | None = None,
    precision: Precision = "fp32",
    prepared: Prepared | None = None,
) -> Evaluation:
    """Scores a split of the run's corpus, or `stories` of it at even distances, and writes the figures into the run's
    `evaluation/likelihood.json` (`likelihood-train.json` for the training split); those of single validation stories
    beside it, for `narrator compare`.

    `prepared` is what the run was trained on, where the caller has it at hand; by default it is found or made again
    from the recipe. Raises RunError where that is not what the run was trained on.
    """
    trained = load_trained(run, which)
    prepared = prepared or prepare(trained.recipe)
    refuse_other_data(trained, prepared)
    store = prepared.validation if split == "validation" else prepared.train
    indices = _spread(store, stories)
    stride = stride or trained.recipe.evaluation.stride
    if stride is not None and stride > trained.model.context:
        raise RunError(f"stride={stride} is too long", limit=f"at most {trained.model.context}, the model's context")
    total = int((store.offsets[indices + 1] - store.offsets[indices]).sum())
    with progress("measuring", total, "tokens") as bar:
        scores = score_stories(
            trained.model, store, indices.tolist(), stride=stride, precision=precision, advance=bar.advance
        )
    likelihood = summarise(scores)
    whole_validation = split == "validation" and likelihood.stories == store.num_stories
    evaluation = Evaluation(
        protocol=_protocol(trained, prepared, store, split, scores.stride, precision),
        likelihood=likelihood,
        floor=_floor(prepared, likelihood) if whole_validation else None,
        second_half=second_half(scores),
        by_position=loss_by_position(scores),
        by_tenth=loss_by_tenth(scores),
    )
    if split == "validation":
        single = SingleScores(indices.astype(np.int64), scores.nll_S, scores.tokens_S, scores.bytes_S)
        write_single_scores(trained.run_folder / "evaluation" / STORY_SCORES, single)
    name = "likelihood.json" if split == "validation" else "likelihood-train.json"
    with atomic_writer(trained.run_folder / "evaluation" / name, binary=True) as stream:
        stream.write(dump_json(asdict(evaluation)))
    return evaluation


def _spread(store: TokenStore, stories: int | None) -> np.ndarray:
    """Indices of `stories` stories of a store at even distances; of all for None."""
    wanted = min(stories or store.num_stories, store.num_stories)
    return np.arange(wanted) * store.num_stories // wanted


def refuse_other_data(trained: Trained, prepared: Prepared) -> None:
    if prepared.tokenizer.fingerprint != trained.tokenizer.fingerprint:
        what, now, then = "tokenizer", prepared.tokenizer.fingerprint, trained.tokenizer.fingerprint
    elif prepared.corpus_hash != trained.data.get("corpus_hash", prepared.corpus_hash):
        what, now, then = "corpus", prepared.corpus_hash, str(trained.data["corpus_hash"])
    else:
        return
    raise RunError(
        f"the {what} has changed since this run was trained",
        where=str(trained.run_folder),
        limit=f"{what} {then[:12]} in the run, {now[:12]} now",
        remedy="bring the files back that the recipe names, or train anew under another name",
    )


def _floor(prepared: Prepared, likelihood: Likelihood) -> Floor | None:
    floor, standard_error = prepared.floor_bits_per_byte, prepared.floor_standard_error
    if floor is None or standard_error is None:
        return None
    return Floor(floor, standard_error, likelihood.bits_per_byte / floor)


def _protocol(
    trained: Trained, prepared: Prepared, store: TokenStore, split: Split, stride: int, precision: Precision
) -> Protocol:
    count = count_parameters(trained.recipe.model, trained.tokenizer.vocabulary_size)
    training_tokens = trained.step * trained.recipe.training.batch_tokens
    return Protocol(
        run=trained.run_folder.name,
        step=trained.step,
        split=split,
        split_stories=store.num_stories,
        context=trained.model.context,
        stride=stride,
        precision=precision,
        tokenizer=trained.tokenizer.fingerprint,
        vocabulary_size=trained.tokenizer.vocabulary_size,
        corpus_hash=prepared.corpus_hash,
        parameters=count.parameters,
        non_embedding_parameters=count.non_embedding_parameters,
        training_tokens=training_tokens,
        training_flops=training_tokens * count.training_flops_per_token,
        seed=trained.recipe.training.seed,
    )
