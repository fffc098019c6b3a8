"""From a recipe to a told story: prepares, trains, measures and tells, in the order in which a story flows."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from pocket_narrator.errors import NarratorError, PromptError, RecipeError, RunError
from pocket_narrator.evaluation.likelihood.of_run import Evaluation, carries_state, evaluate_run
from pocket_narrator.evaluation.likelihood.scores import ScoringPrecision, score_stories, summarise
from pocket_narrator.evaluation.wandb_mirror import mirror_evaluation
from pocket_narrator.generation.narrator import Narrator
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.models.mixers.trial import try_mixers
from pocket_narrator.models.outline import outline
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.process.memory import machine_memory
from pocket_narrator.recipe.cost import count_parameters
from pocket_narrator.recipe.schema import NGramConfig, Recipe
from pocket_narrator.run.data import RunData, place_of
from pocket_narrator.run.directory import RunDirectory, has_begun
from pocket_narrator.run.identity import PREPARED, TOKENIZER, RunIdentity
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.batches import BatchOrder
from pocket_narrator.tokens.prepare import prepare
from pocket_narrator.tokens.prepared import Prepared
from pocket_narrator.tracking.trackers import Trackers, open_trackers, require_trackers
from pocket_narrator.tracking.wandb import RunFacts
from pocket_narrator.training.fine_tuning import Base, load_base_weights, refuse_lost_beginning, take_base
from pocket_narrator.training.freezing import freeze
from pocket_narrator.training.loop import Result, Trainer
from pocket_narrator.training.machine.precision import Machine, choose_machine, compile_layers
from pocket_narrator.training.machine.processes import Processes, join_processes
from pocket_narrator.training.machine.resources import refuse_full_disk, refuse_too_large
from pocket_narrator.training.ngram import count_run, counting_bytes
from pocket_narrator.training.observers import Observers
from pocket_narrator.training.prolong import Parent, offer_to_prolong, take_parent
from pocket_narrator.training.schedules import rate_factor
from pocket_narrator.training.state.random_state import seed_all

Report = Callable[[str], object]
SMALLEST_VOCABULARY = 257  # what a tokenizer has at least: what does not fit with it needs no preparing


@dataclass(frozen=True)
class TrainingOutcome:
    """What a call of `train` leaves behind."""

    run: Path
    result: Result
    prepared: Prepared
    has_steps: bool = True  # an N-gram is counted in one pass
    is_first: bool = True  # of the processes that trained it together: the one that has anything to say


def train(
    recipe: Recipe,
    run: Path,
    data_root: Path = Path("data"),
    report: Report = print,
    base: Path | None = None,
    new_tokenizer: bool = False,
    parent: Path | None = None,
    text: Path | None = None,
) -> TrainingOutcome:
    """Trains a recipe in the run directory `run`, from the beginning or from where an earlier call was interrupted.

    base: a run whose weights, model and tokenizer it begins with; with `new_tokenizer` the recipe's tokenizer, and the
    tables mapped. parent: a finished run that it prolongs (see `training.prolong`, which makes the recipe). text: where the text of
    a run that goes on lies now. Everything that can be refused is refused before any work: RunError, RecipeError, CorpusError, MissingExtraError.
    """
    on_gpu = recipe.training is not None and recipe.training.device != "cpu" and torch.cuda.is_available()
    with join_processes(on_gpu) as processes:
        said = report if processes.is_first else _say_nothing
        return _train(recipe, run, data_root, said, base, new_tokenizer, parent, text, processes)


def _train(
    recipe: Recipe,
    run: Path,
    data_root: Path,
    report: Report,
    base: Path | None,
    new_tokenizer: bool,
    parent: Path | None,
    text: Path | None,
    processes: Processes,
) -> TrainingOutcome:
    RunDirectory.refuse_foreign(run)
    if base is None and parent is None:
        refuse_lost_beginning(run)
    begins_with = take_base(recipe, run, base, new_tokenizer)
    if begins_with is not None:
        recipe = begins_with.recipe
        for note in begins_with.notes:
            report(note)
    goes_on_from = take_parent(run, parent)
    offer_to_prolong(run, recipe)
    RunDirectory.check(run, recipe)
    if text is not None and parent is None and not has_begun(run):
        raise RunError(
            "--data is for a run that goes on, and this one begins",
            where=str(run),
            hint="name the text of a new run in its recipe: corpus.train=PATH",
        )
    own_tokenizer = None if begins_with is None else begins_with.tokenizer
    require_trackers(recipe.tracking)
    if isinstance(recipe.model, NGramConfig):
        if processes.count > 1:
            raise RecipeError("an N-gram model is counted by one process", hint="narrator train, without torchrun")
        return _train_ngram(recipe, recipe.model, run, data_root, report, text)
    model_section, training = recipe.stack()
    machine, context = choose_machine(training), model_section.context
    memory, of = machine.memory()
    refuse_too_large(recipe, SMALLEST_VOCABULARY, memory, of)
    for progress in (0.0, 0.5, 1.0):  # a schedule that was added and fails, or gives no factor, does so now
        rate_factor(training, 0, progress)
    with machine.autocast():
        try_mixers(model_section, machine.device, training.rows == "stream")
    prepared = processes.in_turn(
        lambda: _prepare(recipe, run, parent, data_root, own_tokenizer, text, quiet=not processes.is_first)
    )
    rows = training.batch_tokens // context
    batches = BatchOrder(
        prepared.train, context, rows, training.rows, training.seed, processes.count, stride=training.stride
    )
    vocabulary_size = prepared.tokenizer.vocabulary_size
    refuse_too_large(recipe, vocabulary_size, memory, of)
    refuse_full_disk(count_parameters(model_section, vocabulary_size).parameters, recipe, run)
    if goes_on_from is not None:
        goes_on_from.compare_data(prepared.corpus_hash, prepared.tokenizer.fingerprint)
    # What is not there, or cannot be told, is refused before the run is made.
    shapes = outline(lambda: DecoderStack(model_section, vocabulary_size))
    frozen = freeze(shapes, training.frozen)
    check_prompts(recipe, shapes, prepared.tokenizer)
    together = f", {processes.count} processes" if processes.count > 1 else ""
    report(describe_costs(recipe, vocabulary_size, batches, machine) + together)
    if training.steps is not None and training.warmup_steps > training.steps:
        report(
            f"the warm-up of {training.warmup_steps:,} steps is longer than the run: its rate never reaches "
            f"training.learning_rate (with training.warmup_steps={training.steps // 10} it would)"
        )
    if frozen:
        report(f"{frozen:,} parameters are frozen")

    def open_run() -> RunDirectory:
        if processes.is_first:
            return _open_run(run, recipe, prepared, report, begins_with, goes_on_from)
        return RunDirectory.beside(run, recipe)

    with processes.in_turn(open_run) as directory:
        seed_all(training.seed)
        model = DecoderStack(model_section, vocabulary_size)
        if begins_with is not None and begins_with.trained is not None:
            report(load_base_weights(model, prepared.tokenizer, begins_with.trained))
        if not processes.is_first:  # with the same weights, and other chance
            seed_all(training.seed + processes.rank)
        model.to(machine.device)
        freeze(model, training.frozen)
        model.activation_checkpointing = training.activation_checkpointing
        facts = _facts(prepared, sum(p.numel() for p in model.parameters()), str(machine.device))
        observers = _observers(recipe, prepared, "bf16" if machine.dtype == torch.bfloat16 else "fp32", report)
        followed = (
            open_trackers(directory, recipe, facts, _next_step(directory), report)
            if processes.is_first
            else Trackers([])
        )
        with followed as trackers:
            trainer = Trainer(
                recipe, model, batches, machine, directory, trackers, observers, begins_with is not None, processes
            )
            if goes_on_from is not None:
                trainer.begin_with(goes_on_from)
            trainer.resume()
            compile_layers(model, recipe, _training_flops(recipe, vocabulary_size), machine, report)
            result = trainer.run()
    return TrainingOutcome(run, result, prepared, is_first=processes.is_first)


def check_prompts(recipe: Recipe, model: LanguageModel, tokenizer: Tokenizer) -> None:
    """RecipeError where one of the recipe's prompts cannot be told by a model, of which only the context is looked at."""
    narrator = Narrator(model, tokenizer, recipe.generation)
    for prompt in recipe.generation.prompts:
        try:
            narrator.encode(prompt)
        except PromptError as error:
            raise _in_section_generation(error) from None


def _in_section_generation(error: PromptError) -> RecipeError:
    where = f", {error.where}" if error.where else ""
    return RecipeError(
        error.what, where=f"the recipe's section generation{where}", expected=error.expected, found=error.found,
        hint=error.hint,
    )  # fmt: skip


def _say_nothing(text: str) -> None:
    pass


def _prepare(
    recipe: Recipe,
    run: Path,
    parent: Path | None,
    data_root: Path,
    tokenizer: Tokenizer | None,
    text: Path | None,
    quiet: bool = False,
) -> Prepared:
    """What a new run is trained on, with the tokenizer of its base if it has one; or what a run or its parent goes on with."""
    goes_on = run if has_begun(run) else parent
    if goes_on is not None:
        return RunData.of(RunIdentity.load(goes_on)).go_on(recipe, text, data_root)
    return prepare(recipe, data_root, quiet=quiet, tokenizer=tokenizer)


def _train_ngram(
    recipe: Recipe, model: NGramConfig, run: Path, data_root: Path, report: Report, text: Path | None
) -> TrainingOutcome:
    prepared = _prepare(recipe, run, None, data_root, None, text)
    tokens, order = prepared.train.num_tokens, model.order
    gigabytes = counting_bytes(tokens, order) / 1e9
    if gigabytes > machine_memory() / 1e9:
        raise RecipeError(
            f"counting {tokens:,} tokens needs about {gigabytes:.2f} GB of memory",
            found=f"{machine_memory() / 1e9:.2f} GB",
            hint="take a share of the stories with corpus.fraction, or a lower model.order",
        )
    facts = _facts(prepared, None, "cpu")
    report(f"model: N-grams of order 1 to {order}; counting {tokens:,} tokens takes about {gigabytes:.2f} GB")
    with (
        _open_run(run, recipe, prepared, report) as directory,
        open_trackers(directory, recipe, facts, _next_step(directory), report) as trackers,
    ):
        observers = _observers(recipe, prepared, "fp32", report)
        vocabulary_size = prepared.tokenizer.vocabulary_size
        result = count_run(model, vocabulary_size, prepared.train, directory, trackers, observers)
    return TrainingOutcome(run, result, prepared, has_steps=False)


def _open_run(
    run: Path,
    recipe: Recipe,
    prepared: Prepared,
    report: Report,
    begins_with: Base | None = None,
    goes_on_from: Parent | None = None,
) -> RunDirectory:
    fingerprint = {
        "corpus_hash": prepared.corpus_hash,
        "floor_bits_per_byte": prepared.floor_bits_per_byte,
        "floor_standard_error": prepared.floor_standard_error,
        PREPARED: place_of(prepared, run),
        **({} if begins_with is None else {"base": begins_with.description}),
        **({} if goes_on_from is None else {"parent": goes_on_from.description}),
    }
    tokenizer = run / TOKENIZER if has_begun(run) else prepared.folder / TOKENIZER
    return RunDirectory.open_or_create(run, recipe, tokenizer, fingerprint, report)


def _facts(prepared: Prepared, parameters: int | None, device: str) -> RunFacts:
    train, validation = prepared.train, prepared.validation
    vocabulary_size = prepared.tokenizer.vocabulary_size
    return RunFacts(train.num_stories, validation.num_stories, train.num_tokens, vocabulary_size, parameters, device)


def _observers(recipe: Recipe, prepared: Prepared, precision: ScoringPrecision, report: Report) -> Observers:
    prompt = recipe.generation.prompts[0]
    return Observers(
        evaluate=lambda seen: validate(seen, recipe, prepared, precision),
        measured_on=_measured_on(recipe, prepared),
        sample=lambda seen: Narrator(seen, prepared.tokenizer, recipe.generation).tell(prompt)[0],
        report=report,
    )


def finish(trained: TrainingOutcome, stories: int, report: Report = print) -> tuple[Evaluation, list[str]]:
    """Measures the best checkpoint on the whole validation split, in float32, and tells some stories with it; all that
    goes into W&B, too, where the recipe has it. Stories that cannot be told are reported: the run is there, and measured."""
    evaluation = evaluate_run(trained.run, prepared=trained.prepared)
    narrator = Narrator.load(trained.run)
    beginnings = [narrator.generation.prompts[i % len(narrator.generation.prompts)] for i in range(stories)]
    try:
        told = [narrator.tell(beginning, seed=i)[0] for i, beginning in enumerate(beginnings)]
    except NarratorError as error:
        report(f"no stories are told at the end: {error.what}")
        beginnings, told = [], []
    mirror_evaluation(trained.run, [(one, text.removeprefix(one)) for one, text in zip(beginnings, told, strict=True)])
    return evaluation, told


def validate(model: LanguageModel, recipe: Recipe, prepared: Prepared, precision: ScoringPrecision) -> dict[str, float]:
    """Figures on some of the validation stories, in the arithmetic of the training: for looking, not for publishing."""
    store = prepared.validation
    wanted = _stories_in_training(recipe, prepared)
    indices = [i * store.num_stories // wanted for i in range(wanted)]
    stride = recipe.evaluation.stride
    carry = stride is None and carries_state(recipe)
    likelihood = summarise(score_stories(model, store, indices, stride=stride, precision=precision, carry=carry))
    values = asdict(likelihood)
    return {
        "validation_loss": values["loss"],
        "validation_perplexity": values["perplexity"],
        "validation_bits_per_byte": values["bits_per_byte"],
    }


def _stories_in_training(recipe: Recipe, prepared: Prepared) -> int:
    return min(recipe.evaluation.stories_in_training, prepared.validation.num_stories)


def _measured_on(recipe: Recipe, prepared: Prepared) -> str:
    wanted, all_stories = _stories_in_training(recipe, prepared), prepared.validation.num_stories
    return f"{'all' if wanted == all_stories else f'{wanted:,} of'} {all_stories:,} held-out stories"


def describe_costs(recipe: Recipe, vocabulary_size: int, batches: BatchOrder, machine: Machine) -> str:
    """Parameters, arithmetic and memory, before anything is allocated."""
    model, training = recipe.stack()
    count = count_parameters(model, vocabulary_size)
    micro_batch_tokens = training.batch_tokens // training.accumulation
    gigabytes = (count.training_bytes + micro_batch_tokens * count.activation_bytes_per_token) / 1e9
    length = f"{training.steps:,} steps" if training.steps is not None else f"{training.minutes:g} min"
    return (
        f"model: {_short(count.parameters)} parameters ({_short(count.embedding_parameters)} in embedding tables), "
        f"{count.training_flops_per_token / 1e6:,.3g} MFLOP/token, about {gigabytes:.2g} GB to train\n"
        f"training: {length}, batch of {training.batch_tokens:,} tokens, {batches.steps_per_epoch:,.0f} steps an epoch; "
        f"{machine.describe()}"
    )


def _short(number: int) -> str:
    """`4.5 M`, `36 k`."""
    for unit, size in ((" G", 1e9), (" M", 1e6), (" k", 1e3)):
        if number >= size:
            return f"{number / size:.2g}{unit}" if number < 10 * size else f"{number / size:.0f}{unit}"
    return str(number)


def _training_flops(recipe: Recipe, vocabulary_size: int) -> float:
    """Of the whole run; 0 where its length is a time."""
    model, training = recipe.stack()
    per_token = count_parameters(model, vocabulary_size).training_flops_per_token
    return (training.steps or 0) * training.batch_tokens * per_token


def _next_step(directory: RunDirectory) -> int:
    from pocket_narrator.run.checkpoint import checkpoint_step, newest_checkpoint

    newest = newest_checkpoint(directory.checkpoints, report=lambda _: None)
    return 0 if newest is None else (checkpoint_step(newest) or 0) + 1
