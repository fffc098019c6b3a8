"""The reader: StoryWorld's templates run as a parser, with the state of its world as constraint. Start at `reading.py`."""

from pocket_narrator.storyworld.reader.findings import MarkedSentence
from pocket_narrator.storyworld.reader.reading import LEAST_UNDERSTOOD, StoryReading, read_story

__all__ = ["LEAST_UNDERSTOOD", "MarkedSentence", "StoryReading", "read_story"]
