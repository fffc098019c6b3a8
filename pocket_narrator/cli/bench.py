"""`narrator bench`: how fast trained models tell, and in how much memory, side by side."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pocket_narrator.allocator import keep_freed_memory
from pocket_narrator.atomic import write_text
from pocket_narrator.cli.run_argument import must_be_a_run, newest_runs
from pocket_narrator.errors import MissingExtraError, NarratorError

if TYPE_CHECKING:
    from pocket_narrator.generation.bench import Bench, Timed

PRECISIONS = ("fp32", "bf16", "int8")


def bench(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Run directories, such as runs/NAME, or their names.",
            callback=must_be_a_run,
            default_factory=newest_runs,
            show_default="the newest run",
        ),
    ],
    batches: Annotated[str, typer.Option(help="Stories at once, by commas.")] = "1,8,32",
    contexts: Annotated[str, typer.Option(help="Tokens before those that are told, by commas.")] = "16,64,256,1024",
    precisions: Annotated[str, typer.Option(help="Of the weights, by commas.")] = ",".join(PRECISIONS),
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures to this file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw speed and memory by context to this file.")] = None,
) -> None:
    """Measure how fast trained models tell. Nothing else should run on the machine."""
    keep_freed_memory()
    sizes, lengths = _numbers(batches, "batches"), _numbers(contexts, "contexts")
    kinds = precisions.split(",")
    for kind in kinds:
        if kind not in PRECISIONS:
            raise NarratorError(f"there is no precision '{kind}'", expected=", ".join(PRECISIONS))
    if plot is not None:
        _plotting()
    from pocket_narrator.generation.bench import bench as measure
    from pocket_narrator.training.trained import load_trained

    found = []
    for run in runs:
        trained = load_trained(run)
        found.append(measure(run.resolve().name, trained.model, sizes, lengths, kinds))  # type: ignore[arg-type]
    print("\n".join(tables(found)))
    if json_file is not None:
        write_text(json_file, json.dumps([asdict(one) for one in found], indent=2) + "\n")
    if plot is not None:
        _draw(found, plot)


def tables(found: list["Bench"]) -> list[str]:
    """Markdown: a column for each run."""
    names = [f"{one.run} ({one.parameters / 1e6:.1f} M, {one.machine})" for one in found]
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(found) + 1) + "|"]

    def row(title: str, cells: list[str]) -> None:
        lines.append(f"| {title} | " + " | ".join(cells) + " |")

    for kind in PRECISIONS:
        for length in sorted({n for one in found for n in one.first_token_ms.get(kind, {})}):
            cells = [_cell(one.first_token_ms.get(kind, {}).get(length), " ms") for one in found]
            row(f"first token after {length:,}, {kind}", cells)
    for kind in PRECISIONS:
        for batch in sorted({n for one in found for n in one.tokens_per_second.get(kind, {})}):
            cells = [_cell(one.tokens_per_second.get(kind, {}).get(batch), " tok/s") for one in found]
            row(f"{batch} at once, {kind}", cells)
    for length in sorted({n for one in found for n in one.by_context}):
        row(f"after {length:,} tokens", [_cell(one.by_context.get(length), " tok/s") for one in found])
        row(f"after {length:,} tokens, uncached", [_cell(one.uncached.get(length), " tok/s") for one in found])
        held = [one.state_bytes.get(length) for one in found]
        row(f"state after {length:,} tokens", ["-" if size is None else f"{size / 1e3:,.0f} kB" for size in held])
    return [
        *lines,
        "",
        f"Medians, with (largest - smallest) / median behind them. Told by: {', '.join({one.decoder for one in found})}.",
    ]


def _cell(timed: "Timed | None", unit: str) -> str:
    return "-" if timed is None else f"{timed.median:,.{2 if timed.median < 10 else 0}f}{unit} ({timed.spread:.0%})"


def _numbers(given: str, name: str) -> list[int]:
    parts = given.split(",")
    if not all(part.strip().isdecimal() and 0 < int(part[:9]) <= 1_000_000 for part in parts):
        raise NarratorError(
            f"--{name}={given[:60]} cannot be used", expected="whole numbers from 1 to 1,000,000, by commas"
        )
    return sorted({int(part) for part in parts})


def _plotting() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MissingExtraError("matplotlib", "plot") from None


def _draw(found: list["Bench"], path: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, (speed, memory) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for one in found:
        (line,) = speed.plot(list(one.by_context), [t.median for t in one.by_context.values()], "o-", label=one.run)
        speed.plot(list(one.uncached), [t.median for t in one.uncached.values()], "o:", color=line.get_color())
        memory.plot(list(one.state_bytes), [size / 1e6 for size in one.state_bytes.values()], "o-", label=one.run)
    speed.set(title="tokens a second (dotted: uncached)", xlabel="tokens before", xscale="log", yscale="log")
    memory.set(title="memory of one story, MB", xlabel="tokens before", xscale="log", yscale="log")
    for axes in (speed, memory):
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=150)
    plt.close(figure)
