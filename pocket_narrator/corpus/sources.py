"""Where a recipe's stories come from: the embedded corpus, files, the hub, a kind that was added, or a mixture, as one pair of streams."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pocket_narrator.corpus.cleaning.clean import Cleaned, clean
from pocket_narrator.corpus.cleaning.cluster_judging import judged_on_cluster
from pocket_narrator.corpus.hub.dataset import Consent, refuse
from pocket_narrator.corpus.mixture import MixturePart, interleave, mixture_size
from pocket_narrator.corpus.own_source import open_own
from pocket_narrator.corpus.raw_corpus import open_raw
from pocket_narrator.corpus.readers import read_stories
from pocket_narrator.corpus.split import make_split
from pocket_narrator.corpus.stories import Story, StoryStream
from pocket_narrator.errors import CorpusError
from pocket_narrator.progress import Progress, progress
from pocket_narrator.recipe import schema
from pocket_narrator.terminal.messages import say


@dataclass(frozen=True)
class StorySource:
    """What is trained on, and what is set aside."""

    train: StoryStream
    validation: StoryStream
    names: tuple[str, ...] = ()  # of the sources of a mixture: Story.source counts in it


def open_corpus(
    corpus: schema.CorpusConfig,
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
    if isinstance(corpus, schema.StoryworldCorpusConfig):
        return _open_storyworld(corpus, folder, workers, source)
    if isinstance(corpus, schema.MixtureCorpusConfig):
        return _open_mixture(corpus, folder, workers, consent, cluster)
    if isinstance(corpus, schema.OwnCorpusConfig):
        return _split(corpus, *open_own(corpus, source), corpus.kind)
    train, validation = open_raw(corpus, folder, consent, source)
    if corpus.cleaning is not None:
        train, validation = _cleaned(train, validation, corpus.cleaning, folder / "cleaned", workers, source, cluster)
    return _split(corpus, train, validation, corpus.train)


def _cleaned(
    train: StoryStream,
    validation: StoryStream | None,
    settings: schema.CleaningConfig,
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
    corpus: schema.FilesCorpusConfig | schema.HubCorpusConfig | schema.OwnCorpusConfig,
    train: StoryStream,
    validation: StoryStream | None,
    where: str,
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
            where=where,
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


def _open_storyworld(
    corpus: schema.StoryworldCorpusConfig, folder: Path, workers: int | None, source: int
) -> StorySource:
    from pocket_narrator.corpus.embedded import dials_of, lengths_of
    from pocket_narrator.storyworld import is_whole, write_corpus

    path = folder / "stories.txt"
    if not is_whole(path):
        if os.path.lexists(path):
            say(f"stories: {path.name} is not as it was written; writing it again")
        write_corpus(path, corpus.stories, corpus.seed, workers, dials_of(corpus), corpus.chapters, lengths_of(corpus))

    train_stories = corpus.stories - corpus.validation_stories
    train_bytes = path.stat().st_size * train_stories // corpus.stories
    return StorySource(
        StoryStream(lambda: islice(read_stories(path, source=source), train_stories), train_bytes),
        StoryStream(
            lambda: islice(read_stories(path, source=source), train_stories, None), path.stat().st_size - train_bytes
        ),
    )


def _open_mixture(
    corpus: schema.MixtureCorpusConfig, folder: Path, workers: int | None, consent: Consent, cluster: bool
) -> StorySource:
    sections = list(corpus.sources.values())
    opened = [
        open_corpus(section.corpus, folder / name, workers, consent, source, cluster)
        for source, (name, section) in enumerate(corpus.sources.items())
    ]
    parts = [
        MixturePart(name, one.train.read, section.weight, section.epochs)
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
