"""Where a recipe's stories come from: the embedded corpus, files, the hub, or a mixture, as one pair of streams."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pocket_narrator.corpus.cleaning.clean import Cleaned, clean
from pocket_narrator.corpus.cleaning.cluster_judging import judged_on_cluster
from pocket_narrator.corpus.hub.dataset import Consent, refuse
from pocket_narrator.corpus.input_files.lists import find_files
from pocket_narrator.corpus.mixture import Part, interleave, mixture_size
from pocket_narrator.corpus.raw_corpus import open_raw
from pocket_narrator.corpus.readers import read_stories
from pocket_narrator.corpus.split import make_split
from pocket_narrator.corpus.stories import Story, StoryStream
from pocket_narrator.errors import CorpusError
from pocket_narrator.progress import Progress, progress
from pocket_narrator.recipe import schema
from pocket_narrator.recipe.section import name_key
from pocket_narrator.terminal.messages import say

FINGERPRINT_STORIES = 20


@dataclass(frozen=True)
class StorySource:
    """What is trained on, and what is set aside."""

    train: StoryStream
    validation: StoryStream
    names: tuple[str, ...] = ()  # of the sources of a mixture: Story.source counts in it


def corpus_name(corpus: schema.Corpus) -> str:
    """A folder name that differs whenever the stories may: the recipe's section and the state of its files, hashed.

    Files count by path, size and time of change; the embedded corpus by its version and its first stories, since its code may change;
    a dataset of the hub by its name and revision. Raises CorpusError if a file is missing.
    """
    key = json.dumps([name_key(corpus), _state(corpus)], sort_keys=True)
    if isinstance(corpus, schema.FilesCorpus):
        name = Path(corpus.train).stem
    else:
        name = corpus.dataset if isinstance(corpus, schema.HubCorpus) else corpus.kind
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "files"
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def open_corpus(
    corpus: schema.Corpus,
    folder: Path,
    workers: int | None = None,
    consent: Consent = refuse,
    source: int = 0,
    cluster: bool = False,
) -> StorySource:
    """Opens the streams. The embedded corpus's text, and what there is to know of a download, are kept in `folder`.

    A split takes a pass over the stories; a download happens only with `consent`. `source` is what the stories carry.
    With `cluster`, stories are cleaned on a Ray cluster.
    """
    if isinstance(corpus, schema.StoryworldCorpus):
        return _open_storyworld(corpus, folder, workers, source)
    if isinstance(corpus, schema.MixtureCorpus):
        return _open_mixture(corpus, folder, workers, consent, cluster)
    train, validation = open_raw(corpus, folder, consent, source)
    if corpus.cleaning is not None:
        train, validation = _cleaned(train, validation, corpus.cleaning, folder / "cleaned", workers, source, cluster)
    return _split(corpus, train, validation)


def _cleaned(
    train: StoryStream,
    validation: StoryStream | None,
    settings: schema.Cleaning,
    folder: Path,
    workers: int | None,
    source: int,
    cluster: bool,
) -> tuple[StoryStream, StoryStream | None]:
    """The clean stories, kept in `folder`; they are made there unless that has been done."""
    done = Cleaned.open(folder, settings)
    if done is None:
        done = clean(
            without_pairs(train.read()),
            folder,
            settings,
            validation=validation and without_pairs(validation.read()),
            expected_bytes=train.bytes + (validation.bytes if validation else 0),
            workers=workers,
            judging=judged_on_cluster if cluster else None,
        )
    say(f"cleaning: {done.describe()}")

    def kept(path: Path) -> StoryStream:
        return StoryStream(lambda: read_stories(path, source=source), path.stat().st_size)

    return kept(done.clean), done.validation and kept(done.validation)


def without_pairs(stories: Iterator[Story]) -> Iterator[Story]:
    """The same stories. Raises CorpusError for a pair: cleaning keeps texts alone, and its prompt would be lost."""
    for story in stories:
        if story.prompt_length:
            raise CorpusError(
                "corpus.cleaning is not for pairs of prompt and continuation",
                where=story.where,
                hint="leave corpus.cleaning out, or clean one column alone: corpus.column=continuation (narrator clean: "
                "column=continuation)",
            )
        yield story


def _split(
    corpus: schema.FilesCorpus | schema.HubCorpus, train: StoryStream, validation: StoryStream | None
) -> StorySource:
    if validation is not None and corpus.fraction == 1:
        return StorySource(train, validation)
    fraction = 0.0 if validation is not None else corpus.validation_fraction
    with progress("splitting", train.bytes / 1e6, "MB") as bar:
        split = make_split(
            _counted(train.read(), bar),
            validation_fraction=fraction,
            fraction=corpus.fraction,
            seed=corpus.seed,
            where=corpus.train,
        )
    set_aside = int(train.bytes * fraction)
    return StorySource(
        StoryStream(lambda: split.training(train.read()), int((train.bytes - set_aside) * corpus.fraction)),
        validation or StoryStream(lambda: split.validation(train.read()), set_aside),
    )


def _counted(stories: Iterator[Story], bar: Progress) -> Iterator[Story]:
    for story in stories:
        bar.advance(len(story.text) / 1e6)
        yield story


def _open_storyworld(corpus: schema.StoryworldCorpus, folder: Path, workers: int | None, source: int) -> StorySource:
    from pocket_narrator.storyworld import is_whole, write_corpus

    path = folder / "stories.txt"
    if not is_whole(path):
        if os.path.lexists(path):
            say(f"stories: {path.name} is not as it was written; writing it again")
        write_corpus(path, corpus.stories, corpus.seed, workers)

    train_stories = corpus.stories - corpus.validation_stories
    train_bytes = path.stat().st_size * train_stories // corpus.stories
    return StorySource(
        StoryStream(lambda: islice(read_stories(path, source=source), train_stories), train_bytes),
        StoryStream(
            lambda: islice(read_stories(path, source=source), train_stories, None), path.stat().st_size - train_bytes
        ),
    )


def _open_mixture(
    corpus: schema.MixtureCorpus, folder: Path, workers: int | None, consent: Consent, cluster: bool
) -> StorySource:
    sections = list(corpus.sources.values())
    opened = [
        open_corpus(section.corpus, folder / name, workers, consent, source, cluster)
        for source, (name, section) in enumerate(corpus.sources.items())
    ]
    parts = [
        Part(name, one.train.read, section.weight, section.epochs)
        for (name, section), one in zip(corpus.sources.items(), opened, strict=True)
    ]

    def validation() -> Iterator[Story]:
        for one in opened:
            yield from one.validation.read()

    train_bytes = mixture_size(
        [one.train.bytes for one in opened],
        [section.weight for section in sections],
        [section.epochs for section in sections],
    )
    return StorySource(
        StoryStream(lambda: interleave(parts, corpus.seed), int(train_bytes)),
        StoryStream(validation, sum(one.validation.bytes for one in opened)),
        names=tuple(corpus.sources),
    )


def _state(corpus: schema.Corpus) -> object:
    if isinstance(corpus, schema.StoryworldCorpus):
        from pocket_narrator.storyworld import VERSION, make_story

        first = [make_story(index, corpus.seed).text for index in range(FINGERPRINT_STORIES)]
        return first if VERSION == 1 else [*first, VERSION]  # what the first version told stays where it is
    if isinstance(corpus, schema.MixtureCorpus):
        return {name: _state(section.corpus) for name, section in corpus.sources.items()}
    if isinstance(corpus, schema.HubCorpus):
        return None
    named = {"corpus.train": corpus.train, "corpus.validation": corpus.validation}
    return [_file_state(file) for key, value in named.items() if value is not None for file in find_files(value, key)]


def _file_state(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns
