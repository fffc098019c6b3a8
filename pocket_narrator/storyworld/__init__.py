"""StoryWorld: a small simulated world told in simple English; a corpus of any size from a seed.

Start reading at `story.py`, for long stories at `chronicle/chronicle.py`; `docs/storyworld.md` explains the whole.
"""

from pocket_narrator.storyworld.chronicle.chronicle import make_chronicle, tell_chronicle
from pocket_narrator.storyworld.corpus import CorpusFloor, CorpusSummary, corpus_floor, is_whole, write_corpus
from pocket_narrator.storyworld.dials import Dials
from pocket_narrator.storyworld.story import Recall, StoryworldStory, make_story

__all__ = [
    "CorpusFloor",
    "CorpusSummary",
    "Dials",
    "Recall",
    "StoryworldStory",
    "corpus_floor",
    "is_whole",
    "make_chronicle",
    "make_story",
    "tell_chronicle",
    "write_corpus",
]
