"""StoryWorld: a small simulated world told in simple English; a corpus of any size from a seed.

Start reading at `story.py`; `docs/storyworld.md` explains the whole.
"""

from pocket_narrator.storyworld.corpus import CorpusSummary, corpus_floor, is_whole, write_corpus
from pocket_narrator.storyworld.dials import Dials
from pocket_narrator.storyworld.story import StoryworldStory, make_story

__all__ = ["CorpusSummary", "Dials", "StoryworldStory", "corpus_floor", "is_whole", "make_story", "write_corpus"]
