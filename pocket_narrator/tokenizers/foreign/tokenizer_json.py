"""A `tokenizer.json` of somebody else's, looked at before the library gets it: types, sizes, and patterns without an end."""

import json
from collections.abc import Iterator

from pocket_narrator.errors import TokenizerError
from pocket_narrator.tokenizers.foreign.limits import (
    DEEPEST_PART,
    LARGEST_FILE_BYTES,
    LARGEST_GROWTH,
    LARGEST_VOCABULARY,
    LONGEST_SETTING,
    MOST_PARTS,
    beyond,
    refuse_long_tokens,
    refuse_many_added,
)
from pocket_narrator.tokenizers.foreign.patterns import why_endless

MEMBERS = ("normalizers", "pretokenizers", "decoders", "processors")
LARGE = ("precompiled_charsmap",)  # a table of SentencePiece's; such a tokenizer is refused for what it does to texts


def parse_tokenizer_json(text: str, where: str) -> dict:
    """The content of the file. TokenizerError where it is no JSON, none of a tokenizer, or out of all proportion."""
    if len(text) > LARGEST_FILE_BYTES:
        raise beyond(f"{len(text) >> 20} MiB of JSON", f"at most {LARGEST_FILE_BYTES >> 20} MiB", where)
    try:
        parsed = json.loads(text)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise _damaged(str(error), where) from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("model"), dict):
        raise _damaged("it has no object `model`", where)
    _check_model(parsed["model"], where)
    _check_added(parsed.get("added_tokens"), where)
    for key in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        _check_part(key, parsed.get(key), where)
    return {**parsed, "added_tokens": parsed.get("added_tokens") or []}


def _check_model(model: dict, where: str) -> None:
    vocabulary = model.get("vocab")
    if isinstance(vocabulary, dict):
        ids = [*vocabulary.values()]
        if not all(type(token) is int and token >= 0 for token in ids):
            raise _damaged("an id in `vocab` is no whole number from 0 on", where)
        if max(ids, default=0) >= LARGEST_VOCABULARY:
            raise beyond(f"an id {max(ids)}", f"ids below {LARGEST_VOCABULARY:,}", where)
        if len(set(ids)) < len(ids):
            raise _damaged("two tokens in `vocab` have one id", where)
        names = vocabulary.keys()
    elif isinstance(vocabulary, list):
        if not all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in vocabulary):
            raise _damaged("an entry of `vocab` is no pair of a token and its score", where)
        if len(vocabulary) > LARGEST_VOCABULARY:
            raise beyond(f"{len(vocabulary):,} tokens", f"at most {LARGEST_VOCABULARY:,}", where)
        names = [pair[0] for pair in vocabulary]
        unknown = model.get("unk_id")
        if unknown is not None and not (type(unknown) is int and 0 <= unknown < len(vocabulary)):
            raise _damaged("`unk_id` is no place in `vocab`", where)
    else:
        raise _damaged("its `vocab` is missing, or neither an object nor a list", where)
    refuse_long_tokens(names, where)


def _check_added(added: object, where: str) -> None:
    if added is None:
        return
    if not isinstance(added, list):
        raise _damaged("`added_tokens` is no list", where)
    for token in added:
        if not isinstance(token, dict) or not isinstance(token.get("content"), str) or not token["content"]:
            raise _damaged("an entry of `added_tokens` has no text `content`", where)
        if type(token.get("id")) is not int or not 0 <= token["id"] < LARGEST_VOCABULARY:
            raise _damaged(f"an entry of `added_tokens` has no id from 0 to {LARGEST_VOCABULARY - 1:,}", where)
    refuse_many_added([token["content"] for token in added], where)


def _check_part(key: str, part: object, where: str) -> None:
    """A normalizer, pre-tokenizer, post-processor or decoder."""
    if part is None:
        return
    if not isinstance(part, dict):
        raise _damaged(f"`{key}` is no object", where)
    growth = 1
    for number, one in enumerate(_parts(part, key, where), 1):
        if number > MOST_PARTS:
            raise beyond(f"over {MOST_PARTS} parts in its {key}", f"at most {MOST_PARTS}", where)
        for name, value in one.items():
            if name not in LARGE and isinstance(value, str) and len(value) > LONGEST_SETTING:
                raise beyond(f"a text of {len(value):,} characters in its {key}", f"at most {LONGEST_SETTING}", where)
        for pattern in _patterns(one):
            if len(pattern) > LONGEST_SETTING:
                raise beyond(f"a pattern of {len(pattern):,} characters", f"at most {LONGEST_SETTING}", where)
            if (why := why_endless(pattern)) is not None:
                raise beyond(
                    f"a pattern that may take for ever ({why}): {pattern[:60]!r}", "patterns as GPT-2's", where
                )
        if one.get("type") == "Replace" and one.get("pattern") in ({"String": ""}, {"Regex": ""}):
            raise _damaged(f"`{key}` replaces nothing at all", where)
        growth *= _growth(one)
        if key == "normalizer" and growth > LARGEST_GROWTH:
            raise beyond("a normalizer that makes texts long", f"at most {LARGEST_GROWTH} times as long", where)


def _parts(part: dict, key: str, where: str, depth: int = 1) -> Iterator[dict]:
    """It, and all parts that it is made of."""
    if depth > DEEPEST_PART:
        raise beyond(f"parts in parts of its {key}", f"at most {DEEPEST_PART} levels", where)
    yield part
    for name in MEMBERS:
        members = part.get(name)
        if members is None:
            continue
        if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
            raise _damaged(f"the parts of `{key}` are no list of objects", where)
        for member in members:
            yield from _parts(member, key, where, depth + 1)


def _patterns(part: dict) -> Iterator[str]:
    pattern = part.get("pattern")
    if isinstance(pattern, dict) and isinstance(pattern.get("Regex"), str):
        yield pattern["Regex"]


def _growth(part: dict) -> int:
    """How many times as long a text may be after it."""
    if part.get("type") == "Prepend":
        return max(1, len(str(part.get("prepend", ""))))  # of a text of one character
    if part.get("type") != "Replace":
        return 1
    found, content = part.get("pattern"), part.get("content")
    plain = found.get("String") if isinstance(found, dict) else None
    added = len(content) if isinstance(content, str) else 0
    if isinstance(plain, str) and plain:
        return max(1, -(-added // len(plain)))
    return 1 + added  # what matches nothing matches between any two characters


def _damaged(why: str, where: str) -> TokenizerError:
    return TokenizerError(
        f"the tokenizer cannot be read: {why}", where=where, hint="it must be a tokenizer.json; copy the file again"
    )
