"""The embedded corpus, as a recipe asks for it: which stories StoryWorld tells for a section of kind `storyworld`."""

from collections.abc import Callable

from pocket_narrator.recipe.corpus import StoryworldCorpusConfig
from pocket_narrator.storyworld import Dials, StoryworldStory, make_chronicle, make_story
from pocket_narrator.storyworld.chooser import Chooser
from pocket_narrator.storyworld.chronicle.chronicle import tell_chronicle
from pocket_narrator.storyworld.chronicle.lengths import MixedLengths
from pocket_narrator.storyworld.story import plots_without, tell
from pocket_narrator.storyworld.version import version_of_stories


def dials_of(corpus: StoryworldCorpusConfig) -> Dials:
    """The settings of its world."""
    return Dials(**dict(corpus.world), held_out_plots=corpus.held_out_plots)


def lengths_of(corpus: StoryworldCorpusConfig) -> MixedLengths | None:
    """How many chapters its chronicles have, None where all have as many, or are short stories."""
    if corpus.chapters is None or corpus.fewest_chapters is None:
        return None
    return MixedLengths(corpus.fewest_chapters, corpus.chapters, corpus.stories - corpus.validation_stories)


def state_of_embedded(corpus: StoryworldCorpusConfig) -> int | str:
    """What its stories depend on beside the section itself: their version. CorpusError for plots that there are not."""
    plots_without(corpus.held_out_plots)
    return version_of_stories()


def story_of(corpus: StoryworldCorpusConfig, index: int) -> StoryworldStory:
    """Its story, or chronicle, `index`. The last `validation_stories` are held out."""
    if corpus.chapters is None:
        return make_story(index, corpus.seed, dials_of(corpus))
    lengths = lengths_of(corpus)
    chapters = corpus.chapters if lengths is None else lengths.of(corpus.seed, index)
    return make_chronicle(index, corpus.seed, chapters, dials_of(corpus))


def teller_of(corpus: StoryworldCorpusConfig) -> Callable[[Chooser], StoryworldStory]:
    """Tells what a chooser decides in its world."""
    dials, chapters = dials_of(corpus), corpus.chapters
    if chapters is None:
        return lambda chooser: tell(chooser, dials)
    return lambda chooser: tell_chronicle(chooser, chapters, dials)
