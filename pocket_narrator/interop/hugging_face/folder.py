"""Folders in Hugging Face's layout: written from a run, and read with suspicion."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from tokenizers import AddedToken, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as HuggingFaceTokenizer
from torch import Tensor

from pocket_narrator.errors import InteropError, reason_of
from pocket_narrator.files.hashed_file import write_file
from pocket_narrator.files.json_file import refuse_half_characters
from pocket_narrator.files.plain_file import open_plain
from pocket_narrator.interop.chat_template import CHAT_TEMPLATE
from pocket_narrator.interop.foreign import ForeignModel
from pocket_narrator.interop.formats import GPT2, LLAMA
from pocket_narrator.interop.hugging_face.classes import FILE
from pocket_narrator.plugins.bundle import write_bundle
from pocket_narrator.plugins.kept import KeptCode
from pocket_narrator.process.memory import gigabytes, memory_left
from pocket_narrator.recipe.schema import GenerationConfig
from pocket_narrator.terminal.messages import command
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokenizers.foreign.limits import refuse_long_tokens
from pocket_narrator.tokenizers.library import built
from pocket_narrator.tokenizers.only_text import only_spelling

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
OWN_CODE = "own_code"  # the file of what others have added
IMPORT = "from pocket_narrator.interop import own_model\n"  # in the file that defines our class
LONGEST_HEADER = 16 << 20  # bytes; of a file with 100,000 tensors about 12 MB
MOST_LABELS = 1 << 16  # that transformers gives names to, whatever the model is for
LONGEST_JSON = 64 << 20  # bytes; a tokenizer.json of a quarter of a million tokens has about 20 MB


def write_folder(
    folder: Path,
    foreign: ForeignModel,
    tokenizer: Tokenizer,
    context: int,
    generation: GenerationConfig,
    code: Sequence[KeptCode] = (),
) -> None:
    """Everything but the card, into a folder that is there already; `code` is what others have added and the model needs.
    Raises OSError."""
    end = tokenizer.end_of_text
    ids: dict[str, object] = {"bos_token_id": end, "eos_token_id": end, "pad_token_id": end}
    _write_json(folder / CONFIG, {**foreign.config, **ids, "dtype": "float32"})
    limit = _limit(foreign.kind, 1 + len(tokenizer.encode(generation.prompts[0])), context, generation.max_tokens)
    _write_json(folder / "generation_config.json", {**ids, **limit, **_generation(generation)})
    name = tokenizer.token_bytes(end).decode()
    special = {"bos_token": name, "eos_token": name, "pad_token": name}
    _write_json(folder / "special_tokens_map.json", special)
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context,
        "model_input_names": ["input_ids", "attention_mask"],  # older versions add what our models do not take
        "padding_side": "left",  # so that each row of a batch is told on from its own end
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
    _write_json(folder / "tokenizer_config.json", {**settings, **special})
    text = _beginning_with(tokenizer, name)
    write_file(folder / "tokenizer.json", text.encode())
    tensors = {name: tensor.detach().cpu().float().contiguous() for name, tensor in foreign.tensors.items()}
    weights = save(tensors, {"format": "pt"})  # without it older versions of transformers refuse the file
    write_file(folder / WEIGHTS, weights)
    if "auto_map" in foreign.config:
        text = (Path(__file__).parents[1] / f"{FILE}.py").read_text(encoding="utf-8")
        if code:
            write_file(folder / f"{OWN_CODE}.py", write_bundle(code).encode())
            text = text.replace(IMPORT, f"{IMPORT}\nfrom .{OWN_CODE} import load_bundle  # noqa: F401, loads it\n")
        write_file(folder / f"{FILE}.py", text.encode())


def read_folder(folder: Path) -> tuple[dict[str, object], dict[str, Tensor]]:
    """The config and the weights, in float32. InteropError where something is missing, damaged, or pickled."""
    if (folder / "config.yaml").is_file() and not (folder / CONFIG).exists():
        raise InteropError(
            "this folder is a run already",
            where=str(folder),
            hint="generate with it as it is, or fine-tune it: "
            + command("train", "fine-tune", "--from", folder, "name=NAME"),
        )
    config = read_json(folder / CONFIG)
    labels = config.get("num_labels")
    if isinstance(labels, int | float) and not 0 <= labels <= MOST_LABELS:
        raise _unusable(folder / CONFIG, f"says num_labels={labels}; at most {MOST_LABELS:,} are taken")
    tensors: dict[str, Tensor] = {}
    files = _weight_files(folder)
    size = sum(file.stat().st_size for file in files if file.is_file())
    if size > (left := memory_left()):
        raise _unusable(
            files[0], f"and the files beside it hold {gigabytes(size)}, and {gigabytes(left)} of memory are left"
        )
    for file in files:
        for name, tensor in _read_weights(file):
            if name in tensors:
                raise _unusable(file, f"holds '{name[:60]}', which another file holds too")
            tensors[name] = tensor.to(torch.float32) if tensor.is_floating_point() else tensor
    return config, tensors


def _read_weights(file: Path) -> Iterator[tuple[str, Tensor]]:
    """The tensors of one file, whose header is looked at before the library takes memory for it."""
    try:
        with open_plain(file) as stream:
            length = int.from_bytes(stream.read(8), "little")
        if length > LONGEST_HEADER:
            raise _unusable(file, f"claims a header of {length:,} bytes; at most {LONGEST_HEADER:,} are read")
        with safe_open(file, framework="pt", device="cpu") as opened:
            for name in opened.keys():  # noqa: SIM118, it is no dict
                yield name, opened.get_tensor(name)
    except (SafetensorError, OSError, ValueError, TypeError, RuntimeError) as error:
        raise _unusable(file, f"cannot be read: {reason_of(error)}") from None


def read_tokenizer(folder: Path) -> Tokenizer:
    """From `tokenizer.json`, or from GPT-2's older pair of files. InteropError or TokenizerError where there is neither."""
    if (folder / "tokenizer.json").is_file():
        return Tokenizer.load(folder / "tokenizer.json")
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    if not vocabulary.is_file() or not merges.is_file():
        raise InteropError(
            "there is no tokenizer in this folder",
            where=str(folder),
            hint="put its tokenizer.json there, or give one with --tokenizer FILE",
        )
    refuse_long_tokens(read_json(vocabulary), str(vocabulary))  # which has the limits of what comes from anywhere
    if merges.stat().st_size > LONGEST_JSON:
        raise _unusable(merges, f"is longer than {LONGEST_JSON:,} bytes")

    def build() -> HuggingFaceTokenizer:
        inner = HuggingFaceTokenizer(models.BPE.from_file(str(vocabulary), str(merges)))
        inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        inner.decoder = decoders.ByteLevel()
        inner.add_special_tokens([AddedToken("<|endoftext|>", special=True, normalized=False)])
        return inner

    return Tokenizer(built(build, str(vocabulary)), where=str(vocabulary))


def read_json(path: Path) -> dict[str, object]:
    """A JSON object of bounded size; Infinity is let through, since their configs have it. InteropError."""
    try:
        with open_plain(path) as stream:
            data = stream.read(LONGEST_JSON + 1)
        if len(data) > LONGEST_JSON:
            raise ValueError(f"is longer than {LONGEST_JSON:,} bytes")
        value = json.loads(data)
        refuse_half_characters(data, value)
    except FileNotFoundError:
        raise _unusable(path, "is missing") from None
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(path, f"cannot be read: {reason_of(error)}") from None
    if not isinstance(value, dict):
        raise _unusable(path, "holds no JSON object")
    return value


def _weight_files(folder: Path) -> list[Path]:
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        places = read_json(folder / INDEX).get("weight_map")
        names = sorted({str(name) for name in places.values()}) if isinstance(places, dict) else []
        if not names or any(Path(name).name != name or not name.endswith(".safetensors") for name in names):
            raise _unusable(folder / INDEX, "does not name safetensors files of this folder")
        return [folder / name for name in names]
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")):
        raise InteropError(
            "the weights of this folder are pickled, and a pickle can run any program",
            where=str(folder),
            hint='write them as safetensors first, where you trust them: python -c "from transformers import '
            f"AutoModelForCausalLM as M; M.from_pretrained('{folder}').save_pretrained('FOLDER')\", and put the tokenizer there",
        )
    raise _unusable(folder / WEIGHTS, "is missing")


def _beginning_with(tokenizer: Tokenizer, name: str) -> str:
    """The content of `tokenizer.json`, so changed that the end-of-text token comes before every text, as stories begin."""
    parsed, _ = only_spelling(json.loads(tokenizer.to_text()))
    token = {"SpecialToken": {"id": name, "type_id": 0}}
    template = {
        "type": "TemplateProcessing",
        "single": [token, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [token, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {name: {"id": name, "ids": [tokenizer.end_of_text], "tokens": [name]}},
    }
    before = parsed.get("post_processor")
    keeps = isinstance(before, dict) and before.get("type") == "ByteLevel"
    parsed["post_processor"] = {"type": "Sequence", "processors": [before, template]} if keeps else template
    return json.dumps(parsed, ensure_ascii=False, indent=1) + "\n"


def _limit(kind: str, prompt: int, context: int, max_tokens: int) -> dict[str, object]:
    """Where transformers stops unless told otherwise. Its GPT-2 and its Llama must not go past the context, whatever the prompt
    is, which only a limit on prompt and story together says; the others may, and the recipe's prompt stays within it."""
    if kind in (GPT2, LLAMA):
        return {"max_length": min(context, prompt + max_tokens)}
    return {"max_new_tokens": max(1, min(context - prompt, max_tokens))}


def _generation(options: GenerationConfig) -> dict[str, object]:
    settings: dict[str, object] = {"do_sample": options.temperature > 0}
    if options.temperature > 0:
        settings |= {"temperature": options.temperature, "top_k": options.top_k or 0, "top_p": options.top_p or 1.0}
        if options.min_p is not None:
            settings["min_p"] = options.min_p
    if options.repetition_penalty != 1:
        settings["repetition_penalty"] = options.repetition_penalty
    if options.no_repeat_ngram is not None:
        settings["no_repeat_ngram_size"] = options.no_repeat_ngram
    return settings


def _write_json(path: Path, value: Mapping[str, object]) -> None:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    write_file(path, text.encode())


def _unusable(path: Path, why: str) -> InteropError:
    return InteropError(
        f"{path.name} {why}", where=str(path.parent), hint="give a folder of Hugging Face's layout that is whole"
    )
