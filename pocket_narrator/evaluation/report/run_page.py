"""The report of one run: `report.html` in its folder."""

from pathlib import Path

from pocket_narrator.errors import NarratorError
from pocket_narrator.evaluation.coherence.measure import groups_of
from pocket_narrator.evaluation.coherence.of_run import not_understood, read_coherence, spelled
from pocket_narrator.evaluation.comparison.damaged_figures import refusing_damaged_figures
from pocket_narrator.evaluation.comparison.measured_model import (
    MeasuredRun,
    describe_costs,
    kind_of_model,
    read_measured_run,
)
from pocket_narrator.evaluation.likelihood.of_run import data_of, windows_of
from pocket_narrator.evaluation.report import memory_views, parts, surprise
from pocket_narrator.evaluation.report.inside_views import inside_sections
from pocket_narrator.evaluation.samples.file import SUITES
from pocket_narrator.evaluation.samples.measure import SHOWN
from pocket_narrator.evaluation.statistics.bootstrap import spell_interval
from pocket_narrator.files.atomic import write_text
from pocket_narrator.files.json_file import find_json_object
from pocket_narrator.files.writable import require_place_for_file
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.page.chart import Axis, Series, chart, short
from pocket_narrator.page.document import (
    Words,
    grid,
    key_figures,
    page,
    paragraph,
    section,
    story,
    table,
    warning,
)
from pocket_narrator.progress import format_seconds
from pocket_narrator.run.loading import load_trained
from pocket_narrator.run.records import SAMPLES, read_records

PAGE = "report.html"


def write_run_page(path: str | Path, text: Path | None = None) -> Path:
    """Writes `report.html` into a measured run and returns where.

    Views that need the model and its text are left out, with the reason, where these are not to be had. `text`: where
    the run's text lies now. Raises RunError where the run has not been measured, or where `text` is another one.
    """
    run = read_measured_run(path)
    require_place_for_file(run.path / PAGE)
    return _write_page(run, _look_into(run, text))


@refusing_damaged_figures()
def _write_page(run: MeasuredRun, looked_into: list[str]) -> Path:
    protocol = run.protocol
    told = parts.told_by(run.path)
    measured = {run.name: run.measured}
    content = [
        _keys(run),
        section("How well it predicts held-out stories", _likelihood_table(run)),
        section("Metrics of generated stories", *_suite(run.path), *_judged(run.path)),
        *_coherence(run.path),
        section("Samples", parts.side_by_side({run.name: told}) or _samples(run.path)),
        section("How sure it is", _calibrated(run.path)),
        section("What it remembers", *memory_views.of_run(run.path)),
        section("Loss within a story", parts.position_charts(measured)),
        *looked_into,
        section("Training", parts.training_curves({run.name: run.path})),
    ]
    stories = run.measured["likelihood"]["stories"]
    seed = "" if protocol["seed"] is None else f", seed {protocol['seed']}"
    footer = [
        f"{stories:,} of {protocol['split_stories']:,} {protocol['split']} stories of corpus {protocol['corpus_hash'][:12]}; "
        f"tokenizer {protocol['tokenizer'][:12]} ({protocol['vocabulary_size']:,} tokens); step {protocol['step']:,}{seed}; "
        f"{windows_of(protocol)}, {protocol['precision']}. "
        "Intervals are 95 %, by bootstrap over stories; of generated stories, over prompts.",
        "Made by narrator report; every value is in the run's folder under evaluation/.",
    ]
    target = run.path / PAGE
    about = run.recipe.about or kind_of_model(run.recipe)
    write_text(target, page(run.name, about, content, footer))
    return target


def _keys(run: MeasuredRun) -> str:
    found, costs, told = run.measured["likelihood"], run.costs, describe_costs(run.costs)
    floor = run.measured.get("floor")
    figures = [
        (
            "bits per byte",
            f"{found['bits_per_byte']:.4f}",
            spell_interval(found["bits_per_byte_interval"], found["stories"]),
        )
    ]
    if floor:
        entropy = f"corpus entropy {floor['bits_per_byte']:.4f}"
        if (interval := floor.get("ratio_interval")) is not None:
            entropy = f"{spell_interval(interval, found['stories'], 3)}; {entropy}"
        figures.append(("times the lower bound", f"{floor['ratio']:.3f}", entropy))
    figures += [
        ("parameters", short(costs.parameters), f"{short(costs.non_embedding_parameters)} without embedding tables"),
        ("training tokens", told["tokens"], f"{told['FLOPs']} FLOPs" if costs.training_flops else "1 epoch"),
    ]
    if costs.training_seconds:
        speed = f"{short(costs.tokens_per_second)} tokens/s" if costs.tokens_per_second else ""
        figures.append(("training time", format_seconds(costs.training_seconds), speed))
    if costs.training_bytes is not None:
        figures.append(("memory to train", f"{short(costs.training_bytes)}B", "estimated, without the program itself"))
    return key_figures(figures)


def _likelihood_table(run: MeasuredRun) -> str:
    found, half = run.measured["likelihood"], run.measured["second_half"]
    rows = [
        ("bits per byte", found["bits_per_byte"], found["bits_per_byte_interval"]),
        ("loss, nats/token", found["loss"], found["loss_interval"]),
        ("perplexity", found["perplexity"], found["perplexity_interval"]),
        ("perplexity of the second half, given the first", half["perplexity"], half["perplexity_interval"]),
    ]
    cells = [
        [Words(name), f"{value:.4f}", spell_interval(interval, found["stories"])] for name, value, interval in rows
    ]
    return table(["", "value", "95 % interval"], cells)


def _suite(path: Path) -> list[str]:
    suite = parts.suite_of(path)
    if suite is None:
        return [paragraph("There are no generated stories to evaluate yet: narrator evaluate RUN --suite quick")]
    sets = suite["sets"]
    columns = {f"{SHOWN[name]} ({sets[name]['stories']:,})": sets[name]["figures"] for name in SHOWN if name in sets}
    reasons = {family: reason for one in sets.values() for family, reason in one["left_out"].items()}
    return [parts.suite_table(columns), *(paragraph(f"left out: {family}: {why}") for family, why in reasons.items())]


def _coherence(path: Path) -> list[str]:
    """Whether the run's stories of StoryWorld contradict themselves, where that was looked at."""
    found = read_coherence(path)
    if found is None:
        return []
    content = []
    curves = []
    for name, one in found["sets"].items():
        content.append(parts.suite_table({f"{SHOWN.get(name, name)} ({one['stories']:,})": one["figures"]}))
        if not one["survival"]:
            content.append(warning(not_understood(one["figures"]["understood"]["value"])))
            continue
        bounds = groups_of(one["contradictions"])
        rows = [
            [Words(about), *(f"{groups.get(b, 0):,}" for b in bounds)]
            for about, groups in one["contradictions"].items()
        ]
        content.append(table(["contradictions, by words apart", *map(spelled, bounds)], rows))
        points = [(point["words"], point["share"]) for point in one["survival"]]
        curves.append(Series(SHOWN.get(name) or str(name), points, [(p["low"], p["high"]) for p in one["survival"]]))
    caption = "Stories without a contradiction so far (Kaplan-Meier)"
    drawing = chart(caption, Axis("words since the prompt"), Axis("share of the stories"), curves)
    return [section("Does it contradict itself?", *content, grid([drawing]) if curves else "")]


def _calibrated(path: Path) -> str:
    """How sure the model is, and how often rightly."""
    model = next(filter(None, (find_json_object(path / "evaluation" / f"model-{s}.json") for s in SUITES)), None)
    calibration = (model or {}).get("calibration") or {}
    columns = {}
    if calibration.get("figures"):
        columns[f"value ({parts.usual_count(calibration['figures']):,} stories)"] = calibration["figures"]
    bins = calibration.get("bins", [])
    points = [(one["confidence"], one["accuracy"]) for one in bins if one["tokens"]]
    drawing = chart(
        "How often its first choice is right, by how sure it is; the dashed line would be honest",
        Axis("probability of the first choice"),
        Axis("share that was right"),
        [Series("this model", points, marked=True), Series("honest", [(0.0, 0.0), (1.0, 1.0)], dashed=True)]
        if points
        else [],
    )
    tables = [parts.suite_table({heading: figures}) for heading, figures in columns.items()]
    return "".join([*tables, grid([drawing])])


def _judged(path: Path) -> list[str]:
    content = []
    for file in sorted((path / "evaluation").glob("*.judge-*.json")):
        found = find_json_object(file)
        if not found or not found.get("scores"):
            continue
        scores = found["scores"]
        means = {name: {"value": mean["mean"], "interval": mean["interval"]} for name, mean in scores["means"].items()}
        failed = sum(scores["failed"].values())
        content.append(
            parts.suite_table({f"judged by {found['model']}, rubric {found['rubric']} ({scores['answered']:,})": means})
        )
        content.append(paragraph(f"{failed} stories without an answer, in no mean. {file.name}"))
        content += [warning(f"Not to be believed: {objection}") for objection in found["objections"]]
    return content


def _samples(path: Path) -> str:
    found = read_records(path, SAMPLES)
    chosen = found[:: max(1, len(found) // 4)][:3] + found[-1:] if len(found) > 4 else found
    boxes = [story(f"after step {record['step']:,}", str(record.get("text", ""))) for record in chosen]
    return grid(boxes)


def _look_into(run: MeasuredRun, text: Path | None) -> list[str]:
    """Surprise, memory, tracks and attention."""
    try:
        trained = load_trained(run.path)
        prepared = data_of(trained, text)
    except NarratorError as error:
        if text is not None:
            raise
        return [
            section(
                "Inside", warning(f"Left out: surprise and memory, since the model's text is not here: {error.what}")
            )
        ]
    if not isinstance(trained.model, DecoderStack):
        return []
    told = [surprise.draw(one) for one in surprise.surprises(trained, prepared.validation)]
    legend = paragraph("The deeper the colour, the less the model expected the token; point at one for its value.")
    return [
        section("Surprise, token by token", legend, surprise.scale(), grid(told)),
        *inside_sections(trained, prepared.validation),
    ]
