"""The steps of an experiment as functions: prepare, train, evaluate, compare. Each does what the command of its name does."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocket_narrator.recipe.fixed_model import load_with_model
from pocket_narrator.recipe.loading import Source, load_recipe
from pocket_narrator.run.find import CONFIG, RUNS
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.terminal.messages import say, silence
from pocket_narrator.workbench.run import Run

if TYPE_CHECKING:
    from pocket_narrator.evaluation.comparison.table import Comparison
    from pocket_narrator.tokens.prepared import Prepared

Overrides = Sequence[str] | Mapping[str, object]


def prepare(
    recipe: Source | Sequence[Source],
    overrides: Overrides = (),
    *,
    data_root: str | Path = "data",
    download: bool = False,
    quiet: bool = False,
    **values: object,
) -> "Prepared":
    """Makes the stories, the tokenizer and the tokenized training set of a recipe; what is there already is kept.

    Args:
        recipe: As for `load_recipe`.
        overrides: As for `load_recipe`.
        data_root: The folder to make them in.
        download: Whether a dataset of the Hugging Face hub may be downloaded.
        quiet: Says nothing of what is done.
        **values: More overrides.

    Returns:
        `tokenizer`; `train` and `validation`, the tokenized sets; `stories("train")`, an iterator of `Story`;
        `statistics()`; and, of the embedded corpus, `floor_bits_per_byte`, its entropy.

    Raises:
        RecipeError: The recipe is wrong.
        CorpusError: The text cannot be read as stories, or would have to be downloaded.

    Example:
        >>> data = prepare("tiny.yaml", quiet=True)
        >>> data.tokenizer.decode(data.tokenizer.encode("Once upon a time"))
        'Once upon a time'
        >>> isinstance(next(data.stories("validation")), Story)
        True
    """
    from pocket_narrator.tokens.prepare import prepare as prepare_recipe

    with silence(quiet):
        loaded = load_recipe(recipe, overrides, report=say, **values)
        return prepare_recipe(loaded, Path(data_root), consent=lambda _: download, quiet=quiet)


def train(
    recipe: Source | Sequence[Source],
    overrides: Overrides = (),
    *,
    run: str | Path | None = None,
    base: "str | Path | Run | None" = None,
    new_tokenizer: bool = False,
    data: str | Path | None = None,
    data_root: str | Path = "data",
    quiet: bool = False,
    **values: object,
) -> Run:
    """Trains a model and evaluates it on all held-out stories. The same call goes on where an interrupted one stopped, and
    trains nothing again that is done.

    Args:
        recipe: The name of a shipped recipe, a YAML file, a mapping, a recipe, or a list of these, as for `load_recipe`.
        overrides: A mapping such as `{"training.steps": 20}`, as for `load_recipe`.
        run: The run's folder; by default `runs/NAME`, the recipe's name.
        base: A run to fine-tune: its weights, model and tokenizer (`--from` of the command).
        new_tokenizer: With `base`, trains the recipe's tokenizer and maps the embedding to it.
        data: Where the text of a run that goes on lies now, if it has been moved.
        data_root: The folder of prepared data, as for `prepare`.
        quiet: Says nothing of what is done.
        **values: More overrides: `name="mine"`, `steps=20`, `model={"width": 64}`.

    Returns:
        The run.

    Raises:
        RecipeError: The recipe is wrong, or too large for this machine.
        RunError: The folder holds another run, or something else.
        CorpusError: The text cannot be read as stories.
        KeyboardInterrupt: It was interrupted; the work is saved, and the same call goes on.

    Example:
        >>> run = train("tiny.yaml", steps=2, name="short", quiet=True)
        >>> int(run.metrics["step"].max())
        2
    """
    from pocket_narrator.process.allocator import keep_freed_memory
    from pocket_narrator.workbench import from_recipe

    with silence(quiet):
        begun_from = None if base is None else Run(base).path
        if begun_from is None:
            loaded = load_recipe(recipe, overrides, report=say, **values)
        else:
            model = RunIdentity.load(begun_from).recipe.model
            loaded = load_with_model(recipe, overrides, model, begun_from, report=say, **values)
        keep_freed_memory()
        trained = from_recipe.train(
            loaded,
            Path(run) if run is not None else RUNS / loaded.name,
            data_root=Path(data_root),
            report=say,
            base=begun_from,
            new_tokenizer=new_tokenizer,
            text=None if data is None else Path(data),
        )
        if not trained.result.finished:
            raise KeyboardInterrupt(
                f"stopped and saved at step {trained.result.step:,}; the same call goes on from there"
            )
        if trained.is_first:
            from_recipe.finish(trained, stories=0, report=say)
    return Run(trained.run)


def evaluate(run: "str | Path | Run", suite: Any = None, **options: Any) -> Any:
    """Evaluates a run, as `Run.evaluate` does.

    Args:
        run: A run, its folder, or its name.
        suite: None, "quick", "full", "memory", "ledger" or "coherence".
        **options: The others of `Run.evaluate`.

    Returns:
        What `Run.evaluate` gives: the evaluation, or with a suite its report.

    Raises:
        RunError: There is no such run, or an option means nothing for it.
        CorpusError: Its text is not there.

    Example:
        >>> evaluate("tiny", stories=10, quiet=True).likelihood.stories
        10
    """
    return Run(run).evaluate(suite, **options)


def compare(runs: "Sequence[str | Path | Run]", metric: str = "bits_per_byte") -> "Comparison":
    """Compares evaluated runs on the same stories; runs that differ in nothing but their seed are one model.

    Args:
        runs: At least two: runs, folders, or names. A published model that was evaluated is given by its folder.
        metric: "bits_per_byte", "loss", "perplexity", "memory", or a metric of generated stories (docs/metrics.md).

    Returns:
        The comparison: `table`, `memory`, `ledger`, `to_latex()`, `to_csv()`, `plot()`.

    Raises:
        RunError: A run has not been evaluated, they were evaluated on different stories, or they are one model only.

    Example:
        >>> compare(["tiny", "other"]).table["model"].tolist() in (["tiny", "other"], ["other", "tiny"])
        True
    """
    from pocket_narrator.evaluation.comparison.table import compare_runs

    given = [runs] if isinstance(runs, str | Path | Run) else list(runs)
    return compare_runs([_folder(one) for one in given], metric)


def _folder(given: "str | Path | Run") -> Path:
    """Of a run, or of a published model that was evaluated, which has no recipe."""
    if not isinstance(given, Run) and Path(given).is_dir() and not (Path(given) / CONFIG).is_file():
        return Path(given)
    return Run(given).path
