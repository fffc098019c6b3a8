"""`narrator read`: reads stories of StoryWorld, and marks what does not fit."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pocket_narrator.cli.arguments.corpus import (
    HELP_COLUMN,
    HELP_DELIMITER,
    HELP_LAYOUT,
    Layout,
    is_recipe_file,
    open_named,
)
from pocket_narrator.cli.arguments.output import file_to_write, refuse_input_as_output

if TYPE_CHECKING:
    from rich.text import Text

    from pocket_narrator.storyworld.reader import StoryReading

SHOWN = 20  # stories that are printed, of a file of many only such as do not fit
STYLES = {"unknown wording": "yellow", "impossible": "bold red", "out of order": "magenta"}


def read(
    file: Annotated[
        str, typer.Argument(help="A text file, a folder, a pattern in quotes, or a .jsonl of generated stories.")
    ],
    json_file: Annotated[
        Path | None, typer.Option("--json", parser=file_to_write, metavar="FILE", help="Write all that was found here.")
    ] = None,
    layout: Annotated[Layout | None, typer.Option(help=HELP_LAYOUT)] = None,
    delimiter: Annotated[str | None, typer.Option(help=HELP_DELIMITER)] = None,
    column: Annotated[str | None, typer.Option(help=HELP_COLUMN)] = None,
    chapters: Annotated[
        int | None, typer.Option(help="How many chapters a chronicle has, where the text ends before its last.")
    ] = None,
) -> None:
    """Read stories and chronicles of StoryWorld: which sentences contradict what was told before, and how probable a story is."""
    from pocket_narrator.storyworld.chronicle.chronicle import check_chapters
    from pocket_narrator.storyworld.reader import read_story

    refuse_input_as_output(file, json_file, option="--json FILE")
    if chapters is not None:
        check_chapters(chapters)
    readings = []
    shown = 0
    stories = _stories(file, layout, delimiter, column)
    first = list(islice(stories, SHOWN + 1))
    for name, text in chain(first, stories):
        reading = read_story(text, chapters=chapters)
        readings.append((name, reading))
        if shown < SHOWN and (reading.findings or not reading.ended or len(first) <= SHOWN):
            shown += 1
            _print_story(name, reading)
    _print_summary([reading for _, reading in readings], shown)
    if json_file is not None:
        from pocket_narrator.files.atomic import write_text

        found = {"stories": [_as_json(name, reading) for name, reading in readings]}
        write_text(json_file, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
        print(json_file)


def _stories(file: str, layout: Layout | None, delimiter: str | None, column: str | None) -> Iterator[tuple[str, str]]:
    """Each with its place. A file without a line <|endoftext|> is one story, and a generated one is read with its prompt."""
    if file.endswith(".jsonl") and layout is None and delimiter is None and column is None and Path(file).is_file():
        from pocket_narrator.evaluation.samples.file import read_story_file

        for number, sample in enumerate(read_story_file(file)[1]):
            yield f"{file}#{number}", sample.beginning + sample.text
        return
    if layout is None and delimiter is None:
        is_text = Path(file).is_file() and not _is_table(file) and not is_recipe_file(file)
        layout = "documents" if is_text else None
    for story in open_named(file, layout, column, delimiter=delimiter).stories():
        yield story.where, story.text


def _is_table(file: str) -> bool:
    from pocket_narrator.corpus.input_files.kinds import is_table

    return is_table(Path(file).name)


def _print_story(name: str, reading: "StoryReading") -> None:
    from rich.console import Console
    from rich.text import Text

    from pocket_narrator.storyworld.reader import LEAST_UNDERSTOOD
    from pocket_narrator.terminal.visible_text import drawn_on

    console = Console(file=drawn_on(sys.stdout), highlight=False, soft_wrap=not sys.stdout.isatty())
    console.print(Text(f"{name}: {describe(reading)}", style="bold"))
    if reading.understood < LEAST_UNDERSTOOD:
        return
    console.print(_marked(reading))
    for number, finding in enumerate(reading.findings, 1):
        console.print(
            Text(
                f"  [{number}] {_place(reading, finding.begin)}{finding.kind}: {visible_reason(reading, number - 1)}",
                style=STYLES[finding.kind],
            )
        )
    console.print()


def _place(reading: "StoryReading", position: int) -> str:
    return f"chapter {reading.chapter_of(position)}, " if reading.chapters else ""


def describe(reading: "StoryReading") -> str:
    """One line about a story."""
    from pocket_narrator.storyworld.reader import LEAST_UNDERSTOOD

    if not reading.sentences:
        return "an empty text"
    if reading.log2_probability is not None:
        several = f", told by {reading.traces} traces" if reading.traces > 1 else ""
        what = (
            f"a chronicle of {len(reading.chapters)} chapters"
            if reading.chapters
            else f"a story of the plot {reading.plot}"
        )
        return f"{what}; -log2 P = {-reading.log2_probability:.2f} bits{several}"
    understood = f"{100 * reading.understood:.0f} % of its words stand in sentences that StoryWorld tells"
    if reading.understood < LEAST_UNDERSTOOD:
        return f"this is no story of StoryWorld: {understood}"
    ends = "comes to its end" if reading.ended else "does not come to its end"
    many = len(reading.contradictions)
    wrong = (
        "nothing contradicts it"
        if not many
        else f"{many} sentence{'s' * (many > 1)} of {len(reading.sentences)} cannot be told here"
    )
    what = (
        f"the chronicle ({len(reading.chapters)} chapters)"
        if reading.chapters
        else f"the plot {reading.plot or 'is none, and'}"
    )
    return f"{wrong}; {what} {ends}; {understood}"


def visible_reason(reading: "StoryReading", number: int) -> str:
    """The reason, and the passage that says otherwise."""
    from pocket_narrator.terminal.visible_text import visible

    finding = reading.findings[number]
    if finding.earlier is None:
        return visible(finding.reason)
    begin, end = finding.earlier
    passage = " ".join(reading.text[begin:end].split())
    place = f", in chapter {reading.chapter_of(begin)}" if reading.chapters else ""
    return visible(f'{finding.reason} (told {finding.words_apart:,} words before{place}: "{passage}")')


def _marked(reading: "StoryReading") -> "Text":
    from rich.text import Text

    from pocket_narrator.terminal.visible_text import visible

    marked, at = Text(), 0
    for number, finding in sorted(enumerate(reading.findings, 1), key=lambda pair: pair[1].begin):
        marked.append(visible(reading.text[at : finding.begin]))
        marked.append(visible(reading.text[finding.begin : finding.end]), style=STYLES[finding.kind])
        marked.append(f" [{number}]", style="bold")
        at = finding.end
    marked.append(visible(reading.text[at:]))
    marked.highlight_regex(r"(?m)^Chapter \d+: .*$", "bold")
    return marked


def _print_summary(readings: "list[StoryReading]", shown: int) -> None:
    if len(readings) < 2:
        return
    if shown < len(readings):
        print(f"{len(readings) - shown:,} more stories are not shown")
    whole = sum(reading.log2_probability is not None for reading in readings)
    ended = sum(reading.ended for reading in readings)
    print(f"{len(readings):,} stories: {whole:,} read whole, {ended:,} come to their end")
    for kind in STYLES:
        found = [finding for reading in readings for finding in reading.findings if finding.kind == kind]
        print(f"  {kind}: {len(found):,} sentences")


def _as_json(name: str, reading: "StoryReading") -> dict:
    def passage(begin: int, end: int) -> dict:
        return {"begin": begin, "end": end, "text": reading.text[begin:end]}

    return {
        "where": name,
        "read": reading.read,
        "sentences": len(reading.sentences),
        "plot": reading.plot,
        "chapters": len(reading.chapters),
        "ended": reading.ended,
        "understood": reading.understood,
        "log2_probability": reading.log2_probability,
        "traces": reading.traces,
        "decisions": None if reading.story is None else [list(decision) for decision in reading.story.trace],
        "facts": None if reading.story is None else reading.story.facts,
        "findings": [
            asdict(finding)
            | {"text": reading.text[finding.begin : finding.end]}
            | {"earlier": None if finding.earlier is None else passage(*finding.earlier)}
            | {"chapter": reading.chapter_of(finding.begin) or None}
            for finding in reading.findings
        ],
    }
