"""Files that are made to fill the memory or the day of whoever reads them, each a few megabytes at most."""

import bz2
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable

GB = 1 << 30
STORY = b"Tom and Mia went to the park to play.\n<|endoftext|>\n"


def gzip_of(pieces: Iterable[tuple[bytes, int]]) -> bytes:
    """gzip of each piece so many times over, without ever having it whole: zlib packs a repeated megabyte to a kilobyte."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    packed = bytearray()
    for piece, times in pieces:
        for _ in range(times):
            packed += packer.compress(piece)
    return bytes(packed + packer.flush())


def tar_header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type = size, kind
    return entry.tobuf(tarfile.USTAR_FORMAT if size < 8 << 30 else tarfile.GNU_FORMAT)


def padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % 512)


def tar_of(*members: tuple[str, bytes, bytes]) -> bytes:
    """Name, kind and bytes of each."""
    return b"".join(tar_header(name, len(raw), kind) + padded(raw) for name, kind, raw in members) + bytes(1024)


def zip_of(members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, raw in members:
            archive.writestr(zipfile.ZipInfo(name), raw, method)
    return buffer.getvalue()


def nameless_zip() -> bytes:
    raw = zip_of([("x", STORY)])
    local = b"PK\3\4" + raw[4:26] + struct.pack("<HH", 0, 0) + STORY_PACKED
    central = b"PK\1\2" + raw[raw.index(b"PK\1\2") + 4 :][:24] + struct.pack("<HHH", 0, 0, 0) + bytes(12)
    end = b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


STORY_PACKED = zlib.compress(STORY)[2:-4]


def locked_zip() -> bytes:
    raw = bytearray(zip_of([("a.txt", STORY)]))
    raw[6] |= 1
    raw[raw.index(b"PK\1\2") + 8] |= 1
    return bytes(raw)


def overlapping_zip() -> bytes:
    """Every entry of the list of files is the same file."""
    raw = zip_of([("a.txt", STORY * 2000)])
    at, end = raw.index(b"PK\1\2"), raw.index(b"PK\5\6")
    central = raw[at:end] * 1000
    return raw[:at] + central + b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 1000, 1000, len(central), at, 0)


def dictionary_parquet(rows: int = 4000, text: str = "a" * (1 << 20)) -> bytes:
    import pyarrow
    from pyarrow import parquet

    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * rows, pyarrow.int32()), pyarrow.array([text]))
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table({"text": column}), buffer, store_schema=False, compression="zstd")
    return buffer.getvalue()


def swelling_parquet() -> bytes:
    """Not a dictionary: every value begins as the one before, and only the rest is stored."""
    import pyarrow
    from pyarrow import parquet

    buffer = io.BytesIO()
    with parquet.ParquetWriter(
        buffer,
        pyarrow.schema([("text", pyarrow.string())]),
        use_dictionary=False,
        column_encoding={"text": "DELTA_BYTE_ARRAY"},
        compression="zstd",
        write_statistics=False,
        store_schema=False,
        data_page_size=1 << 30,
    ) as writer:
        writer.write_table(pyarrow.table({"text": ["a" * (1 << 20) + str(number) for number in range(3)]}))
    return buffer.getvalue()


def nested_parquet(depth: int = 120) -> bytes:
    import pyarrow
    from pyarrow import parquet

    kind = pyarrow.string()
    for _ in range(depth):
        kind = pyarrow.struct([("text", kind)])
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table({"text": pyarrow.array([None], kind)}), buffer, store_schema=False)
    return buffer.getvalue()


def wide_xz() -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]
    raw = bytearray(lzma.compress(STORY, filters=filters))
    raw[16] = 39  # the dictionary's size, in a byte of the block's header: 3 GiB
    header_size = (raw[12] + 1) * 4
    crc = zlib.crc32(raw[12 : 12 + header_size - 4])
    raw[12 + header_size - 4 : 12 + header_size] = struct.pack("<L", crc)
    return bytes(raw)


WIDE_ZSTD = b"\x28\xb5\x2f\xfd\x00" + bytes([21 << 3]) + b"\x01\x00\x00"  # a window of 2 GiB

PAX_BOMB = [(tar_header("x", 3 * GB, tarfile.XHDTYPE), 1), (b"1" * (1 << 20), 8)]
NAME_BOMB = [(tar_header("x", 3 * GB, tarfile.GNUTYPE_LONGNAME), 1), (b"n" * (1 << 20), 8)]
SPARSE = tar_header("a.txt", 512, tarfile.GNUTYPE_SPARSE) + bytes(512)
DIGITS = b"1" * 1_000_000

# Name of the file: its bytes, and words of the message.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "pax.tar.gz": (lambda: gzip_of(PAX_BOMB), "header of the archive"),
    "longname.tar.gz": (lambda: gzip_of(NAME_BOMB), "header of the archive"),
    "sparse.tar": (lambda: SPARSE, "sparse"),
    "pax_sparse.tar": (lambda: tar_of(("x", b"x", b"22 GNU.sparse.major=1\n"), ("a.txt", b"0", STORY)), "sparse"),
    "pax_loop.tar": (lambda: tar_of(("x", b"x", b"0 path=a\n")), "damaged"),
    "pax_chain.tar": (lambda: tar_of(*[("x", b"x", b"10 path=ab\n"[:10])] * 5000, ("a.txt", b"0", b"")), "damaged"),
    "many_empty.tar.gz": (
        lambda: gzip_of([(tar_header("a.png", 0) * 2000, 5), (bytes(1024), 1)]),
        "no file of stories",
    ),
    "endless.tar": (lambda: tar_header("a.txt", 1 << 60) + STORY, "damaged"),
    "negative.tar": (lambda: tar_header("a.txt", 9).replace(b"00000000011", b"-0000000011"), "damaged"),
    "blanks.txt.gz": (lambda: gzip_of([(b"\n" * (1 << 20), 70)]), "no <|endoftext|>"),
    "zeros.txt.bz2": (lambda: bz2.compress(bytes(5 << 20)), "NUL"),
    "blanks.txt.bz2": (lambda: bz2.compress(b"<|endoftext|>\n" * 70_000) * 20, "times as large"),
    "window.txt.xz": (wide_xz, "too much memory"),
    "window.txt.zst": (lambda: WIDE_ZSTD, "too much memory"),
    "name.txt.gz": (lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * (4 << 20), "damaged"),
    "dictionary.parquet": (dictionary_parquet, "times as large"),
    "prefixes.parquet": (swelling_parquet, ""),
    "nested.parquet": (nested_parquet, "too deeply nested"),
    "nameless.zip": (nameless_zip, "no file of stories"),
    "locked.zip": (locked_zip, "password"),
    "overlap.zip": (overlapping_zip, "lie over one another"),
    "bomb.zip": (lambda: zip_of([("a.txt", b"\n" * (8 << 20))]), "times as large"),
    "bzip2.zip": (lambda: zip_of([("a.txt", bytes(8 << 20))], zipfile.ZIP_BZIP2), "times as large"),
    "long_line.jsonl.gz": (lambda: gzip_of([(b'{"text": "', 1), (b"a" * (1 << 20), 70)]), "no line end"),
    "nested.jsonl": (lambda: b"[" * 100_000, "nested too deeply"),
    "nested_text.jsonl": (lambda: b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    "digits.jsonl": (lambda: b'{"text": "a", "n": ' + DIGITS + b"}", "thousands of digits"),
    "digits.json": (lambda: b'[{"text": "a", "n": ' + DIGITS + b"}]", "thousands of digits"),
    "values.jsonl.gz": (
        lambda: gzip_of([(b'{"text": [', 1), (b"[]," * (1 << 18), 20), (b"[]]}", 1)]),
        "millions of values",
    ),
    "values.json.gz": (
        lambda: gzip_of([(b'[{"text": [""', 1), (b",[]" * (1 << 18), 20), (b',""]}]', 1)]),
        "millions of values",
    ),
    "endless.json.gz": (lambda: gzip_of([(b'["', 1), (b"a" * (1 << 20), 70)]), "over 64 MiB"),
    "cut.json": (lambda: b'[{"text": "One."}, {"text": "Two', "ends before"),
    "nested.json": (lambda: b"[" + b"[" * 100_000 + b'"', "nested too deeply"),
    "surrogates.jsonl": (lambda: b'{"text": "\\ud800 a"}', ""),
    "quote.csv.gz": (lambda: gzip_of([(b'text,id\n"', 1), (b"a\n" * (1 << 19), 1)]), "row"),
    "cells.csv.gz": (lambda: gzip_of([(b"text,id\n", 1), (b'"a\n",' * (1 << 18), 1)]), "row"),
    "columns.csv": (lambda: b"name," * 100_000 + b"\n", "and 99981 more"),
    "columns.jsonl": (lambda: json.dumps({f"k{i}": "a" for i in range(5_000)}).encode(), "and 4980 more"),
    "document.docx": (
        lambda: zip_of([("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<a/>")]),
        "Word document",
    ),
    "book.epub": (lambda: zip_of([("mimetype", b"application/epub+zip"), ("META-INF/container.xml", b"")]), "EPUB"),
    "text.odt": (lambda: zip_of([("mimetype", b"x"), ("content.xml", b"")]), "OpenDocument"),
    "book.pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "text.rtf": (lambda: b"{\\rtf1 Tom ran.}", "RTF"),
    "page.html": (lambda: b"\n<!DOCTYPE html>\n<html><p>Tom ran.</html>", "HTML"),
    "data.arrow": (lambda: b"\xff\xff\xff\xff\x10\0\0\0", "Arrow"),
    "old.doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old Word"),
}
