"""The recipe's section `corpus`: which text, how it is cleaned, split and mixed."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    SerializeAsAny,
    Tag,
    field_validator,
    model_validator,
)

from pocket_narrator.errors import PluginError
from pocket_narrator.plugins.signature import refuse_other_function
from pocket_narrator.plugins.table import refuse_another_name
from pocket_narrator.recipe.kinds.options import with_own_keys
from pocket_narrator.recipe.kinds.tables import CORPORA, KIND_HINT, CorpusKind, refuse_other_options
from pocket_narrator.recipe.limits import FEWEST_CHAPTERS, MOST_CHAPTERS, MOST_PARAGRAPHS, MOST_STORIES
from pocket_narrator.recipe.section import LARGEST_SEED, Section

MOST_CHARACTERS = 10**12


class WorldConfig(Section):
    """The dials of the embedded world; docs/storyworld.md says what they change."""

    decoration: float = Field(default=1.0, ge=0, le=1)  # probability of details that nothing depends on
    lexicon: float = Field(default=1.0, gt=0, le=1)  # share of the names, kinds, things, places and small words
    # paragraphs more between a set-up and what comes of it
    dependency: int = Field(default=0, ge=0, le=MOST_PARAGRAPHS)


class StoryworldCorpusConfig(Section):
    """The embedded corpus; its validation stories are the last ones of the index range."""

    kind: Literal["storyworld"]  # made, not read
    stories: int = Field(default=20_000, ge=10, le=MOST_STORIES)  # training and validation together
    validation_stories: int = Field(default=1_000, ge=1, le=MOST_STORIES)  # how many of them are held out
    seed: int = Field(default=7, ge=0, le=LARGEST_SEED)  # of the stories
    # each story is a chronicle of so many; none: short stories
    chapters: int | None = Field(default=None, ge=FEWEST_CHAPTERS, le=MOST_CHAPTERS)
    # those to train on have from so many to `chapters`, short ones more often; none: all have `chapters`
    fewest_chapters: int | None = Field(default=None, ge=FEWEST_CHAPTERS, le=MOST_CHAPTERS)
    world: WorldConfig = WorldConfig()  # how they are
    # plots that are in no story, neither of training nor of validation: whether a model can tell them is then a question
    held_out_plots: tuple[str, ...] = ()

    @field_validator("held_out_plots", mode="before")
    @classmethod
    def _take_names(cls, given: object) -> object:
        return (
            tuple(sorted(set(given))) if isinstance(given, list) and all(isinstance(n, str) for n in given) else given
        )

    @model_validator(mode="after")
    def _leave_some_to_train_on(self) -> "StoryworldCorpusConfig":
        if self.validation_stories >= self.stories:
            raise ValueError(
                f"validation_stories={self.validation_stories} leaves nothing of stories={self.stories} to train on"
            )
        if self.fewest_chapters is not None and (self.chapters is None or self.fewest_chapters > self.chapters):
            raise ValueError(
                f"fewest_chapters={self.fewest_chapters} with chapters={self.chapters}: chronicles to train on have from "
                "fewest_chapters to chapters, so give chapters, and not fewer of them"
            )
        if self.chapters is not None and self.held_out_plots:
            raise ValueError(
                "held_out_plots are plots of short stories, and chapters makes chronicles, which have none"
            )
        return self


CleaningRule = Literal[
    "too_few_letters", "odd_characters", "truncated", "foreign_words", "other_language", "duplicate", "near_duplicate"
]


class CleaningConfig(Section):
    """Which stories are kept; docs/cleaning.md says what each rule looks at."""

    version: ClassVar[int] = 2

    rules: Literal["standard", "strict"] = "standard"  # strict: those of the earlier project, faults included
    skip: tuple[CleaningRule, ...] = ()  # standard rules that are not applied
    books: bool = False  # each text is a book of Project Gutenberg's, or one like it
    min_letters: int = Field(default=100, ge=0, le=MOST_CHARACTERS)  # ASCII letters of a story
    max_characters: int = Field(
        default=200_000, ge=1, le=MOST_CHARACTERS
    )  # of a story; books may have 50 times as many
    known_zipf: float | None = Field(default=None, ge=0, le=8)  # rarer words are foreign; none: 1.5, and 2.5 if strict
    max_foreign_words: float = Field(default=0.05, ge=0, le=1)  # share of the distinct words; names do not count
    near_duplicate_similarity: float = Field(default=0.8, ge=0.5, le=1)  # Jaccard, of the sets of five-word runs
    seed: int = Field(default=42, ge=0, le=LARGEST_SEED)  # of the subsets that are written

    @field_validator("skip", mode="before")
    @classmethod
    def _take_a_list(cls, given: object) -> object:
        return tuple(given) if isinstance(given, list) else given

    def least_zipf(self) -> float:
        """The Zipf frequency in English below which a word is foreign."""
        return self.known_zipf if self.known_zipf is not None else 2.5 if self.rules == "strict" else 1.5


class RowsConfig(Section):
    """Which rows of .jsonl and .parquet are taken, by another column than the one that holds the story."""

    column: str  # its name
    matches: str  # a regular expression that is looked for anywhere in it

    @field_validator("matches")
    @classmethod
    def _compile(cls, given: str) -> str:
        try:
            re.compile(given)
        except re.error as error:
            raise ValueError(f"'{given}' is not a regular expression: {error}") from None
        return given


class TextCorpusConfig(Section):
    """What text in files has in common, wherever the files lie."""

    kind: str  # where the files lie
    train: str  # a file, a folder, a pattern such as books/*.txt, or a .list of files, one path a line
    validation: str | None = None  # none: a seeded share of `train` is set aside
    # of texts, where a story ends; none: found out where it is clear
    layout: Literal["endoftext", "lines", "documents", "blank-lines", "two-blank-lines"] | None = None
    delimiter: str | None = None  # of texts, in place of a layout: the line that stands between two stories
    column: str | None = None  # of tables (.jsonl, .json, .csv, .tsv, .parquet); none: text or story
    rows: RowsConfig | None = None  # none: all
    validation_fraction: float = Field(default=0.05, gt=0, lt=0.5)  # set aside where there is no validation
    fraction: float = Field(default=1.0, gt=0, le=1)  # a seeded, nested subset of the training stories
    seed: int = Field(default=42, ge=0, le=LARGEST_SEED)  # of the split and of `fraction`
    cleaning: CleaningConfig | None = None  # none: the text is taken as it is

    @field_validator("delimiter", mode="before")
    @classmethod
    def _take_one_line(cls, given: object) -> object:
        if given is None or given in ("\f", "\\f"):  # a form feed, or how one is written
            return given and "\f"
        if not isinstance(given, str) or not given.strip() or "\n" in given:
            raise ValueError(
                f"{given!r:.60} is not one line; in a YAML file it stands in quotation marks: delimiter: '[EOS]'"
            )
        return given.strip()

    @model_validator(mode="after")
    def _part_in_one_way(self) -> "TextCorpusConfig":
        if self.layout is not None and self.delimiter is not None:
            raise ValueError("layout and delimiter both say where a story ends: give one of them")
        return self


class FilesCorpusConfig(TextCorpusConfig):
    """Local files."""

    kind: Literal["files"]  # on this machine


class HubCorpusConfig(TextCorpusConfig):
    """Files of a dataset on the Hugging Face hub; `train` and `validation` are names or patterns in it."""

    kind: Literal["hub"]  # downloaded once, when agreed to
    dataset: str = Field(min_length=1)  # owner/name
    revision: str = Field(default="main", min_length=1)  # a branch, tag or commit; what it is at first is kept to


class OwnCorpusConfig(Section):
    """A source of stories that was added, with the options that its kind has beside these."""

    model_config = ConfigDict(extra="allow")  # options; others are refused
    __pydantic_extra__: dict[str, SerializeAsAny[Any]] = Field(init=False)

    kind: str
    validation_fraction: float = Field(default=0.05, gt=0, lt=0.5)  # set aside where the kind has no held-out stories
    fraction: float = Field(default=1.0, gt=0, le=1)  # a seeded, nested subset of the training stories
    seed: int = Field(default=42, ge=0, le=LARGEST_SEED)

    @model_validator(mode="wrap")
    @classmethod
    def _take_options(cls, given: object, validate: ModelWrapValidatorHandler["OwnCorpusConfig"]) -> "OwnCorpusConfig":
        if not isinstance(given, dict):
            return validate(given)
        kind = CORPORA.find(str(given.get("kind")))
        if kind is None:
            raise ValueError(f"{CORPORA.why_not(str(given.get('kind')))}, and your own with --plugin FILE")
        return with_own_keys(given, cls.model_fields.keys(), kind.options, validate)

    def options(self) -> Section | None:
        """An instance of the kind's options; None where it has none."""
        kind = CORPORA.find(self.kind)
        assert kind is not None
        return None if kind.options is None else kind.options.model_validate(self.__pydantic_extra__)


def _kind_of_corpus(given: object) -> str | None:
    kind = given.get("kind") if isinstance(given, dict) else getattr(given, "kind", None)
    is_own = isinstance(kind, str) and CORPORA.find(kind) is not None  # None, too, of those that are built in
    return None if kind is None else "own" if is_own else str(kind)


def _refuse_corpus(name: str, item: object) -> None:
    if not isinstance(item, CorpusKind):
        raise PluginError(f"the kind of corpus '{name}' is no CorpusKind", found=f"{item!r:.80}", hint=KIND_HINT)
    refuse_another_name(name, item.name)
    refuse_other_options(item.options, f"the kind of corpus '{name}'")
    for member in ("stories", "validation", "fingerprint"):
        function = getattr(item, member)
        if function is not None or member == "stories":
            refuse_other_function(function, ("options",), f"{member} of the kind of corpus '{name}'")
    keys = OwnCorpusConfig.model_fields
    twice = [] if item.options is None else [key for key in item.options.model_fields if key in keys]
    if twice:
        raise PluginError(
            f"the kind of corpus '{name}' has the option {twice[0]}, which every such corpus has already",
            hint=f"leave it out, or give it another name than {', '.join(keys)}",
        )


CORPORA.refuse = _refuse_corpus


class MixtureSourceConfig(Section):
    """One corpus of a mixture, and how much of the training text is taken from it."""

    # share of the training text in characters, relative to the other sources
    weight: float = Field(default=1.0, gt=0, le=1e9)
    epochs: int = Field(default=1, ge=1, le=1_000_000)  # times that its stories may be read
    corpus: Annotated[
        Annotated[StoryworldCorpusConfig, Tag("storyworld")]
        | Annotated[FilesCorpusConfig, Tag("files")]
        | Annotated[HubCorpusConfig, Tag("hub")]
        | Annotated[OwnCorpusConfig, Tag("own")],
        Discriminator(_kind_of_corpus),
    ]


SourceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class MixtureCorpusConfig(Section):
    """Several corpora, their training stories interleaved; validation has all validation stories of each."""

    kind: Literal["mixture"]  # of several corpora
    sources: dict[SourceName, MixtureSourceConfig] = Field(min_length=1, max_length=256)
    seed: int = Field(default=42, ge=0, le=LARGEST_SEED)  # of how their stories fall between one another


CorpusConfig = Annotated[
    Annotated[StoryworldCorpusConfig, Tag("storyworld")]
    | Annotated[FilesCorpusConfig, Tag("files")]
    | Annotated[HubCorpusConfig, Tag("hub")]
    | Annotated[OwnCorpusConfig, Tag("own")]
    | Annotated[MixtureCorpusConfig, Tag("mixture")],
    Discriminator(_kind_of_corpus),
]
