"""Training that goes on from another run's weights: which model, which tokenizer, and which row of a table is whose."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from pocket_narrator.errors import PluginError, RunError
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe import schema
from pocket_narrator.recipe.schema import ModelConfig, Recipe
from pocket_narrator.run.directory import has_begun
from pocket_narrator.run.find import CONFIG
from pocket_narrator.run.identity import TOKENIZER, RunIdentity
from pocket_narrator.run.loading import LoadedRun, load_trained
from pocket_narrator.terminal.messages import command
from pocket_narrator.tokenizers import Tokenizer


@dataclass(frozen=True)
class Base:
    """What a run goes on from; `trained` is none where the run has begun already and has weights of its own."""

    recipe: Recipe  # of the new run: the base's model, and its tokenizer unless a new one is asked for
    tokenizer: Tokenizer | None  # the base's, for a run that has not begun; none: the recipe's
    description: dict[str, object]  # what the new run says of its base
    trained: LoadedRun | None
    notes: list[str]


def take_base(recipe: Recipe, run: Path, base: Path | None, new_tokenizer: bool) -> Base | None:
    """What the run directory `run` goes on from: the run `base`, or what it has begun from in an earlier call.

    RunError where `run` has begun from something else.
    """
    begun = RunIdentity.load(run) if has_begun(run) else None
    described = None if begun is None else begun.data.get("base")
    if begun is not None and "imported" in begun.data:
        raise RunError(
            "this run is an import: it can generate, be evaluated and be fine-tuned, but does not go on itself",
            where=str(run),
            hint=command("train", "fine-tune", "--from", run, "name=NEW"),
        )
    if base is None and described is None:
        return None
    if begun is not None:
        given = None if base is None else RunIdentity.load(base).run_id
        if described is None or (given is not None and described.get("run_id") != given):
            was = "random weights" if described is None else f"the run {described.get('name')}"
            raise RunError(
                f"this run was begun from {was}, not from {base}",
                where=str(run),
                found=None if described is None else f"run {described.get('run_id')} then, {given} now",
                hint="choose another name with name=...",
            )
        tokenizer = None if described.get("new_tokenizer") else run / TOKENIZER
        fitted, notes = with_model_of(recipe, begun.recipe.stack()[0], tokenizer)
        return Base(fitted, None, described, None, [])
    assert base is not None
    trained = load_trained(base)
    if not isinstance(trained.model, DecoderStack):
        raise RunError("an N-gram cannot be trained on from: it is counted in one pass", where=str(base))
    tokenizer = None if new_tokenizer else run / TOKENIZER
    fitted, notes = with_model_of(recipe, trained.recipe.stack()[0], tokenizer)
    description = {
        "name": _name(base),
        "run_id": RunIdentity.load(base).run_id,
        "step": trained.step,
        "new_tokenizer": new_tokenizer,
    }
    return Base(fitted, None if new_tokenizer else trained.tokenizer, description, trained, notes)


def refuse_lost_beginning(run: Path) -> None:
    """RunError where `run` was to begin with another run's weights, and has none yet: without that run it would begin with random
    ones, and nobody would see it."""
    try:
        data = RunIdentity.load(run).data if (run / CONFIG).exists() and not has_begun(run) else {}
    except (RunError, PluginError):
        return
    for key, again in (("base", "give --from once more"), ("parent", "give the command once more that made it")):
        if key in data:
            name = data[key].get("name") if isinstance(data[key], dict) else data[key]
            raise RunError(
                f"this run has no weights yet; it was begun from {name}",
                where=str(run),
                hint=f"{again}, or choose another name with name=...",
            )


def with_model_of(recipe: Recipe, model: ModelConfig, tokenizer: Path | None) -> tuple[Recipe, list[str]]:
    """The recipe with another's model section, but for dropout, and with a tokenizer file where one is given; and what else had
    to change for it."""
    own, training = recipe.stack()
    changes: dict[str, object] = {"model": model.model_copy(update={"dropout": own.dropout})}
    notes = []
    if tokenizer is not None:
        changes["tokenizer"] = schema.TokenizerConfig(kind="file", path=tokenizer.as_posix())
    unit = model.context * training.accumulation
    if training.batch_tokens % unit:
        fitting = max(1, round(training.batch_tokens / unit)) * unit
        training = training.model_copy(update={"batch_tokens": fitting})
        notes.append(f"training.batch_tokens is {fitting:,}: a multiple of the model's context of {model.context}")
    for name, section in (("training", training), ("evaluation", recipe.evaluation)):
        if section.stride is not None and section.stride > model.context:
            section = section.model_copy(update={"stride": None})
            notes.append(f"{name}.stride is left out: it is longer than the model's context of {model.context}")
        changes[name] = section
    return recipe.model_copy(update=changes), notes


def load_base_weights(model: DecoderStack, tokenizer: Tokenizer, trained: LoadedRun) -> str:
    """Copies the base's weights into `model`, which has the same model section; returns a line that says what came of the
    tables where the tokenizer is another one."""
    assert isinstance(trained.model, DecoderStack)
    tensors = {name: tensor.detach().to("cpu", torch.float32) for name, tensor in trained.model.state_dict().items()}
    line = f"the weights are those of {trained.run_folder}, step {trained.step:,}"
    if tokenizer.fingerprint != trained.tokenizer.fingerprint:
        fresh = model.state_dict()
        sources = [
            _source(tokenizer.token_bytes(token), trained.tokenizer) for token in range(tokenizer.vocabulary_size)
        ]
        sources[tokenizer.end_of_text] = [trained.tokenizer.end_of_text]
        for name in tensors:
            if name in ("embedding.weight", "head.weight") or name.startswith("values."):
                tensors[name] = _mapped(fresh[name].cpu(), tensors[name], sources)
            elif name == "bigrams.weight":
                tensors[name] = torch.zeros_like(tensors[name])  # hashed ids: other pairs now
        shared = sum(len(source) == 1 for source in sources)
        line += f"; {shared:,} of {len(sources):,} tokens are its own, the others begin as the mean of their pieces"
    model.load_state_dict(tensors)
    return line


def _source(piece: bytes, old: Tokenizer) -> list[int]:
    """The base's tokens that spell the same bytes; none where it is no text by itself."""
    try:
        return old.encode(piece.decode("utf-8"))
    except UnicodeDecodeError:
        return [token for token in range(old.vocabulary_size) if old.token_bytes(token) == piece][:1]


def _mapped(fresh: Tensor, old: Tensor, sources: list[list[int]]) -> Tensor:
    rows = [old[source].mean(0) if source else row for source, row in zip(sources, fresh, strict=True)]
    return torch.stack(rows)


def _name(base: Path) -> str:
    return base.resolve().name
