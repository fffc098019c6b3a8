"""A source of stories that was added: opened by its own functions, and watched, since they are somebody else's."""

from collections.abc import Iterator
from typing import Any

from pocket_narrator.corpus.stories import Story, StoryStream
from pocket_narrator.errors import CorpusError, NarratorError, PluginError
from pocket_narrator.files.json_file import whole_characters
from pocket_narrator.plugins.failures import last_line, place_of
from pocket_narrator.plugins.origin import names_of_caller
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
    """What its stories depend on: the code, the options, and what the kind says of itself."""
    origin, kind = CORPORA.origin(corpus.kind), CORPORA.find(corpus.kind)
    assert kind is not None
    assert origin is not None
    own = None if kind.fingerprint is None else _called(kind, kind.fingerprint, corpus.options())
    return [origin.sha256, corpus.__pydantic_extra__, own]


def open_own(corpus: schema.OwnCorpusConfig, source: int) -> tuple[StoryStream, StoryStream | None]:
    """Its stories. PluginError where its code raises, CorpusError where it gives something else than texts, or none."""
    kind, options = CORPORA.find(corpus.kind), corpus.options()
    assert kind is not None

    def read(target: Target) -> Iterator[Story]:
        number = -1
        try:
            for number, text in enumerate(_called(kind, target, options)):
                yield _story(kind.name, text, number, source)
        except NarratorError:
            raise
        except Exception as error:
            raise _failed(kind, error) from error
        if number < 0:
            raise CorpusError(f"corpus.kind={kind.name} gives no story", hint="see to its options, or to its code")

    def stream(target: Target) -> StoryStream:
        return StoryStream(lambda: read(target), sum(len(story.text.encode()) for story in read(target)))

    return stream(kind.stories), None if kind.validation is None else stream(kind.validation)


def _story(name: str, given: object, number: int, source: int) -> Story:
    """given: a text, or a `Story`, which may have a prompt."""
    text, prompt_length = (given.text, given.prompt_length) if isinstance(given, Story) else (given, 0)
    if not isinstance(text, str) or not text.strip():
        what = "an empty text" if isinstance(text, str) else f"{given!r:.60}, which is no text"
        raise CorpusError(f"story {number:,} of corpus.kind={name} is {what}", expected="a story a string")
    return Story(whole_characters(text), f"{name}#{number}", source, prompt_length)


def _called(kind: CorpusKind, target: Target, options: object) -> Any:
    try:
        return resolve(target, f"the kind of corpus '{kind.name}'")(options)
    except NarratorError:
        raise
    except Exception as error:
        raise _failed(kind, error) from error


def _failed(kind: CorpusKind, error: Exception) -> PluginError:
    what = f"the kind of corpus '{kind.name}' has failed: {last_line(error)}"
    origin = CORPORA.origin(kind.name)
    return PluginError(
        what,
        where=place_of(error, None if origin is None else origin.path),
        hint="mend its code; nothing was prepared from it",
    )
