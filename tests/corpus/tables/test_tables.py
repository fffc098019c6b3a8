"""JSON arrays, CSV and pairs; what would be dropped without a word is refused."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocket_narrator.corpus import Story, read_stories
from pocket_narrator.corpus.input_files.byte_source import open_bytes
from pocket_narrator.corpus.tables import chosen_rows, json_tables
from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.schema import RowsConfig

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def read(tmp_path: Path, name: str, raw: bytes, **options) -> list[str]:
    (tmp_path / name).write_bytes(raw)
    return [story.text for story in read_stories(tmp_path / name, **options)]


def refusal(tmp_path: Path, name: str, raw: bytes, **options) -> str:
    with pytest.raises(CorpusError) as caught:
        read(tmp_path, name, raw, **options)
    return str(caught.value)


def table(**columns: list) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def test_csv_is_read_by_its_columns(tmp_path: Path) -> None:
    raw = b'\xef\xbb\xbfid,Text,kind\r\n1,"One, two.\r\n""Three.""",a\r\n\r\n2,Four.,b\r\n3,,b\r\n'
    stories = ['One, two.\n"Three."', "Four."]
    assert read(tmp_path, "a.csv", raw) == stories
    assert read(tmp_path, "a.csv", raw, column="kind") == ["a", "b", "b"]
    assert read(tmp_path, "a.csv", raw, rows=RowsConfig(column="kind", matches="b")) == ["Four."]
    assert read(tmp_path, "b.csv", b'id;story\n1;"One, two; three."\n') == ["One, two; three."]
    assert read(tmp_path, "a.tsv", b"id\tstory\n1\tOne, two; three.\n") == ["One, two; three."]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"0,One day Tom ran.\n", "no column 'text' or 'story'"),
        (b"id,text\n1,One day, Tom ran.\n", "the row has 3 cells, and the head 2"),
        (b"id,text\n1\n", "the row has 1 cells"),
        (b'id,text\n1,"One" day\n', "line 2"),
        (b'id,text\n1,"One day\n2,"Two"\n', "quotation mark"),
        (b"id,text\n", "no story"),
    ],
)
def test_csv_that_would_lose_text_is_refused(tmp_path: Path, raw: bytes, words: str) -> None:
    assert words in refusal(tmp_path, "a.csv", raw)


ELEMENTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.sampled_from(['"', "\\", "]", "},{", "\u00e9"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(elements=st.lists(ELEMENTS, max_size=6), indent=st.sampled_from([None, 1]), chunk_bytes=st.integers(1, 40))
def test_arrays_are_read_element_by_element(tmp_path_factory, elements, indent, chunk_bytes) -> None:
    path = tmp_path_factory.mktemp("corpus") / "a.json"
    path.write_text(json.dumps(elements, indent=indent), encoding="utf-8")
    defaults = json_tables.text_runs.__defaults__ or ()
    try:
        json_tables.text_runs.__defaults__ = (chunk_bytes, *defaults[1:])
        with open_bytes(path) as source:
            assert list(json_tables._elements(source)) == elements
    finally:
        json_tables.text_runs.__defaults__ = defaults


def test_an_array_of_objects_or_of_strings(tmp_path: Path) -> None:
    rows = [{"story": f"Tale {number}.", "summary": "x"} for number in range(3)]
    tales = ["Tale 0.", "Tale 1.", "Tale 2."]
    assert read(tmp_path, "a.json", json.dumps(rows).encode()) == tales
    assert read(tmp_path, "a.json", json.dumps(rows, indent=2).encode(), column="summary") == ["x"] * 3
    assert read(tmp_path, "a.json", json.dumps(tales).encode()) == tales
    assert read(tmp_path, "a.json", b'{"text": "One."}\n{"text": "Two."}') == ["One.", "Two."]
    for raw, words in (
        (b'[{"text": "One."}, 5]', "element 2 of the array"),
        (b'[{"text": "One."} {"text": "Two."}]', "after element 1"),
        (b'[{"text": "One."}] more', "after element 1"),
        (b'[{"text": "One."}, ', "ends before the array does"),
        (b"[]", "no story"),
    ):
        assert words in refusal(tmp_path, "a.json", raw)


def test_an_archive_of_tables_alone_is_one_of_stories(tmp_path: Path) -> None:
    from tests.corpus.test_readers import tarred, zipped

    tables = {f"data{number}.json": json.dumps([{"story": f"Tale {number}."}]).encode() for number in range(2)}
    for name, raw in (("a.tar.gz", tarred(tables, "w:gz")), ("a.zip", zipped(tables))):
        assert read(tmp_path, name, raw) == ["Tale 0.", "Tale 1."]
    mixed = {"a.json": b"{}", **tables, "story.txt": b"Tom ran."}
    for name, raw in (("a.tar.gz", tarred(mixed, "w:gz")), ("a.zip", zipped(mixed))):
        assert read(tmp_path, name, raw) == ["Tom ran."]


PAIR = {"prompt": "Once", "continuation": " there was."}


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.jsonl", json.dumps(PAIR).encode()),
        ("a.json", json.dumps([PAIR]).encode()),
        ("a.csv", b'prompt,continuation\n"Once"," there was."\n'),
        ("a.parquet", table(prompt=["Once"], continuation=[" there was."], id=[1])),
    ],
)
def test_pairs_keep_their_prompts(tmp_path: Path, name: str, raw: bytes) -> None:
    (tmp_path / name).write_bytes(raw)
    (story,) = read_stories(tmp_path / name, source=3)
    assert story == Story("Once there was.", f"{tmp_path / name}#0", source=3, prompt_length=len("Once"))


@pytest.mark.parametrize("column", ["story", "text"])
def test_other_prompts_are_asked_about(tmp_path: Path, column: str) -> None:
    row = {"prompt": "Write of a cat.", column: "There was a cat."}
    files = {
        "a.jsonl": json.dumps(row).encode(),
        "later.jsonl": json.dumps({column: "Tom."}).encode() + b"\n" + json.dumps(row).encode(),
        "a.json": json.dumps([row]).encode(),
        "a.csv": f"prompt,{column}\nWrite.,There.\n".encode(),
        "a.parquet": table(**{name: [cell] for name, cell in row.items()}),
    }
    for name, raw in files.items():
        said = refusal(tmp_path, name, raw)
        assert f"a column 'prompt' beside '{column}'" in said
        assert f"corpus.column={column}" in said
        assert read(tmp_path, name, raw, column=column)


def test_half_a_character_is_replaced_wherever_it_stands(tmp_path: Path) -> None:
    pair = b'{"prompt": "a \\ud83d", "continuation": " and more \\udc00"}\n'
    (tmp_path / "a.jsonl").write_bytes(pair)
    (story,) = read_stories(tmp_path / "a.jsonl")
    assert story.text == "a \ufffd and more \ufffd"
    assert story.prompt_length == 3
    assert read(tmp_path, "b.jsonl", b'{"text": "half \\ud83d, whole \\ud83d\\ude42"}\n') == [
        "half \ufffd, whole \U0001f642"
    ]
    assert read(tmp_path, "c.jsonl", b'{"\\ud83d": "x", "text": "y"}\n') == ["y"]
    assert read(tmp_path, "d.json", b'["\\ud800 x", {"text": "\\udfff y"}]') == ["\ufffd x", "\ufffd y"]


@pytest.mark.parametrize(
    ("name", "raw", "options", "words"),
    [
        ("a.csv", b"id,text,text\n1,One.,Two.\n", {}, "columns 2 and 3 of 3"),
        ("a.csv", b"text, text ,text\n1,One.,Two.\n", {}, "columns 1, 2 and 3 of 3"),
        ("a.csv", b"a,b,a\n1,One.,Two.\n", {"column": "a"}, "2 columns are named 'a'"),
        ("a.csv", b"prompt,continuation,prompt\n1,One.,Two.\n", {}, "2 columns are named 'prompt'"),
        (
            "a.csv",
            b"text,lang,lang\nOne.,en,de\n",
            {"rows": RowsConfig(column="lang", matches="en")},
            "2 columns are named 'lang'",
        ),
        ("a.jsonl", b'{"text": "One.", "text": "Two."}\n', {}, "the key 'text' stands twice"),
        ("a.json", b'[{"text": "One."}, {"text": "One.", "text": "Two."}]', {}, "element 2"),
    ],
)
def test_two_columns_of_one_name_are_refused(name: str, raw: bytes, options: dict, words: str, tmp_path: Path) -> None:
    assert words in refusal(tmp_path, name, raw, **options)


def test_two_columns_of_one_name_that_nobody_reads_are_left_alone(tmp_path: Path) -> None:
    assert read(tmp_path, "a.csv", b"id,,,text\n1,,,One.\n") == ["One."]
    assert read(tmp_path, "a.jsonl", b'{"text": "One.", "about": {"x": 1, "x": 2}}\n') == ["One."]
    names = ["id", "id", "text"]
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table([["1"], ["2"], ["One."]], names=names), buffer)
    assert read(tmp_path, "a.parquet", buffer.getvalue()) == ["One."]
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table([["1"], ["2"], ["One."]], names=["id", "text", "text"]), buffer)
    assert "columns 2 and 3 of 3" in refusal(tmp_path, "b.parquet", buffer.getvalue())


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.parquet"])
def test_rows_are_chosen_in_bounded_time(name: str, tmp_path: Path) -> None:
    """`re` would look at this cell for longer than anybody lives."""
    rows, cell = RowsConfig(column="lang", matches="(a|aa)+$"), "a" * 60 + "!"
    row = {"text": "One.", "lang": cell}
    raw = {
        "a.jsonl": json.dumps(row).encode(),
        "a.json": json.dumps([row]).encode(),
        "a.csv": f"text,lang\nOne.,{cell}\n".encode(),
        "a.parquet": table(text=["One."], lang=[cell]),
    }[name]
    assert "may take for ever" in refusal(tmp_path, name, raw, rows=rows)
    assert read(tmp_path, name, raw, rows=RowsConfig(column="lang", matches="(?i)^A{3}.*!$")) == ["One."]


def test_a_long_cell_has_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Recording:
        def search(self, text: str, timeout: float) -> None:
            timeouts.append((len(text), timeout))

    timeouts: list[tuple[int, float]] = []
    monkeypatch.setattr(chosen_rows, "_compiled", lambda pattern: Recording())
    for cell in ("a name", "a" * 3_500_000):
        chosen_rows.fits(RowsConfig(column="text", matches="x"), cell, "here")
    assert timeouts == [(6, 0.25), (3_500_000, 1.0)]
