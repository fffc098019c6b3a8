"""Raw text in, stories out: readers, the split, and where a recipe's stories come from."""

from pocket_narrator.corpus.stories import DELIMITER, Story, read_stories, write_stories

__all__ = ["DELIMITER", "Story", "read_stories", "write_stories"]
