"""`narrator export`: a run in a format that other programs open."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.cli.arguments.output import folder_to_write
from pocket_narrator.cli.arguments.run import RUN
from pocket_narrator.errors import InteropError
from pocket_narrator.terminal.messages import command

FORMATS = {"hf": "a folder for transformers and vLLM", "gguf": "a file for llama.cpp, Ollama and LM Studio"}
READERS = {  # what people call the formats
    ("ollama", "llama.cpp", "llamacpp", "llama-cpp", "lmstudio", "lm-studio", "ggml", "gpt4all", "koboldcpp"): (
        "gguf",
        "it opens GGUF files",
    ),
    ("transformers", "huggingface", "hugging-face", "hugging_face", "hub", "vllm", "safetensors", "torch", "pytorch"): (
        "hf",
        "a folder of Hugging Face's holds the weights as safetensors",
    ),
    ("onnx", "torchscript", "coreml", "tflite", "mlx", "openvino"): (
        "hf",
        "converters to it start from a folder of Hugging Face's",
    ),
}

if TYPE_CHECKING:
    from pocket_narrator.interop.exported import Exported


def export(
    run: Annotated[Path, RUN],
    to: Annotated[
        str | None,
        typer.Option(
            metavar="<hf|gguf>",
            help="hf: a folder for transformers and vLLM; gguf: a file for llama.cpp and Ollama. Without it: what this run "
            "can be exported to.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Where to; by default RUN/export/hf or a .gguf file there.", callback=folder_to_write),
    ] = None,
    precision: Annotated[
        Literal["f32", "f16", "bf16", "q8_0"], typer.Option(help="How a GGUF file stores the weights.")
    ] = "f32",
    which: Annotated[Literal["best", "last"], typer.Option(help="The checkpoint to export.")] = "best",
) -> None:
    """Write a trained model for transformers, vLLM, llama.cpp or Ollama, and prove that it is the same there."""
    if to is None:
        print(what_it_can_be(run))
        return
    if to not in FORMATS:
        raise _no_format(to, run)
    if to == "hf" and precision != "f32":
        raise InteropError(
            f"a folder of Hugging Face's is written in f32, not in {precision}",
            hint="leave --precision out; from_pretrained(FOLDER, dtype=torch.bfloat16) loads it in less",
        )
    if to == "hf":
        from pocket_narrator.interop.hugging_face.export import export_hugging_face

        done = export_hugging_face(run, out, which)
    else:
        from pocket_narrator.interop.gguf.export import export_gguf

        done = export_gguf(run, out, precision, which)
    print(describe(done))


def _no_format(to: str, run: Path) -> InteropError:
    what, known = f"--to {to} is not a format that is written", "hf or gguf"
    for words, (format, note) in READERS.items():
        if to.lower() in words:
            return InteropError(what, expected=known, hint=f"{note}:\n    {command('export', run, '--to', format)}")
    return InteropError(what, expected=known, hint=f"{command('export', run)} says what this run can be exported to")


def what_it_can_be(run: Path) -> str:
    """The commands that export this run, each with what opens the result, or why there is none."""
    from pocket_narrator.interop.formats import export_formats
    from pocket_narrator.run.identity import RunIdentity

    lines = [f"{run} can be exported to"]
    for format, why_not in export_formats(RunIdentity.load(run).recipe).items():
        if why_not is None:
            lines += [f"  {format:<6}{FORMATS[format]}", f"        {command('export', run, '--to', format)}"]
        else:
            lines.append(f"  not {format}: {why_not}")
    return "\n".join(lines)


def describe(done: "Exported") -> str:
    """What was written and compared, one line each."""
    parity = done.parity
    equal = f"{parity.greedy_equal} of {parity.greedy_tokens} greedy tokens are equal"
    return "\n".join(
        [
            f"written   {done.path} ({done.kind})",
            f"compared  logits differ by at most {parity.largest_difference:.1e} (the largest is "
            f"{parity.largest_logit:.1f}); {equal}",
            *(f"note      {note}" for note in done.notes),
        ]
    )
