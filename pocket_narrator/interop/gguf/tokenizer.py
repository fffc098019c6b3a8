"""Our tokenizers in GGUF's metadata, and back: byte-level BPE that splits as GPT-2's does."""

import json
from collections.abc import Mapping

from pocket_narrator.errors import InteropError
from pocket_narrator.interop.chat_template import CHAT_TEMPLATE
from pocket_narrator.interop.foreign import refuse
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokenizers.words import splits_like_gpt2

MODEL, PRE = "gpt2", "gpt-2"  # llama.cpp's names for byte-level BPE, and for GPT-2's split
NORMAL, CONTROL, UNUSED = 1, 3, 5  # kinds of tokens


def to_metadata(tokenizer: Tokenizer) -> dict[str, object]:
    """The keys `tokenizer.*`. InteropError where llama.cpp would split texts otherwise.

    A story begins with the end-of-text token: llama.cpp is told to put it before every prompt, and to stop at it.
    """
    parsed = json.loads(tokenizer.to_text())
    model = parsed.get("model", {})
    if not splits_like_gpt2(parsed) or model.get("byte_fallback") or model.get("ignore_merges"):
        raise InteropError(
            "the run's tokenizer does not split texts as GPT-2's does, so llama.cpp would read them otherwise",
            hint="train a recipe with tokenizer.kind=bpe, or export with --to hf",
        )
    tokens = [f"<unused{token}>" for token in range(tokenizer.vocabulary_size)]
    kinds = [UNUSED] * tokenizer.vocabulary_size
    for name, token in model["vocab"].items():
        tokens[token], kinds[token] = name, NORMAL
    for added in parsed.get("added_tokens", ()):
        tokens[added["id"]], kinds[added["id"]] = added["content"], CONTROL
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    return {
        "tokenizer.ggml.model": MODEL,
        "tokenizer.ggml.pre": PRE,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": tokenizer.end_of_text,
        "tokenizer.ggml.eos_token_id": tokenizer.end_of_text,
        "tokenizer.ggml.padding_token_id": tokenizer.end_of_text,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_space_prefix": False,
        "tokenizer.chat_template": CHAT_TEMPLATE,
    }


def from_metadata(metadata: Mapping[str, object]) -> Tokenizer:
    """A tokenizer of the same tokens and merges. InteropError where it is of another kind, or damaged."""
    kind, pre = metadata.get("tokenizer.ggml.model"), metadata.get("tokenizer.ggml.pre")
    if (kind, pre) != (MODEL, PRE):
        refuse(f"the GGUF file's tokenizer is {str(kind)[:30]} / {str(pre)[:30]}", f"only {MODEL} / {PRE} is read")
    tokens, merges = (_strings(metadata, f"tokenizer.ggml.{name}") for name in ("tokens", "merges"))
    kinds = metadata.get("tokenizer.ggml.token_type")
    if not isinstance(kinds, list) or len(tokens) != len(kinds):
        refuse("the GGUF file's tokenizer has tokens and kinds that do not belong together")
    if len(set(tokens)) < len(tokens):
        refuse("the GGUF file's tokenizer has two tokens of one name")
    vocabulary = {name: token for token, name in enumerate(tokens) if kinds[token] == NORMAL}
    added = [
        {"id": token, "content": name, "special": True, "single_word": False, "lstrip": False, "rstrip": False}
        | {"normalized": False}
        for token, name in enumerate(tokens)
        if kinds[token] not in (NORMAL, UNUSED)
    ]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    text = json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": added,
            "normalizer": None,
            "pre_tokenizer": level,
            "post_processor": {**level, "trim_offsets": False},
            "decoder": level,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "ignore_merges": False,
                "vocab": vocabulary | {entry["content"]: entry["id"] for entry in added},
                "merges": [merge.split(" ", 1) for merge in merges],
            },
        },
        ensure_ascii=False,
    )
    return Tokenizer(text, where="the GGUF file's tokenizer")


def _strings(metadata: Mapping[str, object], key: str) -> list[str]:
    values = metadata.get(key)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        refuse(f"the GGUF file has no strings under {key}")
    return values
