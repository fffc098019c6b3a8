"""Stories out of JSON: objects one a line, or one array of objects or strings, which is never held whole."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pocket_narrator.corpus.input_files.byte_source import ByteSource
from pocket_narrator.corpus.stories import Story
from pocket_narrator.corpus.tables.row_reader import RowReader
from pocket_narrator.corpus.text.runs import text_runs
from pocket_narrator.errors import CorpusError
from pocket_narrator.files.json_file import with_whole_characters
from pocket_narrator.recipe.schema import RowsConfig

LARGE = 4 << 20  # characters of JSON beyond which the values in it are counted before they are made
MOST_VALUES = 3_000_000  # at some 70 bytes each

LONGEST_ELEMENT = 64 << 20  # characters

_SPACE = re.compile(r"[ \t\n\r]*")
_ARRAY = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\n\r]*\[")


def is_array(head: bytes) -> bool:
    """Whether a file that begins so is one JSON array."""
    return _ARRAY.match(head) is not None


def jsonl_stories(source: ByteSource, column: str | None, rows: RowsConfig | None = None) -> Iterator[Story]:
    """The texts of a JSON Lines file; lines that are blank and texts that are blank or null are left out.

    Raises CorpusError, with the number of the line, for a line that is no JSON object or lacks a column that is named.
    """
    number, reader = 0, RowReader(column, rows)
    for run, _ in text_runs(source, "\n"):
        for line in run.split("\n"):
            number += 1
            if line and not line.isspace():
                row = _row(line, number, source.where)
                yield from reader.stories(row, f"{source.where}, line {number}")


def array_stories(source: ByteSource, column: str | None, rows: RowsConfig | None = None) -> Iterator[Story]:
    """The texts of a JSON array: of its objects as of rows, or its strings. Raises CorpusError, with the element."""
    reader = RowReader(column, rows)
    takes_texts = column is None and rows is None
    for number, element in enumerate(_elements(source), 1):
        if takes_texts and isinstance(element, str) and (not element or element.isspace()):
            continue
        where = f"{source.where}, element {number} of the array"
        if isinstance(element, dict):
            yield from reader.stories(element, where)
        elif isinstance(element, str) and takes_texts:
            yield from reader.stories({"text": element}, where)
        else:
            raise CorpusError(
                f"it is {repr(element)[:40]}, not a JSON object",
                where=where,
                hint='the file is an array of objects such as {"text": "Once upon a time ..."}, or of strings',
            )


def _elements(source: ByteSource) -> Iterator[Any]:
    """The elements of an array, each made when all of it has been read."""
    decoder = json.JSONDecoder(object_pairs_hook=_object)
    text, at, number = "", 0, 0
    waiting_for = 0  # characters of an element that must be there before it is tried again
    expected = "["
    # Runs end at a quotation mark: every element has one, if it is of any use.
    for run, is_ended in text_runs(source, '"', undivided=lambda _: _refuse_endless(source.where)):
        text, at = text[at:] + run + ('"' if is_ended else ""), 0
        if len(text) > LONGEST_ELEMENT:
            _refuse_endless(source.where)
        while True:
            at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
            if at == len(text) or (is_ended and len(text) - at < waiting_for):
                break
            if expected != "value":
                if text[at] not in expected:
                    raise _broken(source.where, number, f"{text[at]!r} stands where {' or '.join(expected)} should")
                expected = {"[": "value", ",": "value", "]": "\0"}[text[at]]
                at += 1
                continue
            if text[at] == "]" and number == 0:
                expected = ",]"
                continue
            _refuse_many_values(text, source.where, at)
            try:
                begin = at
                element, at = decoder.raw_decode(text, at)
            except json.JSONDecodeError as error:
                if error.msg.startswith("Unterminated string") or error.pos >= len(text):  # more is to come
                    waiting_for = 2 * (len(text) - at)
                    break
                raise _broken(source.where, number, error.msg) from None
            except (ValueError, RecursionError) as error:
                raise _broken(source.where, number, _reason(error)) from None
            number, waiting_for, expected = number + 1, 0, ",]"
            if isinstance(element, _Doubled):
                raise _doubled(element, f"{source.where}, element {number} of the array")
            yield with_whole_characters(text[begin:at], element)
    if expected != "\0":
        raise _broken(source.where, number, "the file ends before the array does")


def _refuse_endless(where: str) -> None:
    raise CorpusError(
        f"one element of the array is over {LONGEST_ELEMENT >> 20} MiB long",
        where=where,
        expected='an array of objects such as {"text": "Once upon a time ..."}, or of strings, each of them a story',
        hint="write each story as an element of its own",
    )


def _broken(where: str, number: int, reason: str) -> CorpusError:
    return CorpusError(
        f"the file is not JSON after element {number} of its array: {reason}",
        where=where,
        hint="download or copy it again, or write it again",
    )


def parse_json(line: str, number: int, where: str) -> Any:
    """What a line of a file holds. Raises CorpusError if it is no JSON, or more of it than memory is lent for."""
    _refuse_many_values(line, f"{where}, line {number}")
    try:
        value = with_whole_characters(line, json.loads(line, object_pairs_hook=_object))
    except (ValueError, RecursionError) as error:
        raise CorpusError(
            f"line {number} is not JSON: {_reason(error)}", where=where, hint="every line is one JSON object, whole"
        ) from None
    if isinstance(value, _Doubled):
        raise _doubled(value, f"{where}, line {number}")
    return value


class _Doubled(dict[str, Any]):
    """An object that holds a key twice, of which JSON does not say what is meant."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.name = next(name for name in names if names.count(name) > 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else _Doubled(pairs)


def _doubled(row: _Doubled, where: str) -> CorpusError:
    """Of a row. Inside of a cell, nobody looks."""
    return CorpusError(
        f"the key '{row.name:.60}' stands twice in one object, and one of the two would be lost",
        where=where,
        hint="give each of them a name of its own",
    )


def _row(line: str, number: int, where: str) -> dict[str, Any]:
    row = parse_json(line, number, where)
    if not isinstance(row, dict):
        kind = "a list" if isinstance(row, list) else f"{line:.40}"
        raise CorpusError(
            f"line {number} is {kind}, not a JSON object",
            where=where,
            hint='every line is one JSON object such as {"text": "Once upon a time ..."}; a file that is one array of them '
            "is named .json",
        )
    return row


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error) if isinstance(error, json.JSONDecodeError) else "it holds a number of thousands of digits"


def _refuse_many_values(text: str, where: str, start: int = 0) -> None:
    if len(text) - start > LARGE and sum(text.count(mark, start) for mark in ",[{") > MOST_VALUES:
        raise CorpusError(
            "one JSON object holds millions of values",
            where=where,
            expected="a story and what belongs to it",
            hint='write each story as an object of its own, such as {"text": "Once upon a time ..."}',
        )
