"""What was measured of a run, in Weights & Biases: the keys and tables of the earlier projects, from the run's own files.

Summary `eval_loss, eval_ppl, eval_tokens`, `eval/<figure>`, `<metric>/mean|min|max|count`, `judge/<criterion>`,
`age_group_<A-F>`; tables `results_table`, `eval_samples`, `generations`; the files of `evaluation/` as an artifact.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pocket_narrator.errors import NarratorError
from pocket_narrator.evaluation.metrics.text import words
from pocket_narrator.evaluation.samples.file import read_story_file
from pocket_narrator.files.json_file import find_json_object
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.run.records import METRICS, read_records
from pocket_narrator.terminal.messages import say
from pocket_narrator.tracking.trackers import require_trackers
from pocket_narrator.tracking.wandb import finish, open_wandb

SUITES = ("quick", "full")  # a larger one's figures replace a smaller one's
MOST_SAMPLES = 100  # told stories in a table


def mirror_evaluation(
    run: Path, generations: Sequence[tuple[str, str]] = (), report: Callable[[str], object] | None = None
) -> None:
    """Logs all that `evaluation/` of a run holds, where its recipe has tracking.wandb; `generations` are (beginning, told)
    stories of a training that is finished. Whatever goes wrong there is reported and harms nothing.
    """
    identity = RunIdentity.load(run)
    if not identity.recipe.tracking.wandb:
        return
    report = report or _complain
    try:
        require_trackers(identity.recipe.tracking)
        # A training that is just over has said already where W&B's files go.
        _mirror(run, identity, generations, report if not generations else lambda _: None)
    except Exception as error:  # whatever a third party raises, the figures are in the run
        report(f"W&B has not taken the evaluation ({error}); it is in {run / 'evaluation'}")


def _complain(text: str) -> None:
    say(text)


def _mirror(
    run: Path, identity: RunIdentity, generations: Sequence[tuple[str, str]], report: Callable[[str], object]
) -> None:
    import wandb

    folder = run / "evaluation"
    opened = open_wandb(run, identity.run_id, identity.recipe, report)
    rows, figures = _results(folder)
    tables: dict[str, tuple[list[Any], list[Any]]] = {}
    tables["results_table"] = (["metric", "stories of", "mean", "low", "high", "min", "max", "count"], rows)
    tables["eval_samples"] = (["idx", "prompt", "generation", "reference", "len_words"], _samples(folder))
    told = [[number, prompt, text, len(words(text))] for number, (prompt, text) in enumerate(generations)]
    tables["generations"] = (["idx", "prompt", "generation", "len_words"], told)
    summary = {**_likelihood(folder), **figures, **_judged(folder)}
    if told:
        summary |= {
            "num_generations": len(told),
            "training/finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    shown = {name: wandb.Table(columns=columns, data=data) for name, (columns, data) in tables.items() if data}
    if shown:  # a run that is resumed over the network counts its steps on by itself
        opened.log(shown, step=None if opened.resumed else _last_step(run) + 1)
    opened.summary.update(summary)
    artifact = wandb.Artifact(f"{run.name}-evaluation", type="evaluation")
    for path in sorted(folder.glob("*.json*")):
        artifact.add_file(str(path))
    opened.log_artifact(artifact)
    finish(opened)


def _last_step(run: Path) -> int:
    return max((record["step"] for record in read_records(run, METRICS)), default=0)


def _likelihood(folder: Path) -> dict[str, Any]:
    """Both earlier spellings."""
    measured = find_json_object(folder / "likelihood.json")
    if measured is None:
        return {}
    found = measured["likelihood"]
    return {
        "eval_loss": found["loss"],
        "eval_ppl": found["perplexity"],
        "eval_tokens": found["tokens"],
        "eval/loss": found["loss"],
        "eval/perplexity": found["perplexity"],
        "eval/bits_per_byte": found["bits_per_byte"],
        "eval/perplexity_of_second_half": measured["second_half"]["perplexity"],
    }


def _results(folder: Path) -> tuple[list[list], dict[str, Any]]:
    """Rows of the table over told and real stories, and the figures of the told ones by key."""
    rows: dict[tuple[str, str], list] = {}
    figures: dict[str, Any] = {}
    for suite in SUITES:
        measured, values = (
            find_json_object(folder / f"stories-{suite}.json"),
            find_json_object(folder / f"stories-{suite}-values.json"),
        )
        if measured is None or values is None:
            continue
        for kind, one in measured["sets"].items():
            for name, figure in one["figures"].items():
                single = [value for value in values.get(kind, {}).get(name, []) if isinstance(value, int | float)]
                least, most = min(single, default=None), max(single, default=None)
                low, high = figure["interval"] or (None, None)
                rows[name, kind] = [name, kind, figure["value"], low, high, least, most, figure["stories"]]
                if kind == "told":
                    parts = {"mean": figure["value"], "min": least, "max": most, "count": figure["stories"]}
                    figures |= {f"{name}/{part}": value for part, value in parts.items() if value is not None}
                    figures[f"eval/{name}"] = figure["value"]
    return list(rows.values()), figures


def _samples(folder: Path) -> list[list]:
    for suite in reversed(SUITES):
        try:
            told = read_story_file(folder / f"told-{suite}.jsonl")[1][:MOST_SAMPLES]
        except NarratorError:
            continue
        return [
            [number, one.beginning, one.text, one.reference, len(words(one.text))] for number, one in enumerate(told)
        ]
    return []


def _judged(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.judge-*.json")):
        scores = (find_json_object(path) or {}).get("scores")
        if scores:
            found |= {f"judge/{name}": mean["mean"] for name, mean in scores["means"].items()}
            found |= {f"age_group_{group}": count for group, count in scores["age_groups"].items()}
            found |= {"num_evaluated": scores["answered"], "num_failed": sum(scores["failed"].values())}
    return found
