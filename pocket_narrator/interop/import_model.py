"""Takes over a model that another program has made, as a run that tells, is measured, and is trained on from."""

import importlib.util
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from pocket_narrator.errors import InteropError, RunError, how_to_install, reason_of
from pocket_narrator.files.atomic_folder import atomic_folder
from pocket_narrator.files.file_lock import one_at_a_time
from pocket_narrator.interop.foreign import refuse
from pocket_narrator.interop.gguf.file import from_gguf_terms
from pocket_narrator.interop.gguf.reader import is_gguf, read_gguf
from pocket_narrator.interop.gguf.tokenizer import from_metadata
from pocket_narrator.interop.hugging_face.classes import from_hugging_face
from pocket_narrator.interop.hugging_face.export import open_in_transformers, quiet_transformers
from pocket_narrator.interop.hugging_face.folder import read_folder, read_tokenizer
from pocket_narrator.interop.hugging_face.hub import download, is_model_id
from pocket_narrator.interop.parity import refuse_other_logits
from pocket_narrator.models.outline import outline
from pocket_narrator.models.stack import DecoderStack
from pocket_narrator.recipe.loading import load_recipe
from pocket_narrator.recipe.mixers import mixer_kind
from pocket_narrator.recipe.schema import ModelConfig, Recipe
from pocket_narrator.run.checkpoint import save_checkpoint
from pocket_narrator.run.directory import RunDirectory
from pocket_narrator.run.identity import TOKENIZER
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.training.fine_tuning import with_model_of

Report = Callable[[str], object]
DEFAULT_RECIPE = "fine-tune"
LARGEST_TABLES = 1 << 29  # bytes


@dataclass(frozen=True)
class Imported:
    """The new run, and what was compared."""

    run: Path
    recipe: Recipe
    notes: list[str]


@dataclass(frozen=True)
class _Read:
    kind: str
    model: ModelConfig
    tensors: dict[str, Tensor]
    tokenizer: Tokenizer
    folder: Path | None  # of Hugging Face's layout


def import_model(
    source: str,
    recipe: Sequence[str] = (),
    overrides: Sequence[str] = (),
    run: Path | None = None,
    tokenizer: Path | None = None,
    context: int | None = None,
) -> Imported:
    """Makes a run of a folder in Hugging Face's layout, a GGUF file, or a model id of the Hugging Face hub.

    recipe, overrides: what the run is to be measured on, and the options of telling; `fine-tune` by default. Its model and
    tokenizer are the source's. tokenizer: a tokenizer.json in place of the source's own. context: in tokens, where it is
    to be less than the model's own. Raises InteropError where the source cannot be read, has parts that our stack has not, or gives
    other logits in transformers, RunError where the run is there already.
    """
    loaded = load_recipe(recipe or [DEFAULT_RECIPE], [*_named(source, recipe, overrides), *overrides])
    run = run or Path("runs") / loaded.name
    _refuse_existing(run)
    read = _read(source, tokenizer, context)
    vocabulary_size = read.tokenizer.vocabulary_size
    tensors, notes = _fit_vocabulary(read.tensors, vocabulary_size)
    stack = as_stack(read.model, vocabulary_size, tensors)
    notes += _compare(stack, read.folder)
    loaded, adjusted = with_model_of(loaded, read.model, run / TOKENIZER)
    origin = {"from": Path(source).name if Path(source).is_absolute() else source, "kind": read.kind}
    if not recipe:
        loaded = loaded.model_copy(update={"about": f"imported from {origin['from']}"})
    try:
        lock = one_at_a_time(run.parent / f".{run.name}.lock", "imports a run of this name")
        with lock, atomic_folder(run) as folder:
            _refuse_existing(run)
            read.tokenizer.save(folder / TOKENIZER)
            with RunDirectory.open_or_create(folder, loaded, folder / TOKENIZER, {"imported": origin}) as directory:
                save_checkpoint(directory.checkpoints, 0, stack.state_dict(), {}, {})
            _refuse_existing(run)  # another command may have made it meanwhile
    except OSError as error:
        raise RunError(f"the run cannot be written: {error.strerror or error}", where=str(run)) from error
    return Imported(run, loaded, notes + adjusted)


def _refuse_existing(run: Path) -> None:
    if run.exists() and not (run.is_dir() and not any(run.iterdir())):
        raise RunError("there is a run of this name already", where=str(run), hint="choose another name with name=...")


def _named(source: str, recipe: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """The source's name for the run, where nobody has given one."""
    if recipe or any(override.startswith("name=") for override in overrides):
        return []
    name = re.sub(
        r"[^A-Za-z0-9._-]+", "-", Path(source).resolve().name if Path(source).exists() else source.split("/")[-1]
    )
    return [f"name={name.removesuffix('.gguf').lstrip('._-') or 'imported'}"]


def _read(source: str, tokenizer: Path | None, context: int | None) -> _Read:
    path = Path(source)
    if not path.exists():
        if not is_model_id(source):
            raise InteropError(
                f"there is no file or folder '{source}'",
                hint="give a folder with config.json, a .gguf file, or a model id such as owner/name",
            )
        path = download(source)
    if path.is_dir():
        config, tensors = read_folder(path)
        model, ours = from_hugging_face(config, tensors, context)
        return _Read(str(config["model_type"]), model, ours, _tokenizer(tokenizer) or read_tokenizer(path), path)
    try:
        begins_rightly = is_gguf(path)
    except OSError as error:
        raise InteropError(
            f"{path.name} cannot be read: {reason_of(error)}",
            where=str(path),
            hint="give a .gguf file, or a folder, that you may read",
        ) from None
    if not begins_rightly:
        refuse(f"{path.name} is no GGUF file", "a .gguf file, or a folder of Hugging Face's layout")
    file = read_gguf(path)
    model, ours = from_hugging_face(*from_gguf_terms(file), context)
    kind = f"gguf {file.metadata['general.architecture']}"
    return _Read(kind, model, ours, _tokenizer(tokenizer) or from_metadata(file.metadata), None)


def _tokenizer(path: Path | None) -> Tokenizer | None:
    return None if path is None else Tokenizer.load(path)


def _fit_vocabulary(tensors: dict[str, Tensor], vocabulary_size: int) -> tuple[dict[str, Tensor], list[str]]:
    """Tables often have some rows more than there are tokens, to make a round number."""
    rows = len(tensors["embedding.weight"])
    if rows < vocabulary_size:
        refuse(f"the tokenizer has {vocabulary_size:,} tokens, and the model a table of {rows:,}")
    tables = ("embedding.weight", "head.weight")
    fitted = {name: tensor[:vocabulary_size] if name in tables else tensor for name, tensor in tensors.items()}
    notes = [f"{rows - vocabulary_size:,} rows of the embedding belong to no token and are left out"]
    return fitted, notes if rows > vocabulary_size else []


def as_stack(model: ModelConfig, vocabulary_size: int, tensors: dict[str, Tensor]) -> DecoderStack:
    """The model in float32. InteropError where the weights are those of another config, or no numbers."""
    layers = len(model.mixers())
    missing = next((index for index in range(layers) if f"layers.{index}.mixer_norm.weight" not in tensors), None)
    if missing is not None:  # looked at first, since a stack of many layers takes its time
        refuse(
            f"the weights are those of another config, which says {layers} layers: layer {missing} has no mixer_norm"
        )
    shapes = outline(lambda: DecoderStack(model, vocabulary_size).state_dict())
    expected = {name: tuple(weight.shape) for name, weight in shapes.items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    differing = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
    if differing:
        name = differing[0]
        refuse(
            f"the weights are those of another config: {name} is {found.get(name, 'missing')}, and the config wants "
            f"{expected.get(name, 'none')}" + (f"; {len(differing) - 1} more differ" if differing[1:] else "")
        )
    _refuse_large_tables(model, tensors)
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            refuse(
                f"the weight {name} holds {str(tensor.dtype).removeprefix('torch.')}, and no weights as they are meant"
            )
        if not bool(tensor.isfinite().all()):
            refuse(f"the weight {name} holds non-finite numbers (NaN or inf)")
    stack = DecoderStack(model, vocabulary_size)
    stack.load_state_dict(tensors)
    return stack.eval()


def _refuse_large_tables(model: ModelConfig, tensors: dict[str, Tensor]) -> None:
    """Tables of positions are made from a number in the config, so a small file could ask for any memory."""
    rotated = [name for name in model.mixers() if mixer_kind(name).takes_values]  # those with heads, a table each
    of_layers = len(rotated) * model.width // model.heads if model.positions == "rope" else 0
    n_bytes = 4 * model.context * (of_layers + model.width * (model.positions == "sinusoidal"))
    if n_bytes > max(LARGEST_TABLES, sum(tensor.nbytes for tensor in tensors.values())):
        raise InteropError(
            f"its context of {model.context:,} tokens needs tables of {n_bytes / 2**30:.1f} GiB, more than all its weights",
            hint=f"take a shorter one with --context, such as --context {min(model.context, 4096)}",
        )


def _compare(stack: DecoderStack, folder: Path | None) -> list[str]:
    """With what transformers makes of the folder, where it is installed."""
    if folder is None:
        return ["llama.cpp was not asked: its file was read as our exports are written"]
    if importlib.util.find_spec("transformers") is None:
        return [f"not compared with transformers, which is not installed: {how_to_install('export', 'transformers')}"]
    with quiet_transformers():
        theirs = _open(folder)
        difference, largest = refuse_other_logits(stack, lambda tokens: theirs(tokens).logits, "transformers")
    return [
        f"transformers gives the same logits: they differ by at most {difference:.1e} (the largest is {largest:.1f})"
    ]


def _open(folder: Path):
    try:
        return open_in_transformers(folder)
    except Exception as error:  # the library raises what it likes
        raise InteropError(
            f"transformers does not open it: {str(error).splitlines()[0][:200]}", where=str(folder)
        ) from None
