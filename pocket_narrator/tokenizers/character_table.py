"""The fast path of a character-level tokenizer: one look-up a character."""

import numpy as np

ASCII = 128


class CharacterTable:
    """Encodes by one look-up a character: the fast path of a character-level tokenizer."""

    def __init__(self, tokenizer: dict, dtype: type) -> None:
        """`tokenizer` is a parsed `tokenizer.json` for which `is_character_level` holds."""
        vocabulary: dict[str, int] = tokenizer["model"]["vocab"]
        special = {token["content"] for token in tokenizer["added_tokens"]}
        codes = {ord(name): token for name, token in vocabulary.items() if len(name) == 1 and name not in special}
        self._dtype = dtype
        self._ids = np.full(max(codes) + 2, -1, np.int32)  # by code point; the last place stands for all beyond
        self._ids[list(codes)] = list(codes.values())
        self._byte_ids = [vocabulary.get(f"<0x{byte:02X}>", -1) for byte in range(256)]

    def encode(self, text: str) -> np.ndarray:
        """The ids of `text`."""
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        ids = self._ids[np.minimum(codes, len(self._ids) - 1)]
        unknown = np.flatnonzero(ids < 0)
        if len(unknown):
            spelled = [[self._byte_ids[byte] for byte in text[place].encode()] for place in unknown]
            lengths = np.ones(len(ids), np.int64)
            lengths[unknown] = [len(byte_ids) for byte_ids in spelled]
            ids = np.repeat(ids, lengths)
            ids[ids < 0] = [token for byte_ids in spelled for token in byte_ids]
        return ids.astype(self._dtype)


def is_character_level(tokenizer: dict) -> bool:
    """Whether a parsed `tokenizer.json` gives one token a character, or the bytes of it, and does nothing else."""
    model = tokenizer.get("model") or {}
    vocabulary = model.get("vocab") or {}
    if model.get("type") != "BPE" or model.get("merges") or not model.get("byte_fallback"):
        return False
    if tokenizer.get("normalizer") or tokenizer.get("pre_tokenizer") or not isinstance(vocabulary, dict):
        return False
    added = tokenizer.get("added_tokens", ())
    has_all_bytes = all(chr(byte) in vocabulary for byte in range(ASCII)) and all(
        f"<0x{byte:02X}>" in vocabulary for byte in range(ASCII, 256)
    )
    return has_all_bytes and all(token.get("special") for token in added)
