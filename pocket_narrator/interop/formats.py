"""Which formats a run can be exported to. Its recipe says so, before anything is trained; without torch, so that asking is cheap."""

from collections.abc import Mapping
from typing import Literal

from pocket_narrator.errors import InteropError
from pocket_narrator.recipe.mixers import mixer_kind
from pocket_narrator.recipe.schema import ModelConfig, Recipe

Format = Literal["hf", "gguf"]
LLAMA, GPT2, MAMBA, MAMBA2 = "LlamaForCausalLM", "GPT2LMHeadModel", "MambaForCausalLM", "Mamba2ForCausalLM"
RECIPES = ("softmax-1m", "mamba-1m", "llama-9m")  # that llama.cpp holds, for those who trained another one

# What only our stack has: no class of Hugging Face's and no architecture of llama.cpp's holds these.
OURS_ALONE = {"input_skips": (False,), "value_embeddings": (False,), "bigram_buckets": (0,)}
IN_WORDS = {
    "input_skips": "learned skips from the embedding into every layer",
    "value_embeddings": "value embeddings",
    "bigram_buckets": "hashed bigrams",
    "qk_norm": "QK norm",
    "window": "a window over the past",
    "key_value_heads": "grouped queries",
}


def export_formats(recipe: Recipe) -> dict[Format, str | None]:
    """For every format why a run of this recipe can never have it, or None where it can. What a tokenizer from a file or a hub does
    to texts is seen only when it is there."""
    if not isinstance(recipe.model, ModelConfig):
        tables = "no other program has a format for an N-gram of this kind"
        return {"hf": tables, "gguf": tables}
    return {"hf": None, "gguf": _why_not_gguf(recipe.model, recipe.tokenizer.kind)}


def why_no_page(recipe: Recipe) -> str | None:
    """Why a run of this recipe can never be a page; None where it can. What a mixer of one's own and a tokenizer from a file have is
    seen only when they are there."""
    if not isinstance(recipe.model, ModelConfig) and recipe.model.unbounded:
        return "a page holds no unbounded N-gram, which looks up all of its training text"
    return None


def refuse_format(recipe: Recipe, to: Format, where: str) -> None:
    """InteropError, with the formats that there are, where a run of this recipe cannot have the one asked for."""
    formats = export_formats(recipe)
    if formats[to] is None:
        return
    others = [f"--to {name}" for name, why_not in formats.items() if why_not is None]
    hint = "its tables are safetensors already: checkpoints/*/model.safetensors"
    if why_no_page(recipe) is None:
        hint += "; --to page makes a web page of it"
    if others:
        hint = f"this run can be exported with {', '.join(others)}; {HINT}"
    raise InteropError(f"this run cannot be exported with --to {to}: {formats[to]}", where=where, hint=hint)


HINT = (
    f"or train a recipe that llama.cpp can hold, such as {', '.join(RECIPES)} (corpus.kind=storyworld gives any of them the "
    "embedded corpus)"
)


def why_not_llama_cpp(model: ModelConfig) -> str | None:
    """What llama.cpp has no place for, in words; None where it holds the model."""
    kind, parts = nearest_class(model)
    if parts:
        return f"llama.cpp cannot hold this model: a {kind} has no place for {', '.join(parts)}"
    if kind == MAMBA and model.mamba.expand != 2:
        return f"llama.cpp has no place for mamba.expand={model.mamba.expand}: it loads Mamba with twice the width only"
    return None


def _why_not_gguf(model: ModelConfig, tokenizer: str) -> str | None:
    if tokenizer == "character":
        return "llama.cpp reads no texts letter by letter (tokenizer.kind=character), only by byte-level BPE (bpe)"
    return why_not_llama_cpp(model)


def nearest_class(model: ModelConfig) -> tuple[str, list[str]]:
    """The class of transformers' that is nearest to the stack, and by name all that it has no place for."""
    first, *others = dict.fromkeys(model.mixers())
    classes = () if others else mixer_kind(first).published_as
    plain = {"norm": ("rms",), "positions": ("none", "rope")}  # rope is for attention: elsewhere it says nothing
    if len(classes) == 1:
        return classes[0], _outside(model, plain)
    whole = {"qk_norm": (False,), "window": (None, model.context)}
    if model.norm == "layer" and model.positions != "rope":
        kind = GPT2
        allowed = {
            "positions": ("learned", "sinusoidal", "none"),
            "feed_forward": ("gelu",),
            "norm": ("layer",),
            "key_value_heads": (None, model.heads),
        }
    else:
        kind = LLAMA
        allowed = {"positions": ("rope",), "feed_forward": ("swiglu",), "norm": ("rms",)}
    if kind not in classes:
        return kind, [f"layers={model.layers}", *_outside(model, {})]
    return kind, _outside(model, {**allowed, **whole})


def _outside(model: ModelConfig, allowed: Mapping[str, tuple[object, ...]]) -> list[str]:
    """The options that are not among those allowed."""
    return [
        f"{key}={getattr(model, key)}" + (f" ({IN_WORDS[key]})" if key in IN_WORDS else "")
        for key, values in {**allowed, **OURS_ALONE}.items()
        if getattr(model, key) not in values
    ]
