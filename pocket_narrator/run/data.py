"""What a run was trained on, found again: the text is known by its hash, wherever it lies now; the tokenizer is the run's own."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pocket_narrator.corpus.moved_text import with_text_at
from pocket_narrator.corpus.names import corpus_names
from pocket_narrator.errors import CorpusError, PluginError, RunError
from pocket_narrator.recipe import schema
from pocket_narrator.run.identity import PREPARED, TOKENIZER, RunIdentity
from pocket_narrator.terminal.messages import say
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.prepare import hash_text, look_for, prepare
from pocket_narrator.tokens.prepared import Prepared, find_prepared

DATA_ROOT = Path("data")
_OTHER_TEXT = "--data PATH says where the run's text lies now; other text is for another run, with name=..."
_OTHER_WORLD = (
    "StoryWorld tells other stories in this version: --data PATH names the data prepared then; the new stories are for another run, "
    "with name=..."
)

_OTHER_CODE = (
    "bring back what corpus.kind={} has read, or name what was prepared of it then: --data PATH; other stories are for another run, "
    "with name=..."
)


@dataclass(frozen=True)
class RunData:
    """The data of the run in the folder `path`; `recipe` and `data` are those of its identity."""

    path: Path
    recipe: schema.Recipe
    data: dict
    tokenizer: Tokenizer

    @classmethod
    def of(cls, identity: RunIdentity) -> "RunData":
        return cls(identity.path, identity.recipe, identity.data, Tokenizer.load(identity.path / TOKENIZER))

    def find(self, place: Path | None = None, data_root: Path = DATA_ROOT) -> Prepared:
        """For measuring: the prepared data where it lay when the run was trained, or in a `data` folder here or beside the folder
        of runs; otherwise it is made, of the text that the recipe names or that lies at `place`.

        RunError where that is another text, CorpusError where there is none.
        """
        if place is not None:
            return self._at(place, data_root)
        return self._prepared(data_root) or self._made(self.recipe, data_root)

    def go_on(self, recipe: schema.Recipe, place: Path | None = None, data_root: Path = DATA_ROOT) -> Prepared:
        """The same for going on with training by `recipe`, whose text is looked at: it may lie under another path, but must not
        be another one."""
        if place is not None:
            return self._at(place, data_root)
        prepared = self._prepared(data_root)
        if prepared is None or not _can_change(recipe.corpus):
            return prepared or self._made(recipe, data_root)
        try:
            names = corpus_names(recipe.corpus)
        except (CorpusError, PluginError) as error:
            missing = f"{error.where}: {error.what}" if error.where else error.what
            say(f"{missing}; going on with what was prepared from it")
            return prepared
        if prepared.folder.parent.name not in names:
            self._compare(hash_text(recipe, data_root))
        return prepared

    def _at(self, place: Path, data_root: Path) -> Prepared:
        corpus_hash = self.data.get("corpus_hash")
        found = find_prepared(place, corpus_hash, self.tokenizer, is_named=True) if corpus_hash else None
        if found is not None:
            return self._with_floor(found)
        corpus = with_text_at(self.recipe.corpus, place)
        return self._made(self.recipe.model_copy(update={"corpus": corpus}), data_root)

    def _prepared(self, data_root: Path) -> Prepared | None:
        """What is there, known by its hash, wherever it lies."""
        corpus_hash = self.data.get("corpus_hash")
        if corpus_hash is None:  # an import's, or of no run of ours
            return None
        for place in self._places(data_root):
            found = find_prepared(place, corpus_hash, self.tokenizer)
            if found is not None:
                return self._with_floor(found)
        return None

    def _places(self, data_root: Path) -> Iterator[Path]:
        place = self.data.get(PREPARED)
        if isinstance(place, dict):
            if isinstance(place.get("folder"), str):
                yield Path(place["folder"])
            if isinstance(place.get("from_run"), str):  # run and data may have been moved together
                yield Path(os.path.normpath(self.path.resolve() / place["from_run"]))
        # Runs of earlier versions do not say.
        yield data_root
        yield self.path.resolve().parent.parent / DATA_ROOT

    def _made(self, recipe: schema.Recipe, data_root: Path) -> Prepared:
        """Prepared anew, or as an earlier call has left it; compared before it is encoded."""
        try:
            found = look_for(recipe, data_root, self.tokenizer)
            self._compare(hash_text(recipe, data_root) if found is None else found.corpus_hash)
            found = found or prepare(recipe, data_root, quiet=True, tokenizer=self.tokenizer)
        except CorpusError as error:
            if isinstance(recipe.corpus, schema.OwnCorpusConfig):
                raise
            raise CorpusError(
                f"the text that this run was trained on is not found: {error.what}",
                where=error.where,
                found=error.found,
                hint=f"--data PATH says where the text of {self.path} lies now: its file, its folder, or prepared data",
            ) from error
        return self._with_floor(found)

    def _compare(self, corpus_hash: str) -> None:
        then = self.data.get("corpus_hash", corpus_hash)
        if corpus_hash != then:
            raise RunError(
                "the corpus has changed since this run was trained",
                where=str(self.path),
                found=f"corpus {then[:12]} in the run, {corpus_hash[:12]} now",
                hint=_hint_of_other_text(self.recipe.corpus),
            )

    def _with_floor(self, found: Prepared) -> Prepared:
        floor, error = (self.data.get(key) for key in ("floor_bits_per_byte", "floor_standard_error"))
        return (
            found
            if floor is None or error is None
            else replace(found, floor_bits_per_byte=floor, floor_standard_error=error)
        )


def place_of(prepared: Prepared, run: Path) -> dict[str, str]:
    """Where the prepared data lies, for `data.json`."""
    folder = prepared.folder.resolve()
    place = {"folder": folder.as_posix()}
    try:
        return {**place, "from_run": Path(os.path.relpath(folder, run.resolve())).as_posix()}
    except ValueError:  # on another drive
        return place


def _can_change(corpus: schema.CorpusConfig) -> bool:
    """Whether its recipe may stand for other stories on another day: files, and code that may read some."""
    if isinstance(corpus, schema.MixtureCorpusConfig):
        return any(_can_change(source.corpus) for source in corpus.sources.values())
    return isinstance(corpus, schema.FilesCorpusConfig | schema.OwnCorpusConfig)


def _hint_of_other_text(corpus: schema.CorpusConfig) -> str:
    if isinstance(corpus, schema.OwnCorpusConfig):
        return _OTHER_CODE.format(corpus.kind)
    return _OTHER_WORLD if isinstance(corpus, schema.StoryworldCorpusConfig) else _OTHER_TEXT
