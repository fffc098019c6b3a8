"""What is known of a measured model: its scores story by story, what it was measured on, and what it cost."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.comparison.damaged_figures import refusing_damaged_figures
from pocket_narrator.evaluation.likelihood.of_run import Protocol
from pocket_narrator.evaluation.likelihood.scores import Likelihood
from pocket_narrator.evaluation.likelihood.story_scores import SHA256, SingleScores, read_single_scores
from pocket_narrator.files.json_file import dump_json, read_json_object
from pocket_narrator.page.chart import short
from pocket_narrator.progress import format_seconds
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.schema import NGramConfig, Recipe
from pocket_narrator.run.find import CONFIG
from pocket_narrator.run.identity import DATA, RunIdentity
from pocket_narrator.run.records import CHECKPOINTS, METRICS, read_records
from pocket_narrator.terminal.messages import command

LIKELIHOOD = Path("evaluation") / "likelihood.json"
_PROTOCOL, _LIKELIHOOD = TypeAdapter(Protocol), TypeAdapter(Likelihood)


@dataclass(frozen=True)
class Costs:
    """Counted from the recipe, or measured by the training loop where it says so. None: nobody knows, or measured it."""

    parameters: int
    non_embedding_parameters: int
    training_tokens: int | None
    training_flops: int | None
    training_seconds: float | None  # measured, on whatever machine that was
    tokens_per_second: float | None  # measured, the median over the training
    training_bytes: int | None  # weights, gradients, moments and activations of a micro-batch, counted
    generation_bytes: int | None  # state of one story being told, float32, counted


def describe_costs(costs: Costs) -> dict[str, str]:
    """The columns of a table; empty where nobody knows."""
    tokens, flops, size = costs.training_tokens, costs.training_flops, costs.training_bytes
    seconds, rate = costs.training_seconds, costs.tokens_per_second
    return {
        "parameters": short(costs.parameters),
        "tokens": "" if tokens is None else short(tokens),
        "FLOPs": "" if flops is None else f"{flops:.1e}" if flops else "0",  # N-grams are counted
        "time": "" if seconds is None else format_seconds(seconds),
        "tokens/s": "" if rate is None else short(rate),
        "memory": "" if size is None else f"{short(size)}B",
    }


@dataclass(frozen=True)
class MeasuredModel:
    """A model after `narrator evaluate`; this class by itself is a published one (`hf:`), of which there is no recipe."""

    path: Path
    name: str
    seed: int | None  # none: an N-gram, or nobody knows
    measured: dict  # evaluation/likelihood.json
    single: SingleScores
    costs: Costs
    floor: float | None  # entropy of the corpus, bits per byte, where it is known

    @property
    def protocol(self) -> dict:
        return self.measured["protocol"]

    @property
    def model(self) -> dict:
        """What makes it this model and not another."""
        return {"published": self.name}


@dataclass(frozen=True)
class MeasuredRun(MeasuredModel):
    """A run after `narrator evaluate`."""

    recipe: Recipe

    @property
    def model(self) -> dict:
        """Its recipe without name and seed."""
        values = self.recipe.model_dump(mode="json", exclude={"name", "about", "tracking", "generation", "evaluation"})
        if values["training"] is not None:
            del values["training"]["seed"]
        return values


@refusing_damaged_figures()
def read_measured_model(path: str | Path) -> MeasuredModel:
    """A measured run, or a published model that was measured. Raises RunError where this is neither."""
    path = Path(path)
    is_run = any(os.path.lexists(path / name) for name in (CONFIG, DATA, CHECKPOINTS))  # be it a damaged one
    if is_run or not os.path.lexists(path / LIKELIHOOD):
        return read_measured_run(path)
    measured, single = _read_figures(path, "evaluate it again: narrator evaluate hf:MODEL --on RUN")
    protocol = measured["protocol"]
    costs = Costs(protocol["parameters"], protocol["non_embedding_parameters"], *[None] * 6)
    return MeasuredModel(path, path.name, None, measured, single, costs, None)


@refusing_damaged_figures()
def read_measured_run(path: str | Path) -> MeasuredRun:
    """Raises RunError where this is no run, or where it has not been measured on its validation stories."""
    path = Path(path)
    identity = RunIdentity.load(path)
    hint = f"evaluate it: {command('evaluate', path)}"
    if not os.path.lexists(path / LIKELIHOOD):
        raise RunError("this run has not been evaluated yet", where=str(path), hint=hint)
    measured, single = _read_figures(path, hint)
    protocol = measured["protocol"]
    costs = _costs(path, identity.recipe, protocol)
    floor = identity.data.get("floor_bits_per_byte")
    return MeasuredRun(path, path.name, protocol["seed"], measured, single, costs, floor, identity.recipe)


def _read_figures(path: Path, hint: str) -> tuple[dict, SingleScores]:
    try:
        measured = read_json_object(path / LIKELIHOOD)
        _PROTOCOL.validate_json(dump_json({"carried": False, **measured["protocol"]}), strict=True)
        tokens = _LIKELIHOOD.validate_json(dump_json(measured["likelihood"]), strict=True).tokens
        sha256 = measured.pop(SHA256, None)
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise RunError(f"the values are damaged: {what}", where=str(path / LIKELIHOOD), hint=hint) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"the values are damaged: {error!r}", where=str(path / LIKELIHOOD), hint=hint) from None
    single = read_single_scores(path, sha256)
    if int(single.tokens_S.sum()) != tokens:
        raise RunError("the scores of single stories are of another evaluation", where=str(path), hint=hint)
    return measured, single


def kind_of_model(recipe: Recipe) -> str:
    """Its mixers, or the order of an N-gram."""
    if isinstance(recipe.model, NGramConfig):
        return f"N-grams of order {recipe.model.order}"
    return " + ".join(sorted(set(recipe.model.mixers())))


def _costs(path: Path, recipe: Recipe, protocol: dict) -> Costs:
    records = [record for record in training_records(path) if record["step"] <= protocol["step"]]
    rates = sorted(record["tokens_per_second"] for record in records if record.get("tokens_per_second"))
    training_bytes = generation_bytes = None
    if recipe.training is not None:
        model, training = recipe.stack()
        count = count_parameters(model, protocol["vocabulary_size"])
        activations = training.batch_tokens // training.accumulation * count.activation_bytes_per_token
        training_bytes, generation_bytes = count.training_bytes + activations, count.generation_bytes_per_story
    return Costs(
        parameters=protocol["parameters"],
        non_embedding_parameters=protocol["non_embedding_parameters"],
        training_tokens=protocol["training_tokens"],
        training_flops=protocol["training_flops"],
        training_seconds=max((record.get("seconds") or 0.0 for record in records), default=None),
        tokens_per_second=rates[len(rates) // 2] if rates else None,
        training_bytes=training_bytes,
        generation_bytes=generation_bytes,
    )


def training_records(path: Path) -> list[dict]:
    """The lines of `metrics.jsonl` about the training itself, without those of evaluations."""
    records = read_records(path, METRICS)
    return [record for record in records if isinstance(record.get("loss"), float)]


def group_by_model(runs: Sequence[MeasuredModel]) -> dict[str, list[MeasuredModel]]:
    """Runs of one model with different seeds together, under a name; the same run twice is refused with RunError."""
    groups: list[list[MeasuredModel]] = []
    for run in runs:
        mates = next((group for group in groups if group[0].model == run.model), None)
        if mates is None:
            groups.append([run])
        elif any(mate.seed == run.seed for mate in mates):
            twin = next(mate for mate in mates if mate.seed == run.seed)
            raise RunError(
                f"{twin.name} and {run.name} are the same model with the same seed",
                where=str(run.path),
                hint="give each run once",
            )
        else:
            mates.append(run)
    return {_label(group): group for group in groups}


def _label(group: list[MeasuredModel]) -> str:
    """The run's name; of several seeds, what their names begin with."""
    names = [run.name for run in group]
    if len(names) == 1:
        return names[0]
    prefix = names[0]
    while not all(name.startswith(prefix) for name in names):
        prefix = prefix[:-1]
    prefix = prefix.rstrip("-_. ").removesuffix("seed").rstrip("-_. ")
    return prefix or names[0]
