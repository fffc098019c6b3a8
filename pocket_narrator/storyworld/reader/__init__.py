"""The reader: StoryWorld's templates run as a parser, with the state of its world as constraint. Start at `reading.py`."""

from pocket_narrator.storyworld.reader.findings import Finding
from pocket_narrator.storyworld.reader.reading import Reading, read_story

__all__ = ["Finding", "Reading", "read_story"]
