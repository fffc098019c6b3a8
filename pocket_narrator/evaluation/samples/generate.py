"""Stories that a model tells from beginnings of validation stories: told once, kept, and gone on with if interrupted."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from pocket_narrator.errors import CorpusError, PromptError
from pocket_narrator.evaluation.metrics.text import Sample, sentences, words
from pocket_narrator.evaluation.metrics.wrapping import same_place, unwrapped
from pocket_narrator.evaluation.samples.file import read_story_file, write_story_file
from pocket_narrator.generation.engine import ROWS_AT_ONCE, generate
from pocket_narrator.generation.sampling import SamplingOptions
from pocket_narrator.models.language_model import LanguageModel
from pocket_narrator.tokenizers import Tokenizer
from pocket_narrator.tokens.store import TokenStore

BEGINNING_WORDS = 20  # whole sentences, until there are so many
FEWEST_WORDS_LEFT = 20  # shorter rests make no reference
LONGEST_SHARE = 0.5  # of the model's context, for a beginning
_MOST_CHUNKS = 1_000_000  # of stories that are told together; keeps the seeds of two calls apart


def beginnings_of(
    texts: Sequence[str], wanted: int, fits: Callable[[str], bool] = lambda beginning: True
) -> list[Sample]:
    """Up to `wanted` stories cut after their first sentences, at even distances over `texts`: `text` is empty,
    `reference` how the story goes on. CorpusError where no story is long enough."""
    found: list[Sample] = []
    cut = [story for text in texts if (story := cut_story(text)) is not None and fits(story.beginning)]
    if not cut:
        raise CorpusError(
            "there is no prompt to generate from",
            expected=f"a story of at least {BEGINNING_WORDS} + {FEWEST_WORDS_LEFT} words in several sentences, whose "
            f"beginning takes at most {LONGEST_SHARE:.0%} of the model's context",
            hint="evaluate on a corpus with longer stories, or give the model a longer context",
        )
    wanted = min(wanted, len(cut))
    for number in range(wanted):
        found.append(replace(cut[number * len(cut) // wanted], group=number))
    return found


def cut_story(text: str) -> Sample | None:
    """A story cut at the first sentence end after 20 words outside quotes, blanks with the rest; None where too little is
    left."""
    view, end, told = unwrapped(text), 0, 0
    for sentence in sentences(view):
        end = view.index(sentence, end) + len(sentence)
        told += len(words(sentence))
        if told >= BEGINNING_WORDS and not _in_quotes(view[:end]):
            break
    cut = same_place(view, end, text)
    beginning, rest = text[:cut], text[cut:]
    return Sample("", beginning, reference=rest) if len(words(rest)) >= FEWEST_WORDS_LEFT else None


def _in_quotes(text: str) -> bool:
    return text.count('"') % 2 == 1 or text.count("\u201c") > text.count("\u201d")


def halves(text: str) -> Sample | None:
    """A real story as one told from its own first half: cut at the sentence end outside quotes
    nearest the middle of its words. None for fewer than two sentences."""
    view = unwrapped(text)
    lines = sentences(view)
    half = len(words(view)) / 2
    best, best_end, told, end = None, 0, 0, 0
    for sentence in lines[:-1]:
        end = view.index(sentence, end) + len(sentence)
        told += len(words(sentence))
        if (best is None or abs(told - half) < best) and not _in_quotes(view[:end]):
            best, best_end = abs(told - half), end
    cut = same_place(view, best_end, text)
    return None if best is None else Sample(text[cut:], text[:cut])


def tell_stories(
    model: LanguageModel,
    tokenizer: Tokenizer,
    beginnings: Sequence[Sample],
    samples: int,
    options: SamplingOptions,
    path: Path,
    about: dict,
    advance: Callable[[int], object] = lambda stories: None,
) -> list[Sample]:
    """`samples` stories of each beginning, from `path` as far as they are there and were told in just this way.

    `about` says who told them (run, checkpoint); with the options and beginnings it makes the first line of the file.
    Every 32 stories draw from a seed made of options.seed and their number: the same stories whether told in one go or
    in several. A module must be in evaluation mode.
    """
    if not beginnings:
        raise PromptError("there is no prompt to generate from", hint="give at least one")
    asked = [replace(story) for story in beginnings for _ in range(samples)]
    prompts = hashlib.sha256("\0".join(story.beginning for story in asked).encode()).hexdigest()
    settings = {**about, "options": asdict(options), "beginnings": prompts, "stories": len(asked)}
    settings = json.loads(json.dumps(settings))  # as it comes back from the file: tuples are lists there
    told = _told_before(path, settings)
    advance(len(told))
    for first in range(len(told), len(asked), ROWS_AT_ONCE):
        chunk = asked[first : first + ROWS_AT_ONCE]
        seeded = replace(options, seed=options.seed * _MOST_CHUNKS + first // ROWS_AT_ONCE)
        told += _tell(model, tokenizer, chunk, seeded)
        write_story_file(path, settings, told)
        advance(len(chunk))
    return told


def _told_before(path: Path, settings: dict) -> list[Sample]:
    if not path.exists():
        return []
    try:
        found, stories = read_story_file(path)
    except CorpusError:
        return []  # damaged: told again
    whole = len(stories) == settings["stories"] or len(stories) % ROWS_AT_ONCE == 0
    return stories if found == settings and whole else []


def _tell(
    model: LanguageModel, tokenizer: Tokenizer, chunk: Sequence[Sample], options: SamplingOptions
) -> list[Sample]:
    ids: list[list[int]] = [[] for _ in chunk]
    prompts = [tokenizer.encode(story.beginning) for story in chunk]
    for token in generate(model, prompts, options, tokenizer.end_of_text):
        ids[token.story].append(token.token)
    ended = [bool(own) and own[-1] == tokenizer.end_of_text for own in ids]
    return [
        replace(story, text=tokenizer.decode(own), ended=end) for story, own, end in zip(chunk, ids, ended, strict=True)
    ]


def story_texts(store: TokenStore, tokenizer: Tokenizer) -> list[str]:
    """The texts of a store's stories."""
    return [tokenizer.decode(store.story(i)[1:]) for i in range(store.num_stories)]
