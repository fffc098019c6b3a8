"""The readers of corpora, for fuzz_readers.py: every kind of file and every layout, files of told stories, lists of files."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from fuzz_readers import READERS, Reader

from pocket_narrator.corpus import read_stories
from pocket_narrator.corpus.input_files.lists import find_files
from pocket_narrator.evaluation.samples.file import read_story_file

TALES = [
    "Tom ran.\nHe fell.",
    "Caf\u00e9 \u201cHi\u201d \U0001f642 there, said Mia.",
    "The end; or not.\tPerhaps.",
    "A\r\nB",
]


def _joined(separator: str) -> Callable[[], list[bytes]]:
    return lambda: [separator.join(TALES).encode(), b"\xef\xbb\xbf" + (separator.join(TALES * 20) + separator).encode()]


def _json_lines() -> list[bytes]:
    rows = [json.dumps({"id": 7, "text": tale, "more": {"a": [1.5, None]}}) for tale in TALES]
    pairs = [json.dumps({"prompt": "Once", "continuation": tale}) for tale in TALES]
    return ["\n".join(rows).encode(), "\n".join(pairs).encode()]


def _json_arrays() -> list[bytes]:
    rows = [{"story": tale, "more": {"a": [1.5, None]}} for tale in TALES]
    return [json.dumps(rows).encode(), json.dumps(TALES, indent=1).encode(), json.dumps(rows, indent=2).encode()]


def _csv(separator: str) -> Callable[[], list[bytes]]:
    def seeds() -> list[bytes]:
        rows = [separator.join(("7", f'"{tale}"', "a b")) for tale in TALES]
        return ["\n".join((separator.join(("id", "text", "kind")), *rows)).encode()]

    return seeds


def _parquet() -> list[bytes]:
    import pyarrow
    from pyarrow import parquet

    files = []
    category = pyarrow.array(TALES * 5).dictionary_encode()
    for columns, options in (
        ({"id": range(20), "text": TALES * 5}, {}),
        ({"text": category, "about": [["x"], None] * 10}, {"compression": "zstd", "row_group_size": 6}),
        ({"prompt": ["a"] * 20, "continuation": TALES * 5}, {"use_dictionary": False, "compression": "none"}),
        (
            {"text": TALES * 5},
            {"use_dictionary": False, "column_encoding": "DELTA_BYTE_ARRAY", "data_page_version": "2.0"},
        ),
    ):
        buffer = io.BytesIO()
        parquet.write_table(pyarrow.table(columns), buffer, **options)
        files.append(buffer.getvalue())
    return files


def _zstandard(raw: bytes) -> bytes:
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(raw)
    return sink.getvalue().to_pybytes()


def _tars() -> list[bytes]:
    archives = []
    for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=kind) as archive:
            names = (
                "a.txt",
                "README.md",
                "b.jsonl",
                f"{'deep/' * 15}c.txt" if kind == tarfile.USTAR_FORMAT else f"{'d' * 180}.txt",
            )
            for name in names:
                raw = _json_lines()[0] if name.endswith("l") else "\n<|endoftext|>\n".join(TALES).encode()
                entry = tarfile.TarInfo(name)
                entry.size = len(raw)
                archive.addfile(entry, io.BytesIO(raw))
        archives.append(buffer.getvalue())
    return archives


def _checksummed(raw: bytes) -> bytes:
    """The tar with right checksums of what looks like headers, so that changes get past them."""
    fixed = bytearray(raw)
    for at in range(0, len(raw) - 511, 512):
        block = fixed[at : at + 512]
        if block[257:262] == b"ustar":
            total = sum(block[:148]) + sum(block[156:]) + 8 * 32
            fixed[at + 148 : at + 156] = b"%06o\0 " % total
    return bytes(fixed)


def _zips() -> list[bytes]:
    archives = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr("a.txt", "\n<|endoftext|>\n".join(TALES))
            archive.writestr("folder/", "")
            archive.writestr("b.jsonl", _json_lines()[0])
        archives.append(buffer.getvalue())
    return archives


def _read(**how) -> Callable[[Path], object]:
    return lambda path: sum(1 for _ in read_stories(path, **how))


_PARTED = _joined("\n<|endoftext|>\n")

READERS |= {
    "endoftext": Reader("a.txt", _PARTED, _read(layout=None)),
    "lines": Reader("a.txt", _joined("\n"), _read(layout="lines")),
    "documents": Reader("a.txt", _joined("\n\n"), _read(layout="documents")),
    "unknown layout": Reader("a.txt", _joined("\n</s>\n"), _read(layout=None)),
    "blank lines": Reader("a.txt", _joined("\n\n\n"), _read(layout="two-blank-lines")),
    "marker": Reader("a.txt", _joined("</s>\n"), _read(delimiter="</s>")),
    "rule": Reader("a.txt", _joined("\n * * *\n"), _read(delimiter="* * *")),
    "jsonl": Reader("a.jsonl", _json_lines, _read()),
    "json array": Reader("a.json", _json_arrays, _read()),
    "csv": Reader("a.csv", _csv(","), _read()),
    "tsv": Reader("a.tsv", _csv("\t"), _read()),
    "parquet": Reader("a.parquet", _parquet, _read()),
    "gzip": Reader("a.txt.gz", _PARTED, _read(), gzip.compress),
    "xz": Reader("a.txt.xz", _PARTED, _read(), lzma.compress),
    "bzip2": Reader("a.txt.bz2", _PARTED, _read(), bz2.compress),
    "zstandard": Reader("a.txt.zst", _PARTED, _read(), _zstandard),
    "tar": Reader("a.tar", _tars, _read(), _checksummed),
    "tar.gz": Reader("a.tar.gz", _tars, _read(), lambda raw: gzip.compress(_checksummed(raw), 1)),
    "zip": Reader("a.zip", _zips, _read()),
    "told stories": Reader("told.jsonl", _json_lines, read_story_file),
    "list of files": Reader(
        "a.list", lambda: [b"a.list\n\na.list\r\n"], lambda path: find_files(str(path), "corpus.train")
    ),
}
