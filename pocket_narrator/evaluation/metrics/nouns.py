"""Which words of a sentence are nouns: by spaCy's model, TextBlob's lexicon, or, without either, all words of content."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from pocket_narrator.errors import MissingExtraError, NarratorError
from pocket_narrator.evaluation.metrics.text import words

SPACY_MODEL = "en_core_web_sm"
LONGEST_SENTENCE = 5_000  # characters that are tagged at once

# Function words and the vaguest nouns: they tie no two sentences together.
_STOP_WORDS = """
    a about above after again against all also always am an and another any anybody anyone anything are around as at
    away back be became because been before began behind being below best better between big both but by came can can't
    come could couldn't day did didn't do does doesn't doing don't down each else end even ever every everybody everyone
    everything few for from full further gave get go going good got great had hadn't happy has hasn't have haven't having
    he he'd he'll he's her here hers herself him himself his how i i'd i'll i'm i've if in inside into is isn't it it's
    its itself just kind last let let's like little long lot made make many may maybe me mine moment more most much must
    my myself near never new next no nobody none nor not nothing now of off oh old on once one only or other others our
    ours out over own part really right said same saw say see she she'd she'll she's should so some somebody someone
    something soon still such sure take than thank that that's the their theirs them themselves then there there's these
    they they'd they'll they're they've thing things think this those three through time to together told too took two
    under until up upon us very want wanted was wasn't way we we'd we'll we're we've well went were weren't what what's
    when where which while who whom whose why will with without won't would yes yet you you'd you'll you're you've your
    yours yourself
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


class NounFinder(Protocol):
    """Finds nouns."""

    name: str

    def nouns(self, sentences: Sequence[str]) -> list[frozenset[str]]:
        """The nouns and names of each sentence: lower case, in the singular, without the vaguest."""
        ...


def find_nouns_by(name: str) -> NounFinder:
    """`spacy`, `textblob`, `words`, or the first of them that is installed for `auto`.

    Raises NarratorError for one that is not installed.
    """
    finders = {"spacy": SpacyNouns, "textblob": TextBlobNouns, "words": ContentWords}
    if name in finders:
        return finders[name]()
    if name != "auto":
        raise NarratorError(f"there is no noun finder '{name}'", expected="auto, spacy, textblob or words")
    for finder in (SpacyNouns, TextBlobNouns):
        try:
            return finder()
        except NarratorError:
            continue
    return ContentWords()


class SpacyNouns:
    """Lemmas that spaCy tags as nouns or names."""

    def __init__(self) -> None:
        try:
            import spacy  # pyright: ignore[reportMissingImports]

            self._pipeline = spacy.load(SPACY_MODEL, disable=["ner", "parser"])
        except (ImportError, OSError):
            raise NarratorError(
                f"spaCy with its model {SPACY_MODEL} is not installed",
                hint=f"pip install spacy; python -m spacy download {SPACY_MODEL}; or --nouns textblob",
            ) from None
        self.name = f"spacy {spacy.__version__} {SPACY_MODEL} {self._pipeline.meta['version']}"

    def nouns(self, sentences: Sequence[str]) -> list[frozenset[str]]:
        """In batches of 256 sentences."""
        found = []
        for document in self._pipeline.pipe(sentences, batch_size=256):
            lemmas = (token.lemma_.lower() for token in document if token.pos_ in ("NOUN", "PROPN") and token.is_alpha)
            found.append(frozenset(lemma for lemma in lemmas if _tells(lemma)))
        return found


class TextBlobNouns:
    """TextBlob's pattern tagger: a lexicon and rules, inside the package, nothing to download."""

    def __init__(self) -> None:
        try:
            from textblob.en.taggers import PatternTagger
            from textblob.inflect import singularize
        except ImportError:
            raise MissingExtraError("textblob", "eval") from None
        self.name = "textblob pattern tagger"
        self._tagger = PatternTagger()
        self._singular = lru_cache(None)(singularize)
        self._nouns_once = lru_cache(1 << 16)(self._nouns)  # several metrics ask about the same sentences

    def nouns(self, sentences: Sequence[str]) -> list[frozenset[str]]:
        """One sentence at a time; some hundred thousand words a second."""
        return [self._nouns_once(sentence) for sentence in sentences]

    def _nouns(self, sentence: str) -> frozenset[str]:
        found = []
        for word, tag in (tagged for piece in _pieces(sentence) for tagged in self._tagger.tag(piece)):
            if tag.startswith("NN") and word.isalpha():
                lower = word.lower()
                noun = str(self._singular(lower)) if tag == "NNS" else lower
                if _tells(noun):
                    found.append(noun)
        return frozenset(found)


class ContentWords:
    """Every word that is no function word; finds all nouns, and verbs and adjectives with them."""

    name = "content words"

    def nouns(self, sentences: Sequence[str]) -> list[frozenset[str]]:
        """A look into a table."""
        return [frozenset(word for word in words(sentence) if _tells(word)) for sentence in sentences]


def _pieces(sentence: str) -> Iterator[str]:
    """The sentence itself, unless it is none, in pieces of whole words where it has any: the time that TextBlob takes grows with
    the square of the length."""
    begin = 0
    while len(sentence) - begin > LONGEST_SENTENCE:
        end = sentence.rfind(" ", begin + 1, begin + LONGEST_SENTENCE)
        end = end if end > 0 else begin + LONGEST_SENTENCE
        yield sentence[begin:end]
        begin = end
    yield sentence[begin:]


def _tells(noun: str) -> bool:
    return len(noun) >= 2 and noun not in STOP_WORDS and not noun.isdecimal()
