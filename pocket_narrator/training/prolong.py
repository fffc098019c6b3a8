"""A finished run goes on in a new one: with its weights, its optimizer's state and its order of the data.

The rate of a finished run has mostly decayed, so it is warmed up again, to a share of the peak that it had, and decays anew
(Ibrahim et al. 2024, "Simple and Scalable Strategies to Continually Pre-train Large Language Models").
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.errors import RecipeError, RunError
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.schema import Recipe, TrainingConfig
from pocket_narrator.run.checkpoint import Checkpoint, load_checkpoint, newest_checkpoint, step_name
from pocket_narrator.run.directory import has_begun
from pocket_narrator.run.find import CONFIG
from pocket_narrator.run.identity import TOKENIZER, RunIdentity
from pocket_narrator.run.records import CHECKPOINTS
from pocket_narrator.terminal.messages import command
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.training.state.recorded_progress import RecordedProgress, read_progress

SHARE_OF_THE_PEAK = 0.5  # that the rate is warmed up to again, where nothing else is said
KEPT = (
    "batch_tokens",
    "rows",
    "stride",
    "seed",
    "optimizer",
    "frozen",
)  # the order of the data and the optimizer's state
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Parent:
    """What a run goes on from; `checkpoint` is none where it has begun already and has checkpoints of its own."""

    description: dict  # what the run says of it
    checkpoint: Checkpoint | None = None
    path: Path | None = None

    @property
    def batches(self) -> int:
        """The steps of data that were read before the run's first."""
        return self.description["batches"]

    def place(self) -> Path:
        """The folder of the checkpoint."""
        assert self.checkpoint is not None
        assert self.path is not None
        return _place(self.path, self.checkpoint)

    def compare_data(self, corpus_hash: str, fingerprint: str) -> None:
        """RunError where text or tokenizer are no longer those that the parent was trained with."""
        if self.path is None:
            return
        same_text = RunIdentity.load(self.path).data.get("corpus_hash") == corpus_hash
        if not same_text or Tokenizer.load(self.path / TOKENIZER).fingerprint != fingerprint:
            raise RunError(
                f"the {'tokenizer' if same_text else 'text'} is not what the run was trained with, so its data cannot go on",
                where=str(self.path),
                hint=f"{command('train', 'RECIPE', '--from', self.path.as_posix())} trains on with other text",
            )


@dataclass(frozen=True)
class Extension:
    """So many steps or minutes more, as in `training.steps=+1000`."""

    key: str
    amount: float

    def __str__(self) -> str:
        return f"training.{self.key}=+{self.amount:g}"


def how_to_prolong(run: Path, training: TrainingConfig) -> str:
    """The command that trains as long again."""
    length = Extension("steps", training.steps) if training.steps else Extension("minutes", training.minutes or 1)
    return shlex.join(["narrator", "train", run.as_posix(), str(length)])


def prolonged(parent: Path, extension: Extension, overrides: Sequence[str]) -> tuple[Recipe, str]:
    """The recipe of a run that goes on from the run `parent`, with `overrides` on top, and a line that says what its rate does.

    RunError where the parent is not finished, RecipeError where an override changes what has to stay as it is.
    """
    identity = RunIdentity.load(parent)
    if identity.recipe.training is None or "imported" in identity.data:
        raise RunError(
            "this run has no steps that could go on",
            where=str(parent),
            hint=f"{command('train', 'fine-tune', '--from', parent.as_posix())} trains on from an imported model",
        )
    model, before = identity.recipe.stack()
    checkpoint = _newest(parent)
    recorded = read_progress(checkpoint.state, _place(parent, checkpoint))
    seconds = recorded.seconds
    _refuse_unfinished(parent, before, checkpoint.step, recorded)
    length = (
        extension.amount if extension.key == "steps" else extension.amount * 60 * checkpoint.step / max(seconds, 1e-9)
    )
    decays = before.schedule != "constant"
    share = SHARE_OF_THE_PEAK if decays else 1.0
    name = parent.resolve().name if _NAME.fullmatch(parent.resolve().name) else identity.recipe.name
    settings = {
        "name": f"{name}-plus{extension.amount:g}{'' if extension.key == 'steps' else 'min'}",
        f"training.{extension.key}": int(extension.amount) if extension.key == "steps" else extension.amount,
        "training.learning_rate": share * before.learning_rate,
        "training.muon_learning_rate": share * before.muon_learning_rate,
        "training.warmup_steps": min(before.warmup_steps, int(length) // 10) if decays else 0,
    }
    said = [f"{key}={value}" for key, value in settings.items()]
    recipe = load_recipe([str(parent / CONFIG)], [*said, *overrides])
    now_model, now = recipe.stack()
    changed = [f"model.{key}" for key, value in model if key != "dropout" and getattr(now_model, key) != value]
    changed += [f"training.{key}" for key in KEPT if getattr(now, key) != getattr(before, key)]
    if changed:
        raise RecipeError(
            f"{changed[0]} cannot be changed: the run goes on with the weights, the optimizer's state and the data of {parent}",
            hint=f"leave it out; {command('train', 'RECIPE', '--from', parent.as_posix())} begins a training of its own",
        )
    return recipe, (
        f"{parent} goes on from step {checkpoint.step:,}: the rate rises within {now.warmup_steps:,} steps to "
        f"{now.learning_rate:g} ({now.learning_rate / before.learning_rate:.0%} of the peak before), {_after_that(now)}"
    )


def offer_to_prolong(run: Path, recipe: Recipe) -> None:
    """RunError, with the way to do it, where `recipe` only trains for longer or shorter than the run that is there."""
    if not has_begun(run) or recipe.training is None:
        return
    identity = RunIdentity.load(run)
    before, now = identity.recipe.training, recipe.training
    if before is None or (before.steps, before.minutes) == (now.steps, now.minutes):
        return
    as_before = now.model_copy(update={"steps": before.steps, "minutes": before.minutes})
    try:
        identity.compare_recipe(recipe.model_copy(update={"training": as_before}))
    except RunError:  # it is another recipe in more than that
        return
    raise RunError(
        f"this run was made for {_length(before)}, and is asked for {_length(now)} now",
        where=str(run),
        hint=f"a new run goes on from it, once it is finished, with: {how_to_prolong(run, before)}",
    )


def _length(training: TrainingConfig) -> str:
    return f"{training.steps:,} steps" if training.steps is not None else f"{training.minutes:g} minutes"


def take_parent(run: Path, parent: Path | None) -> Parent | None:
    """What the run directory `run` goes on from: the run `parent`, or what it has begun from in an earlier call.

    RunError where it has begun from something else.
    """
    begun = RunIdentity.load(run) if has_begun(run) else None
    if begun is None:
        return None if parent is None else _description(parent)
    described = begun.data.get("parent")
    if described is not None and not (isinstance(described, dict) and isinstance(described.get("batches"), int)):
        raise RunError(
            "data.json does not say rightly what this run goes on from",
            where=str(run),
            hint="restore it from a copy, or choose another name with name=...",
        )
    if parent is not None and (described is None or described["run_id"] != RunIdentity.load(parent).run_id):
        raise RunError(
            f"this run does not go on from {parent}", where=str(run), hint="choose another name with name=..."
        )
    return None if described is None else Parent(described)


def _description(parent: Path) -> Parent:
    identity, checkpoint = RunIdentity.load(parent), _newest(parent)
    description = {
        "name": parent.resolve().name,
        "run_id": identity.run_id,
        "step": checkpoint.step,
        "batches": checkpoint.step + identity.data.get("parent", {}).get("batches", 0),
    }
    return Parent(description, checkpoint, parent)


def _place(run: Path, checkpoint: Checkpoint) -> Path:
    return run / CHECKPOINTS / step_name(checkpoint.step)


def _newest(run: Path) -> Checkpoint:
    path = newest_checkpoint(run / CHECKPOINTS, report=lambda _: None)
    if path is None:
        raise RunError("this run has no checkpoint yet", where=str(run), hint="train it with: narrator train RECIPE")
    return load_checkpoint(path, verify=False)  # newest_checkpoint has just verified it


def _refuse_unfinished(parent: Path, training: TrainingConfig, step: int, recorded: RecordedProgress) -> None:
    waited = 0 if recorded.best is None else step - recorded.best[0]
    is_over = training.patience is not None and waited >= training.patience * training.evaluate_every
    if training.steps is not None:
        done = f"step {step:,} of {training.steps:,}"
        is_over = is_over or step >= training.steps
    else:
        assert training.minutes is not None
        done = f"{recorded.seconds / 60:.1f} of {training.minutes:g} minutes"
        is_over = is_over or recorded.seconds >= 60 * training.minutes
    if not is_over:
        raise RunError(
            f"this run is not finished, and only a finished one is prolonged: {done}",
            where=str(parent),
            hint=f"finish it first: {shlex.join(['narrator', 'train', (parent / CONFIG).as_posix(), '--run', parent.as_posix()])}",
        )


def _after_that(training: TrainingConfig) -> str:
    if training.schedule == "cosine":
        return f"then falls along a cosine to {training.final_rate:.0%} of that"
    if training.schedule == "wsd":
        return f"then stays, and falls over the last {training.decay_fraction:.0%} to {training.final_rate:.0%} of that"
    return "then stays there" if training.schedule == "constant" else f"then follows the schedule '{training.schedule}'"
