"""A story, and the `<|endoftext|>` layout: UTF-8 stories, each followed by a line that holds only the delimiter."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pocket_narrator.errors import CorpusError
from pocket_narrator.files.atomic import atomic_writer

DELIMITER = "<|endoftext|>"
START_MARKERS = ("<|startoftext|>", "<|begin_of_text|>", "<|begin_of_story|>", "<s>", "<story>", "[BOS]", "<bos>")


class Story(NamedTuple):
    """One story as it was read. A tuple, since a corpus has millions of them.

    Args:
        text: The story.
        where: Its file and its number there, from 0: `stories.txt#12`.
        source: Which of the sources of a mixture it is of.
        prompt_length: Characters of its beginning that are a prompt; training learns what follows.

    Example:
        >>> Story("Once upon a time.", "mine.txt#0").text
        'Once upon a time.'
    """

    text: str
    where: str = ""  # file#index, the index counted from 0 among the file's stories
    source: int = 0  # position among the sources of a mixture
    prompt_length: int = 0  # characters of its beginning that are a prompt: training learns what follows, and not these


Stream = Callable[[], Iterator[Story]]  # each call begins the stories afresh


@dataclass(frozen=True)
class StoryStream:
    """The stories of one side of a corpus."""

    read: Stream
    bytes: int  # of their text, roughly: for progress bars


def write_stories(path: str | Path, stories: Iterable[str]) -> int:
    """Writes stories in the layout that `read_stories` reads, atomically; returns how many."""
    count = 0
    with atomic_writer(path) as stream:
        for story in stories:
            if DELIMITER in story:
                raise CorpusError(
                    f"story {count} holds the delimiter {DELIMITER} inside its text",
                    where=str(path),
                    hint="split or clean it first",
                )
            stream.write(f"{story}\n{DELIMITER}\n")
            count += 1
    return count
