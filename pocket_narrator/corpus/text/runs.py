"""A run of UTF-8 bytes as text, piece by piece, and every message about bytes that are no text."""

from collections.abc import Callable, Iterator

from pocket_narrator.corpus.input_files.byte_source import ByteSource
from pocket_narrator.corpus.stories import DELIMITER
from pocket_narrator.errors import CorpusError

CHUNK_BYTES = 1 << 20
LONGEST_STORY_BYTES = 64 << 20  # a file without delimiters must not fill the memory
MOST_NUL_IN_TEXT = 1e-3  # share of a file's first bytes; random ones have four times as many

BYTE_ORDER_MARK = "\ufeff"


def text_runs(
    source: ByteSource,
    separator: str,
    chunk_bytes: int = CHUNK_BYTES,
    undivided: Callable[[str], object] = lambda beginning: None,
) -> Iterator[tuple[str, bool]]:
    """Text in runs that end where a separator begins, and whether that is so: the last run may end with the file.

    Raises CorpusError for bytes that are no text, and where no separator comes for too long; `undivided` is first given the
    beginning of what has none, for a better message.
    """
    end = separator.encode()
    buffer = bytearray()
    base = 0  # offset in the text of the buffer's first byte
    while chunk := source.read(chunk_bytes):
        if b"\0" in chunk:
            raise _nul_error(source, base + len(buffer) + chunk.index(0))
        search_from = max(0, len(buffer) - len(end) + 1)  # a separator may lie across two chunks
        buffer += chunk
        cut = buffer.rfind(end, search_from)
        if cut < 0:
            if len(buffer) > LONGEST_STORY_BYTES:
                undivided(bytes(buffer[: 1 << 20]).decode(errors="replace"))
                line_end = separator == "\n"
                check_growing(
                    len(buffer),
                    "line end" if line_end else separator,
                    f"{source.where}, from byte {base}",
                    "put each story on a line of its own" if line_end else None,
                )
            continue
        is_crlf = separator == "\n" and buffer[cut - 1 : cut] == b"\r"
        yield _decode(buffer[: cut - is_crlf], base, source), True
        cut += len(end)
        del buffer[:cut]
        base += cut
    if buffer:
        yield _decode(buffer, base, source), False


def check_length(length: int, where: str) -> None:
    """Raises CorpusError for a story that is too long."""
    if length > LONGEST_STORY_BYTES:
        raise CorpusError(
            f"a story is {length >> 20} MiB long",
            where=where,
            expected=f"one story is at most {LONGEST_STORY_BYTES >> 20} MiB",
            hint="part it, into chapters or volumes",
        )


def _decode(raw: bytearray, base: int, source: ByteSource) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _encoding_error(source, base + error.start, raw[error.start], error.reason) from None
    if BYTE_ORDER_MARK in text:  # of every file that was put together to make this one
        text = text.replace(BYTE_ORDER_MARK, "")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def check_growing(length: int, end: str, where: str, hint: str | None = None) -> None:
    """Raises CorpusError for a story of which so much has been read, and no `end` of it yet."""
    if length > LONGEST_STORY_BYTES:
        raise CorpusError(
            f"there is no {end} in {length >> 20} MiB of text",
            where=where,
            expected=f"one story is at most {LONGEST_STORY_BYTES >> 20} MiB",
            hint=hint or f"put a line {DELIMITER} after each story; corpus.layout=lines if every line is a story",
        )


def _encoding_error(source: ByteSource, offset: int, byte: int, reason: str) -> CorpusError:
    what = f"byte 0x{byte:02x} at offset {offset} is not UTF-8 ({reason})"
    utf16 = _utf16_order(source.head)
    if utf16:
        return _wrong_encoding(source, what, "UTF-16", utf16)
    if reason == "unexpected end of data":
        return CorpusError(
            what, where=source.where, hint="the file was cut inside a character: copy or download it again"
        )
    return _wrong_encoding(source, what, "Windows-1252 (Latin-1)", "WINDOWS-1252")


def _nul_error(source: ByteSource, offset: int) -> CorpusError:
    what = f"the file holds a NUL byte at offset {offset}, which text does not"
    utf16 = _utf16_order(source.head)
    if utf16:
        return _wrong_encoding(source, what, "UTF-16", utf16)
    if source.head.count(0) < MOST_NUL_IN_TEXT * len(source.head) and not source.is_packed:
        hint = f"""tr -d '\\000' < "{source.where}" > "{source.where}.text" if it is a text with stray bytes"""
    else:
        hint = "it is binary (an archive or a model?): unpack it, or name a text file"
    return CorpusError(what, where=source.where, hint=hint)


def _wrong_encoding(source: ByteSource, what: str, guess: str, iconv_name: str) -> CorpusError:
    hint = f'iconv -f {iconv_name} -t UTF-8 "{source.where}" > "{source.where}.utf8"'
    return CorpusError(
        f"{what}; it looks like {guess}",
        where=source.where,
        expected="stories are read as UTF-8",
        hint=f"unpack it, then {hint}" if source.is_packed else hint,
    )


def _utf16_order(head: bytes) -> str | None:
    """iconv's name for a text's kind of UTF-16, or None: by its byte order mark, or by where its NUL bytes lie."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16"
    half = len(head) // 2
    if half and head[1::2].count(0) > 0.7 * half and not head[::2].count(0):
        return "UTF-16LE"
    if half and head[::2].count(0) > 0.7 * half and not head[1::2].count(0):
        return "UTF-16BE"
    return None
