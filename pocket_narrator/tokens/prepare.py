"""Everything a recipe needs before training: stories, tokenizer, token stores. What is already there is kept."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from pocket_narrator.corpus import Story
from pocket_narrator.corpus.hub.dataset import Consent, refuse
from pocket_narrator.corpus.names import corpus_folder, first_there, short_hash
from pocket_narrator.corpus.sources import StorySource, open_corpus
from pocket_narrator.errors import NarratorError, TokenizerError, TokenStoreError
from pocket_narrator.files.file_lock import LOCK, one_at_a_time
from pocket_narrator.files.temporary_files import sweep
from pocket_narrator.progress import format_seconds, progress
from pocket_narrator.recipe import schema
from pocket_narrator.recipe.prepared_names import earlier_name_key, name_key
from pocket_narrator.terminal.messages import say
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokenizers.choose import code_version, is_trained, name_of, open_pretrained, train_tokenizer
from pocket_narrator.tokens.builder import build_store, hash_stories
from pocket_narrator.tokens.encoding import useful_workers
from pocket_narrator.tokens.floor_file import KeptFloor, read_floor, write_floor
from pocket_narrator.tokens.kept_tokenizer import keep_tokenizer, open_kept_tokenizer
from pocket_narrator.tokens.prepared import FLOOR, TOKENIZER, TOKENS, Prepared, hash_corpus
from pocket_narrator.tokens.store import TokenStore

TOKENIZED = {"train": "tokenized training set", "validation": "tokenized validation set"}


class _NotThere(Exception):
    """Something would have to be made."""


def prepare(
    recipe: schema.Recipe,
    data_root: Path = Path("data"),
    workers: int | None = None,
    consent: Consent = refuse,
    cluster: bool = False,
    quiet: bool = False,
    tokenizer: Tokenizer | None = None,
) -> Prepared:
    """Makes or reopens the stories, tokenizer and token stores of a recipe, below `data_root`.

    The folder is `<corpus>-<hash>/<tokenizer>-<hash>`; the hashes cover the versions of the recipe's sections `corpus` and
    `tokenizer`, their keys that are not at their defaults, and the state of what they name, so recipes that share these share
    the work. A folder under the name that it had in earlier versions is used. Commands that prepare
    one corpus at the same time take turns, so that one does the work. Each step says on stderr what it did and how long
    it took. A damaged token store is found by its hashes and made again.
    Raises NarratorError if the text, the tokenizer file or the disk is not as it should be.
    `workers` processes tell the embedded corpus and encode (none: as many as pay). `consent` is asked before a download.
    With `cluster`, a Ray cluster cleans and encodes; the result is the same. `quiet`: nothing is said of what is there already,
    for callers who expect everything to be. `tokenizer` is taken instead of the recipe's: a run's own.
    """
    with _disk(data_root):
        steps = _Steps(recipe, Path(data_root), workers, consent, cluster, quiet, tokenizer)
        found = steps.look()
        if found is not None:
            return found
        with _in_turn(steps.corpus_folder):
            return steps.make()


def look_for(recipe: schema.Recipe, data_root: Path, tokenizer: Tokenizer) -> Prepared | None:
    """What `prepare` would give, if nothing of it has to be made. Raises CorpusError where the text is not there."""
    with _disk(data_root):
        return _Steps(recipe, data_root, None, refuse, False, True, tokenizer).look()


def hash_text(recipe: schema.Recipe, data_root: Path = Path("data"), workers: int | None = None) -> str:
    """The `corpus_hash` that the text of a recipe would be prepared with: it is read and, where the recipe says so, cleaned,
    but not encoded. Raises NarratorError as `prepare` does."""
    with _disk(data_root):
        folder = corpus_folder(recipe.corpus, data_root)
        with _in_turn(folder):
            stories = open_corpus(recipe.corpus, folder, workers)
            return hash_corpus(hash_stories(stories.train.read()), hash_stories(stories.validation.read()))


@contextmanager
def _disk(data_root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NarratorError(
            f"preparing failed: {error.strerror or error}",
            where=str(error.filename or data_root),
            hint="see that the folder can be written to and its disk has space; what is finished is kept",
        ) from error


@contextmanager
def _in_turn(folder: Path) -> Iterator[None]:
    """Makes the corpus's folder, for one command at a time. It and the folders in and above it that were made go again
    where they are empty in the end."""
    made = [path for path in folder.parents if not path.exists()]
    try:
        with one_at_a_time(folder / LOCK, "prepares this corpus"):
            for place in (folder, *filter(Path.is_dir, sorted(folder.rglob("*")))):
                sweep(place)
            yield
    finally:
        inside = sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)
        for path in (*inside, folder, *made):
            with suppress(OSError):  # it is not empty
                path.rmdir()


class _Steps:
    """The steps of one call; the stories are opened only if some step has to read them."""

    def __init__(
        self,
        recipe: schema.Recipe,
        data_root: Path,
        workers: int | None,
        consent: Consent,
        cluster: bool,
        quiet: bool,
        own_tokenizer: Tokenizer | None,
    ) -> None:
        self._recipe = recipe
        self.corpus_folder = corpus_folder(recipe.corpus, data_root)
        own = own_tokenizer
        names = tokenizer_names(recipe.tokenizer) if own is None else [_own_name(own, self.corpus_folder)]
        self._folder = first_there(self.corpus_folder, names)
        self._workers = workers
        self._consent = consent
        self._cluster = cluster
        self._quiet = quiet
        self._own_tokenizer = own_tokenizer
        self._opened: StorySource | None = None
        self._only_look = False
        self._there: list[tuple[str, str]] = []  # what was there already, and is to be said

    def look(self) -> Prepared | None:
        """What is there, if nothing is missing or damaged; nothing is written."""
        self._only_look = True
        try:
            found = self.make()
        except _NotThere:
            return None
        finally:
            self._only_look = False
            there, self._there = self._there, []
        for step, text in there:
            _announce(step, text)
        return found

    def make(self) -> Prepared:
        """Everything; what is there already is kept."""
        folder = self._folder
        train_folder = folder / TOKENS / "train"
        tokenizer = self.tokenizer(folder / TOKENIZER, train_folder)
        train = self.store("train", tokenizer, train_folder)
        validation = self.store("validation", tokenizer, folder / TOKENS / "validation")
        floor = self.floor(self.corpus_folder / FLOOR, validation.num_bytes) or (None, None, None)
        return Prepared(tokenizer, train, validation, folder, *floor)

    def tokenizer(self, path: Path, train_folder: Path) -> Tokenizer:
        """Keeps the tokenizer that is there if it is whole and the one that the training store was made with."""
        try:
            if os.path.lexists(path):
                found, own = open_kept_tokenizer(path), self._own_tokenizer
                if own is not None and own.fingerprint != found.fingerprint:
                    raise TokenizerError("the tokenizer is not the run's")
                if train_folder.exists():
                    TokenStore.open(train_folder, tokenizer=found.fingerprint)
                self._found("tokenizer", f"{found.vocabulary_size:,} tokens, cached")
                return found
        except (TokenizerError, TokenStoreError) as error:
            self._begin("tokenizer", error)
        self._begin("tokenizer")
        section = self._recipe.tokenizer
        if self._own_tokenizer is not None:
            keep_tokenizer(self._own_tokenizer, path)
            _announce("tokenizer", f"{self._own_tokenizer.vocabulary_size:,} tokens, the run's own")
            return self._own_tokenizer
        stories = self._stories() if is_trained(section) else None
        started = time.monotonic()
        if stories is None:
            opened = open_pretrained(section)
            made = opened.tokenizer
            notes = ", ".join((f"{opened.kind} of {section.repository or section.path}", *opened.notes))
            done = f"{made.vocabulary_size:,} tokens, {notes}"
        else:
            with progress("training the tokenizer", stories.train.bytes / 1e6, "MB") as bar:
                counted = _counted(stories.train.read(), bar)
                made, size = train_tokenizer(section, counted, useful_workers(stories.train.bytes, self._workers))
            done = f"{size}, trained in {_since(started)}"
        keep_tokenizer(made, path)
        _announce("tokenizer", done)
        return made

    def store(self, name: str, tokenizer: Tokenizer, folder: Path) -> TokenStore:
        try:
            if folder.exists():
                found = TokenStore.open(folder, tokenizer=tokenizer.fingerprint)
                found.verify(tokenizer.vocabulary_size)
                self._found(TOKENIZED[name], f"{found.num_tokens:,} tokens of {found.num_stories:,} stories, cached")
                return found
        except TokenStoreError as error:
            self._begin(TOKENIZED[name], error)
        self._begin(TOKENIZED[name])
        stories = self._stories()
        started = time.monotonic()
        side = stories.train if name == "train" else stories.validation
        workers = useful_workers(side.bytes, self._workers)
        made = build_store(
            side.read(),
            tokenizer,
            folder,
            sources=stories.names,
            expected_bytes=side.bytes,
            workers=workers,
            cluster=self._cluster,
        )
        megabytes = made.num_bytes / 1e6
        _announce(
            TOKENIZED[name],
            f"{made.num_tokens:,} tokens of {made.num_stories:,} stories ({megabytes:,.1f} MB), made in {_since(started)}",
        )
        if made.meta.sources:
            _announce(f"{name} sources", _shares(made))
        return made

    def floor(self, path: Path, text_bytes: int) -> KeptFloor | None:
        """The entropy floor of the embedded corpus's validation stories."""
        corpus = self._recipe.corpus
        if not isinstance(corpus, schema.StoryworldCorpusConfig):
            return None
        known = read_floor(path, text_bytes)
        tell = self._found
        if known is None:
            from pocket_narrator.corpus.embedded import dials_of
            from pocket_narrator.storyworld import corpus_floor

            self._begin("entropy floor")
            first, count = corpus.stories - corpus.validation_stories, corpus.validation_stories
            found = corpus_floor(corpus.seed, first, count, self._workers, dials_of(corpus), corpus.chapters)
            known = write_floor(path, found.bits_per_byte_floor, found.standard_error, text_bytes, found.bits)
            tell = _announce
        tell(
            "entropy floor",
            f"{known.bits_per_byte:.4f} +- {known.standard_error:.4f} bits per byte of the validation stories",
        )
        return known

    def _begin(self, step: str, damage: NarratorError | None = None) -> None:
        """Called before anything is made."""
        if self._only_look:
            raise _NotThere
        if damage is not None:
            _announce(step, f"{damage.what}; making it again")

    def _found(self, step: str, text: str) -> None:
        if self._only_look and not self._quiet:
            self._there.append((step, text))
        elif not self._quiet:
            _announce(step, text)

    def _stories(self) -> StorySource:
        if self._opened is None:
            started = time.monotonic()
            self._opened = open_corpus(
                self._recipe.corpus, self.corpus_folder, self._workers, self._consent, cluster=self._cluster
            )
            next(
                self._opened.validation.read(), None
            )  # what is wrong there is better said before the long work than after
            size = (self._opened.train.bytes + self._opened.validation.bytes) / 1e6
            _announce("stories", f"{size:,.1f} MB, ready in {_since(started)}")
        return self._opened


def tokenizer_names(section: schema.TokenizerConfig) -> list[str]:
    """The folder's name, and the one that it had in earlier versions."""
    state = code_version(section) if is_trained(section) else open_pretrained(section).tokenizer.fingerprint
    keys = [key for key in (name_key(section), earlier_name_key(section)) if key is not None]
    return [f"{name_of(section)}-{short_hash([key, state])}" for key in keys]


def _own_name(own: Tokenizer, corpus_folder: Path) -> str:
    """The folder in which a run's own tokenizer lies already, or a new one: never one in which others will look for the
    tokenizer that they would train."""
    for path in sorted(corpus_folder.glob(f"*/{TOKENIZER}")):
        with suppress(TokenizerError):
            if Tokenizer.load(path).fingerprint == own.fingerprint:
                return path.parent.name
    return f"own-{own.fingerprint[:10]}"


def _counted(stories: Iterable[Story], bar) -> Iterator[str]:
    for story in stories:
        bar.advance(len(story.text) / 1e6)
        yield story.text


def _shares(store: TokenStore) -> str:
    """How much of a mixture's text each source gave."""
    sizes = np.bincount(store.story_sources, store.story_bytes, minlength=len(store.meta.sources))
    return ", ".join(
        f"{name} {size / 1e6:,.1f} MB ({size / store.num_bytes:.1%})"
        for name, size in zip(store.meta.sources, sizes, strict=True)
    )


def _since(started: float) -> str:
    elapsed = time.monotonic() - started
    return f"{elapsed:.1f} s" if elapsed < 60 else format_seconds(elapsed)


def _announce(step: str, text: str) -> None:
    say(f"{step}: {text}")
