"""One table of several models on the same stories: quality with intervals, costs beside it, and what differs."""

import csv
import hashlib
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pocket_narrator.errors import MissingExtraError, RunError
from pocket_narrator.evaluation.comparison.compared import ComparedModel, Pair
from pocket_narrator.evaluation.comparison.damaged_figures import refusing_damaged_figures
from pocket_narrator.evaluation.comparison.measured_model import (
    Costs,
    MeasuredModel,
    group_by_model,
    read_measured_model,
)
from pocket_narrator.evaluation.comparison.measures import Measure, measure_runs
from pocket_narrator.evaluation.comparison.recipes import Recipes, differing_keys, recipe_rows
from pocket_narrator.evaluation.comparison.rows import MARK, escaped, latex, model_rows, pair_rows, spelled_p
from pocket_narrator.evaluation.comparison.side_by_side import (
    LEDGER,
    MEMORY,
    SideBySide,
    all_side_by_side,
    side_by_side,
    why_left_out,
)
from pocket_narrator.evaluation.likelihood.of_run import windows_of
from pocket_narrator.evaluation.metrics.metric import Direction
from pocket_narrator.evaluation.statistics.bootstrap import LEVEL, spell_interval
from pocket_narrator.evaluation.statistics.data_frame import data_frame
from pocket_narrator.evaluation.statistics.paired import Difference, Scores, compare, figure_interval, holm
from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.json_file import write_json_object
from pocket_narrator.page.document import paragraph
from pocket_narrator.page.document import table as html_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VERSION = 1  # of the file that is written


def _pair(ours: str, theirs: str, found: Difference, p_holm: float) -> Pair:
    apart = found.interval is not None and not found.interval[0] <= 0 <= found.interval[1]
    return Pair(ours, theirs, found, p_holm, apart and p_holm < 1 - LEVEL)


@dataclass(frozen=True)
class Comparison:
    """Several models side by side, on the same stories, the best first; made by `compare`.

    Intervals are 95 %, p is adjusted for all pairs after Holm, and two models are distinguishable where p is below 0.05 and the
    interval of their difference has no 0 in it. `models` and `pairs` have all of it; `notes` says what the table has to be told
    with: seeds, precision, tokenizers. `recipes` has what differs between the models' recipes, all of which a difference is of.

    Example:
        >>> comparison = compare(["tiny", "other"])
        >>> comparison.metric, len(comparison.models), len(comparison.pairs)
        ('bits_per_byte', 2, 1)
        >>> print(comparison.to_latex().splitlines()[0])
        \\begin{tabular}{lrrrr}
    """

    version: int
    metric: str
    better: Direction  # of the metric; `neither`: the order of the models means nothing
    models: list[ComparedModel]
    pairs: list[Pair]
    unit: str  # what was drawn: stories, or beginnings that stories were told from
    units: int
    of: int  # so many there are
    corpus_hash: str
    tokenizers: list[str]
    floor: float | None
    notes: list[str]
    recipes: Recipes  # the keys of the models' recipes that differ, with the value of each model that has it

    @property
    def unit_name(self) -> str:
        """The unit for people."""
        return {"beginnings": "prompts"}.get(self.unit, self.unit)

    @property
    def name(self) -> str:
        """The metric for people."""
        names = {
            "bits_per_byte": "bits per byte",
            "loss": "loss, nats/token",
            "perplexity": "perplexity",
            MEMORY: "share of bits remembered",
        }
        return names.get(self.metric, self.metric.replace("_", " "))

    @property
    def difference_name(self) -> str:
        """What the differences of pairs are of, for people."""
        return "difference of loss" if self.metric == "perplexity" else "difference"

    @property
    def table(self) -> Any:
        """A row for each model: its value with its interval, and its difference to the first row's (of loss, where the metric is
        perplexity) with interval, p and verdict
        ("not distinguishable" where it may be chance); then what it cost. A DataFrame, or a list where pandas is not installed.
        """
        return data_frame(model_rows(self.models, self.pairs))

    @property
    def pair_table(self) -> Any:
        """A row for each pair of models, as `table` has them for pairs with the first."""
        return data_frame(pair_rows(self.pairs))

    @property
    def memory(self) -> Any:
        """What the models remember: the share of the available bits that each run used, in percent; a row for each kind of question
        and each distance, a column for each run. A DataFrame, or a list where pandas is not installed. RunError where fewer than two
        models have been evaluated with the suite "memory", or where they were asked about other stories."""
        return data_frame(side_by_side(self.models, MEMORY).lines())

    @property
    def ledger(self) -> Any:
        """Where the models pay more bits than the stories cost, bits a story: a row for each thing that is told, a column for each
        run. As `memory` otherwise, of the suite "ledger"."""
        return data_frame(side_by_side(self.models, LEDGER).lines())

    def to_csv(self, path: str | Path | None = None) -> str:
        """`table` as CSV: intervals and verdicts are columns, and what nobody knows is empty.

        Args:
            path: A file that it is written to as well, whole or not at all.

        Returns:
            The text.

        Raises:
            OSError: The file cannot be written.

        Example:
            >>> compare(["tiny", "other"]).to_csv().split(",")[:4]
            ['model', 'value', 'low', 'high']
        """
        rows = model_rows(self.models, self.pairs)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return _written(text.getvalue(), path)

    def to_latex(self, path: str | Path | None = None) -> str:
        r"""A table for a paper, with the rules of the package booktabs: a dagger marks models that are not distinguishable
        from the first row's, and the line below says what is compared, and how.

        Args:
            path: A file that it is written to as well, whole or not at all.

        Returns:
            The text.

        Raises:
            OSError: The file cannot be written.

        Example:
            >>> r"\bottomrule" in compare(["tiny", "other"]).to_latex()
            True
        """
        better = "" if self.better == "neither" else f", {self.better} is better"
        note = (
            f"{escaped(self.name)}{better}; {self.units:,} {self.unit_name}, the same for all. {self.difference_name.capitalize()}: minus "
            rf"the first row's, paired, with its 95\,\% interval. $^\dagger$ {MARK} from the first row ($p$ adjusted after Holm)."
        )
        rows = model_rows(self.models, self.pairs)
        return _written(latex(rows, self.name, note, self.better != "neither"), path)

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Each model's value with its interval, the first on top; grey: not distinguishable from it.

        Args:
            axes: Where to draw; by default a new figure.

        Returns:
            The axes, of matplotlib.

        Raises:
            MissingExtraError: matplotlib is not installed.

        Example:
            >>> compare(["tiny", "other"]).plot().get_xlabel()
            'bits per byte, 95 % interval'
        """
        try:
            from matplotlib import pyplot
        except ImportError:
            raise MissingExtraError("matplotlib", "plot") from None
        if axes is None:
            _, axes = pyplot.subplots(figsize=(7, 0.8 + 0.4 * len(self.models)), layout="constrained")
        assert axes is not None
        for place, row in enumerate(model_rows(self.models, self.pairs)):
            value, colour = row["value"], "#9a9a9a" if row["verdict"] == MARK else "#2066a8"
            error = None if row["low"] is None else [[value - row["low"]], [row["high"] - value]]
            axes.errorbar(value, place, xerr=error, fmt="o", capsize=4, color=colour)
        axes.set_yticks(range(len(self.models)), [model.name for model in self.models])
        axes.set_ylim(len(self.models) - 0.5, -0.5)
        axes.set_xlabel(f"{self.name}, 95 % interval")
        return axes

    def _repr_html_(self) -> str:
        headings = ["", self.name, "95 % interval", self.difference_name, "95 % interval", "p (Holm)", "verdict"]
        rows = []
        for row in model_rows(self.models, self.pairs):
            own = self._spelled(row["low"], row["high"])
            apart = self._spelled(row["difference_low"], row["difference_high"], "+")
            rest = ["", "", "", ""]
            if row["verdict"] is not None:
                rest = [f"{row['difference']:+.4f}", apart, spelled_p(row["p_holm"]), row["verdict"]]
            rows.append([row["model"], f"{row['value']:.4f}", own, *rest])
        names = [model.name for model in self.models]
        apart = html_table(["what differs", *names], recipe_rows(self.recipes, names)) if self.recipes else ""
        kept = "".join(
            one.html() if isinstance(one, SideBySide) else paragraph(why_left_out(what, one))
            for what, one in all_side_by_side(self.models).items()
        )
        return html_table(headings, rows) + apart + "".join(map(paragraph, self.notes)) + kept

    def _spelled(self, low: float | None, high: float | None, sign: str = "") -> str:
        interval = None if low is None or high is None else (low, high)
        return spell_interval(interval, self.units, sign=sign, of=self.unit_name)


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        write_text(Path(path), text)
    return text


NAMED = 3  # runs in a file's name
COSTS = ("parameters", "training_seconds", "training_flops", "training_bytes")  # what a front is drawn against


@refusing_damaged_figures()
def compare_runs(paths: Sequence[str | Path], metric: str = "bits_per_byte") -> Comparison:
    """Compares measured runs, and published models that were measured on their stories, the best first; runs that differ in nothing but their seed are one model.

    `metric`: one of the likelihood, or any mean over told stories. Perplexity is compared as loss, whose exponential it
    is. Raises RunError where there are fewer than two models, where they were measured on different stories or told from
    different beginnings, and where a figure a token is asked of different tokenizers.
    """
    runs = [read_measured_model(path) for path in paths]
    if len(runs) < 2:
        raise RunError(
            "one run alone cannot be compared", expected="at least two", hint="narrator report shows one run"
        )
    measure = measure_runs(runs, metric)
    groups = group_by_model(runs)
    if len(groups) < 2:
        raise RunError(
            "these runs are one model with several seeds: there is nothing to compare it with",
            expected="at least two models",
            hint="add runs of another recipe",
        )
    scores = {name: _scores(group, measure) for name, group in groups.items()}
    models = [_model(name, group, scores[name], metric) for name, group in groups.items()]
    models.sort(key=lambda model: -model.value if measure.better == "higher" else model.value)
    if measure.better != "neither":
        models = [_with_fronts(model, models, measure.better) for model in models]
    names = [model.name for model in models]
    differences = [(a, b, compare(scores[a], scores[b])) for a, b in combinations(names, 2)]
    adjusted = holm([difference.p for _, _, difference in differences])
    return Comparison(
        version=VERSION,
        metric=metric,
        better=measure.better,
        models=models,
        pairs=[_pair(a, b, found, p) for (a, b, found), p in zip(differences, adjusted, strict=True)],
        unit=measure.unit,
        units=len(measure.denominators_S),
        of=measure.of,
        corpus_hash=runs[0].protocol["corpus_hash"],
        tokenizers=sorted({run.protocol["tokenizer"] for run in runs}),
        floor=next((run.floor for run in runs if run.floor), None) if metric == "bits_per_byte" else None,
        notes=_notes(runs, groups, measure),
        recipes=differing_keys(groups),
    )


def name_of(runs: Sequence[Path], metric: str) -> str:
    """Of the files of a comparison, the same for the same runs and metric and no other: `comparison-a-b-1f3c2d`."""
    asked = json.dumps([metric, sorted(str(run.resolve()) for run in runs)])
    names = [run.resolve().name for run in runs[:NAMED]] + (
        [f"and-{len(runs) - NAMED}-more"] if len(runs) > NAMED else []
    )
    return "-".join(["comparison", *(name[:40] for name in names), hashlib.sha256(asked.encode()).hexdigest()[:6]])


def write_comparison(comparison: Comparison, path: Path) -> None:
    """As JSON, atomically."""
    write_json_object(path, asdict(comparison))


def _scores(group: list[MeasuredModel], measure: Measure) -> Scores:
    return Scores(np.stack([measure.numerators[run.path] for run in group]), measure.denominators_S)


def _model(name: str, group: list[MeasuredModel], scores: Scores, metric: str) -> ComparedModel:
    def shown(value: float) -> float:
        return math.exp(value) if metric == "perplexity" else value

    figures, interval = scores.figures_K, figure_interval(scores)
    return ComparedModel(
        name=name,
        runs=[str(run.path) for run in group],
        seeds=[run.seed for run in group],
        value=shown(float(figures.mean())),
        interval=None if interval is None else (shown(interval[0]), shown(interval[1])),
        by_seed=[shown(float(figure)) for figure in figures],
        costs=_mean_costs([run.costs for run in group]),
        on_front={},
    )


def _mean_costs(costs: list[Costs]) -> Costs:
    values = [asdict(cost) for cost in costs]
    means = {}
    for name, first in values[0].items():
        known = [value[name] for value in values if value[name] is not None]
        mean = sum(known) / len(known) if known else None
        means[name] = round(mean) if isinstance(first, int) and mean is not None else mean
    return Costs(**means)


def _with_fronts(model: ComparedModel, models: list[ComparedModel], better: Direction) -> ComparedModel:
    fronts = {name: on_front(model, models, name, better) for name in COSTS if getattr(model.costs, name) is not None}
    return ComparedModel(**{**vars(model), "on_front": fronts})


def on_front(model: ComparedModel, models: Sequence[ComparedModel], cost: str, better: Direction = "lower") -> bool:
    """Whether no other model is as good or better for as much or less, and better in one of both (Pareto)."""
    sign = -1 if better == "higher" else 1
    own, value = getattr(model.costs, cost), sign * model.value
    for other in models:
        price, found = getattr(other.costs, cost), sign * other.value
        if price is not None and price <= own and found <= value and (price < own or found < value):
            return False
    return True


def _notes(runs: list[MeasuredModel], groups: dict[str, list[MeasuredModel]], measure: Measure) -> list[str]:
    notes = [] if measure.better != "neither" else ["neither more nor less of this is better: the order means nothing"]
    alone = [name for name, group in groups.items() if len(group) == 1]
    if alone:
        notes.append(
            f"one seed only: {', '.join(alone)}; where a model has one, intervals and p are about {measure.unit}, and another "
            "seed may change the order"
        )
    notes += measure.notes
    for what, values in (
        ("precision", {run.protocol["precision"] for run in runs}),
        ("context", {windows_of(run.protocol) for run in runs}),
    ):
        if len(values) > 1:
            notes.append(f"evaluated with different {what}: {'; '.join(sorted(values))}")
    if len({run.protocol["tokenizer"] for run in runs}) > 1:
        notes.append("different tokenizers: only bits per byte and the share of bits remembered may be compared")
    if any(run.costs.training_seconds for run in runs):
        notes.append("training time and tokens/s are as each run measured them, on its machine")
    return notes
