"""How stories are told, in a GGUF file: llama.cpp's programs take it where nobody asks for something else.

Without it they tell with options of their own (of the 40 most likely tokens, and so on), and divide by the temperature after all
other choices, where this package and transformers divide first.
"""

from pocket_narrator.recipe.schema import GenerationConfig

ORDER = "penalties;temperature;top_k;top_p;min_p"


def to_sampling_keys(options: GenerationConfig, context: int) -> dict[str, object]:
    """The keys `general.sampling.*`. llama.cpp has nothing for `no_repeat_ngram`."""
    keys: dict[str, object] = {
        "general.sampling.sequence": ORDER,
        "general.sampling.temp": float(options.temperature),
        "general.sampling.top_k": options.top_k or 0,
        "general.sampling.top_p": float(options.top_p or 1),
        "general.sampling.min_p": float(options.min_p or 0),
    }
    if options.repetition_penalty != 1:
        keys["general.sampling.penalty_repeat"] = float(options.repetition_penalty)
        keys["general.sampling.penalty_last_n"] = context
    return keys
