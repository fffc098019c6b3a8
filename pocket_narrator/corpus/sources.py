"""Where a recipe's stories come from: the embedded corpus, files, the hub, or a mixture, as one pair of streams."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pocket_narrator.corpus.cleaning.clean import Cleaned, clean
from pocket_narrator.corpus.cleaning.cluster_judging import judged_on_cluster
from pocket_narrator.corpus.hub.dataset import Consent, refuse
from pocket_narrator.corpus.mixture import Part, interleave, mixture_size
from pocket_narrator.corpus.own_source import open_own
from pocket_narrator.corpus.pairs import PromptedStory
from pocket_narrator.corpus.raw_corpus import RawCorpus, Stream, open_raw
from pocket_narrator.corpus.readers import read_stories
from pocket_narrator.corpus.split import make_split
from pocket_narrator.corpus.stories import Story
from pocket_narrator.errors import CorpusError
from pocket_narrator.progress import Progress, progress
from pocket_narrator.recipe import schema
from pocket_narrator.terminal.messages import say


@dataclass(frozen=True)
class StorySource:
    """Streams of stories; each call of a stream starts it afresh. Sizes are of the text, roughly, for progress bars."""

    train: Stream
    validation: Stream
    train_bytes: int
    validation_bytes: int
    names: tuple[str, ...] = ()  # of the sources of a mixture: Story.source counts in it


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
    if isinstance(corpus, schema.OwnCorpus):
        return _split(corpus, open_own(corpus, source), corpus.kind)
    raw = open_raw(corpus, folder, consent, source)
    if corpus.cleaning is not None:
        raw = _cleaned(raw, corpus.cleaning, folder / "cleaned", workers, source, cluster)
    return _split(corpus, raw, corpus.train)


def _cleaned(
    raw: RawCorpus, settings: schema.Cleaning, folder: Path, workers: int | None, source: int, cluster: bool
) -> RawCorpus:
    """The clean stories, kept in `folder`; they are made there unless that has been done."""
    done = Cleaned.open(folder, settings)
    if done is None:
        validation = raw.validation and without_pairs(raw.validation())
        size = raw.train_bytes + raw.validation_bytes
        done = clean(
            without_pairs(raw.train()),
            folder,
            settings,
            validation=validation,
            expected_bytes=size,
            workers=workers,
            judging=judged_on_cluster if cluster else None,
        )
    say(f"cleaning: {done.describe()}")

    def read(path: Path) -> Stream:
        return lambda: (Story(text, f"{path}#{index}", source) for index, text in enumerate(read_stories(path)))

    return RawCorpus(
        train=read(done.clean),
        validation=done.validation and read(done.validation),
        train_bytes=done.clean.stat().st_size,
        validation_bytes=done.validation.stat().st_size if done.validation else 0,
    )


def without_pairs(stories: Iterator[Story]) -> Iterator[Story]:
    """The same stories. Raises CorpusError for a pair: cleaning keeps texts alone, and its prompt would be lost."""
    for story in stories:
        if isinstance(story.text, PromptedStory):
            raise CorpusError(
                "corpus.cleaning is not for pairs of prompt and continuation",
                where=story.where,
                hint="leave corpus.cleaning out, or clean one column alone: corpus.column=continuation (narrator clean: "
                "column=continuation)",
            )
        yield story


def _split(corpus: schema.FilesCorpus | schema.HubCorpus | schema.OwnCorpus, raw: RawCorpus, where: str) -> StorySource:
    if raw.validation is not None and corpus.fraction == 1:
        return StorySource(raw.train, raw.validation, raw.train_bytes, raw.validation_bytes)
    fraction = 0.0 if raw.validation is not None else corpus.validation_fraction
    with progress("splitting", raw.train_bytes / 1e6, "MB") as bar:
        split = make_split(
            _counted(raw.train(), bar),
            validation_fraction=fraction,
            fraction=corpus.fraction,
            seed=corpus.seed,
            where=where,
        )
    set_aside = int(raw.train_bytes * fraction)
    return StorySource(
        train=lambda: split.training(raw.train()),
        validation=raw.validation or (lambda: split.validation(raw.train())),
        train_bytes=int((raw.train_bytes - set_aside) * corpus.fraction),
        validation_bytes=raw.validation_bytes or set_aside,
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

    def read(start: int, stop: int | None) -> Iterator[Story]:
        for index, text in enumerate(islice(read_stories(path), start, stop), start):
            yield Story(text, f"{path}#{index}", source)

    train_stories = corpus.stories - corpus.validation_stories
    train_bytes = path.stat().st_size * train_stories // corpus.stories
    return StorySource(
        train=lambda: read(0, train_stories),
        validation=lambda: read(train_stories, None),
        train_bytes=train_bytes,
        validation_bytes=path.stat().st_size - train_bytes,
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
        Part(name, one.train, section.weight, section.epochs)
        for (name, section), one in zip(corpus.sources.items(), opened, strict=True)
    ]

    def validation() -> Iterator[Story]:
        for one in opened:
            yield from one.validation()

    return StorySource(
        train=lambda: interleave(parts, corpus.seed),
        validation=validation,
        train_bytes=int(
            mixture_size(
                [one.train_bytes for one in opened],
                [section.weight for section in sections],
                [section.epochs for section in sections],
            )
        ),
        validation_bytes=sum(one.validation_bytes for one in opened),
        names=tuple(corpus.sources),
    )
