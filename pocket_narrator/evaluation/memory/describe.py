"""An exam as a table for the terminal."""

from collections.abc import Sequence

from pocket_narrator.evaluation.memory.exam import Curve, Exam
from pocket_narrator.evaluation.memory.figures import Figures, by_distance, by_kind, span, summarise
from pocket_narrator.evaluation.memory.taken import TakenExams
from pocket_narrator.evaluation.statistics.bootstrap import FEWEST, Interval

_NAME = 46


def describe_exam(exam: Exam) -> str:
    """By kind and by distance, and how it was asked."""
    headings = ("questions", "right", "95 % interval", "bits used", "95 % interval", "log-ratio")
    lines = [f"{'':<{_NAME}}" + _cells(headings)]
    lines += [_line(name, figures) for name, figures in by_kind(exam.figures).items()]
    lines += ["", "tokens since it was told last"]
    lines += [_line(span(one.distance), one) for one in by_distance(exam.figures)]
    return "\n".join([*lines, "", *_protocol(exam), f"written to {exam.written}"])


def describe_curve(curve: Curve) -> str:
    """The share of the available bits that each checkpoint used: a row a checkpoint, a column a kind."""
    names = list(dict.fromkeys(name for figures in curve.figures for name in by_kind(figures)))
    names = [name for name in names if name == "all" or ":" in name]
    lines = ["share of the available bits used, percent", *(f"  {n + 1:>2} {name}" for n, name in enumerate(names)), ""]
    lines.append(f"{'step':>8}{'tokens':>12}" + "".join(f"{n + 1:>7}" for n in range(len(names))))
    for protocol, tokens, figures in zip(curve.protocols, curve.training_tokens, curve.figures, strict=True):
        found = by_kind(figures)
        lines.append(
            f"{protocol.step:>8,}{tokens:>12,}"
            + "".join(f"{100 * found[n].share:>7.0f}" if n in found else f"{'':>7}" for n in names)
        )
    first = curve.protocols[0]
    lines += [
        "",
        f"{first.questions:,} questions about {first.stories:,} of {first.held_out:,} held-out stories, the same at each step",
    ]
    if not curve.all_kept:
        lines.append(f"{len(curve.protocols)} checkpoints were kept; training.keep_checkpoints=all keeps all of them")
    return "\n".join([*lines, f"written to {curve.written}"])


def describe_models(taken: TakenExams) -> str:
    """The share of the available bits that each model used: a row a kind or a distance, a column a model."""
    figures = {name: summarise(answers) for name, answers in taken.answers.items()}
    width = max(12, *(len(name) + 2 for name in figures))
    lines = [
        f"{'share of the available bits used, percent':<{_NAME}}" + "".join(f"{name:>{width}}" for name in figures)
    ]
    kinds = {name: by_kind(found) for name, found in figures.items()}
    rows = {_shown(kind): {name: of.get(kind) for name, of in kinds.items()} for kind in next(iter(kinds.values()))}
    for distance in sorted({one.distance or 0 for found in figures.values() for one in by_distance(found)}):
        at = {name: {one.distance: one for one in by_distance(found)}.get(distance) for name, found in figures.items()}
        rows[f"{span(distance)} tokens"] = at
    for shown, of_models in rows.items():
        cells = ("" if one is None else f"{100 * one.share:.1f}" for one in of_models.values())
        lines.append(f"{shown:<{_NAME}}" + "".join(f"{cell:>{width}}" for cell in cells))
    asked = next(iter(taken.answers.values()))
    count = f"{len(asked.kind_Q):,} questions of the memory exam, the same for all"
    return "\n".join([*lines, "", count, *(f"note: {note}" for note in taken.notes)])


def _shown(kind: str) -> str:
    return kind if ":" not in kind else f"  {kind.split(': ', 1)[1]}"


def _line(name: str, one: Figures) -> str:
    cells = (
        f"{one.questions:,}",
        f"{one.right:.3f}",
        _spelled(one.right_interval, one.stories, 1, ".3f"),
        f"{100 * one.share:.1f} %",
        _spelled(one.share_interval, one.stories, 100, ".1f"),
        f"{one.log_ratio:+.2f}",
    )
    return f"{_shown(name):<{_NAME}}" + _cells(cells)


def _spelled(interval: Interval | None, stories: int, times: float, form: str) -> str:
    if interval is None:
        return f"< {FEWEST} stories" if stories < FEWEST else "all alike"
    return " to ".join(f"{times * bound:{form}}" for bound in interval)


def _cells(texts: Sequence[str]) -> str:
    widths = (10, 8, 17, 11, 17, 11)
    return "".join(f"{text:>{width}}" for text, width in zip(texts, widths, strict=True))


def _protocol(exam: Exam) -> list[str]:
    protocol = exam.protocol
    reads = (
        "its state carried on through long texts" if protocol.carried else f"a context of {protocol.context:,} tokens"
    )
    return [
        f"{protocol.run}, step {protocol.step:,}: {protocol.questions:,} questions about {protocol.stories:,} of "
        f"{protocol.held_out:,} held-out stories, with {reads}",
        "right: the true words are likelier after the story than after its twin, chance is 0.5; bits used: of those that there "
        "were to know, 100 % is ideal, 0 % remembers nothing; log-ratio: mean, bits",
    ]
