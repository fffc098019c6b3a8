"""Our stacks and Hugging Face's classes: which holds which."""

from dataclasses import dataclass

from pydantic import ValidationError
from torch import Tensor

from pocket_narrator.errors import InteropError
from pocket_narrator.interop.foreign import (
    Config,
    ForeignModel,
    Taken,
    Tensors,
    first_problem,
    refuse,
    refusing_misfits,
)
from pocket_narrator.interop.formats import nearest_class
from pocket_narrator.interop.weights import gpt2 as gpt2_weights
from pocket_narrator.interop.weights import gpt_neo as gpt_neo_weights
from pocket_narrator.interop.weights import llama as llama_weights
from pocket_narrator.interop.weights import mamba as mamba_weights
from pocket_narrator.interop.weights import mamba2 as mamba2_weights
from pocket_narrator.recipe.schema import ModelConfig

# The class of our own, defined in modeling_pocket_narrator.py; that module needs transformers, and these names do not.
KIND, MODEL_TYPE, FILE = "PocketNarratorForCausalLM", "pocket_narrator", "modeling_pocket_narrator"
CONFIG_KEY, PREFIX = "stack", "stack."  # the recipe's model section in config.json; before the weights' names

FROM = {
    "gpt2": gpt2_weights.from_hugging_face,
    "gpt_neo": gpt_neo_weights.from_hugging_face,
    "llama": llama_weights.from_hugging_face,
    "mamba": mamba_weights.from_hugging_face,
    "mamba2": mamba2_weights.from_hugging_face,
}
INTO = {module.KIND: module.to_hugging_face for module in (llama_weights, gpt2_weights, mamba_weights, mamba2_weights)}


@dataclass(frozen=True)
class Expressed:
    """A stack in Hugging Face's terms."""

    foreign: ForeignModel
    why_own_class: str | None  # what transformers' own classes have no place for; none: one of them holds it all


def to_hugging_face(model: ModelConfig, vocabulary_size: int, tensors: Tensors) -> Expressed:
    """As a class that transformers knows, or else as the class of our own, which needs this package to be opened."""
    try:
        return Expressed(to_known_class(model, vocabulary_size, tensors), None)
    except InteropError as error:
        why = error.what
    stack = model.model_dump(mode="json")
    config: dict[str, object] = {
        "model_type": MODEL_TYPE,
        "architectures": [KIND],
        "auto_map": {"AutoConfig": f"{FILE}.PocketNarratorConfig", "AutoModelForCausalLM": f"{FILE}.{KIND}"},
        "vocab_size": vocabulary_size,
        "hidden_size": model.width,
        "num_hidden_layers": len(model.mixers()),
        "max_position_embeddings": model.context,
        "tie_word_embeddings": False,  # where the head is the embedding, the stack has one table only
        CONFIG_KEY: stack,
    }
    return Expressed(ForeignModel(config, {PREFIX + name: tensor for name, tensor in tensors.items()}), why)


def to_known_class(model: ModelConfig, vocabulary_size: int, tensors: Tensors) -> ForeignModel:
    """As a class that transformers knows. InteropError, naming the parts, where there is none."""
    kind, parts = nearest_class(model)
    if parts:
        raise InteropError(
            f"a {kind} has no place for {', '.join(parts)}",
            hint="export with --to hf, which falls back to a class of our own, or train a recipe without these parts",
        )
    return INTO[kind](model, vocabulary_size, tensors)


def from_hugging_face(
    config: Config, tensors: Tensors, context: int | None = None
) -> tuple[ModelConfig, dict[str, Tensor]]:
    """The recipe's model section and our stack's weights. InteropError where the class is none of those known here, or has
    parts that our stack has not, or where some of the weights have no place in it."""
    kind = config.get("model_type")
    if kind == MODEL_TYPE:
        return _from_own_class(config, tensors, context)
    if not isinstance(kind, str) or kind not in FROM:
        refuse(f"a model of type '{str(kind)[:40]}' cannot be imported", f"one of {', '.join([*FROM, MODEL_TYPE])}")
    taken = Taken(tensors)
    with refusing_misfits():
        model, ours = FROM[kind](config, taken, context)
    taken.refuse_left_over("lm_head.weight" if model.tied_head else None)
    return model, ours


def _from_own_class(config: Config, tensors: Tensors, context: int | None) -> tuple[ModelConfig, dict[str, Tensor]]:
    try:
        model = ModelConfig.model_validate(config.get(CONFIG_KEY))
    except ValidationError as error:
        refuse(f"the config's section {CONFIG_KEY} is no model of ours: {first_problem(error)}")
    except (TypeError, RecursionError):
        refuse(f"the config's section {CONFIG_KEY} is no model of ours")
    if context not in (None, model.context):
        refuse(f"a context of {context} is not the model's own", f"{model.context} tokens")
    return model, {name.removeprefix(PREFIX): tensor for name, tensor in tensors.items()}
