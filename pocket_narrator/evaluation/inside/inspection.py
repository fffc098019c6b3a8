"""Looks into a trained model: for how long each layer remembers, and which tokens its router sends to which track."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.inside.hooks import look_inside
from pocket_narrator.evaluation.likelihood.of_run import data_of
from pocket_narrator.files.json_file import write_json_object
from pocket_narrator.files.writable import require_place_for_file
from pocket_narrator.models.mixers import Mixer
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.mixers import BUILT_IN
from pocket_narrator.run.loading import LoadedRun, Which, load_trained
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.store import TokenStore

TOKEN_CLASSES = (
    "end of text",
    "line break",
    "quote",
    "sentence end",
    "pronoun",
    "capitalised",
    "digit",
    "word",
    "part of a word",
    "other mark",
)
PRONOUNS = frozenset(
    [
        "i",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "me",
        "him",
        "her",
        "us",
        "them",
        "my",
        "your",
        "his",
        "its",
        "our",
        "their",
    ]
)
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
STORIES = 200


@dataclass(frozen=True)
class TrackMemory:
    """For how many tokens a track's channels remember (to 1/e), where the token has no say: learned, and its bounds."""

    track: str
    channels: int
    quantiles: tuple[float, ...]  # at QUANTILES
    shortest: float | None  # bounds of the recipe; none: the mixer has none
    longest: float | None


@dataclass(frozen=True)
class LayerInspection:
    """What one layer has learned."""

    layer: int  # from 1
    mixer: str
    memories: list[TrackMemory]
    routed: dict[str, list[float]] | None  # token class to the mean weight of each track (1: no preference)
    read: dict[str, list[float]] | None  # the same of the read gate
    cross_track_gates: list[float] | None  # tanh of them: 0 is closed


@dataclass(frozen=True)
class Inspection:
    """All layers, and how many tokens of each class were looked at."""

    run: str
    step: int
    layers: list[LayerInspection]
    tokens: dict[str, int]


def inspect_run(run: str | Path, which: Which = "best", text: Path | None = None) -> Inspection:
    """Inspects a checkpoint on validation stories of its corpus, and writes `evaluation/inspection.json` into the run.
    `text`: where the corpus lies now.

    Raises RunError, CheckpointError or CorpusError where there is nothing to look at, or where the text is another.
    """
    trained = load_trained(run, which)
    if not isinstance(trained.model, DecoderStack):
        raise RunError(
            "there is nothing to inspect in an N-gram: it has no layers",
            where=str(run),
            hint="narrator evaluate and narrator tell take it; inspect takes a stack of layers",
        )
    if not any(layer.mixer.memories() for layer in trained.model._layers()):
        looks_at = ", ".join(kind.name for kind in BUILT_IN if _remembers(kind.load()))
        raise RunError(
            "no layer of this model has learned for how long it remembers",
            where=str(trained.run_folder),
            expected=f"layers whose mixer learns it, such as {looks_at}",
            hint="narrator report shows what attention looks at, and where the model is surprised",
        )
    path = trained.run_folder / "evaluation" / "inspection.json"
    require_place_for_file(path)
    prepared = data_of(trained, text)
    inspection = inspect_model(trained, prepared.validation)
    write_json_object(path, asdict(inspection))
    return inspection


def inspect_model(trained: LoadedRun, store: TokenStore) -> Inspection:
    """The same of a stack that is already loaded."""
    model = trained.model
    assert isinstance(model, DecoderStack)
    classes_V = token_classes(trained.tokenizer)
    sums: dict[int, dict[str, Tensor]] = {}
    seen = torch.zeros(len(TOKEN_CLASSES), dtype=torch.long)
    wanted = min(STORIES, store.num_stories)
    for number in range(wanted):
        tokens = np.array(store.story(number * store.num_stories // wanted)[: model.context], dtype=np.int64)
        classes = classes_V[torch.from_numpy(tokens)]
        seen += torch.bincount(classes, minlength=len(TOKEN_CLASSES))
        if number and not sums:
            continue  # no layer has gates
        inside = look_inside(model, tokens.tolist())
        for name, found in (("router", inside.router), ("reader", inside.reader)):
            for index, weights_TK in found.items():
                empty = torch.zeros(len(TOKEN_CLASSES), weights_TK.shape[1], dtype=torch.float64)
                sums.setdefault(index, {}).setdefault(name, empty).index_add_(0, classes, weights_TK.double())
    layers = [
        _inspect_layer(index, layer.mixer, name, sums.get(index, {}), seen)
        for index, (layer, name) in enumerate(zip(model._layers(), model.model.mixers(), strict=True))
    ]
    tokens = {name: int(count) for name, count in zip(TOKEN_CLASSES, seen, strict=True)}
    return Inspection(str(trained.run_folder), trained.step, layers, tokens)


def _inspect_layer(index: int, mixer: Mixer, name: str, sums: dict[str, Tensor], seen: Tensor) -> LayerInspection:
    memories = [
        TrackMemory(memory.name, len(memory.tokens), _quantiles(memory.tokens), memory.shortest, memory.longest)
        for memory in mixer.memories()
    ]
    means = {key: _means(total, seen) for key, total in sums.items()}
    cross = mixer.learned().get("cross_track_gates")
    return LayerInspection(index + 1, name, memories, means.get("router"), means.get("reader"), cross)


def _remembers(mixer: type[Mixer]) -> bool:
    return mixer.memories is not Mixer.memories


def _means(total: Tensor, seen: Tensor) -> dict[str, list[float]]:
    return {name: (total[i] / seen[i]).tolist() for i, name in enumerate(TOKEN_CLASSES) if seen[i] > 0}


def _quantiles(values: Tensor) -> tuple[float, ...]:
    return tuple(torch.quantile(values.detach().float().cpu(), torch.tensor(QUANTILES)).tolist())


def token_classes(tokenizer: Tokenizer) -> Tensor:
    """The class of each token of a vocabulary, an index into TOKEN_CLASSES: [V]."""
    return torch.tensor(
        [TOKEN_CLASSES.index(_class_of(tokenizer, token)) for token in range(tokenizer.vocabulary_size)]
    )


def _class_of(tokenizer: Tokenizer, token: int) -> str:
    if token == tokenizer.end_of_text:
        return "end of text"
    text = tokenizer.decode([token])
    word = text.strip()
    if "\n" in text:
        return "line break"
    if not word:
        return "other mark"
    if word[0] in "\"'\u201c\u201d\u2018\u2019" and not any(character.isalpha() for character in word):
        return "quote"
    if word[-1] in ".!?" and not any(character.isalnum() for character in word):
        return "sentence end"
    if word[0].isdigit():
        return "digit"
    if word.lower() in PRONOUNS and text[0] in " IHSWTYM":
        return "pronoun"
    if word[0].isalpha():
        if word[0].isupper():
            return "capitalised"
        return "word" if text[0] == " " else "part of a word"
    return "other mark"


def describe(inspection: Inspection, tracks: Sequence[str]) -> list[str]:
    """Lines for a terminal: memories, then the router's and the reader's means by token class."""
    lines = [f"{inspection.run}, step {inspection.step:,}", ""]
    lines.append(
        f"{'layer':<7}{'mixer':<24}{'track':<12}{'channels':>9}{'memory in tokens: 5 %':>24}{'median':>10}{'95 %':>10}"
    )
    for layer in inspection.layers:
        for memory in layer.memories:
            low, middle, high = memory.quantiles[0], memory.quantiles[2], memory.quantiles[-1]
            lines.append(
                f"{layer.layer:<7}{layer.mixer:<24}{memory.track:<12}{memory.channels:>9}{low:>24.1f}{middle:>10.1f}{high:>10.1f}"
            )
        if not layer.memories:
            lines.append(f"{layer.layer:<7}{layer.mixer}")
    for title, attribute in (("routing weights", "routed"), ("read gate", "read")):
        means = [getattr(layer, attribute) for layer in inspection.layers if getattr(layer, attribute)]
        if means:
            lines += [
                "",
                f"{title}, mean over the layers (1: no preference)",
                f"{'':<18}" + "".join(f"{t:>12}" for t in tracks),
            ]
            for name in means[0]:
                values = np.mean([mean[name] for mean in means], axis=0)
                lines.append(f"{name:<18}" + "".join(f"{value:>12.2f}" for value in values))
    return lines
