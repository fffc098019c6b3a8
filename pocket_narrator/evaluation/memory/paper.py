"""The paper of an exam: the questions about held-out stories of a run's own corpus, the same for every model."""

import hashlib
from dataclasses import dataclass

from pocket_narrator.corpus.embedded import teller_of
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.memory.questions import AskedStory, ask_about
from pocket_narrator.progress import progress
from pocket_narrator.recipe.corpus import StoryworldCorpusConfig
from pocket_narrator.storyworld.version import version_of_stories

# That are asked about, at even distances: a model of 3 million parameters takes half a minute on two cores.
STORIES = 600
_FEWEST_CHRONICLES = 10


@dataclass(frozen=True)
class Paper:
    """Questions about stories of StoryWorld."""

    corpus: dict  # which ones: seed, chapters, world, plots that are held out
    held_out: int  # stories that there are
    version: int | str  # of the stories
    stories: list[AskedStory]

    @property
    def sha256(self) -> str:
        """Of the texts and the questions: models with the same have answered the same."""
        digest = hashlib.sha256()
        for story in self.stories:
            digest.update(f"{story.index}\0{story.text}\0".encode())
            for twin in story.twins:
                digest.update(f"{twin.text}\0{twin.questions}\0".encode())
        return digest.hexdigest()

    @property
    def questions(self) -> int:
        return sum(story.questions for story in self.stories)


def set_paper(corpus: StoryworldCorpusConfig, stories: int | None = None, most: int = STORIES) -> Paper:
    """The questions about `stories` of the held-out stories, at even distances; by default `most`, or chronicles with
    as many chapters. RunError where there is no question."""
    tell = teller_of(corpus)
    most = most if corpus.chapters is None else max(_FEWEST_CHRONICLES, most // corpus.chapters)
    wanted = min(stories or most, corpus.validation_stories)
    first = corpus.stories - corpus.validation_stories
    asked = []
    with progress("asking", wanted, "stories") as bar:
        for number in range(wanted):
            asked.append(ask_about(first + number * corpus.validation_stories // wanted, corpus.seed, tell))
            bar.advance(1)
    told = corpus.model_dump(mode="json", include={"seed", "chapters", "world", "held_out_plots"})
    paper = Paper(told, corpus.validation_stories, version_of_stories(), asked)
    if not paper.questions:
        raise RunError(
            f"the {wanted} held-out stories give no question",
            expected="a fact that is told again later in the story",
            hint=f"ask about more of them: --stories {min(10 * wanted, corpus.validation_stories)}"
            if wanted < corpus.validation_stories
            else "train on a corpus with more of them: corpus.validation_stories=1000",
        )
    return paper
