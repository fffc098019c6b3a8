"""The tables of what a recipe names beside mixers: corpora, tokenizers, schedules, optimizers.

What is built in names its function only, so that reading a recipe imports none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import AfterValidator

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.signature import refuse_other_function
from pocket_narrator.plugins.table import Table, refuse_another_name
from pocket_narrator.plugins.target import Target
from pocket_narrator.recipe.section import Section

KIND_HINT = "register, or name as the entry point, what describes it, not its class or its function"


@dataclass(frozen=True)
class CorpusKind:
    """A source of stories, as `corpus.kind=NAME`.

    stories: called with the options; gives the training stories, each a text, in the same order at every call. validation: the
    same for held-out stories; None: a seeded share of the training stories is set aside. fingerprint: called with the
    options; JSON that differs whenever the stories may, beside the options and the code; None: nothing else does.
    """

    name: str  # as `narrator inspect` shows it
    stories: Target
    options: type[Section] | None = None  # its keys in the section `corpus`; every field needs a default
    validation: Target | None = None
    fingerprint: Callable[[Any], object] | None = None


@dataclass(frozen=True)
class TokenizerKind:
    """A tokenizer that is trained on a recipe's stories, as `tokenizer.kind=NAME`.

    train: called with the recipe's section `tokenizer`, the texts (they can be read once), and the number of processes that it may
    use; gives a `tokenizers.Tokenizer` of Hugging Face's, or one of pocket-narrator's.
    """

    name: str  # as `narrator inspect` shows it
    train: Target


_TRAINED = "pocket_narrator.tokenizers.choose"
CORPORA: Table[CorpusKind | None] = Table(
    "corpora", "kind of corpus", dict.fromkeys(("storyworld", "files", "hub", "mixture"))
)
TOKENIZERS: Table[TokenizerKind | None] = Table(
    "tokenizers",
    "kind of tokenizer",
    {
        "bpe": TokenizerKind("bpe", f"{_TRAINED}:train_bpe_of"),
        "character": TokenizerKind("character", f"{_TRAINED}:train_character_of"),
        "file": None,  # these two are there already
        "hub": None,
    },
)
# Called with the section `training` and the share of the run that is done, in [0, 1]; gives a factor of the peak rate.
SCHEDULES: Table[Target] = Table(
    "schedules",
    "schedule",
    {name: f"pocket_narrator.training.schedules:{name}" for name in ("constant", "cosine", "wsd")},
)
# Called with the parameters to learn by name, the names of those that are matrices, and the section `training`; gives an
# optimizer, or several of (optimizer, peak rate) that share the parameters out.
OPTIMIZERS: Table[Target] = Table(
    "optimizers", "optimizer", {name: f"pocket_narrator.training.optimizers:{name}" for name in ("adamw", "muon")}
)


def _refuse_tokenizer(name: str, item: object) -> None:
    if not isinstance(item, TokenizerKind):
        raise PluginError(f"the tokenizer '{name}' is no TokenizerKind", found=f"{item!r:.80}", hint=KIND_HINT)
    refuse_another_name(name, item.name)
    refuse_other_function(item.train, ("section", "texts", "workers"), f"train of the tokenizer '{name}'")


def _refuse_schedule(name: str, item: object) -> None:
    refuse_other_function(item, ("training", "progress"), f"the schedule '{name}'")


def _refuse_optimizer(name: str, item: object) -> None:
    refuse_other_function(item, ("learned", "matrices", "training"), f"the optimizer '{name}'")


TOKENIZERS.refuse = _refuse_tokenizer
SCHEDULES.refuse = _refuse_schedule
OPTIMIZERS.refuse = _refuse_optimizer


class NameIn:
    """Refuses a name that the table has not, and says which it has."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, name: str) -> str:
        if not self.table.has(name):
            raise ValueError(f"{self.table.why_not(name)}, and your own with --plugin FILE")
        return name


def named_in(table: Table) -> AfterValidator:
    """For the annotation of a key whose value is a name of the table."""
    return AfterValidator(NameIn(table))


def refuse_other_options(options: object, whose: str) -> None:
    """PluginError where `options` is no class of options, or one of them has no default: whoever names a thing need not say how
    it is."""
    if options is None:
        return
    if not isinstance(options, type) or not issubclass(options, Section):
        raise PluginError(
            f"the options of {whose} are no subclass of pocket_narrator.Section",
            found=f"{options!r:.80}",
            expected="options=Options, the class itself: class Options(pocket_narrator.Section): size: int = 16",
        )
    required = [name for name, field in options.model_fields.items() if field.is_required()]
    if required:
        raise PluginError(f"the options of {whose} have no default: {', '.join(required)}", hint="give each a default")
