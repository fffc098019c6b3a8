"""`narrator export`: a run in a format that other programs open."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pocket_narrator.cli.run_argument import RUN
from pocket_narrator.errors import InteropError

if TYPE_CHECKING:
    from pocket_narrator.interop.exported import Exported


def export(
    run: Annotated[Path, RUN],
    to: Annotated[
        Literal["hf", "gguf"], typer.Option(help="hf: a folder for transformers and vLLM; gguf: a file for llama.cpp.")
    ],
    out: Annotated[Path | None, typer.Option(help="Where to; by default RUN/export/hf or a .gguf file there.")] = None,
    precision: Annotated[
        Literal["f32", "f16", "bf16", "q8_0"], typer.Option(help="How a GGUF file stores the weights.")
    ] = "f32",
    which: Annotated[Literal["best", "last"], typer.Option(help="The checkpoint to export.")] = "best",
) -> None:
    """Write a trained model for transformers, vLLM, llama.cpp or Ollama, and prove that it is the same there."""
    if to == "hf" and precision != "f32":
        raise InteropError(
            f"a folder of Hugging Face's is written in f32, not in {precision}",
            hint="leave --precision out; from_pretrained(FOLDER, dtype=torch.bfloat16) loads it in less",
        )
    if to == "hf":
        from pocket_narrator.interop.export_hugging_face import export_hugging_face

        done = export_hugging_face(run, out, which)
    else:
        from pocket_narrator.interop.export_gguf import export_gguf

        done = export_gguf(run, out, precision, which)
    print(describe(done))


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
