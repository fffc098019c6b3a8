"""Writes a run as a folder of Hugging Face's, and proves on the spot that transformers opens the same model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pocket_narrator.errors import InteropError
from pocket_narrator.files.atomic_folder import atomic_folder
from pocket_narrator.files.hashed_file import write_file
from pocket_narrator.files.json_file import dump_json
from pocket_narrator.files.writable import require_place_for_folder
from pocket_narrator.interop.card_examples import CARD, prove_examples
from pocket_narrator.interop.exported import (
    Exported,
    TrainedStack,
    load_for_export,
    prompt_of,
    refuse_foreign_folder,
    require,
    writing,
)
from pocket_narrator.interop.hugging_face.classes import to_hugging_face
from pocket_narrator.interop.hugging_face.folder import write_folder
from pocket_narrator.interop.model_card import model_card
from pocket_narrator.interop.parity import Parity, prove
from pocket_narrator.plugins.kept import code_of
from pocket_narrator.run.loading import Which

MARK = "parity.json"  # of an exported folder: what was compared


def export_hugging_face(run: Path, out: Path | None = None, which: Which = "best") -> Exported:
    """Writes a folder that `AutoModelForCausalLM.from_pretrained` opens; by default `RUN/export/hf`. An earlier one is
    replaced.

    Raises RunError and CheckpointError as `load_trained` does, InteropError where the folder is something else or the
    model that transformers opens is not the same, MissingExtraError without transformers.
    """
    require("transformers")
    require_place_for_folder(out or run / "export")
    _refuse_no_text(out or run)
    trained = load_for_export(run, "hf", which)
    out = out or trained.run_folder / "export" / "hf"
    refuse_foreign_folder(out, MARK)
    model, tokenizer = trained.model, trained.tokenizer
    expressed = to_hugging_face(model.model, tokenizer.vocabulary_size, model.state_dict())
    kind, why = expressed.foreign.kind, expressed.why_own_class
    with writing(out), quiet_transformers(), atomic_folder(out) as folder:
        code = code_of(("mixers", name) for name in model.model.mixers())
        write_folder(folder, expressed.foreign, tokenizer, model.context, trained.recipe.generation, code)
        parity = _prove(folder, trained)
        card = model_card(trained, kind, parity, why)
        write_file(folder / CARD, card.encode())
        prompt = trained.recipe.generation.prompts[0]
        as_decoded = tokenizer.decode(tokenizer.encode(prompt)).strip()
        prove_examples(folder, prompt, as_decoded, needs_our_code=why is not None)
        proof = dump_json({"run": trained.run_folder.name, "step": trained.step, **asdict(parity)})
        write_file(folder / MARK, proof)
    return Exported(out, kind, parity, [] if why is None else [f"{why}: it opens with a class of this package"])


def _refuse_no_text(path: Path) -> None:
    try:
        str(path.resolve()).encode()
    except UnicodeEncodeError:
        raise InteropError(
            "the path is not UTF-8, and other programs do not open such a folder",
            where=str(path),
            hint="give another one with --out FOLDER",
        ) from None


def open_in_transformers(folder: Path) -> Any:
    """The model of a folder, as a user of transformers opens it; in float32, in evaluation mode."""
    from transformers import AutoModelForCausalLM

    from pocket_narrator.interop.own_class import register

    register()
    return AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32).eval()


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Without its progress bars and its advice about kernels."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        logging.enable_progress_bar()


def greedy_in_transformers(model: Any) -> Callable[[list[int], int], list[int]]:
    """As `generate` tells, past the end of the story too."""
    from transformers import GenerationConfig

    def greedy(prompt: list[int], count: int) -> list[int]:
        model.generation_config = GenerationConfig(do_sample=False, max_new_tokens=count, pad_token_id=0)
        with torch.no_grad():
            tokens = torch.tensor([prompt])
            return model.generate(tokens, attention_mask=torch.ones_like(tokens))[0, len(prompt) :].tolist()

    return greedy


def _prove(folder: Path, trained: TrainedStack) -> Parity:
    from transformers import AutoTokenizer

    theirs, prompt = open_in_transformers(folder), prompt_of(trained)
    found = AutoTokenizer.from_pretrained(str(folder))(trained.recipe.generation.prompts[0]).input_ids
    if found != prompt:
        raise InteropError(
            f"transformers reads the prompt as {found[:8]}, and the run as {prompt[:8]}",
            hint="nothing was written; please report this with the run's tokenizer.json",
        )

    def logits(tokens: Tensor) -> Tensor:
        return theirs(tokens).logits

    return prove(trained.model, logits, greedy_in_transformers(theirs), prompt, type(theirs).__name__)
