"""A trained model as the one file that a page reads: program, weights, tokenizer, options, and the decoder itself."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pocket_narrator.errors import InteropError
from pocket_narrator.interop.page.bundle import asset
from pocket_narrator.interop.page.container import Container
from pocket_narrator.interop.page.ngram import tell_ngram
from pocket_narrator.interop.page.program import tell_program
from pocket_narrator.interop.page.tokenizer import tell_tokenizer
from pocket_narrator.models.decoding.compiled import why_not_compiled
from pocket_narrator.models.kernels import native
from pocket_narrator.models.ngram import NGramModel
from pocket_narrator.recipe.sampling import BOUNDS
from pocket_narrator.run.loading import LoadedRun

PagePrecision = Literal["int8", "fp32"]
OPTIONS = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty", "no_repeat_ngram", "max_tokens")


@dataclass(frozen=True)
class ModelFile:
    """What a page is made of."""

    raw: bytes
    title: str
    about: str
    prompt: str
    precision: PagePrecision
    weights: int  # how many numbers the model has learned


def refuse_precision(is_ngram: bool, precision: str | None, where: str) -> PagePrecision:
    """The precision that a page is made in. InteropError for one that there is not."""
    if is_ngram and precision not in (None, "fp32"):
        raise InteropError(
            f"an N-gram has no weights that {precision} could hold", where=where, hint="leave --precision out"
        )
    if precision not in (None, "int8", "fp32"):
        raise InteropError(f"a page is not written in {precision}", expected="--precision int8 or fp32", where=where)
    return "fp32" if is_ngram else precision or "int8"  # type: ignore[return-value]


def make_model_file(trained: LoadedRun, precision: PagePrecision, largest: int, hint: str) -> ModelFile:
    """largest: bytes of tensors that there may be. InteropError, before they are compressed, where there are more (`hint` says what then),
    and where the decoder or the tokenizer of pages lacks something that this model needs."""
    container, model = Container(), trained.model
    tokenizer = tell_tokenizer(trained.tokenizer, container)
    if isinstance(model, NGramModel):
        program, weights = tell_ngram(model, container), model.parameters
        about = f"N-grams of order {model.order}, {weights / 1e6:.3g} M probabilities"
    else:
        model.to("cpu").float()
        _refuse_unknown(model, trained.run_folder)
        program = tell_program(model, precision, container)
        weights = sum(parameter.numel() for parameter in model.parameters())
        about = f"{weights / 1e6:.3g} M parameters in {precision}, context of {model.context:,} tokens"
    if container.nbytes > largest:
        raise InteropError(
            f"the model has {container.nbytes / 1e6:,.0f} MB in {precision}, which is too much for it to be opened everywhere",
            where=str(trained.run_folder),
            expected=f"at most {largest / 1e6:,.0f} MB",
            hint=hint
            if precision == "int8" or isinstance(model, NGramModel)
            else f"leave --precision out for int8, or {hint}",
        )
    generation = trained.recipe.generation
    options = {name: getattr(generation, name) for name in OPTIONS} | {"seed": 0}
    told = {
        "model": {
            "name": trained.recipe.name,
            "about": about,
            "precision": precision,
            "step": trained.step,
            "parameters": weights,
            "prompts": list(generation.prompts),
        },
        "options": options,
        "bounds": {name: asdict(BOUNDS[name]) for name in options},
        "tokenizer": tokenizer,
        "program": program,
        "wasm": container.add(np.frombuffer(asset("decoder.wasm"), np.uint8)),
    }
    return ModelFile(container.to_bytes(told), trained.recipe.name, about, generation.prompts[0], precision, weights)


def _refuse_unknown(model: object, where: Path) -> None:
    if not native.available():
        raise InteropError(
            f"a page is made of the C decoder's program, which needs the C kernels: {native.status()}",
            where=str(where),
            hint="install gcc, and export again",
        )
    if (why_not := why_not_compiled(model)) is not None:
        raise InteropError(
            f"a page generates with the C decoder, and that does not take this model: {why_not}",
            where=str(where),
            hint="export it with --to hf, which takes any stack",
        )
