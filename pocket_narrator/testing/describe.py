"""What is printed of a checked mixer: a line for each property, then what failed, then what it costs."""

from collections.abc import Sequence

from pocket_narrator.testing.check import MixerReport
from pocket_narrator.testing.finding import Finding
from pocket_narrator.testing.properties.table import PROPERTIES
from pocket_narrator.testing.speed import CONTEXT, ROWS, SIZES, Speed

WIDTH = max(len(each.name) for each in PROPERTIES) + 2


def describe_finding(finding: Finding) -> str:
    """One line of the table: the property, and what came of it."""
    promise = next(each.promise for each in PROPERTIES if each.name == finding.name)
    if finding.outcome == "skipped":
        return f"{finding.name:<{WIDTH}}skipped  {finding.what}"
    if finding.outcome == "passed":
        return f"{finding.name:<{WIDTH}}passed   {promise}"
    token = "" if finding.token is None else f", at token {finding.token}"
    error = "" if finding.error is None else f", by {finding.error:.1e} of the largest number"
    return f"{finding.name:<{WIDTH}}FAILED{token}{error}"


def describe_failures(report: MixerReport) -> list[str]:
    """For each failure what it means and what usually causes it; then how many there are. What is the same of several is said once."""
    promises = {each.name: each.promise for each in PROPERTIES}
    lines = []
    alike: dict[str, list[Finding]] = {}
    for finding in report.failed:
        alike.setdefault(finding.what, []).append(finding)
    for finding, *others in alike.values():
        names = ", ".join(one.name for one in (finding, *others))
        lines += (
            [f"{names}: {finding.what} ({finding.setting})", ""]
            if others
            else [
                f"{names}: {finding.what} ({finding.setting})",
                f"  promised: {promises[finding.name]}",
                f"  usual cause: {finding.cause}",
                "",
            ]
        )
    counts = {
        outcome: sum(f.outcome == outcome for f in report.findings) for outcome in ("passed", "failed", "skipped")
    }
    said = [f"{count} {outcome}" for outcome, count in counts.items() if count]
    return [*lines, f"{report.name}: {', '.join(said)}"]


def describe_speed(speeds: Sequence[Speed]) -> list[str]:
    """A table, the mixer first; one line where it takes no such sizes."""
    if not speeds:
        return [f"speed is not measured: the mixer does not take {SIZES}"]
    lines = [f"{'one layer':<20}{'parameters':>12}{'trains':>12}{'generates':>12}{'kept':>10}{'state':>12}"]
    lines += [
        f"{s.name[:19]:<20}{s.parameters:>12,}{_rate(s.training_tokens_per_second):>12}"
        f"{_rate(s.generated_tokens_per_second):>12}{s.kept_bytes_per_token / 1024:>7.1f} KB{s.state_bytes / 1024:>9,.1f} KB"
        for s in speeds
    ]
    return [
        *lines,
        f"(width {SIZES['width']}, {ROWS} rows of {CONTEXT} tokens, float32, by torch on this machine; trains: tokens/s, forward "
        "and backward; generates: tokens/s over all rows; kept: for the backward pass, a token; state: a story)",
    ]


def _rate(tokens_per_second: float) -> str:
    return f"{tokens_per_second:,.0f}/s"
