"""A ledger as a table for the terminal, and several side by side."""

from pocket_narrator.evaluation.ledger.kept import KeptLedgers
from pocket_narrator.evaluation.ledger.ledger import Ledger
from pocket_narrator.evaluation.statistics.bootstrap import FEWEST, Interval

_NAME = 28


def describe_ledger(ledger: Ledger) -> str:
    """A row for each thing that is told: what the model paid, what deciding it cost, and the difference."""
    lines = [f"{'bits a story':<{_NAME}}{'paid':>10}{'ideal':>10}{'excess':>10}{'95 % interval':>20}"]
    for line in ledger.lines:
        interval = _spelled(line.interval, ledger.stories)
        lines.append(f"{line.name:<{_NAME}}{line.paid:>10.2f}{line.ideal:>10.2f}{line.excess:>+10.2f}{interval:>20}")
    return "\n".join(
        [
            *lines,
            "",
            f"{ledger.run}, step {ledger.step:,}: {ledger.stories:,} of {ledger.held_out:,} held-out stories",
            "paid: by the model, for the words that tell it; ideal: what StoryWorld's decisions cost; their sums differ by the "
            "model's distance from the floor",
            f"written to {ledger.written}",
        ]
    )


def describe_ledgers(kept: KeptLedgers) -> str:
    """The excess of each model: a row for each thing that is told, a column a model; each but the first with what it saves."""
    first, *others = kept.excess_SR
    width = max(14, *(len(name) + 2 for name in kept.excess_SR))
    head = "".join(f"{name:>{width}}" for name in kept.excess_SR) + "".join(
        f"{f'{name} - {first}':>34}" for name in others
    )
    lines = [f"{'excess, bits a story':<{_NAME}}{head}"]
    for row, name in enumerate(kept.rows):
        means = {model: float(bits[:, row].mean()) for model, bits in kept.excess_SR.items()}
        cells = "".join(f"{mean:>+{width}.2f}" for mean in means.values())
        lines.append(f"{name:<{_NAME}}{cells}" + "".join(_difference(kept.differences[model][row]) for model in others))
    return "\n".join([*lines, "", f"{kept.stories:,} stories of the ledger, the same for all"])


def _difference(found: tuple[float, Interval | None]) -> str:
    mean, interval = found
    bounds = "" if interval is None else f" ({interval[0]:+.2f} to {interval[1]:+.2f})"
    return f"{f'{mean:+.2f}{bounds}':>34}"


def _spelled(interval: Interval | None, stories: int) -> str:
    if interval is None:
        return f"< {FEWEST} stories" if stories < FEWEST else "all alike"
    return f"{interval[0]:+.2f} to {interval[1]:+.2f}"
