"""Everything a recipe needs before training: stories, tokenizer, token stores. What is already there is kept."""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pocket_narrator import config
from pocket_narrator.atomic import write_text
from pocket_narrator.corpus import Story
from pocket_narrator.corpus.hub import Consent, refuse
from pocket_narrator.corpus.sources import StorySource, corpus_name, open_corpus
from pocket_narrator.errors import NarratorError, TokenizerError, TokenStoreError
from pocket_narrator.progress import format_seconds, progress
from pocket_narrator.terminal import say
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokenizers.choose import is_trained, name_of, open_pretrained, train_tokenizer
from pocket_narrator.tokens.builder import build_store
from pocket_narrator.tokens.encoding import useful_workers
from pocket_narrator.tokens.store import TokenStore

TOKENIZED = {"train": "tokenized training set", "validation": "tokenized validation set"}


@dataclass(frozen=True)
class Prepared:
    """What training reads."""

    tokenizer: Tokenizer
    train: TokenStore
    validation: TokenStore
    folder: Path
    corpus_hash: str  # SHA-256 of the training and validation texts; independent of the tokenizer
    floor_bits_per_byte: float | None  # entropy of the validation stories per byte of text; the embedded corpus only
    floor_standard_error: float | None


def prepare(
    recipe: config.Recipe,
    data_root: Path = Path("data"),
    workers: int | None = None,
    consent: Consent = refuse,
    cluster: bool = False,
    quiet: bool = False,
) -> Prepared:
    """Makes or reopens the stories, tokenizer and token stores of a recipe, below `data_root`.

    The folder is `<corpus>-<hash>/<tokenizer>-<hash>`; the hashes cover exactly the recipe's sections `corpus` and
    `tokenizer` and the state of the files they name, so recipes that share these share the work. Each step says on
    stderr what it did and how long it took. A damaged token store is found by its hashes and made again.
    Raises NarratorError if the text, the tokenizer file or the disk is not as it should be.
    `workers` processes tell the embedded corpus and encode (none: as many as pay). `consent` is asked before a download.
    With `cluster`, a Ray cluster cleans and encodes; the result is the same. `quiet`: nothing is said of what is there already,
    for callers who expect everything to be.
    """
    try:
        return _prepare(recipe, Path(data_root), workers, consent, cluster, quiet)
    except OSError as error:
        raise NarratorError(
            f"preparing failed: {error.strerror or error}",
            where=str(error.filename or data_root),
            hint="see that the folder can be written to and its disk has space; what is finished is kept",
        ) from error


def _prepare(
    recipe: config.Recipe, data_root: Path, workers: int | None, consent: Consent, cluster: bool, quiet: bool
) -> Prepared:
    corpus_folder = data_root / corpus_name(recipe.corpus)
    folder = corpus_folder / _tokenizer_name(recipe.tokenizer)
    with _no_empty_folders(corpus_folder):
        steps = _Steps(recipe, corpus_folder, workers, consent, cluster, quiet)
        train_folder = folder / "tokens" / "train"
        tokenizer = steps.tokenizer(folder / "tokenizer.json", train_folder)
        train = steps.store("train", tokenizer, train_folder)
        validation = steps.store("validation", tokenizer, folder / "tokens" / "validation")
        floor, standard_error = steps.floor(corpus_folder / "floor.json", validation.num_bytes)
    texts = train.meta.text_sha256 + validation.meta.text_sha256
    corpus_hash = hashlib.sha256(texts.encode()).hexdigest()
    return Prepared(tokenizer, train, validation, folder, corpus_hash, floor, standard_error)


@contextmanager
def _no_empty_folders(folder: Path) -> Iterator[None]:
    """Makes `folder`; after a failure, it and the folders in and above it that were made go again where they are empty."""
    made = [path for path in folder.parents if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        inside = sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)
        for path in (*inside, folder, *made):
            with suppress(OSError):  # it is not empty
                path.rmdir()
        raise


class _Steps:
    """The steps of one call; the stories are opened only if some step has to read them."""

    def __init__(
        self,
        recipe: config.Recipe,
        corpus_folder: Path,
        workers: int | None,
        consent: Consent,
        cluster: bool,
        quiet: bool,
    ) -> None:
        self._recipe = recipe
        self._corpus_folder = corpus_folder
        self._workers = workers
        self._consent = consent
        self._cluster = cluster
        self._quiet = quiet
        self._opened: StorySource | None = None

    def tokenizer(self, path: Path, train_folder: Path) -> Tokenizer:
        """Keeps the tokenizer that is there if it is whole and the one that the training store was made with."""
        try:
            if path.is_file():
                found = Tokenizer.load(path)
                if train_folder.exists():
                    TokenStore.open(train_folder, tokenizer=found.fingerprint)
                self._found("tokenizer", f"{found.vocabulary_size:,} tokens, cached")
                return found
        except (TokenizerError, TokenStoreError) as error:
            _announce("tokenizer", f"{error.what}; making it again")
        section = self._recipe.tokenizer
        stories = self._stories() if is_trained(section) else None
        started = time.monotonic()
        if stories is None:
            opened = open_pretrained(section)
            made = opened.tokenizer
            notes = ", ".join((f"{opened.kind} of {section.repository or section.path}", *opened.notes))
            done = f"{made.vocabulary_size:,} tokens, {notes}"
        else:
            with progress("training the tokenizer", stories.train_bytes / 1e6, "MB") as bar:
                counted = _counted(stories.train(), bar)
                made, size = train_tokenizer(section, counted, useful_workers(stories.train_bytes, self._workers))
            done = f"{size}, trained in {_since(started)}"
        made.save(path)
        _announce("tokenizer", done)
        return made

    def store(self, name: str, tokenizer: Tokenizer, folder: Path) -> TokenStore:
        try:
            if folder.exists():
                found = TokenStore.open(folder, tokenizer=tokenizer.fingerprint)
                found.verify()
                self._found(TOKENIZED[name], f"{found.num_tokens:,} tokens of {found.num_stories:,} stories, cached")
                return found
        except TokenStoreError as error:
            _announce(TOKENIZED[name], f"{error.what}; making it again")
        stories = self._stories()
        started = time.monotonic()
        stream, expected = (
            (stories.train(), stories.train_bytes)
            if name == "train"
            else (stories.validation(), stories.validation_bytes)
        )
        workers = useful_workers(expected, self._workers)
        made = build_store(
            stream,
            tokenizer,
            folder,
            sources=stories.names,
            expected_bytes=expected,
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

    def floor(self, path: Path, text_bytes: int) -> tuple[float, float] | tuple[None, None]:
        """The entropy floor of the embedded corpus's validation stories and its standard error, per byte of text."""
        corpus = self._recipe.corpus
        if not isinstance(corpus, config.StoryworldCorpus):
            return None, None
        try:
            floor, standard_error = json.loads(path.read_text(encoding="utf-8"))
            tell = self._found
        except (FileNotFoundError, ValueError, TypeError):
            from pocket_narrator.storyworld import corpus_floor

            first = corpus.stories - corpus.validation_stories
            found = corpus_floor(corpus.seed, first, corpus.validation_stories, self._workers)
            # StoryWorld's count has one byte more a story, for its end.
            per_text_byte = found.bytes / text_bytes
            floor, standard_error = found.bits_per_byte_floor * per_text_byte, found.standard_error * per_text_byte
            write_text(path, json.dumps([floor, standard_error]) + "\n")
            tell = _announce
        tell("entropy floor", f"{floor:.4f} +- {standard_error:.4f} bits per byte of the validation stories")
        return floor, standard_error

    def _found(self, step: str, text: str) -> None:
        if not self._quiet:
            _announce(step, text)

    def _stories(self) -> StorySource:
        if self._opened is None:
            started = time.monotonic()
            self._opened = open_corpus(
                self._recipe.corpus, self._corpus_folder, self._workers, self._consent, cluster=self._cluster
            )
            next(self._opened.validation(), None)  # what is wrong there is better said before the long work than after
            size = (self._opened.train_bytes + self._opened.validation_bytes) / 1e6
            _announce("stories", f"{size:,.1f} MB, ready in {_since(started)}")
        return self._opened


def _tokenizer_name(section: config.Tokenizer) -> str:
    state = "" if is_trained(section) else open_pretrained(section).tokenizer.fingerprint
    key = json.dumps([section.model_dump(mode="json"), state], sort_keys=True)
    return f"{name_of(section)}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


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
