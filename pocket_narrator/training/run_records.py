"""The records of a run, `metrics.jsonl` and `samples.jsonl`, read by who does not train it."""

from pathlib import Path

from pocket_narrator.json_file import say_on_stderr
from pocket_narrator.training.checkpoint import newest_state
from pocket_narrator.training.json_lines import Report, read_json_lines

METRICS, SAMPLES = "metrics.jsonl", "samples.jsonl"
COUNTS = "records"  # in a checkpoint's state: how many lines each file had when it was saved


def read_records(run: Path, name: str, report: Report = say_on_stderr) -> list[dict]:
    """The records of one file. What is damaged is reported and left out, and so are records that the newest checkpoint knows
    of and that are gone."""
    said: list[str] = []
    records = list(read_json_lines(run / name, said.append))
    for message in said:
        report(message)
    if not said and (missing := missing_records(run, name, records)):
        report(f"{run / name}: {missing} of its records are missing")
    return records


def missing_records(run: Path, name: str, records: list[dict]) -> int:
    newest = newest_state(run / "checkpoints")
    counts = None if newest is None else newest[1].get(COUNTS)
    expected = counts.get(name) if isinstance(counts, dict) else None
    if newest is None or type(expected) is not int:
        return 0  # of an older version
    return max(0, expected - sum(record["step"] <= newest[0] for record in records))
