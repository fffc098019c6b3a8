"""GGUF: the one file that llama.cpp, Ollama and LM Studio open. Our stacks out, and the same stacks in."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from pocket_narrator.errors import InteropError, MissingExtraError
from pocket_narrator.files.atomic import atomic_path
from pocket_narrator.interop.foreign import Config, ForeignModel, refuse, refusing_misfits, whole_number
from pocket_narrator.interop.formats import GPT2 as GPT2_CLASS
from pocket_narrator.interop.formats import why_not_llama_cpp
from pocket_narrator.interop.gguf.positions import OWN_CONTEXT, with_spare_positions
from pocket_narrator.interop.gguf.reader import GgufFile
from pocket_narrator.interop.gguf.shapes import ARCHITECTURES, GPT2, LLAMA, MAMBA, MAMBA2, Architecture
from pocket_narrator.interop.gguf.tokenizer import to_metadata
from pocket_narrator.interop.hugging_face.classes import to_known_class
from pocket_narrator.recipe.schema import ModelConfig
from pocket_narrator.tokenizers import Tokenizer

GgufPrecision = Literal["f32", "f16", "bf16", "q8_0"]
# What llama.cpp wants in float32 whatever the file's type: everything that is not the weight of a product or a table.
ALWAYS_F32 = ("_norm.weight", "ssm_conv1d.weight", "position_embd.weight")


def to_gguf_terms(model: ModelConfig, vocabulary_size: int, tensors: Mapping[str, Tensor]) -> ForeignModel:
    """The class of Hugging Face's whose architecture llama.cpp has. InteropError, naming the parts, where there is none."""
    if (why_not := why_not_llama_cpp(model)) is not None:
        raise InteropError(why_not, hint="export with --to hf, which falls back to a class of our own")
    foreign = to_known_class(model, vocabulary_size, tensors)
    if foreign.kind == GPT2_CLASS:
        foreign = with_spare_positions(foreign, model)
    foreign.config.setdefault("intermediate_size", model.mamba2.expand * model.width)  # of Mamba-2 alone
    return foreign


def write_gguf(
    path: Path,
    foreign: ForeignModel,
    tokenizer: Tokenizer,
    name: str,
    rope_base: float,
    precision: GgufPrecision,
    keys: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Writes one GGUF file, whole or not at all; `keys` besides what it needs. InteropError where llama.cpp cannot hold the tokenizer, MissingExtraError
    without the package `gguf`."""
    try:
        from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType
    except ImportError:
        raise MissingExtraError("gguf", "export") from None
    architecture = ARCHITECTURES[str(foreign.config["model_type"])]
    kinds = {"f32": "ALL_F32", "f16": "MOSTLY_F16", "bf16": "MOSTLY_BF16", "q8_0": "MOSTLY_Q8_0"}
    writer = GGUFWriter(None, architecture.name)
    with atomic_path(path) as temporary, closing(writer):
        writer.add_name(name)
        writer.add_file_type(LlamaFileType[kinds[precision]])
        writer.add_quantization_version(2)
        _add_keys(writer, architecture, foreign.config, rope_base)
        for key, value in {**keys, **to_metadata(tokenizer)}.items():
            _add_value(writer, key, value)
        for theirs, tensor in foreign.tensors.items():
            gguf_name = architecture.gguf_name(theirs)
            changed = architecture.change(gguf_name, tensor.float(), foreign.config, back=False)
            kind = stored_as(gguf_name, changed, precision)
            writer.add_tensor(gguf_name, _stored(changed, kind), raw_dtype=GGMLQuantizationType[kind.upper()])
        writer.write_header_to_file(temporary)
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def stored_as(name: str, tensor: Tensor, precision: GgufPrecision) -> GgufPrecision:
    """As llama.cpp's own converter does: products and tables in the file's type, the rest in float32; rows that are no whole
    blocks of Q8_0 in float16."""
    if tensor.ndim < 2 or not name.endswith(".weight") or name.endswith(ALWAYS_F32):
        return "f32"
    if precision == "q8_0" and tensor.shape[-1] % 32:
        return "f16"
    return precision


def from_gguf_terms(file: GgufFile) -> tuple[dict[str, object], dict[str, Tensor]]:
    """The config and the tensors of the class that the file's architecture stands for. InteropError where it is none of those
    written here, or damaged."""
    metadata = file.metadata
    architecture = ARCHITECTURES.get(str(metadata.get("general.architecture")))
    if architecture is None:
        name = str(metadata.get("general.architecture"))[:40]
        refuse(f"the GGUF file holds a '{name}'", f"one of {', '.join(ARCHITECTURES)} can be imported")
    config: dict[str, object] = {
        "model_type": architecture.name,
        "tie_word_embeddings": "output.weight" not in file.tensors,
    }
    for theirs, key in architecture.keys.items():
        value = metadata.get(f"{architecture.name}.{key}")
        if value is not None:
            config[theirs] = value
    theirs, key = architecture.epsilon
    config[theirs] = _rounded(metadata.get(f"{architecture.name}.{key}"))
    if architecture is GPT2 and OWN_CONTEXT in metadata:
        config["n_positions"] = metadata[OWN_CONTEXT]
    if architecture is LLAMA:
        config["rope_theta"] = _rounded(metadata.get("llama.rope.freq_base", 10_000.0))
        if any(".rope.scaling." in key for key in metadata):
            refuse("the GGUF file stretches its positions (rope.scaling), and our stack does not")
    with refusing_misfits():
        return config, _their_tensors(file, architecture, config)


def _their_tensors(file: GgufFile, architecture: Architecture, config: dict[str, object]) -> dict[str, Tensor]:
    """Under the names and in the shapes of Hugging Face's class; what follows from the shapes goes into the config."""
    if architecture is MAMBA2:
        channels, heads = whole_number(config, "intermediate_size"), whole_number(config, "num_heads")
        config["head_dim"], config["expand"] = channels // heads, channels // whole_number(config, "hidden_size")
    tensors = {}
    for name, tensor in file.tensors.items():
        theirs = architecture.their_name(name)
        tensors[theirs] = architecture.change(name, tensor, config, back=True)
    if architecture is LLAMA:
        config["attention_bias"] = config["mlp_bias"] = any(name.endswith(".bias") for name in tensors)
    return tensors


def _add_keys(writer: Any, architecture: Architecture, config: Config, rope_base: float) -> None:
    for theirs, key in architecture.keys.items():
        writer.add_uint32(f"{architecture.name}.{key}", int(str(config[theirs])))
    theirs, key = architecture.epsilon
    writer.add_float32(f"{architecture.name}.{key}", float(str(config[theirs])))
    if architecture is LLAMA:
        writer.add_float32("llama.rope.freq_base", rope_base)
    if architecture in (LLAMA, GPT2):
        writer.add_uint32(f"{architecture.name}.vocab_size", int(str(config["vocab_size"])))
    if OWN_CONTEXT in config:
        writer.add_uint32(OWN_CONTEXT, int(str(config[OWN_CONTEXT])))
    if architecture in (MAMBA, MAMBA2):  # llama.cpp asks for these, and they say nothing here
        for key in ("feed_forward_length", "attention.head_count"):
            writer.add_uint32(f"{architecture.name}.{key}", 0)


def _add_value(writer: Any, key: str, value: object) -> None:
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, str):
        writer.add_string(key, value)
    else:
        writer.add_array(key, value)


def _stored(tensor: Tensor, kind: GgufPrecision) -> np.ndarray:
    """The numbers in the file's type, which numpy has for two of the four."""
    values = tensor.detach().cpu().contiguous()
    if kind == "f32":
        return values.numpy()
    if kind == "f16":
        return values.to(torch.float16).numpy()
    from gguf import GGMLQuantizationType, quants

    return quants.quantize(values.numpy(), GGMLQuantizationType[kind.upper()])


def _rounded(value: object) -> object:
    """A float32 as the decimal fraction that it was made from: 1e-6, not 9.999999974752427e-07."""
    return float(f"{value:.7g}") if isinstance(value, float) else value
