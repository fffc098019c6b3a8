"""A ledger as a table for the terminal."""

from pocket_narrator.evaluation.ledger.ledger import Ledger
from pocket_narrator.evaluation.statistics.bootstrap import spell_interval

_NAME = 28


def describe_ledger(ledger: Ledger) -> str:
    """A row for each thing that is told: what the model paid, what deciding it cost, and the difference."""
    lines = [f"{'bits a story':<{_NAME}}{'paid':>10}{'ideal':>10}{'excess':>10}{'95 % interval':>20}"]
    for line in ledger.lines:
        interval = spell_interval(line.interval, ledger.stories, 2, "+")
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
