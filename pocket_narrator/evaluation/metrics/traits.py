"""Does what a beginning sets up come back? Beginnings with known setups (a trait, a thing, a goal), told by many models
many times, and counted by whole words: `kind` does not stand in `mankind`.

The idea of the third project, whose five beginnings had one sample each and were searched for substrings.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pocket_narrator.evaluation.metrics.metric import Family, Metric, Values
from pocket_narrator.evaluation.metrics.text import Sample, words

if TYPE_CHECKING:
    from pocket_narrator.evaluation.metrics.tools import Tools


@dataclass(frozen=True)
class Setup:
    """A beginning, and the words by which each thing that it sets up can come back."""

    beginning: str
    trait: tuple[str, ...]
    thing: tuple[str, ...]
    goal: tuple[str, ...]


# beginning | words of the trait | of the thing | of the goal (a word ending in * stands for all its endings)
_SETUPS = """
Once upon a time there was a brave mouse named Max. Max had a little red drum. He wanted to find his lost sister. | brave* bold* courag* fear* afraid | drum* | sister* find found search* look*
There once was a kind girl named Lily. She had a soft blue blanket. She wanted to make a new friend. | kind kindness kindly nice gentle share* help* | blanket* | friend*
One day, a clever fox called Rusty found an old key. He wanted to know what it would open. | clever* smart* idea* thought* think* plan* | key* | open* lock* door* box chest
Tom was a lazy boy with a big brown dog. His mom asked him to clean his room. | lazy lazily tired sleep* rest* | dog* | clean* tidy room mom
Sara was a shy girl. Her grandma gave her a silver bell. Sara wanted to sing at the show. | shy shyly quiet* scared afraid brave* nervous | bell* | sing* sang song* show
There was a greedy bear who had a jar of honey. He did not want to share it. | greedy greed selfish mine | honey jar | share* give* gave
A curious kitten named Mia saw a strange box under the tree. She wanted to look inside. | curious* wonder* | box* | inside open* look* peek*
Ben was a careful boy. He had a glass boat. He wanted to see it float on the pond. | careful* gentl* slow* | boat* glass | float* pond water sail*
Once there was a grumpy old man with a garden full of roses. A girl asked him for one rose. | grumpy angry mean cross smile* | rose* flower* garden | ask* give* gave girl
Anna was always late. Her dad gave her a golden watch. Today she wanted to be first at school. | late hurry hurried slow* fast time | watch* clock golden | school first early
The little bird Pip was afraid to fly. He carried a lucky feather. He wanted to see the sea. | afraid scared fear* brave* | feather* | sea fly* flew ocean
Tim was an honest boy. He found a purse with coins in the park. He wanted to find out whose it was. | honest* truth* true right | purse* coin* money | whose owner return* give* gave back
""".strip()


def _word_pattern(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _read(line: str) -> Setup:
    beginning, trait, thing, goal = (part.strip() for part in line.split("|"))
    return Setup(beginning, _word_pattern(trait), _word_pattern(thing), _word_pattern(goal))


SETUPS: tuple[Setup, ...] = tuple(_read(line) for line in _SETUPS.splitlines())
_BY_BEGINNING = {setup.beginning: setup for setup in SETUPS}


@lru_cache(None)
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(one[:-1]) + ".*" if one.endswith("*") else re.escape(one) for one in patterns))


def returns(patterns: tuple[str, ...], text: str) -> bool:
    """Whether one of the words (`run*`: any word that begins so) stands in the text."""
    match = _pattern(patterns).fullmatch
    return any(match(word) for word in words(text))


def measure(stories: Sequence[Sample], tools: "Tools") -> list[Values]:
    """Stories that were told from one of `SETUPS`; others say nothing."""
    found: list[Values] = []
    for story in stories:
        setup = _BY_BEGINNING.get(story.beginning)
        if setup is None:
            found.append(dict.fromkeys(metric.name for metric in METRICS))
            continue
        parts = _returned(setup, story.text)
        others = [share for other in SETUPS if other is not setup for share in _returned(other, story.text)]
        names = ("trait_returns", "thing_returns", "goal_returns")
        shares = {"setup_returns": sum(parts) / len(parts), "setup_by_chance": sum(others) / len(others)}
        found.append({**dict(zip(names, parts, strict=True)), **shares})
    return found


def _returned(setup: Setup, text: str) -> list[float]:
    return [float(returns(patterns, text)) for patterns in (setup.trait, setup.thing, setup.goal)]


_FAILURE = "a word that comes back need not matter; a copied prompt has 1"
METRICS = (*(
    Metric(name, f"share of stories generated from the {len(SETUPS)} set-up prompts in which {what}", "after the third project",
           0, 1, "higher", _FAILURE)
    for name, what in (
        ("trait_returns", "the trait comes back, by whole words"),
        ("thing_returns", "the thing comes back, by whole words"),
        ("goal_returns", "the goal comes back, by whole words"),
        ("setup_returns", "each of the three comes back, mean"),
    )),
    Metric("setup_by_chance", "setup_returns with the words of the other set-ups: what any story says", "ours, a control",
           0, 1, "neither", "a part of the other set-ups may fit by sense"),
)  # fmt: skip
FAMILY = Family("continuation_traits", 2, METRICS, measure)
