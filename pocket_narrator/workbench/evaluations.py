"""What `Run.evaluate` does: the evaluation that a suite names, as the command does it."""

from pathlib import Path
from typing import Any

from pocket_narrator.errors import RunError
from pocket_narrator.run.loading import Which
from pocket_narrator.terminal.messages import silence

OF_STORYWORLD = ("memory", "ledger", "coherence")
SUITES = ("quick", "full", *OF_STORYWORLD)


def evaluate_in(
    run: Path,
    which: Which,
    suite: Any,
    split: Any,
    stories: int | None,
    stride: int | None,
    precision: Any,
    text: Path | None,
    quiet: bool,
) -> Any:
    """RunError for options that mean nothing, before any work."""
    from pocket_narrator.evaluation.coherence.of_run import evaluate_coherence
    from pocket_narrator.evaluation.ledger.ledger import keep_ledger
    from pocket_narrator.evaluation.likelihood.of_run import evaluate_run
    from pocket_narrator.evaluation.memory.exam import examine_run
    from pocket_narrator.evaluation.suite import Options, evaluate_run_suite
    from pocket_narrator.evaluation.wandb_mirror import mirror_evaluation

    _refuse(suite, split, stories, stride, precision)
    with silence(quiet):
        if suite is None:
            found: Any = evaluate_run(run, which, split, stories, stride, precision, text=text)
        elif suite == "memory":
            found = examine_run(run, which, stories, text)
        elif suite == "ledger":
            found = keep_ledger(run, which, stories, text)
        elif suite == "coherence":
            found = evaluate_coherence(run, which, text)
        else:
            found = evaluate_run_suite(run, which, Options(suite), text)
        mirror_evaluation(run)
    return found


def _refuse(suite: Any, split: Any, stories: int | None, stride: int | None, precision: Any) -> None:
    for name, value, known in (
        ("suite", suite, (None, *SUITES)),
        ("split", split, ("validation", "train")),
        ("precision", precision, ("fp32", "bf16")),
    ):
        if value not in known:
            raise RunError(f"there is no {name} '{value}'", expected=" or ".join(str(one) for one in known))
    if suite is not None and (split != "validation" or stride or precision != "fp32"):
        raise RunError("a suite evaluates every model in the same way", hint="leave out split, stride and precision")
    if stories and suite not in (None, "memory", "ledger"):
        raise RunError(
            f"the suite {suite} evaluates every model in the same way",
            hint="leave out stories; it is for the likelihood, and for the suites memory and ledger",
        )
    if stories is not None and stories < 1:
        raise RunError(f"stories={stories} leaves nothing to evaluate", expected="at least 1")
    if stride is not None and stride < 1:
        raise RunError(f"stride={stride} moves no window on", expected="at least 1")
