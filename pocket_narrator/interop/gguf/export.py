"""Writes a run as a GGUF file, and proves on the spot that the file holds the same model."""

from pathlib import Path

import torch
from torch import Tensor

from pocket_narrator.errors import InteropError
from pocket_narrator.files.temporary_files import temporary_name
from pocket_narrator.files.writable import require_place_for_file
from pocket_narrator.interop.exported import (
    Exported,
    TrainedStack,
    load_for_export,
    prompt_of,
    refuse_foreign_file,
    require,
    writing,
)
from pocket_narrator.interop.foreign import ForeignModel
from pocket_narrator.interop.formats import GPT2
from pocket_narrator.interop.gguf.file import GgufPrecision, from_gguf_terms, stored_as, to_gguf_terms, write_gguf
from pocket_narrator.interop.gguf.llama_cpp import LlamaCpp, llama_cpp_is_installed
from pocket_narrator.interop.gguf.reader import MAGIC, GgufFile, read_gguf
from pocket_narrator.interop.gguf.sampling import to_sampling_keys
from pocket_narrator.interop.gguf.shapes import ARCHITECTURES
from pocket_narrator.interop.gguf.tokenizer import from_metadata, to_metadata
from pocket_narrator.interop.hugging_face.classes import from_hugging_face
from pocket_narrator.interop.parity import GREEDY_TOKENS, REPORT, TOLERANCE, Parity, compare, greedy, prove
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.run.loading import Which

# The most that rounding moves a number, as a share of it; in Q8_0 of the largest in its block, whose scale is rounded too.
ROUNDING = {"f32": 0.0, "f16": 2**-11, "bf16": 2**-8, "q8_0": 0.5 / 127 + 2**-11}
GELU_TOLERANCE = (
    1e-3  # of the largest logit: llama.cpp looks GELU up in a table of float16, whatever the weights are in
)
SMALLEST = 2**-24  # of float16, below which numbers become zero


def export_gguf(
    run: Path, out: Path | None = None, precision: GgufPrecision = "f32", which: Which = "best"
) -> Exported:
    """Writes a GGUF file; by default `RUN/export/NAME-PRECISION.gguf`. An existing one is replaced.

    The file is read back: every number must be the run's but for its type's rounding, and in float32 logits and greedy
    text must be the same. Where llama-cpp-python is installed, llama.cpp has to open it, and in float32 to tell the same
    greedy text. Raises RunError and CheckpointError as `load_trained` does, InteropError where llama.cpp has no place for the
    model or it is not the same, MissingExtraError without the package `gguf`.
    """
    require("gguf")
    require_place_for_file(out or run / "export" / "model.gguf")
    trained = load_for_export(run, "gguf", which)
    out = out or trained.run_folder / "export" / f"{trained.recipe.name}-{precision}.gguf"
    model, tokenizer = trained.model, trained.tokenizer
    foreign = to_gguf_terms(model.model, tokenizer.vocabulary_size, model.state_dict())
    to_metadata(tokenizer)  # what cannot be said is refused before anything is written
    refuse_foreign_file(out, lambda begins: begins.startswith(MAGIC), "GGUF file", "give --out FILE.gguf")
    with writing(out):
        new = temporary_name(out)  # of its own: two exports may be made at once
        try:
            sampling = to_sampling_keys(trained.recipe.generation, model.context)
            write_gguf(new, foreign, tokenizer, trained.recipe.name, model.model.rope_base, precision, sampling)
            parity, notes = _prove(new, trained, foreign, precision)
            new.replace(out)
        finally:
            new.unlink(missing_ok=True)
    return Exported(out, str(foreign.config["model_type"]), parity, notes)


def stack_of(file: GgufFile, context: int | None = None) -> DecoderStack:
    """The model that a GGUF file holds. InteropError where it is none of ours."""
    model, tensors = from_hugging_face(*from_gguf_terms(file), context)
    stack = DecoderStack(model, len(tensors["embedding.weight"]))
    stack.load_state_dict(tensors)
    return stack.eval()


def _prove(
    path: Path, trained: TrainedStack, foreign: ForeignModel, precision: GgufPrecision
) -> tuple[Parity, list[str]]:
    file = read_gguf(path)
    _refuse_other_numbers(file, foreign, precision)
    text, prompt = trained.recipe.generation.prompts[0], prompt_of(trained)
    if from_metadata(file.metadata).encode(text) != prompt[1:]:
        raise InteropError("the GGUF file's tokenizer reads the prompt as other tokens than the run", where=text[:60])
    stored = stack_of(file, trained.model.context)

    def logits(tokens: Tensor) -> Tensor:
        return torch.nn.functional.linear(stored(tokens), stored.head_weight)

    def told(prompt: list[int], count: int) -> list[int]:
        return greedy(stored, prompt, count)

    parity = (prove if precision == "f32" else compare)(trained.model, logits, told, prompt, "the GGUF file")
    notes = ["read back and compared, but not by llama.cpp itself: pip install llama-cpp-python"]
    if llama_cpp_is_installed():
        notes = [_look_with_llama_cpp(path, trained, text, prompt, precision)]
    return parity, notes + _positions(foreign, trained.model.context)


def _positions(foreign: ForeignModel, context: int) -> list[str]:
    """How far llama.cpp may go, where it would end the process: of the four architectures only a GPT-2 has positions that end."""
    if foreign.kind != GPT2:
        return []
    rows = foreign.config["n_positions"]
    spare = f", of which the first {context} are the model's own" if rows != context else ""
    return [
        f"llama.cpp ends the process past the last of the file's {rows} positions{spare}: give it -c {context}, and -n so that the "
        f"prompt and the story have {context} tokens together"
    ]


def _look_with_llama_cpp(
    path: Path, trained: TrainedStack, text: str, prompt: list[int], precision: GgufPrecision
) -> str:
    opened = LlamaCpp(path, trained.model.context)
    if opened.encode(text) != prompt:
        raise InteropError("llama.cpp reads the prompt as other tokens than the run", where=text[:60])
    if precision != "f32":
        return "llama.cpp opens it and reads the prompt as the same tokens"
    return _tell_along(opened, trained.model, prompt)


def _tell_along(opened: LlamaCpp, model: DecoderStack, prompt: list[int]) -> str:
    """Lets llama.cpp choose after each token of our greedy text. InteropError where its logits are others, or where it
    chooses another token and has no excuse."""
    prompt = prompt[: model.context // 2]
    count = min(GREEDY_TOKENS, model.context - len(prompt))
    told = greedy(model, prompt, count)
    with torch.no_grad():
        hidden = model(torch.tensor([prompt + told]))[0, len(prompt) - 1 : -1]
        ours = torch.nn.functional.linear(hidden, model.head_weight)
    theirs = torch.from_numpy(opened.logits_along(prompt, told))
    is_gelu = model.model.feed_forward == "gelu" and any(layer.feed_forward is not None for layer in model._layers())
    difference, largest = float((ours - theirs).abs().max()), float(ours.abs().max())
    if not difference <= (GELU_TOLERANCE if is_gelu else TOLERANCE) * max(1.0, largest):
        raise InteropError(
            f"llama.cpp gives other logits than the run: they differ by up to {difference:.2g}", hint=REPORT
        )
    equal = int((theirs.argmax(-1) == torch.tensor(told)).sum())
    if equal < count and not is_gelu:
        raise InteropError(f"llama.cpp generates another text: {count - equal} of {count} tokens differ", hint=REPORT)
    if equal < count:
        return (
            f"llama.cpp opens it and chooses the same token {equal} of {count} times; its GELU is a table in float16, which "
            f"moves logits by up to {difference:.1g}"
        )
    return f"llama.cpp opens it and generates the same {count} greedy tokens"


def _refuse_other_numbers(file: GgufFile, foreign: ForeignModel, precision: GgufPrecision) -> None:
    """InteropError unless every number of the file is the run's, but for what its type rounds off."""
    architecture = ARCHITECTURES[str(foreign.config["model_type"])]
    for theirs, tensor in foreign.tensors.items():
        name = architecture.gguf_name(theirs)
        expected = architecture.change(name, tensor, foreign.config, back=False)
        kind = stored_as(name, expected, precision)
        size = expected.abs()
        if kind == "q8_0":
            size = size.unflatten(-1, (-1, 32)).amax(-1, keepdim=True).expand(*size.shape[:-1], -1, 32).flatten(-2)
        allowed = size * ROUNDING[kind] + (SMALLEST if kind in ("f16", "q8_0") else 0.0)
        if not bool(((file.tensors[name] - expected).abs() <= allowed).all()):
            raise InteropError(f"the GGUF file holds {name} otherwise than the run", expected=f"the rounding of {kind}")
