"""A tiktoken ranks file (GPT-2's) as a `tokenizer.json` that gives the same ids."""

import base64
import binascii

from pocket_narrator.errors import TokenizerError
from pocket_narrator.tokenizers.bpe import END_OF_TEXT, byte_level_bpe
from pocket_narrator.tokenizers.byte_level import spell_bytes
from pocket_narrator.tokenizers.foreign.limits import refuse_costly_splits, refuse_long_tokens

OTHER_SPLITS = {
    100_256: "cl100k_base",
    199_998: "o200k_base",
}  # number of ranks: encodings that are not split by GPT-2's pattern


class NotRanksError(Exception):
    """The bytes are no ranks file."""


def read_ranks(raw: bytes) -> dict[bytes, int]:
    """Tokens and their ranks, from lines of a base64 token, a blank and a number; raises NotRanksError for anything else."""
    ranks: dict[bytes, int] = {}
    for line in raw.splitlines():
        token, _, rank = line.partition(b" ")
        try:
            ranks[base64.b64decode(token, validate=True)] = int(rank)  # of many digits: a ValueError
        except (binascii.Error, ValueError):
            raise NotRanksError from None
    if not ranks or b"" in ranks:
        raise NotRanksError
    return ranks


def convert_ranks(ranks: dict[bytes, int], where: str) -> str:
    """The `tokenizer.json`: the rank of a token is its id, and the first id that no token has is the end of text.

    tiktoken joins the two neighbours whose union has the smallest rank, and takes a word that is a token as it is. So
    every split of a token into two tokens is a merge of its rank. Raises TokenizerError if the ranks are not GPT-2's kind.
    """
    if len(ranks) in OTHER_SPLITS:
        raise TokenizerError(
            f"these are the ranks of {OTHER_SPLITS[len(ranks)]}, which splits text by another pattern",
            where=where,
            expected="ranks of GPT-2's kind (gpt2, r50k_base, p50k_base); a ranks file does not hold its pattern",
            hint="use a tokenizer.json of it, with tokenizer.kind=file or hub",
        )
    refuse_long_tokens(ranks, where)
    refuse_costly_splits(ranks, where)
    ids = set(ranks.values())
    missing = [byte for byte in range(256) if bytes([byte]) not in ranks]
    end_of_text = next(token for token in range(len(ids) + 1) if token not in ids)
    if missing or len(ids) != len(ranks) or min(ids) < 0 or max(ids) > len(ids):
        why = (
            f"byte 0x{missing[0]:02x} has no rank"
            if missing
            else "the ranks are not 0, 1, 2, ... with at most one left out"
        )
        raise TokenizerError(
            f"the ranks file is damaged: {why}",
            where=where,
            hint="copy or download it again; GPT-2's has 50,256 lines",
        )
    names = [""] * (len(ids) + 1)
    names[end_of_text] = END_OF_TEXT
    merges: list[tuple[str, str]] = []
    for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
        names[rank] = spell_bytes(token)
        for cut in range(1, len(token)):
            left, right = token[:cut], token[cut:]
            if left in ranks and right in ranks:
                merges.append((spell_bytes(left), spell_bytes(right)))
    return byte_level_bpe(names, merges, END_OF_TEXT, whole_words_first=True)
