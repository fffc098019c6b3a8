"""Small texts of tokens to count."""

import numpy as np
from hypothesis import strategies as st

EOT = 0
Stories = list[list[int]]


def text_of(stories: Stories, end_of_text: int = EOT, dtype: type = np.uint16) -> np.ndarray:
    return np.array([token for story in stories for token in (end_of_text, *story)] + [end_of_text], dtype)


def random_stories(seed: int, stories: int = 60, vocabulary_size: int = 12) -> Stories:
    """Skewed and repetitive, so that counts of 1 to 4 all occur."""
    pick = np.random.default_rng(seed)
    chances = 1 / np.arange(1, vocabulary_size)
    told = [
        pick.choice(np.arange(1, vocabulary_size), size=pick.integers(0, 15), p=chances / chances.sum())
        for _ in range(stories)
    ]
    return [story.tolist() for story in told]


@st.composite
def corpora(draw: st.DrawFn) -> tuple[Stories, int]:
    vocabulary_size = draw(st.integers(2, 9))
    stories = draw(st.lists(st.lists(st.integers(1, vocabulary_size - 1), max_size=12), min_size=1, max_size=12))
    return stories, vocabulary_size
