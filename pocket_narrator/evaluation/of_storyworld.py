"""Which runs can be evaluated by what StoryWorld knows of its stories: those that were trained on stories that it tells now."""

from pocket_narrator.corpus.embedded import story_of
from pocket_narrator.errors import RunError
from pocket_narrator.recipe.corpus import MixtureCorpusConfig, StoryworldCorpusConfig
from pocket_narrator.recipe.schema import CorpusConfig
from pocket_narrator.storyworld.version import version_of_stories
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.store import TokenStore

_LOOKED_AT = 20  # stories that are compared with the run's own


def storyworld_of(corpus: CorpusConfig, where: str, because: str) -> StoryworldCorpusConfig:
    """The section of a corpus that is told by StoryWorld. RunError where it is another; `because` says what needs it."""
    if isinstance(corpus, StoryworldCorpusConfig):
        return corpus
    is_mixture = isinstance(corpus, MixtureCorpusConfig)
    raise RunError(
        because,
        where=where,
        expected="a run whose recipe has corpus.kind=storyworld",
        found=f"corpus.kind={corpus.kind}" + (", of several corpora" if is_mixture else ""),
        hint="narrator train storyworld-quick makes such a run; --suite quick evaluates this one",
    )


def refuse_other_stories(corpus: StoryworldCorpusConfig, store: TokenStore, tokenizer: Tokenizer, where: str) -> None:
    """RunError where the held-out stories in `store` are not those that are told now, but of another version."""
    first = corpus.stories - corpus.validation_stories
    looked_at = range(0, store.num_stories, max(1, store.num_stories // _LOOKED_AT))
    if any(tokenizer.decode(store.story(n)) != story_of(corpus, first + n).text for n in looked_at):
        raise RunError(
            "this run was trained on other stories than StoryWorld tells now: it is of another version of the corpus",
            where=where,
            found=f"stories of version {version_of_stories()} now",
            hint="train it anew on these stories, under another name; or evaluate it with the version of pocket-narrator that "
            "trained it, and keep the figures of both apart",
        )
