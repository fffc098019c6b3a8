"""Runs that can be evaluated by what StoryWorld knows of its stories: those that were trained on stories that it tells now."""

from dataclasses import dataclass
from pathlib import Path

from pocket_narrator.corpus.embedded import story_of
from pocket_narrator.errors import RunError
from pocket_narrator.evaluation.likelihood.of_run import data_of
from pocket_narrator.recipe.corpus import MixtureCorpusConfig, StoryworldCorpusConfig
from pocket_narrator.recipe.schema import CorpusConfig
from pocket_narrator.run.identity import RunIdentity
from pocket_narrator.run.loading import LoadedRun, Which, load_trained
from pocket_narrator.storyworld.version import version_of_stories
from pocket_narrator.tokens.prepared import Prepared
from pocket_narrator.tokens.store import TokenStore

_LOOKED_AT = 20  # stories that are compared with the run's own


@dataclass(frozen=True)
class StoryworldRun:
    """A run that was trained on stories which StoryWorld can tell again."""

    trained: LoadedRun
    corpus: StoryworldCorpusConfig
    prepared: Prepared

    @property
    def held_out(self) -> TokenStore:
        """Its validation stories."""
        return self.prepared.validation

    @property
    def first_held_out(self) -> int:
        """The number in StoryWorld of the first of them."""
        return self.corpus.stories - self.corpus.validation_stories

    @property
    def evaluation(self) -> Path:
        """The folder of what is found."""
        return self.trained.run_folder / "evaluation"


def load_storyworld_run(
    run: str | Path, because: str, which: Which = "best", text: Path | None = None
) -> StoryworldRun:
    """A run with the stories that it was trained on. `because` says what needs StoryWorld, and `text` where the text of the run
    lies now. RunError where it is of another corpus, or of another version of this one."""
    corpus = _storyworld_of(RunIdentity.load(Path(run)).recipe.corpus, str(run), because)
    trained = load_trained(run, which)
    found = StoryworldRun(trained, corpus, data_of(trained, text))
    _refuse_other_stories(found, str(run))
    return found


def _storyworld_of(corpus: CorpusConfig, where: str, because: str) -> StoryworldCorpusConfig:
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


def _refuse_other_stories(run: StoryworldRun, where: str) -> None:
    """Where the held-out stories are not those that are told now, but of another version."""
    store, tokenizer = run.held_out, run.trained.tokenizer
    looked_at = range(0, store.num_stories, max(1, store.num_stories // _LOOKED_AT))
    if any(tokenizer.decode(store.story(n)) != story_of(run.corpus, run.first_held_out + n).text for n in looked_at):
        raise RunError(
            "this run was trained on other stories than StoryWorld tells now: it is of another version of the corpus",
            where=where,
            found=f"stories of version {version_of_stories()} now",
            hint="train it anew on these stories, under another name; or evaluate it with the version of pocket-narrator that "
            "trained it, and keep the figures of both apart",
        )
