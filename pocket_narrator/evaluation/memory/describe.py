"""An exam as a table for the terminal."""

from collections.abc import Sequence

from pocket_narrator.evaluation.memory.exam import Curve, Exam
from pocket_narrator.evaluation.memory.figures import Figures, by_distance, by_kind, span
from pocket_narrator.evaluation.statistics.bootstrap import map_interval, spell_interval

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


def _shown(kind: str) -> str:
    return kind if ":" not in kind else f"  {kind.split(': ', 1)[1]}"


def _line(name: str, one: Figures) -> str:
    cells = (
        f"{one.questions:,}",
        f"{one.right:.3f}",
        spell_interval(one.right_interval, one.stories, 3),
        f"{100 * one.share:.1f} %",
        spell_interval(map_interval(lambda share: 100 * share, one.share_interval), one.stories, 1),
        f"{one.log_ratio:+.2f}",
    )
    return f"{_shown(name):<{_NAME}}" + _cells(cells)


def _cells(texts: Sequence[str]) -> str:
    widths = (10, 8, 19, 11, 19, 11)
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
