"""GPT-2's table: in a `tokenizer.json` each byte is written as one printable character."""


def _byte_characters() -> str:
    """Printable Latin-1 bytes stand for themselves, the others for U+0100 and on."""
    characters = []
    others = 0
    for byte in range(256):
        printable = 0x21 <= byte <= 0x7E or 0xA1 <= byte <= 0xAC or 0xAE <= byte <= 0xFF
        characters.append(chr(byte if printable else 0x100 + others))
        others += not printable
    return "".join(characters)


BYTE_CHARACTERS = _byte_characters()  # the place is the byte
_BYTE_OF = {character: byte for byte, character in enumerate(BYTE_CHARACTERS)}


def spell_bytes(raw: bytes) -> str:
    """The name of a token in the vocabulary."""
    return "".join(BYTE_CHARACTERS[byte] for byte in raw)


def read_bytes(name: str) -> bytes | None:
    """The bytes that a name stands for; none if it is not made of the table's characters."""
    if any(character not in _BYTE_OF for character in name):
        return None
    return bytes(_BYTE_OF[character] for character in name)
