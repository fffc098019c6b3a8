"""The `<|endoftext|>` layout: UTF-8 stories, each followed by a line that holds only the delimiter."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pocket_narrator.atomic import atomic_writer
from pocket_narrator.corpus.pairs import read_pairs
from pocket_narrator.errors import CorpusError

DELIMITER = "<|endoftext|>"
CHUNK_BYTES = 1 << 20
LONGEST_STORY_BYTES = 64 << 20  # a file without delimiters must not fill the memory

_DELIMITER_BYTES = DELIMITER.encode()
_BOM = b"\xef\xbb\xbf"


def read_stories(path: str | Path, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[str]:
    """Yields the stories of a file one by one, stripped, line ends as `\\n`; blank ones are left out.

    Memory is bounded by the longest story, not by the file. A byte order mark is dropped, and a last story without a
    delimiter is kept. A `.jsonl` file is read by `read_pairs`. Raises CorpusError if the file is missing, empty, binary, not UTF-8, or has no story in it.
    """
    path = Path(path)
    stories = 0
    if path.suffix == ".jsonl" and path.is_file():
        yield from read_pairs(path)
        return
    for segment in _decoded_segments(path, chunk_bytes):
        if "\r" in segment:
            segment = segment.replace("\r\n", "\n").replace("\r", "\n")
        for story in segment.split(DELIMITER):
            story = story.strip()
            if story:
                stories += 1
                yield story
    if not stories:
        raise CorpusError(
            "the file holds no story, only blanks and delimiters",
            where=str(path),
            remedy="check that the text was written in full",
        )


def write_stories(path: str | Path, stories: Iterable[str]) -> int:
    """Writes stories in the layout that `read_stories` reads, atomically; returns how many."""
    count = 0
    with atomic_writer(path) as stream:
        for story in stories:
            if DELIMITER in story:
                raise CorpusError(
                    f"story {count} holds the delimiter {DELIMITER} inside its text",
                    where=str(path),
                    remedy="split or clean it first",
                )
            stream.write(f"{story}\n{DELIMITER}\n")
            count += 1
    return count


def _decoded_segments(path: Path, chunk_bytes: int) -> Iterator[str]:
    """Text of the file in runs of whole stories: a run ends where a delimiter begins."""
    buffer = bytearray()
    base = 0  # offset in the file of the buffer's first byte
    with _open_text(path) as stream:
        while chunk := stream.read(chunk_bytes):
            if b"\0" in chunk:
                raise _nul_error(path, base + len(buffer) + chunk.index(0))
            search_from = max(0, len(buffer) - len(_DELIMITER_BYTES) + 1)  # a delimiter may lie across two chunks
            buffer += chunk
            cut = buffer.rfind(_DELIMITER_BYTES, search_from)
            if cut < 0:
                if len(buffer) > LONGEST_STORY_BYTES:
                    raise CorpusError(
                        f"there is no {DELIMITER} in {len(buffer) >> 20} MiB of text",
                        where=f"{path}, from byte {base}",
                        limit=f"one story is at most {LONGEST_STORY_BYTES >> 20} MiB",
                        remedy=f"put a line {DELIMITER} after each story",
                    )
                continue
            yield _decode(buffer[:cut], base, path)
            cut += len(_DELIMITER_BYTES)
            del buffer[:cut]
            base += cut
    if buffer:
        yield _decode(buffer, base, path)


def _open_text(path: Path):
    """Opens `path` for reading bytes, after the checks that need no reading."""
    if path.is_dir():
        raise CorpusError(
            "a folder is no story file", where=str(path), remedy="name one text file in the <|endoftext|> layout"
        )
    try:
        stream = open(path, "rb")  # noqa: SIM115, the caller closes it
    except FileNotFoundError:
        raise CorpusError(
            "there is no such file", where=str(path), remedy="check the path; it is relative to " + os.getcwd()
        ) from None
    except OSError as error:
        raise CorpusError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    if not stream.peek(1):
        stream.close()
        raise CorpusError("the file is empty", where=str(path), remedy="check that the download or copy was completed")
    return stream


def _decode(raw: bytearray, base: int, path: Path) -> str:
    if base == 0 and raw.startswith(_BOM):
        raw, base = raw[len(_BOM) :], len(_BOM)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _encoding_error(path, base + error.start, raw[error.start], error.reason) from None


def _encoding_error(path: Path, offset: int, byte: int, reason: str) -> CorpusError:
    what = f"byte 0x{byte:02x} at offset {offset} is not UTF-8 ({reason})"
    utf16 = _utf16_order(path)
    if utf16:
        return _wrong_encoding(path, what, "UTF-16", utf16)
    if reason == "unexpected end of data":
        return CorpusError(
            what, where=str(path), remedy="the file was cut inside a character: copy or download it again"
        )
    return _wrong_encoding(path, what, "Windows-1252 (Latin-1)", "WINDOWS-1252")


def _nul_error(path: Path, offset: int) -> CorpusError:
    what = f"the file holds a NUL byte at offset {offset}, which text does not"
    utf16 = _utf16_order(path)
    if utf16:
        return _wrong_encoding(path, what, "UTF-16", utf16)
    return CorpusError(
        what, where=str(path), remedy="it is binary (an archive or a model?): unpack it, or name a text file"
    )


def _wrong_encoding(path: Path, what: str, guess: str, iconv_name: str) -> CorpusError:
    return CorpusError(
        f"{what}; it looks like {guess}",
        where=str(path),
        limit="stories are read as UTF-8",
        remedy=f'iconv -f {iconv_name} -t UTF-8 "{path}" > "{path}.utf8"',
    )


def _utf16_order(path: Path) -> str | None:
    """iconv's name for the file's kind of UTF-16, or None: by its byte order mark, or by where its NUL bytes lie."""
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16"
    half = len(head) // 2
    if half and head[1::2].count(0) > 0.7 * half and not head[::2].count(0):
        return "UTF-16LE"
    if half and head[::2].count(0) > 0.7 * half and not head[1::2].count(0):
        return "UTF-16BE"
    return None
