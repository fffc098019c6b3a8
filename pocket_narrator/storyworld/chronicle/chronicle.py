"""One chronicle: chapters of one village, each chosen by what is true when it begins."""

from functools import cache

from pocket_narrator.errors import CorpusError
from pocket_narrator.recipe.limits import FEWEST_CHAPTERS, MOST_CHAPTERS
from pocket_narrator.storyworld.chooser import Chooser, Weights
from pocket_narrator.storyworld.chronicle.casting import Who, fits
from pocket_narrator.storyworld.chronicle.chronicler import Chronicler
from pocket_narrator.storyworld.chronicle.episode import HERO, Episode, EpisodeCompiler, Reminder, read_memories
from pocket_narrator.storyworld.chronicle.values import FORMS, LISTS
from pocket_narrator.storyworld.chronicle.village import Village
from pocket_narrator.storyworld.chronicle.wordings import CALLBACKS, CLAUSES, EPISODES, PHRASES
from pocket_narrator.storyworld.dials import DEFAULT, Dials
from pocket_narrator.storyworld.story import StoryworldStory, log2_of
from pocket_narrator.storyworld.telling.shared import read_shared

_NOT_AGAIN = 6  # chapters in which an episode is not told again, where there are others
_BY = ("name", "memory")
_BY_WEIGHTS = Weights((0.45, 0.55))
_PASSING, _EVENING = 0.7, 0.9  # how often other things are told before and after what a chapter is about
_OPENED, _SCENERY = 0.6, 0.6  # and how often the season, and what is to be seen in the streets


class _Book:
    """Everything that is compiled once."""

    def __init__(self) -> None:
        _, self.phrases = read_shared(((PHRASES, False),))
        every = [one for source in EPISODES for one in EpisodeCompiler(source, self.phrases).compile()]
        self.episodes = {one.name: one for one in every}
        assert len(self.episodes) == len(every), "two episodes have one name"
        self.first = self.episodes.pop("beginning")
        self.last = [self.episodes.pop(name) for name in list(self.episodes) if name.startswith("ending")]
        self.callbacks: dict[str, Reminder] = read_memories("callback", CALLBACKS, self.phrases)
        self.clauses: dict[str, Reminder] = read_memories("clause", CLAUSES, self.phrases)


@cache
def _book() -> _Book:
    return _Book()


def make_chronicle(index: int, seed: int, chapters: int, dials: Dials = DEFAULT) -> StoryworldStory:
    """A chronicle: a pure function of its index, seed, number of chapters and dials, on every platform.

    Args:
        index: Its number in the corpus, from 0.
        seed: The corpus's, `corpus.seed` of a recipe.
        chapters: How many chapters it has, 2 to 400.
        dials: The world's settings, `corpus.world` of a recipe: `decoration` is how many of the sentences about the season and
            of those that lead to something else are told, `lexicon` how many of the values of each list there are, `dependency`
            how many chapters more a fact waits before something comes of it.

    Returns:
        As `make_story`; `recalls` are the stretches that a reader has to remember, and `facts["happened"]` is every event.

    Raises:
        CorpusError: The number of chapters is out of range.

    Example:
        >>> make_chronicle(3, seed=7, chapters=8).text.startswith("Chapter 1")
        True
    """
    return tell_chronicle(Chooser(seed, index), chapters, dials)


def check_chapters(chapters: int) -> None:
    """Raises CorpusError if there cannot be a chronicle of so many."""
    if not FEWEST_CHAPTERS <= chapters <= MOST_CHAPTERS:
        raise CorpusError(
            f"a chronicle of {chapters:,} chapters cannot be told",
            expected=f"{FEWEST_CHAPTERS} to {MOST_CHAPTERS} chapters",
            hint="for more text, ask for more chronicles (--stories, corpus.stories)"
            if chapters > MOST_CHAPTERS
            else "for short stories, leave chapters out",
        )


def tell_chronicle(chooser: Chooser, chapters: int, dials: Dials = DEFAULT) -> StoryworldStory:
    """Tells the chronicle that the chooser decides on. Raises CorpusError if the number of chapters is out of range, and for plots
    that are held out, which a chronicle does not have."""
    check_chapters(chapters)
    if dials.held_out_plots:
        raise CorpusError(
            "held_out_plots are plots of short stories, and a chronicle has none",
            hint="leave held_out_plots or chapters out",
        )
    book = _book()
    teller = Chronicler(chooser, chapters, book.callbacks, dials)
    teller.cast["village"] = FORMS[teller.pick("village", [value.key for value in LISTS["village"].values])]
    told: list[str] = []
    for number in range(1, chapters + 1):
        teller.begin_chapter()
        episode = _choose_episode(teller, book, told, number == chapters)
        told.append(episode.name)
        _tell_chapter(teller, book, episode)
    trace = tuple(chooser.trace)
    return StoryworldStory(
        teller.text(),
        trace,
        log2_of(trace),
        _facts(teller),
        tuple(teller.decided_at),
        tuple(teller.slots),
        tuple(teller.recalls),
    )


def _choose_episode(teller: Chronicler, book: _Book, told: list[str], last: bool) -> Episode:
    village = teller.village
    if not told:
        return book.first
    if last:
        possible = [episode for episode in book.last if fits(episode.declarations, 0, village, {})]
    else:
        recent = told[-_NOT_AGAIN:]
        others = [episode for name, episode in book.episodes.items() if name not in recent]
        possible = _able(others, village) or _able(
            [book.episodes[name] for name in dict.fromkeys(recent) if name in book.episodes], village
        )
    names = [episode.name for episode in possible]
    return possible[teller.choose("chapter", names, Weights([episode.often for episode in possible]))]


def _able(episodes: list[Episode], village: Village) -> list[Episode]:
    return [
        episode
        for episode in episodes
        if (not episode.seasons or village.season in episode.seasons)
        and len(village.here("child")) >= episode.least
        and (episode.upto is None or len(village.facts.of[episode.upto[1]]) < episode.upto[0])
        and fits(episode.declarations, 0, village, {})
    ]


def _tell_chapter(teller: Chronicler, book: _Book, episode: Episode) -> None:
    described = _describe_hero(teller, book, episode)
    teller.fill(episode.declarations[1:] if described else episode.declarations)
    teller.begin_sentence()
    teller.end_paragraph()
    teller.begin_sentence()
    teller.write(f"Chapter {teller.village.chapter}: ")
    assert episode.titles is not None
    episode.titles(teller)
    teller.end_sentence()
    teller.end_paragraph()
    if teller.happens("opening", _OPENED * teller.dials.decoration):
        teller.tell(book.phrases[f"opening_{teller.village.season}"].told_about(("village",)))
    if teller.happens("scenery", _SCENERY * teller.dials.decoration):
        teller.tell(book.phrases["scenery"].told_about(("village",)))
    own = episode is not book.first and episode not in book.last
    if own:
        teller.tell_callbacks(1, book.phrases["passing"].told_about(("village",)), _PASSING)
    if described:
        teller.tell(described.choice)
    teller.run(episode.steps)
    teller.end_paragraph()
    if own:
        teller.tell_callbacks(2, book.phrases["evening"].told_about(("village",)), _EVENING)
        teller.end_paragraph()


def _describe_hero(teller: Chronicler, book: _Book, episode: Episode) -> Reminder | None:
    """Half of the chapters call their hero by something that happened long ago, and then by name."""
    if not episode.declarations:
        return None
    first = episode.declarations[0]
    if not isinstance(first, Who) or first.role != HERO:
        return None
    village = teller.village
    rest = episode.declarations[1:]
    able = {
        option.parts[0][1]
        for option in first.options(village, {})
        if fits(rest, 0, village, {first.role: option.parts[0][1]})
    }
    facts = [
        fact
        for predicate in book.clauses
        for fact in village.facts.of[predicate].values()
        if fact.arguments[0] in able and village.may_be_told(fact, 2)
    ]
    if not facts or _BY[teller.choose("hero by", _BY, _BY_WEIGHTS)] == "name":
        return None
    position, decision = teller.decide("hero of memory", [one.label for one in facts])
    memory = book.clauses[facts[position].predicate.name]
    teller.tie(facts[position], memory.roles, decision)
    return memory


def _facts(teller: Chronicler) -> dict:
    """The village at the end, and all that has happened, as plain values."""
    people = teller.village.people
    return {
        "plot": "chronicle",
        "chapters": teller.village.chapters,
        "people": {key: {"name": forms["name"], "group": forms["group"]} for key, forms in people.items()},
        "facts": [
            [fact.predicate.name, *fact.arguments]
            for inside in teller.village.facts.of.values()
            for fact in inside.values()
        ],
        "happened": [list(event) for event in teller.happened],
    }
