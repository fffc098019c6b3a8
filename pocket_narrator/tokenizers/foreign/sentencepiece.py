"""A SentencePiece `.model` (Kudo & Richardson 2018) as a `tokenizer.json`, over text that is taken as it is."""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tokenizers import AddedToken, decoders, models, normalizers
from tokenizers import Tokenizer as HuggingFaceTokenizer

from pocket_narrator.errors import TokenizerError
from pocket_narrator.tokenizers.foreign.limits import refuse_costly_splits, refuse_long_tokens, refuse_many_added
from pocket_narrator.tokenizers.library import built
from pocket_narrator.tokenizers.spelling import BLANK

# Field numbers of sentencepiece_model.proto: ModelProto, SentencePiece, TrainerSpec, NormalizerSpec.
PIECES, TRAINER, NORMALIZER = 1, 2, 3
TEXT, SCORE, TYPE = 1, 2, 3
MODEL_TYPE = 3
PREFIX, SQUEEZE, RULES = 3, 4, 2
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
MODEL_TYPES = {1: "Unigram", 2: "BPE", 3: "word", 4: "char"}

Value = int | float | bytes


class NotAModelError(Exception):
    """The bytes are no SentencePiece model."""


@dataclass(frozen=True)
class Piece:
    """One token of the vocabulary; its place in the list is its id."""

    text: str
    score: float
    kind: int


@dataclass(frozen=True)
class SentencePieceModel:
    """What matters of a `.model` file."""

    pieces: list[Piece]
    kind: str  # Unigram, BPE, word or char
    puts_blank: bool  # before every text
    squeezes_blanks: bool
    normalizes: bool


def read_model(raw: bytes) -> SentencePieceModel:
    """Parses the protocol buffer; raises NotAModelError if it is something else."""
    pieces: list[Piece] = []
    trainer: dict[int, Value] = {}
    normalizer: dict[int, Value] = {}
    try:
        for number, value in _fields(raw):
            if number == PIECES:
                fields = dict(_fields(_bytes(value)))
                text, score = _bytes(fields[TEXT]).decode(), fields.get(SCORE, 0.0)
                kind = fields.get(TYPE, NORMAL)
                if not isinstance(score, float) or not math.isfinite(score) or not isinstance(kind, int):
                    raise NotAModelError
                pieces.append(Piece(text, score, kind))
            elif number == TRAINER:
                trainer = dict(_fields(_bytes(value)))
            elif number == NORMALIZER:
                normalizer = dict(_fields(_bytes(value)))
    except (IndexError, KeyError, UnicodeDecodeError, struct.error):
        raise NotAModelError from None
    model_type = trainer.get(MODEL_TYPE, 1)
    if not pieces or len({piece.text for piece in pieces}) < len(pieces) or not isinstance(model_type, int):
        raise NotAModelError
    return SentencePieceModel(
        pieces,
        MODEL_TYPES.get(model_type, "unknown"),
        bool(normalizer.get(PREFIX, 1)),
        bool(normalizer.get(SQUEEZE, 1)),
        bool(normalizer.get(RULES, b"")),
    )


def convert_model(model: SentencePieceModel, where: str) -> str:
    """The `tokenizer.json`. Raises TokenizerError for a model that cannot spell every text.

    Pieces, ids and scores are the model's. SentencePiece changes a text before it splits it (a blank in front, blanks
    squeezed, NFKC); none of that is done here, since it cannot be undone. On text that it would not change, from the
    first blank on, the ids are SentencePiece's.
    """
    by_kind = {
        kind: [p.text for p in model.pieces if p.kind == kind] for kind in (UNKNOWN, CONTROL, USER_DEFINED, BYTE)
    }
    if model.kind not in ("Unigram", "BPE"):
        raise _refusal(f"it is a SentencePiece model of kind {model.kind}", where)
    refuse_long_tokens((piece.text for piece in model.pieces), where)
    if len(by_kind[BYTE]) != 256:
        raise _refusal("it has no tokens for single bytes, so characters that it does not know would be lost", where)
    if BLANK not in {piece.text for piece in model.pieces}:
        raise _refusal("it has no token for a blank", where)
    special = by_kind[UNKNOWN] + by_kind[CONTROL]
    added = [name for name in by_kind[USER_DEFINED] if BLANK not in name]
    refuse_many_added([*special, *added], where)

    def build() -> HuggingFaceTokenizer:
        inner = HuggingFaceTokenizer(_unigram(model) if model.kind == "Unigram" else _bpe(model, where))
        inner.normalizer = normalizers.Replace(" ", BLANK)
        inner.decoder = decoders.Sequence([decoders.Replace(BLANK, " "), decoders.ByteFallback(), decoders.Fuse()])
        inner.add_special_tokens([AddedToken(name, normalized=False) for name in special])
        inner.add_tokens([AddedToken(name, normalized=False) for name in added])
        return inner

    return built(build, where)


def describe_changes(model: SentencePieceModel) -> list[str]:
    """What SentencePiece would do to a text and is left out here."""
    notes = []
    if model.puts_blank:
        notes.append("no blank is put before a text")
    if model.squeezes_blanks:
        notes.append("runs of blanks stay as they are")
    if model.normalizes:
        notes.append("no Unicode normalization is done")
    return notes


def _unigram(model: SentencePieceModel) -> models.Unigram:
    unknown = next((place for place, piece in enumerate(model.pieces) if piece.kind == UNKNOWN), None)
    return models.Unigram([(piece.text, piece.score) for piece in model.pieces], unknown, byte_fallback=True)


def _bpe(model: SentencePieceModel, where: str) -> models.BPE:
    """SentencePiece joins the pair whose union has the best score; so every split of a piece is a merge of that rank."""
    vocabulary = {piece.text: place for place, piece in enumerate(model.pieces)}
    mergeable = {piece.text for piece in model.pieces if piece.kind in (NORMAL, USER_DEFINED)}
    merges: list[tuple[str, str]] = []
    refuse_costly_splits(mergeable, where)
    for piece in sorted(model.pieces, key=lambda piece: -piece.score):
        if piece.kind in (NORMAL, USER_DEFINED):
            splits = ((piece.text[:cut], piece.text[cut:]) for cut in range(1, len(piece.text)))
            merges += [split for split in splits if split[0] in mergeable and split[1] in mergeable]
    return models.BPE(vocabulary, merges, byte_fallback=True)


def _refusal(why: str, where: str) -> TokenizerError:
    return TokenizerError(
        f"the tokenizer does not give a text back unchanged: {why}",
        where=where,
        expected="a SentencePiece model of kind BPE or Unigram with byte_fallback",
        hint="train one with tokenizer.kind=bpe, or with SentencePiece and --byte_fallback=true",
    )


def _fields(raw: bytes) -> Iterator[tuple[int, Value]]:
    """The fields of one protocol buffer message, in order; raises IndexError, struct.error or NotAModelError."""
    place = 0
    while place < len(raw):
        key, place = _varint(raw, place)
        wire, number = key & 7, key >> 3
        if number == 0:
            raise NotAModelError
        if wire == 0:
            value, place = _varint(raw, place)
            yield number, value
        elif wire == 1:
            yield number, struct.unpack_from("<d", raw, place)[0]
            place += 8
        elif wire == 2:
            length, place = _varint(raw, place)
            if place + length > len(raw):
                raise NotAModelError
            yield number, raw[place : place + length]
            place += length
        elif wire == 5:
            yield number, struct.unpack_from("<f", raw, place)[0]
            place += 4
        else:
            raise NotAModelError


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise NotAModelError


def _bytes(value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise NotAModelError
    return value
