"""Where a recipe's stories come from: the embedded corpus or local files, as one pair of streams."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pocket_narrator import config
from pocket_narrator.corpus.split import Split, make_split
from pocket_narrator.corpus.stories import read_stories
from pocket_narrator.errors import CorpusError

FINGERPRINT_STORIES = 20


@dataclass(frozen=True)
class StorySource:
    """Streams of stories; each call of a stream starts it afresh. Sizes are of the files read, for progress bars."""

    train: Callable[[], Iterator[str]]
    validation: Callable[[], Iterator[str]]
    train_bytes: int
    validation_bytes: int


def corpus_name(corpus: config.Corpus) -> str:
    """A folder name that differs whenever the stories may: the recipe's section and the state of its files, hashed.

    Files count by path, size and time of change; the embedded corpus by its first stories, since its code may change.
    Raises CorpusError if a file is missing.
    """
    if isinstance(corpus, config.StoryworldCorpus):
        from pocket_narrator.storyworld import make_story

        name = "storyworld"
        state = [make_story(index, corpus.seed).text for index in range(FINGERPRINT_STORIES)]
    else:
        name = Path(corpus.train).stem
        state = [_file_state(Path(file)) for file in (corpus.train, corpus.validation) if file is not None]
    key = json.dumps([corpus.model_dump(mode="json"), state], sort_keys=True)
    return f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def open_corpus(corpus: config.Corpus, folder: Path, workers: int | None = None) -> StorySource:
    """Opens the streams; the embedded corpus's text is written to `folder` first if it is not there, a split takes a pass."""
    if isinstance(corpus, config.StoryworldCorpus):
        return _open_storyworld(corpus, folder, workers)
    return _open_files(corpus)


def _open_storyworld(corpus: config.StoryworldCorpus, folder: Path, workers: int | None) -> StorySource:
    path = folder / "stories.txt"
    if not path.is_file():
        from pocket_narrator.storyworld import write_corpus

        write_corpus(path, corpus.stories, corpus.seed, workers)
    train_stories = corpus.stories - corpus.validation_stories
    train_bytes = path.stat().st_size * train_stories // corpus.stories
    return StorySource(
        train=lambda: islice(read_stories(path), train_stories),
        validation=lambda: islice(read_stories(path), train_stories, None),
        train_bytes=train_bytes,
        validation_bytes=path.stat().st_size - train_bytes,
    )


def _open_files(corpus: config.FilesCorpus) -> StorySource:
    train = Path(corpus.train)
    train_bytes = train.stat().st_size
    if corpus.validation is not None:
        validation = Path(corpus.validation)
        if corpus.fraction == 1:
            return StorySource(
                lambda: read_stories(train), lambda: read_stories(validation), train_bytes, validation.stat().st_size
            )
        split = _split(corpus, 0.0)
        return StorySource(
            lambda: split.training(read_stories(train)),
            lambda: read_stories(validation),
            int(train_bytes * corpus.fraction),
            validation.stat().st_size,
        )
    split = _split(corpus, corpus.validation_fraction)
    validation_bytes = int(train_bytes * corpus.validation_fraction)
    return StorySource(
        lambda: split.training(read_stories(train)),
        lambda: split.validation(read_stories(train)),
        int((train_bytes - validation_bytes) * corpus.fraction),
        validation_bytes,
    )


def _split(corpus: config.FilesCorpus, validation_fraction: float) -> Split:
    return make_split(
        read_stories(corpus.train),
        validation_fraction=validation_fraction,
        fraction=corpus.fraction,
        seed=corpus.seed,
        where=corpus.train,
    )


def _file_state(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise CorpusError(
            f"the file cannot be read: {error.strerror}",
            where=str(path),
            remedy="check corpus.train and corpus.validation",
        ) from None
    return str(path.resolve()), status.st_size, status.st_mtime_ns
