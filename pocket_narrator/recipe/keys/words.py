"""The names of a recipe's keys: by their last word alone, and by the words that other programs have for them."""

from collections.abc import Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from pocket_narrator.errors import RecipeError
from pocket_narrator.recipe.keys.renamed import RENAMED
from pocket_narrator.recipe.kinds.tables import CORPORA
from pocket_narrator.recipe.mixers import MIXERS
from pocket_narrator.recipe.schema import Recipe

SYNONYMS = {  # of the same unit, so that the value can stay as it is
    **dict.fromkeys(("lr", "learningrate", "max_lr", "peak_lr"), "training.learning_rate"),
    **dict.fromkeys(("max_steps", "iterations", "iters", "max_iters", "num_steps", "n_steps"), "training.steps"),
    **dict.fromkeys(("step", "train_steps", "max_iterations", "updates"), "training.steps"),
    **dict.fromkeys(("max_minutes", "mins", "train_minutes", "time_minutes"), "training.minutes"),
    **dict.fromkeys(("warmup", "warmup_iters", "num_warmup_steps", "warm_up_steps"), "training.warmup_steps"),
    **dict.fromkeys(("wd", "weight_decay_rate", "l2"), "training.weight_decay"),
    **dict.fromkeys(("opt", "optim"), "training.optimizer"),
    **dict.fromkeys(("grad_clip", "gradient_clip", "clip_grad", "max_grad_norm", "clip_norm"), "training.clip"),
    **dict.fromkeys(("grad_accum", "gradient_accumulation", "gradient_accumulation_steps"), "training.accumulation"),
    **dict.fromkeys(("accumulation_steps", "grad_accum_steps"), "training.accumulation"),
    **dict.fromkeys(("eval_every", "eval_interval", "eval_steps", "evaluation_every"), "training.evaluate_every"),
    **dict.fromkeys(("save_every", "save_steps", "save_interval", "checkpoint_interval"), "training.checkpoint_every"),
    **dict.fromkeys(("early_stopping", "early_stopping_patience"), "training.patience"),
    **dict.fromkeys(("scheduler", "lr_schedule", "lr_scheduler", "lr_scheduler_type"), "training.schedule"),
    **dict.fromkeys(("gradient_checkpointing", "checkpointing"), "training.activation_checkpointing"),
    **dict.fromkeys(("freeze",), "training.frozen"),
    **dict.fromkeys(("dtype", "amp", "mixed_precision"), "training.precision"),
    **dict.fromkeys(
        ("dim", "d_model", "hidden_size", "n_embd", "embed_dim", "hidden", "embedding_size"), "model.width"
    ),
    **dict.fromkeys(("n_head", "n_heads", "num_heads", "num_attention_heads"), "model.heads"),
    **dict.fromkeys(("n_kv_heads", "num_key_value_heads", "kv_heads"), "model.key_value_heads"),
    **dict.fromkeys(("block_size", "context_length", "seq_len", "max_seq_len", "ctx", "n_ctx"), "model.context"),
    **dict.fromkeys(("sequence_length", "max_length", "context_size", "max_len", "seq_length"), "model.context"),
    **dict.fromkeys(("drop", "dropout_rate", "p_drop"), "model.dropout"),
    **dict.fromkeys(("architecture", "arch", "model_type"), "model.preset"),
    **dict.fromkeys(("vocab", "vocab_size", "n_vocab"), "tokenizer.vocabulary_size"),
    **dict.fromkeys(("temp",), "generation.temperature"),
    **dict.fromkeys(("prompt",), "generation.prompts"),
    **dict.fromkeys(("max_new_tokens",), "generation.max_tokens"),
    **dict.fromkeys(("topk",), "generation.top_k"),
    **dict.fromkeys(("topp",), "generation.top_p"),
    **dict.fromkeys(("data", "train_data", "train_file", "data_path", "text", "file"), "corpus.train"),
    **dict.fromkeys(("val", "valid", "val_data", "dev", "validation_data", "valid_file"), "corpus.validation"),
    **dict.fromkeys(("run_name", "experiment"), "name"),
}

UNLIKE = {  # what has another unit here, or is no key at all
    **dict.fromkeys(
        ("epochs", "epoch", "num_epochs", "n_epochs", "max_epochs", "num_train_epochs"),
        "a length is training.steps=N or training.minutes=N; train says before it begins how many steps an epoch has",
    ),
    **dict.fromkeys(
        ("batch_size", "bs", "batch", "per_device_train_batch_size", "train_batch_size", "micro_batch_size"),
        "training.batch_tokens counts tokens: {value} rows of model.context tokens each are training.batch_tokens={value} x "
        "model.context",
    ),
    **dict.fromkeys(
        ("n_layer", "n_layers", "num_layers", "depth", "num_hidden_layers"),
        "model.layers names the layers: 'model.layers=attention*{value}', or mamba*{value} and others",
    ),
    **dict.fromkeys(
        ("out", "output", "output_dir", "out_dir", "run", "save_dir"), "where a run goes is an option: --run {value}"
    ),
    **dict.fromkeys(("hours", "max_hours"), "training.minutes=N says it in minutes"),
    **dict.fromkeys(("base", "init_from", "from", "pretrained"), "the run to begin with is an option: --from {value}"),
}

TRACKS = ("model", "narrative", "tracks")
SECTION_WORDS = {
    "corpus": "train",
    "model": "preset",
    "tokenizer": "kind",
    "training": "steps",
}  # meant by one value


def known_keys() -> list[tuple[str, ...]]:
    """Every key of a recipe, by the names on the way to it; those of what was added, too."""
    keys = _keys_in(Recipe, ())
    for above, options in own_sections():
        keys += [above] if above != ("corpus",) else []
        keys += _keys_in(options, above)
    return keys


def own_sections() -> list[tuple[tuple[str, ...], type[BaseModel]]]:
    """The options of what was added: where they stand in a recipe, and their section."""
    found: list[tuple[tuple[str, ...], type[BaseModel] | None]] = []
    found += [(("model", kind.name), kind.options) for kind in MIXERS.added()]
    found += [(("corpus",), kind.options) for kind in CORPORA.added() if kind is not None]
    return [(above, options) for above, options in found if options is not None]


def _keys_in(section: type[BaseModel], above: tuple[str, ...]) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = []
    for name, field in section.model_fields.items():
        keys.append((*above, name))
        for inner in sections_in(field.annotation):
            keys += _keys_in(inner, (*above, name))
    return keys


def sections_in(annotation: Any) -> list[type[BaseModel]]:
    """The sections that a key can hold; none for one that holds a value."""
    found = []
    for inner in (annotation, *get_args(annotation)):
        if get_origin(inner) is Annotated:  # a member of the union of models, with its kind
            inner = get_args(inner)[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found.append(inner)
    return found


def _by_last_word() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in dict.fromkeys(known_keys()):
        # What a source of a mixture has goes by the source's name, and what a track has by its place in the list.
        if len(key) > 1 and key[:2] != ("corpus", "sources") and (key == TRACKS or key[:3] != TRACKS):
            found.setdefault(key[-1], []).append(".".join(key))
    return found


def keys_named(word: str) -> list[str]:
    """The keys of this last word, `training.learning_rate` for `learning_rate`; those nearest to the root first."""
    if word in Recipe.model_fields:
        return [word]
    return sorted(_by_last_word().get(word, []), key=lambda key: (key.count("."), not key.startswith("training.")))


def full_key(dotted: str, value: str) -> str:
    """The key that an override means: itself, the only one of this last word, or the one that another program calls so.

    RecipeError where several have this last word, or where it takes more than the name to say it here.
    """
    *sections, word = dotted.split(".")
    if dotted in RENAMED:
        return RENAMED[dotted]
    if dotted in Recipe.model_fields or tuple(dotted.split(".")) in known_keys():
        _refuse_a_word_for_a_section(dotted, value)
        return dotted
    spelled = word.lower().replace("-", "_")
    synonym = SYNONYMS.get(spelled)
    if sections:
        return (
            synonym if synonym is not None and synonym.split(".")[0] == sections[0] and len(sections) == 1 else dotted
        )
    keys = keys_named(spelled)
    if len(keys) == 1:
        return keys[0]
    if keys:
        expected = " or ".join(f"{key}={value}" for key in keys)
        raise RecipeError(f"{word} is a key of several sections", found=f"{dotted}={value}", expected=expected)
    if spelled in UNLIKE:
        raise RecipeError(f"{word} is not a key of a recipe", hint=UNLIKE[spelled].format(value=value))
    return synonym or dotted


def _refuse_a_word_for_a_section(dotted: str, value: str) -> None:
    if dotted not in SECTION_WORDS or value[:1] in ("{", "") or value == "null":
        return
    inside = SECTION_WORDS[dotted]
    raise RecipeError(
        f"{dotted} is a section with keys of its own, and not one value",
        found=f"{dotted}={value}",
        hint=f"for example {dotted}.{inside}={value}",
    )


def spell_out(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """Overrides with their keys in full, and one line for each that was not."""
    spelled, notes = [], []
    for override in overrides:
        dotted, equals, value = override.partition("=")
        key = full_key(dotted, value) if dotted and equals else dotted
        spelled.append(f"{key}{equals}{value}")
        if key != dotted:
            notes.append(f"{dotted} is taken as {key}")
    return spelled, notes
