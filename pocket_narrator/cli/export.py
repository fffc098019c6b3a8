"""`narrator export`: a run in a format that other programs open."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.cli.arguments.output import path_to_write
from pocket_narrator.cli.arguments.run import RUN
from pocket_narrator.errors import InteropError
from pocket_narrator.terminal.messages import command

FORMATS = {
    "hf": "a folder for transformers and vLLM",
    "gguf": "a file for llama.cpp, Ollama and LM Studio",
    "page": "one web page that generates by itself, on any desktop or phone",
    "folder": "the same as the files of a website, installable, with a package for JavaScript",
}
PRECISIONS = {
    "hf": ("f32",),
    "gguf": ("f32", "f16", "bf16", "q8_0"),
    "page": ("int8", "fp32"),
    "folder": ("int8", "fp32"),
}
READERS = {  # what people call the formats
    ("ollama", "llama.cpp", "llamacpp", "llama-cpp", "lmstudio", "lm-studio", "ggml", "gpt4all", "koboldcpp"): (
        "gguf",
        "it opens GGUF files",
    ),
    ("transformers", "huggingface", "hugging-face", "hugging_face", "hub", "vllm", "safetensors", "torch", "pytorch"): (
        "hf",
        "a folder of Hugging Face's holds the weights as safetensors",
    ),
    ("html", "web", "browser", "wasm", "javascript", "js", "npm", "pwa", "website", "site"): (
        "page",
        "one .html that generates by itself; --to folder has the files of a website",
    ),
    ("onnx", "torchscript", "coreml", "tflite", "mlx", "openvino"): (
        "hf",
        "converters to it start from a folder of Hugging Face's",
    ),
}

if TYPE_CHECKING:
    from pocket_narrator.interop.exported import Exported
    from pocket_narrator.interop.page.export import ExportedPage


def export(
    run: Annotated[Path, RUN],
    to: Annotated[
        str | None,
        typer.Option(
            metavar="<hf|gguf|page|folder>",
            help="hf: a folder for transformers and vLLM; gguf: a file for llama.cpp and Ollama; page: one .html that generates by "
            "itself; folder: the same as a website. Without it: what this run can be exported to.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(parser=path_to_write, metavar="PATH", help="Where to; by default into RUN/export."),
    ] = None,
    precision: Annotated[
        Literal["f32", "f16", "bf16", "q8_0", "int8", "fp32"] | None,
        typer.Option(
            help="How weights are stored: f32 (default), f16, bf16 or q8_0 in a GGUF file, int8 (default) or fp32 in a page."
        ),
    ] = None,
    which: Annotated[Literal["best", "last"], typer.Option(help="The checkpoint to export.")] = "best",
) -> None:
    """Write a trained model for transformers, vLLM, llama.cpp, Ollama or a browser, and prove that it is the same there."""
    if to is None:
        print(what_it_can_be(run))
        return
    if to not in FORMATS:
        raise _no_format(to, run)
    _refuse_precision(to, precision)
    if to in ("page", "folder"):
        from pocket_narrator.interop.page.export import export_page, export_site

        print(describe_page((export_page if to == "page" else export_site)(run, out, precision, which)))
        return
    if to == "hf":
        from pocket_narrator.interop.hugging_face.export import export_hugging_face

        done = export_hugging_face(run, out, which)
    else:
        from pocket_narrator.interop.gguf.export import export_gguf

        done = export_gguf(run, out, precision or "f32", which)  # type: ignore[arg-type]
    print(describe(done))


def _refuse_precision(to: str, precision: str | None) -> None:
    if precision is None or precision in PRECISIONS[to]:
        return
    if to == "hf":
        raise InteropError(
            f"a folder of Hugging Face's is written in f32, not in {precision}",
            hint="leave --precision out; from_pretrained(FOLDER, dtype=torch.bfloat16) loads it in less",
        )
    raise InteropError(f"--to {to} does not write {precision}", expected=f"--precision {' or '.join(PRECISIONS[to])}")


def _no_format(to: str, run: Path) -> InteropError:
    what, known = f"--to {to} is not a format that is written", ", ".join(FORMATS)
    for words, (format, note) in READERS.items():
        if to.lower() in words:
            return InteropError(what, expected=known, hint=f"{note}:\n    {command('export', run, '--to', format)}")
    return InteropError(what, expected=known, hint=f"{command('export', run)} says what this run can be exported to")


def what_it_can_be(run: Path) -> str:
    """The commands that export this run, each with what opens the result, or why there is none."""
    from pocket_narrator.interop.formats import export_formats, why_no_page
    from pocket_narrator.run.identity import RunIdentity

    lines = [f"{run} can be exported to"]
    recipe = RunIdentity.load(run).recipe
    for format, why_not in {
        **export_formats(recipe),
        "page": why_no_page(recipe),
        "folder": why_no_page(recipe),
    }.items():
        if why_not is None:
            lines += [f"  {format:<8}{FORMATS[format]}", f"        {command('export', run, '--to', format)}"]
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


def describe_page(done: "ExportedPage") -> str:
    """What was written, how large it is beside its weights, and what was compared."""
    size = (
        f"{done.bytes / 1e6:.2f} MB, {done.bytes / done.weights:.2f} bytes a weight"
        if done.weights
        else f"{done.bytes / 1e6:.2f} MB"
    )
    proof = done.proof
    compared = (
        f"opened in {proof.where} without a request: {proof.equal} of {proof.tokens} tokens are those of narrator tell"
        if proof.where
        else "not checked: no Chromium and no Node from 18 on were found to open it with"
    )
    return f"written   {done.path} ({size}, {done.precision})\ncompared  {compared}"
