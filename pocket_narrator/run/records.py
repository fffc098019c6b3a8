"""The records of a run, `metrics.jsonl` and `samples.jsonl`, read by who does not train it."""

from pathlib import Path

from pocket_narrator.files.json_file import say_on_stderr
from pocket_narrator.files.json_lines import Report, read_json_lines
from pocket_narrator.run.checkpoint import newest_state

METRICS, SAMPLES, CHECKPOINTS = "metrics.jsonl", "samples.jsonl", "checkpoints"
COUNTS = "records"  # in a checkpoint's state: how many lines each file had when it was saved


def read_records(run: Path, name: str, report: Report = say_on_stderr) -> list[dict]:
    """The records of one file. What is damaged is reported and left out, and so are records that the newest checkpoint knows
    of and that are gone."""
    said: list[str] = []
    records = list(read_json_lines(run / name, said.append))
    for message in said:
        report(message)
    newest = newest_state(run / CHECKPOINTS)
    if newest is not None:
        missing = missing_records(run, name, newest[0], sum(record["step"] <= newest[0] for record in records))
        if missing > len(said):
            report(f"{run / name}: {missing} of its records are missing")
    return records


def missing_records(run: Path, name: str, step: int, found: int) -> int:
    """How many records of one file up to `step` are gone, of which `found` are there, as far as its checkpoint knows."""
    newest = newest_state(run / CHECKPOINTS)
    counts = None if newest is None or newest[0] != step else newest[1].get(COUNTS)
    expected = counts.get(name) if isinstance(counts, dict) else None
    return max(0, expected - found) if type(expected) is int else 0  # older versions did not count them
