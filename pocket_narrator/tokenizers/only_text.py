"""A text is only ever text: what a `tokenizer.json` would do besides spelling it is left out, and names of control tokens that
stand in it are spelled with ordinary tokens."""

import re
from collections.abc import Callable, Sequence

from pocket_narrator.tokenizers.spelling import BLANK, spelling_of, writes_blanks_as_pieces


def only_spelling(tokenizer: dict) -> tuple[dict, list[str]]:
    """A parsed `tokenizer.json` without chance, truncation, padding, and tokens that swallow the blanks beside them; and what
    of it would be missed by somebody who had asked for it."""
    plain = {**tokenizer, **{name: None for name in ("truncation", "padding") if tokenizer.get(name)}}
    notes = []
    model = plain.get("model")
    if isinstance(model, dict):
        chance = [name for name in ("dropout", "alpha", "nbest_size") if model.get(name)]
        if chance:
            notes = [f"the same text always gives the same tokens ({chance[0]} {model[chance[0]]} is switched off)"]
            plain["model"] = {**model, **dict.fromkeys(chance)}
    added = plain.get("added_tokens")
    if isinstance(added, list):
        plain["added_tokens"] = [
            {**token, "lstrip": False, "rstrip": False}
            if isinstance(token, dict) and (token.get("lstrip") or token.get("rstrip"))
            else token
            for token in added
        ]
    return plain, notes


def control_names(tokenizer: dict, end_of_text: str) -> list[str]:
    """The names of the tokens that no text is spelled with: special ones, and the one for what has no token."""
    model = tokenizer.get("model") or {}
    names = [token["content"] for token in tokenizer.get("added_tokens", ()) if token.get("special")]
    if isinstance(unknown := model.get("unk_token"), str):
        names.append(unknown)
    if model.get("type") == "Unigram" and isinstance(place := model.get("unk_id"), int):
        names.append(model["vocab"][place][0])
    return [*dict.fromkeys([end_of_text, *names])]


def find_seams(tokenizer: dict, names: Sequence[str], is_found: Callable[[str], bool]) -> re.Pattern[str] | None:
    """Where a text is cut before it is spelled, so that no name in it is taken for its token. A match that is no seam but a
    character has to be spelled by its bytes.

    names: of control tokens; those for which `is_found` are found by their name in a text, as are all names of bytes in a
    SentencePiece-like vocabulary.
    """
    in_pieces, blanks = spelling_of(tokenizer) == "pieces", writes_blanks_as_pieces(tokenizer)
    seams, characters = [], [BLANK] if in_pieces and blanks else []
    if in_pieces:
        seams.append(r"(?<=<)(?=0x[0-9A-F]{2}>)")
    for number, name in enumerate(names):
        written = name.replace(BLANK, " ") if blanks else name
        if not (is_found(written) or (in_pieces and number == 0)):  # the first is the end of text
            continue
        if len(written) == 1:
            characters.append(written)
        else:
            seams.append(f"(?<={re.escape(written[0])})(?={re.escape(written[1:])})")
    if characters:
        seams.append(f"([{re.escape(''.join(characters))}])")
    return re.compile("|".join(seams)) if seams else None
