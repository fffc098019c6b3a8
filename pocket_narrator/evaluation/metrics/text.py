"""Stories as metrics see them: words, sentences, paragraphs, names. All of it plain rules, the same on every machine."""

import re
from dataclasses import dataclass
from functools import lru_cache

CACHED = 4096  # texts; several metrics ask for the same views of one story

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_END = re.compile(r"(?<![.!?\u2026])[.!?\u2026]+[\"'\u201d\u2019)]*(?=\s|$)")
_STOPPED = re.compile(r"[.!?\u2026][\"'\u201d\u2019)]*$")
_ABBREVIATIONS = frozenset({"mr", "mrs", "ms", "dr", "st", "prof", "jr", "sr", "vs", "etc"})
OPENING_MARKS = "\"'\u201c\u2018(["
_NEXT_WORD = re.compile(rf"\s*[{re.escape(OPENING_MARKS)}]*(.?)", re.DOTALL)  # and its first character
_BEFORE_A_SENTENCE = OPENING_MARKS + '.!?:\u2026\u201d"'
# Words that begin a sentence with a capital letter and are no names; also weekdays, months and the like.
_NO_NAME_WORDS = (
    "i i'm i'll i've i'd monday tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december christmas easter halloween english god ok tv"
)
_NO_NAMES = frozenset(_NO_NAME_WORDS.split())


@dataclass(frozen=True)
class Sample:
    """One story to measure.

    `text` is what is measured: what a model told after `beginning`, or the whole of a real story, whose beginning is
    empty. `reference` is how the story really went on. Stories of one `group` were told from the same beginning, and are
    drawn together by the bootstrap. `ended`: whether the teller ended the story itself (None: nobody can say).
    """

    text: str
    beginning: str = ""
    reference: str | None = None
    group: int = 0
    ended: bool | None = None

    @property
    def whole(self) -> str:
        """Beginning and continuation."""
        return self.beginning + self.text


@lru_cache(CACHED)
def words(text: str) -> tuple[str, ...]:
    """Lower-cased words; `don't` and `merry-go-round` are one word each."""
    return tuple(match.group().lower() for match in _WORD.finditer(text))


@lru_cache(CACHED)
def paragraphs(text: str) -> tuple[str, ...]:
    """Lines that hold something."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


@lru_cache(CACHED)
def sentences(text: str) -> tuple[str, ...]:
    """Splits after `. ! ?` and closing quotes where the next word does not begin in lower case, and at line ends.

    `"Why?" she asked.` is one sentence; `Mr. Brown` and `...` inside a sentence end none.
    """
    return tuple(sentence for line in paragraphs(text) for sentence in _split(line))


def _split(line: str) -> list[str]:
    found, start = [], 0
    for match in _END.finditer(line):
        if _NEXT_WORD.match(line, match.end())[1].islower():  # type: ignore[index]
            continue
        before = _WORD.findall(line[max(start, match.start() - 12) : match.start()])
        if match.group() == "." and before and before[-1].lower() in _ABBREVIATIONS:
            continue
        found.append(line[start : match.end()].strip())
        start = match.end()
    if line[start:].strip():
        found.append(line[start:].strip())
    return found


def ends_whole(line: str) -> bool:
    """Whether a stop, and nothing but quotes or brackets after it, ends the line."""
    return _STOPPED.search(line) is not None


def ngrams(items: tuple[str, ...], order: int) -> list[tuple[str, ...]]:
    """All runs of `order` neighbours."""
    return list(zip(*(items[skip:] for skip in range(order)), strict=False))


@lru_cache(CACHED)
def names(text: str) -> tuple[tuple[str, ...], ...]:
    """The names in each sentence, in order of mention.

    A name is a capitalised word that also stands inside a sentence somewhere in the text (not only where any word would
    have a capital) and never in lower case.
    """
    lines = sentences(text)
    lower = {word for line in lines for word in _WORD.findall(line) if word[0].islower()}
    inside: set[str] = set()
    for line in lines:
        for position, match in enumerate(_WORD.finditer(line)):
            word = match.group()
            end = match.start()
            while end and line[end - 1] == " ":
                end -= 1
            begins = position == 0 or line[end - 1 : end] in _BEFORE_A_SENTENCE
            plain = _bare(word)
            if word[0].isupper() and not begins and plain.lower() not in lower and plain.lower() not in _NO_NAMES:
                inside.add(plain)
    return tuple(tuple(_bare(word) for word in _WORD.findall(line) if _bare(word) in inside) for line in lines)


def _bare(word: str) -> str:
    """Without the `'s` of possession."""
    return re.sub("['\u2019]s$", "", word)
