"""The statistics of a corpus as one page that needs nothing else."""

from collections.abc import Sequence

from pocket_narrator.corpus.statistics.gather import METHODS, SHOWN, Statistics
from pocket_narrator.corpus.statistics.tally import PHRASE, REPEAT
from pocket_narrator.page.bars import bars, histogram
from pocket_narrator.page.chart import Axis, Series, chart
from pocket_narrator.page.document import figure, grid, key_figures, page, paragraph, section, table

SHOWN_BARS = 15
RARE_CHARACTERS = 40
GENDER_COLOURS = {"he": 0, "she": 1, "unknown": None}
_NOTES = {"Readability": "readability", "Speech": "dialogue", "Duplicates": "duplicates"}
_SPREADS = {
    "words": "words per story",
    "different words": "distinct words per story",
    "sentences": "sentences per story",
    "paragraphs": "paragraphs per story",
    "percent of speech": "percent of a story that is speech",
    "school grade": "school grade of a story",
    "percent repeated": f"percent of {REPEAT}-word runs that repeat",
}


def make_page(found: Statistics) -> str:
    """The whole page as HTML."""
    sections = [
        ("Stories", "", _lengths(found)),
        ("Vocabulary", f"Words are {METHODS['words'](found)}; {METHODS['vocabulary'](found)}.", _vocabulary(found)),
        ("Openings", "", _openings(found)),
        ("Names", f"A name is {METHODS['names'](found)}.", _names(found)),
        ("Topics", f"{METHODS['topics'](found).capitalize()}.", _topics(found)),
        ("Repetition", f"Phrases are {METHODS['phrases'](found)}.", _repetition(found)),
        ("Characters", "", _characters(found)),
    ]
    content = [section(title, paragraph(text) if text else "", grid(cards)) for title, text, cards in sections]
    footer = [f"{what}: {METHODS[subject](found)}." for what, subject in _NOTES.items()]
    return page(found.corpus, "What is in this corpus", [_facts(found), *content], footer)


def _facts(found: Statistics) -> str:
    more = "over " if found.words_forgotten else ""
    facts = [
        ("stories", f"{found.stories:,}", f"{found.duplicates['stories']:,} exact duplicates"),
        ("text", f"{found.bytes / 1e6:,.1f} MB", f"{found.different_characters:,} distinct characters"),
        ("words", f"{found.totals['words']:,}", f"{more}{found.different_words:,} distinct"),
        ("reading ease", f"{found.readability['reading_ease']:.0f}", "Flesch; 100 is very easy"),
        ("school grade", f"{found.readability['grade_level']:.1f}", "Kincaid"),
        ("speech", f"{found.dialogue['of_characters']:.0%}", "of the text"),
        ("repetition", f"{found.repeated_in_story:.1%}", f"of {REPEAT}-word runs repeat in a story"),
    ]
    return key_figures(facts)


def _lengths(found: Statistics) -> list[str]:
    cards = []
    for name, label in _SPREADS.items():
        spread = found.spreads.get(name)
        if spread is not None:
            drawing = histogram(spread.histogram, label, [("median", spread.quantiles["50 %"])])
            cards.append(figure(label.capitalize(), drawing))
    rows = [
        (
            figure,
            f"{spread.mean:,.1f}",
            *(f"{value:,}" for value in (spread.smallest, *spread.quantiles.values(), spread.largest)),
        )
        for figure, spread in found.spreads.items()
    ]
    names = [name.replace(" ", "\u00a0") for name in next(iter(found.spreads.values())).quantiles]
    cards.append(figure("In figures", table(["a story", "mean", "least", *names, "most"], rows), wide=True))
    return cards


def _vocabulary(found: Statistics) -> list[str]:
    cards = [figure("Most frequent words", bars(found.most_frequent_words[:SHOWN_BARS], "most frequent words"))]
    if len(found.growth) > 1:
        cards.append(_growth(found))
    rows = [
        (f"the {most} most frequent words are", f"{share:.1%} of the text") for most, share in found.coverage.items()
    ]
    once = found.words_once / max(found.different_words, 1)
    rows.append((f"{found.words_once:,} words occur once", f"{once:.1%} of the different ones"))
    cards.append(figure("Coverage", table(["", ""], rows)))
    return cards


def _growth(found: Statistics) -> str:
    series = [Series("this corpus", found.growth, marked=True)]
    if found.heaps is not None:
        k, beta = found.heaps
        ends = (found.growth[0][0], found.growth[-1][0])
        law = [(words, max(k * words**beta, 1)) for words in ends]
        series.append(Series(f"Heaps' law, {k:.1f} \u00d7 words^{beta:.3f}", law, dashed=True))
    return chart("Growth of the vocabulary", Axis("words read", True), Axis("distinct words", True), series)


def _openings(found: Statistics) -> list[str]:
    kinds = [(kind, count / found.stories) for kind, count in found.opening_kinds.items() if not kind.endswith(",")]
    commas = [
        (f"{kind} ...", f"{found.opening_kinds.get(kind + ',', 0) / count:.1%}")
        for kind, count in found.opening_kinds.items()
        if not kind.endswith(",") and kind != "other"
    ]
    return [
        figure(
            "How stories begin",
            bars(kinds, "kinds of openings", percent=True) + table(["opening", "with a comma"], commas),
        ),
        figure("First four words", bars(found.openings[:SHOWN_BARS], "first four words")),
        figure("First word", bars(found.first_words[:SHOWN_BARS], "first words")),
    ]


def _names(found: Statistics) -> list[str]:
    names = found.names
    if not names.different:
        return [figure("Names", paragraph("none were found"))]
    shown = names.most_frequent[:20]
    frequent = bars(
        [(name, count) for name, count, _ in shown], "names", colours=[GENDER_COLOURS[gender] for _, _, gender in shown]
    )
    mentions = sum(names.mentions.values())
    rows = [
        (gender, f"{names.names[gender]:,}", f"{count:,}", f"{count / mentions:.1%}")
        for gender, count in names.mentions.items()
    ]
    figures = table(["gender", "names", "mentions", "share"], rows)
    shares = bars(
        [(gender, count / mentions) for gender, count in names.mentions.items()],
        "gender",
        True,
        [GENDER_COLOURS[gender] for gender in names.mentions],
    )
    return [
        figure("Most frequent names", frequent),
        figure(f"Gender of {names.different:,} names, by mentions", shares + figures),
    ]


def _topics(found: Statistics) -> list[str]:
    return [
        figure(
            "Stories that touch a topic",
            bars([(t, n / found.stories) for t, n in found.topics.items()], "topics", True),
        )
    ]


def _repetition(found: Statistics) -> list[str]:
    rows = [
        ("exact duplicates", f"{found.duplicates['stories']:,}"),
        ("the most repeated story, times", f"{found.duplicates['most_often']:,}"),
        (f"{REPEAT}-word runs that repeat in their story", f"{found.repeated_in_story:.2%}"),
    ]
    phrases = [(phrase, f"{count:,}") for phrase, count in found.phrases]
    return [
        figure("In short", table(["repeated", ""], rows)),
        figure(f"Most frequent phrases of {PHRASE} words", table(["phrase", "times"], phrases)),
    ]


def _characters(found: Statistics) -> list[str]:
    others = [entry for entry in found.characters if not ("a" <= entry[0].lower() <= "z")]
    frequent, rare = others[:SHOWN], others[SHOWN:][-RARE_CHARACTERS:]
    cards = [figure("Most frequent, letters a to z left out", _character_table(frequent))]
    if rare:
        cards.append(figure("Rarest", _character_table(rare)))
    return cards


def _character_table(entries: Sequence[tuple[str, str, int]]) -> str:
    rows = [
        (f"{character if character.isprintable() else ' '}  {name}", f"{count:,}") for character, name, count in entries
    ]
    return table(["character", "times"], rows)
