"""`narrator tokenizer`: trains, compares and shows tokenizers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.cli.arguments.corpus import (
    HELP,
    HELP_COLUMN,
    HELP_DELIMITER,
    HELP_LAYOUT,
    Layout,
    NamedCorpus,
    open_named,
)
from pocket_narrator.cli.arguments.output import file_to_write, refuse_input_as_output
from pocket_narrator.cli.arguments.workers import WORKERS
from pocket_narrator.run.find import CONFIG, RUNS
from pocket_narrator.terminal.messages import command

if TYPE_CHECKING:
    from pocket_narrator.tokenizers.comparison import TokenizerComparison
    from pocket_narrator.tokenizers.tokenizer import Tokenizer

LONGEST_SHOWN = 12  # tokens


def train(
    corpus: Annotated[str, typer.Argument(help=HELP)],
    kind: Annotated[Literal["bpe", "character"], typer.Option(help="Byte-level BPE, or a token a character.")] = "bpe",
    vocabulary_size: Annotated[int, typer.Option(help="Tokens; for characters, at most so many.")] = 4096,
    out: Annotated[
        Path, typer.Option(parser=file_to_write, metavar="FILE", help="The tokenizer.json to write.")
    ] = Path("tokenizer.json"),
    workers: Annotated[int | None, WORKERS] = None,
    layout: Annotated[Layout | None, typer.Option(help=HELP_LAYOUT)] = None,
    delimiter: Annotated[str | None, typer.Option(help=HELP_DELIMITER)] = None,
    column: Annotated[str | None, typer.Option(help=HELP_COLUMN)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Download without asking.")] = False,
) -> None:
    """Train a tokenizer on stories."""
    from pocket_narrator.progress import progress
    from pocket_narrator.tokenizers.choose import parse_tokenizer, train_tokenizer
    from pocket_narrator.tokens.encoding import useful_workers

    section = parse_tokenizer(f"{kind}:{vocabulary_size}")
    refuse_input_as_output(corpus, out, option="--out FILE")
    opened = open_named(corpus, layout, column, yes, delimiter)
    with progress("training the tokenizer", opened.bytes / 1e6, "MB") as bar:

        def texts() -> Iterator[str]:
            for story in opened.stories():
                yield story.text
                bar.advance(len(story.text) / 1e6)

        made, size = train_tokenizer(section, texts(), useful_workers(opened.bytes, workers))
    made.save(out)
    print(f"{out}: {size}")
    print(f"  look at it:  {command('tokenizer', 'show', out)}")
    print(f"  use it:      {command('train', 'RECIPE', 'tokenizer.kind=file', f'tokenizer.path={out}')}")


def compare(
    corpus: Annotated[str, typer.Argument(help=HELP)],
    tokenizers: Annotated[
        list[str],
        typer.Argument(help="bpe:SIZE, character, hub:OWNER/NAME, a tokenizer file, or a folder with one (a run)."),
    ],
    megabytes: Annotated[
        float, typer.Option(min=0.01, help="How much of the text is taken, from its beginning.")
    ] = 20.0,
    json_file: Annotated[
        Path | None, typer.Option("--json", parser=file_to_write, metavar="FILE", help="Write the values here.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(parser=file_to_write, metavar="FILE", help="Draw them here, as PNG.")
    ] = None,
    layout: Annotated[Layout | None, typer.Option(help=HELP_LAYOUT)] = None,
    delimiter: Annotated[str | None, typer.Option(help=HELP_DELIMITER)] = None,
    column: Annotated[str | None, typer.Option(help=HELP_COLUMN)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Download without asking.")] = False,
) -> None:
    """Compare tokenizers on the same stories: every tenth is held out, bpe and character are trained on the others."""
    from pocket_narrator.files.atomic import write_text
    from pocket_narrator.tokenizers.comparison import compare as compare_tokenizers
    from pocket_narrator.tokenizers.comparison import split_sample
    from pocket_narrator.tokenizers.comparison_plot import plot_comparison

    refuse_input_as_output(corpus, json_file, plot, option="--json FILE, --plot FILE")
    trained_on: list[str] = []
    candidates = [_candidate(text, trained_on) for text in tokenizers]  # first, so that a wrong name ends it at once
    more, measured = split_sample(_sample(open_named(corpus, layout, column, yes, delimiter), megabytes * 1e6))
    trained_on += more
    comparison = compare_tokenizers(corpus, candidates, measured)
    print("\n".join(describe(comparison)))
    if json_file is not None:
        write_text(json_file, json.dumps(comparison.to_json(), indent=2) + "\n")
        print(json_file)
    if plot is not None:
        plot_comparison(comparison, plot)
        print(plot)


def show(
    tokenizer: Annotated[str, typer.Argument(help="A tokenizer file, a folder with one (a run), or hub:OWNER/NAME.")],
    text: Annotated[str, typer.Argument(help="A text to split.")] = "Once upon a time, there was a caf\u00e9.",
) -> None:
    """Show what a tokenizer is, and how it splits a text."""
    from pocket_narrator.errors import TokenizerError
    from pocket_narrator.tokenizers.choose import is_trained, open_pretrained, parse_tokenizer

    section = parse_tokenizer(_of_run(tokenizer))
    if is_trained(section):
        raise TokenizerError(
            f"'{tokenizer}' is not trained yet", hint=f"narrator tokenizer train CORPUS --kind {section.kind}"
        )
    opened = open_pretrained(section)
    shown = opened.tokenizer
    ids = shown.encode(text)
    longest = sorted(range(shown.vocabulary_size), key=lambda token: (-len(shown.token_bytes(token)), token))
    rows = [
        ("kind", ", ".join((opened.kind, *opened.notes))),
        ("vocabulary", f"{shown.vocabulary_size:,} tokens"),
        ("end of text", f"id {shown.end_of_text}, {_spell(shown, shown.end_of_text)}"),
        ("fingerprint", shown.fingerprint),
        ("longest", " ".join(_spell(shown, token) for token in longest[:LONGEST_SHOWN])),
        ("text", f"{len(text.encode()):,} bytes in {len(ids):,} tokens"),
        ("split", " ".join(_spell(shown, token) for token in ids)),
        ("ids", " ".join(map(str, ids))),
    ]
    print("\n".join(f"{name:<13}{value}" for name, value in rows))


COMMANDS: dict[str, Callable[..., None]] = {"train": train, "compare": compare, "show": show}


def describe(comparison: "TokenizerComparison") -> list[str]:
    """The figures as a table of plain lines."""
    width = max(9, *(len(one.name) for one in comparison.tokenizers))
    lines = [
        f"{'tokenizer':<{width}}{'tokens':>10}{'a story':>9}{'bytes/token':>15}{'vocabulary':>12}{'of it used':>12}"
        f"{'encode':>12}{'decode':>12}"
    ]
    for one in comparison.tokenizers:
        lines.append(
            f"{one.name:<{width}}{one.tokens:>10,}{one.tokens_a_story:>9.1f}{one.bytes_a_token:>15.3f}"
            f"{one.vocabulary_size:>12,}{one.vocabulary_used:>12.1%}{one.encode_megabytes_a_second:>7.1f} MB/s"
            f"{one.decode_megabytes_a_second:>7.1f} MB/s"
        )
    size = f"{comparison.stories:,} stories, {comparison.bytes:,} bytes"
    lines.append(f"evaluated on {size} of {comparison.corpus} that none was trained on here; speeds of one process")
    return lines


def _sample(corpus: NamedCorpus, most_bytes: float) -> list[str]:
    taken: list[str] = []
    size = 0
    for story in corpus.stories():
        taken.append(story.text)
        size += len(story.text.encode())
        if size >= most_bytes:
            break
    return taken


def _candidate(text: str, trained_on: list[str]) -> tuple[str, str, "Callable[[], Tokenizer]"]:
    from pocket_narrator.tokenizers.choose import is_trained, open_pretrained, parse_tokenizer, train_tokenizer

    section = parse_tokenizer(_of_run(text))
    if is_trained(section):
        return text, section.kind, lambda: train_tokenizer(section, trained_on)[0]
    opened = open_pretrained(section)
    return text, opened.kind, lambda: opened.tokenizer


def _of_run(named: str) -> str:
    """A run may be called by its name alone, as everywhere."""
    return str(RUNS / named) if not Path(named).exists() and (RUNS / named / CONFIG).is_file() else named


def _spell(tokenizer: "Tokenizer", token: int) -> str:
    """A token in quotes, with what does not print as escapes."""
    return repr(tokenizer.token_bytes(token).decode("utf-8", errors="backslashreplace"))
