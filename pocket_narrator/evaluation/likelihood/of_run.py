"""Measures a run: finds its text again, scores it, and writes the figures with the protocol that they were made by."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.likelihood.by_distance import DistanceBits, bits_by_distance
from pocket_narrator.evaluation.likelihood.scores import (
    Likelihood,
    PartLoss,
    ScoringPrecision,
    SecondHalf,
    StoryScores,
    loss_by_position,
    loss_by_tenth,
    score_stories,
    second_half,
    summarise,
    summarise_by_source,
)
from pocket_narrator.evaluation.likelihood.story_scores import FIGURES, SingleScores, write_figures
from pocket_narrator.evaluation.statistics.bootstrap import Interval, bootstrap_ratios
from pocket_narrator.files.json_file import read_json_object, write_json_object
from pocket_narrator.models.mixers import Mixer
from pocket_narrator.models.ngram import NGramModel
from pocket_narrator.progress import progress
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.mixers import mixer_kind
from pocket_narrator.recipe.schema import Recipe
from pocket_narrator.run.data import RunData
from pocket_narrator.run.loading import LoadedRun, Which, load_trained
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.prepared import Prepared
from pocket_narrator.tokens.store import TokenStore

SplitName = Literal["validation", "train"]


@dataclass(frozen=True)
class Protocol:
    """What a figure has to be told with."""

    run: str
    step: int
    split: SplitName
    split_stories: int  # of which Likelihood.stories were scored
    context: int
    stride: int
    carried: bool  # whether the state went on through the whole of each story
    precision: ScoringPrecision
    tokenizer: str  # fingerprint
    vocabulary_size: int
    corpus_hash: str
    parameters: int
    non_embedding_parameters: int
    training_tokens: int | None  # none: trained elsewhere, nobody knows
    training_flops: int | None
    seed: int | None  # none: nothing is left to chance, or nobody knows


def windows_of(protocol: Mapping[str, Any]) -> str:
    """How much of a long story stood before each of its targets."""
    if protocol.get("carried"):
        return f"recurrent state kept across windows of {protocol['context']}"
    if protocol.get("training_flops") == 0:  # an N-gram's
        return "each story read whole"
    return f"context {protocol['context']}, stride {protocol['stride']}"


@dataclass(frozen=True)
class Floor:
    """The entropy of the embedded corpus, under which no honest model gets but by the text's ambiguity."""

    bits_per_byte: float
    standard_error: float
    ratio: float  # the model's bits per byte over it
    ratio_interval: Interval | None = (
        None  # 95 %, stories drawn in pairs; None where their bits are not known one by one
    )


@dataclass(frozen=True)
class Evaluation:
    """All figures of one scoring pass."""

    protocol: Protocol
    likelihood: Likelihood
    floor: Floor | None
    second_half: SecondHalf
    by_position: list[PartLoss]
    by_tenth: list[PartLoss]
    by_distance: list[DistanceBits]  # from the beginning; of texts that are longer than the context, else empty
    by_source: dict[str, Likelihood]  # of a mixture; else empty


def evaluate_run(
    run: str | Path,
    which: Which = "best",
    split: SplitName = "validation",
    stories: int | None = None,
    stride: int | None = None,
    precision: ScoringPrecision = "fp32",
    prepared: Prepared | None = None,
    text: Path | None = None,
) -> Evaluation:
    """Scores a split of the run's corpus, or `stories` of it at even distances, and writes the figures into the run's
    `evaluation/likelihood.json` (`likelihood-train.json` for the training split); those of single validation stories
    beside it, for `narrator compare`.

    `prepared` is what the run was trained on, where the caller has it at hand; by default it is found again, or made of
    the text that the recipe names or that lies at `text` now. Raises RunError where that is not what the run was trained on.
    """
    trained = load_trained(run, which)
    if isinstance(trained.model, NGramModel) and (precision != "fp32" or stride is not None):
        raise RunError("precision and stride mean nothing for an N-gram, which reads stories whole", where=str(run))
    if prepared is None:
        prepared = data_of(trained, text)
    refuse_other_data(trained, prepared)
    store = prepared.validation if split == "validation" else prepared.train
    indices = spread(store, stories)
    stride = stride or trained.recipe.evaluation.stride
    if stride is not None and stride > trained.model.context:
        raise RunError(f"stride={stride} is too long", expected=f"at most {trained.model.context}, the model's context")
    total = int((store.offsets[indices + 1] - store.offsets[indices]).sum())
    with progress("measuring", total, "tokens") as bar:
        scores = score_stories(
            trained.model,
            store,
            indices.tolist(),
            stride=stride,
            precision=precision,
            carry=stride is None and carries_state(trained.recipe),
            advance=bar.advance,
        )
    protocol = _protocol(trained, prepared, store, split, scores, precision)
    whole = split == "validation" and len(indices) == store.num_stories
    evaluation = summarise_all(protocol, scores, store, indices, trained.tokenizer, prepared if whole else None)
    write_evaluation(trained.run_folder / "evaluation", evaluation, indices, scores)
    return evaluation


def summarise_all(
    protocol: Protocol,
    scores: StoryScores,
    store: TokenStore,
    indices: np.ndarray,
    tokenizer: Tokenizer,
    prepared: Prepared | None = None,
) -> Evaluation:
    """Every figure of `scores`, which are those of the stories `indices` of `store`; beside the floor of `prepared`."""
    likelihood = summarise(scores)
    return Evaluation(
        protocol=protocol,
        likelihood=likelihood,
        floor=None if prepared is None else _floor(prepared, likelihood, scores),
        second_half=second_half(scores),
        by_position=loss_by_position(scores),
        by_tenth=loss_by_tenth(scores),
        by_distance=bits_by_distance(scores, store, indices, tokenizer),
        by_source=summarise_by_source(scores, store.story_sources[indices], store.meta.sources),
    )


def write_evaluation(folder: Path, evaluation: Evaluation, indices: np.ndarray, scores: StoryScores) -> None:
    """`likelihood.json` and the scores of single stories, for `narrator compare`, or `likelihood-train.json`.

    Some of the stories never replace all of them, measured in the same way: a quick look takes no figure away.
    """
    validation = evaluation.protocol.split == "validation"
    path = folder / (FIGURES if validation else "likelihood-train.json")
    if _holds_more(path, evaluation):
        return
    if validation:
        single = SingleScores(indices.astype(np.int64), scores.nll_S, scores.tokens_S, scores.bytes_S)
        write_figures(folder, asdict(evaluation), single)
    else:
        write_json_object(path, asdict(evaluation))


def _holds_more(path: Path, evaluation: Evaluation) -> bool:
    try:
        known = read_json_object(path)
        more = known["likelihood"]["stories"] > evaluation.likelihood.stories
        return more and known["protocol"] == asdict(evaluation.protocol)
    except (OSError, ValueError, KeyError, TypeError):
        return False  # not there, or damaged


def carries_state(recipe: Recipe) -> bool:
    """Whether a model reads long stories with its state carried on: as it was trained, if none of its layers needs a window."""
    training = recipe.training
    if training is None or training.rows != "stream":
        return False
    mixers = [mixer_kind(name).load() for name in dict.fromkeys(recipe.stack()[0].mixers())]
    return all(mixer.forward_from is not Mixer.forward_from for mixer in mixers)


def spread(store: TokenStore, stories: int | None) -> np.ndarray:
    """Indices of `stories` stories of a store at even distances; of all for None."""
    wanted = min(stories or store.num_stories, store.num_stories)
    return np.arange(wanted) * store.num_stories // wanted


def data_of(trained: LoadedRun, text: Path | None = None) -> Prepared:
    """What a run was trained on, found again; `text`: where that lies now. RunError where it is not the same."""
    prepared = RunData(trained.run_folder, trained.recipe, trained.data, trained.tokenizer).find(text)
    refuse_other_data(trained, prepared)
    return prepared


def refuse_other_data(trained: LoadedRun, prepared: Prepared) -> None:
    refuse_changed_data(trained.run_folder, trained.tokenizer, trained.data, prepared)


def refuse_changed_data(run: Path, tokenizer: Tokenizer, data: dict, prepared: Prepared) -> None:
    """RunError where `prepared` is not what the run, with this tokenizer and `data.json`, was trained on."""
    if prepared.tokenizer.fingerprint != tokenizer.fingerprint:
        what, now, then = "tokenizer", prepared.tokenizer.fingerprint, tokenizer.fingerprint
    elif prepared.corpus_hash != data.get("corpus_hash", prepared.corpus_hash):
        what, now, then = "corpus", prepared.corpus_hash, str(data["corpus_hash"])
    else:
        return
    raise RunError(
        f"the {what} has changed since this run was trained",
        where=str(run),
        found=f"{what} {then[:12]} in the run, {now[:12]} now",
        hint="bring the files back that the recipe names, or train anew under another name",
    )


def _floor(prepared: Prepared, likelihood: Likelihood, scores: StoryScores) -> Floor | None:
    floor, standard_error = prepared.floor_bits_per_byte, prepared.floor_standard_error
    if floor is None or standard_error is None:
        return None
    interval = None
    if prepared.floor_bits is not None and len(prepared.floor_bits) == len(scores.bytes_S):
        # Both have the same stories and bytes, so that the ratio is that of their bits.
        floor_S1 = np.asarray(prepared.floor_bits)[:, None]
        interval = bootstrap_ratios(scores.nll_S / math.log(2), floor_S1)[0]
    return Floor(floor, standard_error, likelihood.bits_per_byte / floor, interval)


def _protocol(
    trained: LoadedRun,
    prepared: Prepared,
    store: TokenStore,
    split: SplitName,
    scores: StoryScores,
    precision: ScoringPrecision,
) -> Protocol:
    return Protocol(
        run=trained.run_folder.name,
        step=trained.step,
        split=split,
        split_stories=store.num_stories,
        context=trained.model.context,
        stride=scores.stride,
        carried=scores.carried,
        precision=precision,
        tokenizer=trained.tokenizer.fingerprint,
        vocabulary_size=trained.tokenizer.vocabulary_size,
        corpus_hash=prepared.corpus_hash,
        **_costs(trained, prepared),
    )


def _costs(trained: LoadedRun, prepared: Prepared) -> dict[str, Any]:
    """What the model has and has taken; the parameters of an N-gram are its probabilities and back-off weights."""
    if isinstance(trained.model, NGramModel):
        stored, read = trained.model.parameters, prepared.train.num_tokens
        return dict(
            parameters=stored, non_embedding_parameters=stored, training_tokens=read, training_flops=0, seed=None
        )
    model, training = trained.recipe.stack()
    count = count_parameters(model, trained.tokenizer.vocabulary_size)
    training_tokens = trained.step * training.batch_tokens
    return dict(
        parameters=count.parameters,
        non_embedding_parameters=count.non_embedding_parameters,
        training_tokens=training_tokens,
        training_flops=training_tokens * count.training_flops_per_token,
        seed=training.seed,
    )
