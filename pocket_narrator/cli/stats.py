"""`narrator stats`: what is in a corpus."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pocket_narrator.cli.arguments.corpus import HELP, HELP_COLUMN, HELP_DELIMITER, HELP_LAYOUT, Layout, open_named
from pocket_narrator.cli.arguments.output import file_to_write, refuse_input_as_output
from pocket_narrator.cli.arguments.workers import WORKERS

if TYPE_CHECKING:
    from rich.table import Table

    from pocket_narrator.corpus.statistics import Statistics

ROWS = 12
SUBJECTS = ("vocabulary", "names", "topics", "readability", "dialogue", "duplicates", "phrases")


def stats(
    corpus: Annotated[str, typer.Argument(help=HELP)],
    html: Annotated[
        Path | None, typer.Option(parser=file_to_write, metavar="FILE", help="Write a page with plots here.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", parser=file_to_write, metavar="FILE", help="Write all values here.")
    ] = None,
    workers: Annotated[int | None, WORKERS] = None,
    layout: Annotated[Layout | None, typer.Option(help=HELP_LAYOUT)] = None,
    delimiter: Annotated[str | None, typer.Option(help=HELP_DELIMITER)] = None,
    column: Annotated[str | None, typer.Option(help=HELP_COLUMN)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Download without asking.")] = False,
) -> None:
    """Show what is in a corpus: lengths, vocabulary, openings, names, topics, readability, speech, repetition."""
    from pocket_narrator.corpus.statistics import gather_statistics
    from pocket_narrator.corpus.statistics.page import make_page
    from pocket_narrator.files.atomic import write_text
    from pocket_narrator.progress import progress

    refuse_input_as_output(corpus, json_file, html, option="--json FILE, --html FILE")
    opened = open_named(corpus, layout, column, yes, delimiter)
    with progress("reading", opened.bytes / 1e6, "MB") as bar:
        found = gather_statistics(opened.name, opened.stories(), opened.bytes, workers, bar)
    _print_tables(found)
    if json_file is not None:
        write_text(json_file, json.dumps(found.to_json(), indent=1, ensure_ascii=False) + "\n")
        print(json_file)
    if html is not None:
        write_text(html, make_page(found))
        print(html)


def _print_tables(found: "Statistics") -> None:
    from rich.console import Console
    from rich.padding import Padding

    from pocket_narrator.corpus.statistics.gather import METHODS

    console = Console(highlight=False, color_system=None)  # words of anybody stand in the tables
    for table in _tables(found):
        title, table.title = table.title, None  # a title inside is wrapped to the table's width
        console.print(title, style="bold")
        console.print(table)
    console.print("definitions", style="bold")
    for subject in SUBJECTS:
        console.print(Padding(f"{subject}: {METHODS[subject](found)}", (0, 0, 0, 2)), markup=False)


def _tables(found: "Statistics") -> "list[Table]":
    totals, reading = found.totals, found.readability
    more = "over " if found.words_forgotten else ""
    summary = [
        ("stories", f"{found.stories:,}"),
        ("text", f"{found.bytes:,} bytes, {totals['characters']:,} characters"),
        ("words", f"{totals['words']:,}, {more}{found.different_words:,} distinct, {found.words_once:,} of them once"),
        ("sentences", f"{totals['sentences']:,}, {reading['words_a_sentence']:.1f} words each"),
        ("characters", f"{found.different_characters:,} distinct"),
        ("duplicates", f"{found.duplicates['stories']:,} exact duplicates"),
        (
            "reading ease",
            f"{reading['reading_ease']:.1f} (Flesch), school grade {reading['grade_level']:.1f} (Kincaid)",
        ),
        (
            "speech",
            f"{found.dialogue['of_characters']:.1%} of the text, in {found.dialogue['of_stories']:.1%} of the stories",
        ),
        ("repetition", f"{found.repeated_in_story:.2%} of 4-word runs stood in the same story before"),
    ]
    if found.heaps is not None:
        summary.append(("growth", f"distinct words = {found.heaps[0]:.1f} x words^{found.heaps[1]:.3f} (Heaps)"))
    quantiles = next(iter(found.spreads.values())).quantiles
    spreads = [
        (figure, f"{one.mean:,.1f}", *(f"{value:,}" for value in (one.smallest, *one.quantiles.values(), one.largest)))
        for figure, one in found.spreads.items()
    ]
    mentions = max(sum(found.names.mentions.values()), 1)
    genders = [(gender, f"{count:,}", f"{count / mentions:.1%}") for gender, count in found.names.mentions.items()]
    kinds = [(kind, f"{count:,}", f"{count / found.stories:.1%}") for kind, count in found.opening_kinds.items()]
    topics = [(topic, f"{count:,}", f"{count / found.stories:.1%}") for topic, count in found.topics.items()]
    return [
        _table(found.corpus, ("", ""), summary),
        _table("per story", ("", "mean", "min", *quantiles, "max"), spreads),
        _table(
            "most frequent words",
            ("word", "times"),
            [(word, f"{count:,}") for word, count in found.most_frequent_words[:ROWS]],
        ),
        _table("openings", ("kind; with a comma after it", "stories", "share"), kinds),
        _table(
            "first four words", ("opening", "stories"), [(text, f"{count:,}") for text, count in found.openings[:ROWS]]
        ),
        _table(
            f"names ({found.names.different:,})",
            ("name", "mentions", "gender"),
            [(name, f"{count:,}", gender) for name, count, gender in found.names.most_frequent[:ROWS]],
        ),
        _table("gender of names", ("", "mentions", "share"), genders),
        _table("topics", ("", "stories", "share"), topics),
        _table("phrases", ("five words", "times"), [(phrase, f"{count:,}") for phrase, count in found.phrases[:ROWS]]),
    ]


def _table(title: str, head: tuple[str, ...], rows: "list[tuple[str, ...]]") -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=box.SIMPLE_HEAD, show_header=any(head))
    for place, name in enumerate(head):
        table.add_column(name, justify="right" if place and any(head) else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table
