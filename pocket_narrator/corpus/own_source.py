"""A source of stories that was added: opened by its own functions, and watched, since they are somebody else's."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from pocket_narrator.corpus.stories import Story, StoryStream
from pocket_narrator.errors import CorpusError, PluginError
from pocket_narrator.plugins.failures import one_message
from pocket_narrator.plugins.origin import names_of_caller
from pocket_narrator.plugins.signature import place_of_definition
from pocket_narrator.plugins.target import Target, resolve
from pocket_narrator.recipe import schema
from pocket_narrator.recipe.kinds.tables import CORPORA, CorpusKind


def register_corpus(kind: CorpusKind) -> None:
    """Makes a source of stories known as `corpus.kind=NAME`. PluginError for a name that is taken, for options without defaults,
    and for options whose names the section has already."""
    if not isinstance(kind, CorpusKind):
        raise PluginError("register_corpus takes a CorpusKind", found=f"{kind!r:.80}", hint="see docs/plugins.md")
    CORPORA.register(kind.name, kind, names_of_caller())


def state_of_own(corpus: schema.OwnCorpusConfig) -> object:
    """What its stories depend on: the code, the options, and what the kind says of itself; where it says nothing, the stories
    themselves, which are read for that. PluginError and CorpusError as `open_own` raises them."""
    kind = _kind_of(corpus)
    if kind.fingerprint is None:
        sides = [target for target in (kind.stories, kind.validation) if target is not None]
        return [_hash_of(_read(kind, target, corpus.options(), 0)) for target in sides]
    origin = CORPORA.origin(corpus.kind)
    assert origin is not None
    own = _called(kind, kind.fingerprint, corpus.options())
    try:
        json.dumps(own)
    except (TypeError, ValueError) as error:
        raise PluginError(
            f"fingerprint of the kind of corpus '{kind.name}' gives what JSON cannot hold: {error}",
            where=place_of_definition(kind.fingerprint),
            found=f"{own!r:.60}",
            expected="texts, numbers, and lists or dictionaries of them",
        ) from None
    return [origin.sha256, corpus.__pydantic_extra__, own]


def open_own(corpus: schema.OwnCorpusConfig, source: int) -> tuple[StoryStream, StoryStream | None]:
    """Its stories. PluginError where its code raises, CorpusError where it gives something else than texts, none, or others when
    it is asked again."""
    kind, options = _kind_of(corpus), corpus.options()

    def stream(target: Target) -> StoryStream:
        size, first = 0, hashlib.sha256()
        for story in _read(kind, target, options, source):
            size += len(story.text.encode())
            _add(first, story)

        def again() -> Iterator[Story]:
            now = hashlib.sha256()
            for story in _read(kind, target, options, source):
                _add(now, story)
                yield story
            if now.digest() != first.digest():
                raise CorpusError(
                    f"corpus.kind={kind.name} gives other stories when it is read again",
                    expected="the same stories in the same order at every call: it is read several times",
                    hint="give its random numbers a seed of their own, random.Random(7), and let it read nothing that changes",
                )

        return StoryStream(again, size)

    return stream(kind.stories), None if kind.validation is None else stream(kind.validation)


def _kind_of(corpus: schema.OwnCorpusConfig) -> CorpusKind:
    kind = CORPORA.find(corpus.kind)
    assert kind is not None
    return kind


def _read(kind: CorpusKind, target: Target, options: object, source: int) -> Iterator[Story]:
    number = -1
    with _watched(kind):
        given = _called(kind, target, options)
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise CorpusError(
                f"corpus.kind={kind.name} gives {given!r:.60}",
                expected="stories one after the other: a list of texts, or a function with `yield`",
            )
        for number, text in enumerate(given):
            yield _story(kind.name, text, number, source)
    if number < 0:
        raise CorpusError(
            f"corpus.kind={kind.name} gives no story",
            expected="stories at every call: it is called several times, so that what it gives must begin anew",
            hint="see to its options, or to its code",
        )


def _story(name: str, given: object, number: int, source: int) -> Story:
    """given: a text, or a `Story`, which may have a prompt."""
    text, prompt_length = (given.text, given.prompt_length) if isinstance(given, Story) else (given, 0)
    if not isinstance(text, str) or not text.strip():
        what = "an empty text" if isinstance(text, str) else f"{given!r:.60}, which is no text"
        raise CorpusError(f"story {number:,} of corpus.kind={name} is {what}", expected="a story a string")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"story {number:,} of corpus.kind={name} cannot be written in UTF-8: character {error.start + 1:,} is half a "
            "character",
            hint='read its file with encoding="utf-8"',
        ) from None
    return Story(text, f"{name}#{number}", source, prompt_length)


def _hash_of(stories: Iterator[Story]) -> str:
    total = hashlib.sha256()
    for story in stories:
        _add(total, story)
    return total.hexdigest()


def _add(total: "hashlib._Hash", story: Story) -> None:
    text = story.text.encode()
    total.update(b"%d %d " % (len(text), story.prompt_length))
    total.update(text)


def _called(kind: CorpusKind, target: Target, options: object) -> Any:
    with _watched(kind):
        return resolve(target, f"the kind of corpus '{kind.name}'")(options)


def _watched(kind: CorpusKind) -> AbstractContextManager[None]:
    origin = CORPORA.origin(kind.name)
    path = None if origin is None else origin.path
    return one_message(
        f"the kind of corpus '{kind.name}'",
        path,
        f"mend that line, or what corpus.kind={kind.name} is given; nothing was prepared from it",
    )
