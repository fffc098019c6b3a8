"""The stories of a file that is named in place of a run: whole ones, and where one ends has to be clear."""

from pathlib import Path

from pocket_narrator.corpus.raw_corpus import told_of
from pocket_narrator.corpus.readers import read_stories
from pocket_narrator.corpus.stories import DELIMITER, Story
from pocket_narrator.errors import CorpusError


def read_whole_stories(path: Path) -> list[Story]:
    """All of them; one line says how many they are, and how the first begins and the last ends. CorpusError where the file cannot be
    read, and where its stories may end anywhere."""
    try:
        return list(told_of(read_stories(path, layout=None), str(path), 1))
    except CorpusError as error:
        if "corpus." in (error.hint or ""):  # the keys of a recipe, and there is none here
            error.hint = f"put a line {DELIMITER} after each story, after a single one, too"
        raise
