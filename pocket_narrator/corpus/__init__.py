"""Raw text in, stories out: readers, the split, and where a recipe's stories come from."""

from pocket_narrator.corpus.readers import read_stories
from pocket_narrator.corpus.stories import DELIMITER, Story, write_stories

__all__ = ["DELIMITER", "Story", "read_stories", "write_stories"]
