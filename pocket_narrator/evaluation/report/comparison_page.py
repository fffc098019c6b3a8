"""The report of a comparison: one table, what differs, quality against each cost, and everything side by side."""

from pathlib import Path

from pocket_narrator.evaluation.comparison.damaged_figures import refusing_damaged_figures
from pocket_narrator.evaluation.comparison.measured_model import describe_costs
from pocket_narrator.evaluation.comparison.rows import spelled_p
from pocket_narrator.evaluation.comparison.side_by_side import (
    LEDGER,
    MEMORY,
    SideBySide,
    all_side_by_side,
    why_left_out,
)
from pocket_narrator.evaluation.comparison.table import COSTS, ComparedModel, Comparison
from pocket_narrator.evaluation.report import memory_views, parts
from pocket_narrator.evaluation.statistics.bootstrap import spell_interval
from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.json_file import find_json_object
from pocket_narrator.page.bars import intervals
from pocket_narrator.page.chart import Axis, Series, chart
from pocket_narrator.page.document import grid, key_figures, page, paragraph, section, table

COST_AXES = {
    "parameters": "parameters",
    "training_seconds": "training time, seconds",
    "training_flops": "training FLOPs",
    "training_bytes": "memory to train, bytes",
}


@refusing_damaged_figures()
def write_comparison_page(comparison: Comparison, target: Path) -> None:
    """Atomically. The runs must still be where they were compared."""
    runs = {model.name: Path(model.runs[0]) for model in comparison.models}
    measured = {name: find_json_object(run / "evaluation" / "likelihood.json") for name, run in runs.items()}
    best = comparison.models[0]
    what = comparison.name
    suites = {name: suite["sets"]["told"]["figures"] for name, run in runs.items() if (suite := _told_suite(run))}
    content = [
        key_figures(
            [
                (f"best {what}", f"{best.value:.4f}", best.name),
                ("models", str(len(comparison.models)), f"{sum(len(m.runs) for m in comparison.models)} runs"),
                (comparison.unit_name, f"{comparison.units:,}", "the same for all"),
            ]
        ),
        section("The models", _model_table(comparison), *map(paragraph, comparison.notes)),
        section("Which models can be told apart", _forest(comparison), _pair_table(comparison), paragraph(_PAIRS)),
        section("Quality against cost", grid([_front(comparison, cost) for cost in COSTS]), paragraph(_FRONTS)),
        *_kept_beside(comparison),
        section("Generated stories", parts.suite_table(suites)) if suites else "",
        section(
            "Stories side by side",
            parts.side_by_side({name: told for name, run in runs.items() if (told := parts.told_by(run))}),
        ),
        section("Loss within a story", parts.position_charts({name: one for name, one in measured.items() if one})),
        section("Training", parts.training_curves(runs)),
    ]
    of = "" if comparison.units == comparison.of else f" of {comparison.of:,}"
    footer = [
        f"{comparison.units:,}{of} {comparison.unit_name} of the validation split of corpus {comparison.corpus_hash[:12]}; "
        f"tokenizers {', '.join(t[:12] for t in comparison.tokenizers)}. {comparison.better.capitalize()} is better.",
        "Where a model has several seeds, curves and generated stories are those of its first run.",
    ]
    title = " and ".join(model.name for model in comparison.models) if len(comparison.models) < 3 else "Comparison"
    write_text(target, page(title, f"{what}, on the same held-out {comparison.unit_name}", content, footer))


_PAIRS = (
    "Differences on the same stories, first minus second; each interval is of its pair alone. A difference is called "
    "distinguishable where its interval has no 0 and p, adjusted for all pairs after Holm, is below 0.05. p is by permutation "
    "of signs, or by Student's t over seeds and stories where both have several seeds. The effect size is the mean of the "
    "stories' differences over their deviation (Cohen's d of pairs)."
)
_FRONTS = "The dotted line joins the models that none beats at the same cost or less. Time is as measured on each run's machine."


def _kept_beside(comparison: Comparison) -> list[str]:
    """Memory exams and ledgers, where at least two of the models have them."""
    headings = {MEMORY: "What they remember", LEDGER: "Where they pay more bits than the stories cost"}
    sections = []
    for what, found in all_side_by_side(comparison.models).items():
        if not isinstance(found, SideBySide):
            parts_of = [paragraph(f"{why_left_out(what, found)}.")]
        else:
            parts_of = memory_views.of_models(found) if what == MEMORY else [found.html()]
        sections.append(section(headings[what], *parts_of))
    return sections


def _told_suite(run: Path) -> dict | None:
    suite = parts.suite_of(run)
    return suite if suite and "told" in suite.get("sets", {}) else None


def _model_table(comparison: Comparison) -> str:
    rows, costs = [], [describe_costs(model.costs) for model in comparison.models]
    for model, cost in zip(comparison.models, costs, strict=True):
        interval = spell_interval(model.interval, comparison.units, of=comparison.unit)
        spread = "" if len(model.by_seed) < 2 else f"{min(model.by_seed):.4f} to {max(model.by_seed):.4f}"
        rows.append([model.name, f"{model.value:.4f}", interval, str(len(model.seeds)), spread, *cost.values()])
    headings = ["model", comparison.name, "95 % interval", "seeds", "seeds from to", *costs[0]]
    if comparison.floor is not None:
        rows.append(["entropy of the corpus", f"{comparison.floor:.4f}", *[""] * (len(headings) - 2)])
    if not any(row[4] for row in rows):
        rows, headings = [[*row[:4], *row[5:]] for row in rows], [*headings[:4], *headings[5:]]
    return table(headings, rows)


def _pair_table(comparison: Comparison) -> str:
    rows = []
    for pair in comparison.pairs:
        found = pair.difference
        interval = spell_interval(found.interval, found.stories, sign="+", of=comparison.unit)
        rows.append(
            [
                f"{pair.ours} - {pair.theirs}",
                f"{found.value:+.4f}",
                interval,
                "" if found.relative is None else f"{found.relative:+.1%}",
                spelled_p(pair.p_holm),
                "yes" if pair.is_distinguishable else "no",
                "" if found.effect_size is None else f"{found.effect_size:+.2f}",
                f"{found.lower_share:.0%}",
                f"seeds, {comparison.unit_name}" if found.seeds else comparison.unit_name,
            ]
        )
    return table(
        [
            *("pair", "difference", "95 % interval", "relative", "p (Holm)", "distinguishable", "effect size"),
            *(f"{comparison.unit_name} lower", "over"),
        ],
        rows,
    )


def _forest(comparison: Comparison) -> str:
    """Each pair's difference with its interval, in the order of the table."""
    rows = [
        (f"{p.ours} \u2212 {p.theirs}", p.difference.value, p.difference.interval, p.is_distinguishable)
        for p in comparison.pairs
    ]
    what = "loss, nats/token" if comparison.metric == "perplexity" else comparison.name
    return grid([intervals("Differences with 95 % intervals; in grey: may be chance", rows, what)])


def _front(comparison: Comparison, cost: str) -> str:
    def place(model: ComparedModel) -> float | None:
        return getattr(model.costs, cost)

    placed = {model.name: (found, model.value) for model in comparison.models if (found := place(model))}
    if len({found for found, _ in placed.values()}) < 2:
        return ""
    series = [
        Series(model.name, [placed[model.name]], [model.interval], joined=False, marked=True)
        if model.name in placed
        else Series(model.name, [])
        for model in comparison.models
    ]
    front = sorted(
        placed[model.name] for model in comparison.models if model.name in placed and model.on_front.get(cost)
    )
    return chart(f"Against {COST_AXES[cost]}", Axis(COST_AXES[cost], True), Axis(comparison.name), series, front=front)
