"""The statistics of a corpus as one page that needs nothing else: no network, no script, light or dark, phone or paper."""

from collections.abc import Sequence
from html import escape

from pocket_narrator.corpus.statistics.charts import bars, growth, histogram
from pocket_narrator.corpus.statistics.gather import METHODS, SHOWN, Statistics
from pocket_narrator.corpus.statistics.tally import PHRASE, REPEAT

SHOWN_BARS = 15
RARE_CHARACTERS = 40
_SPREADS = {
    "words": "words a story",
    "different words": "different words a story",
    "sentences": "sentences a story",
    "paragraphs": "paragraphs a story",
    "percent of speech": "percent of a story that is speech",
    "school grade": "school grade of a story",
    "percent repeated": f"percent of {REPEAT}-word runs that repeat",
}

_STYLE = """
:root{--paper:#fbfaf7;--card:#fff;--ink:#23211d;--soft:#6c675e;--rule:#e4e0d7;--bar:#1b7f72;--he:#3f6fb5;--she:#c2583f;--law:#c2583f}
@media (prefers-color-scheme:dark){:root{--paper:#171614;--card:#201f1c;--ink:#ece8df;--soft:#a29c90;--rule:#38352f;--bar:#4fb5a6;
--he:#7fa8e6;--she:#e48a72;--law:#e48a72}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1160px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:1.6rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2rem 0 .6rem}h3{font-size:.95rem;margin:0 0 .4rem}
p{margin:.3rem 0;color:var(--soft);max-width:75ch}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(46%,190px),1fr));gap:10px;margin-top:16px}
.fact,.card{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px}
.fact b{display:block;font-size:1.3rem;font-variant-numeric:tabular-nums}.fact span{color:var(--soft);font-size:.85rem}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:12px;align-items:start}
.card{overflow-x:auto;min-width:0;break-inside:avoid}.card p{font-size:.85rem}.wide{grid-column:1/-1}
svg{display:block;width:100%;height:auto;color:var(--ink)}svg text{font-size:11.5px;fill:var(--soft)}
.bar{fill:var(--bar)}.he{fill:var(--he)}.she{fill:var(--she)}.unknown{fill:var(--soft)}
.grid{stroke:var(--rule)}.mark{stroke:var(--law);stroke-dasharray:3 3}.law{stroke:var(--law);stroke-dasharray:5 4;fill:none}
.curve{stroke:var(--bar);stroke-width:2;fill:none}.dot{fill:var(--bar)}
table{border-collapse:collapse;width:100%;font-size:.86rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:3px 6px;border-bottom:1px solid var(--rule)}th{color:var(--soft);font-weight:500}
td+td,th+th{text-align:right}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#ccc;--bar:#1b7f72;--he:#3f6fb5;--she:#c2583f;--law:#c2583f}
body{font-size:11px}main{padding:0;max-width:none}.cards{grid-template-columns:repeat(2,1fr)}.facts{grid-template-columns:repeat(5,1fr)}
h2{break-after:avoid}.bar,.dot{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


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
    body = "".join(
        f"<section><h2>{title}</h2>{f'<p>{escape(text)}</p>' if text else ''}<div class=cards>{''.join(cards)}</div></section>"
        for title, text, cards in sections
    )
    notes = f"Readability: {METHODS['readability'](found)}. Speech: {METHODS['dialogue'](found)}. Duplicates: {METHODS['duplicates'](found)}."
    return (
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<meta name=color-scheme content='light dark'><title>{escape(found.corpus)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(found.corpus)}</h1><div class=facts>{_facts(found)}</div>{body}"
        f"<p style='margin-top:2rem'>{escape(notes)}</p></main></body></html>\n"
    )


def _facts(found: Statistics) -> str:
    facts = [
        (f"{found.stories:,}", "stories"),
        (f"{found.totals['words']:,}", "words"),
        (f"{found.bytes / 1e6:,.1f} MB", "text"),
        (f"{'over ' if found.words_forgotten else ''}{found.different_words:,}", "different words"),
        (f"{found.different_characters:,}", "different characters"),
        (f"{found.duplicates['stories']:,}", "exact duplicates"),
        (f"{found.readability['reading_ease']:.0f}", "reading ease (Flesch)"),
        (f"{found.readability['grade_level']:.1f}", "school grade (Kincaid)"),
        (f"{found.dialogue['of_characters']:.0%}", "of the text is speech"),
        (f"{found.repeated_in_story:.1%}", f"of {REPEAT}-word runs repeat in a story"),
    ]
    return "".join(f"<div class=fact><b>{value}</b><span>{name}</span></div>" for value, name in facts)


def _lengths(found: Statistics) -> list[str]:
    cards = []
    for figure, label in _SPREADS.items():
        spread = found.spreads.get(figure)
        if spread is not None:
            chart = histogram(spread.histogram, label, [("median", spread.quantiles["50 %"])])
            cards.append(_card(label.capitalize(), chart))
    rows = [
        (
            figure,
            f"{spread.mean:,.1f}",
            *(f"{value:,}" for value in (spread.smallest, *spread.quantiles.values(), spread.largest)),
        )
        for figure, spread in found.spreads.items()
    ]
    names = next(iter(found.spreads.values())).quantiles
    cards.append(_card("In figures", _table(("a story", "mean", "least", *names, "most"), rows), wide=True))
    return cards


def _vocabulary(found: Statistics) -> list[str]:
    cards = [_card("Most frequent words", bars(found.most_frequent_words[:SHOWN_BARS], "most frequent words"))]
    if len(found.growth) > 1:
        text = "" if found.heaps is None else f"dashed: Heaps' law, {found.heaps[0]:.1f} x words^{found.heaps[1]:.3f}"
        cards.append(_card("Growth", growth(found.growth, found.heaps) + f"<p>{text}</p>"))
    rows = [
        (f"the {most} most frequent words are", f"{share:.1%} of the text") for most, share in found.coverage.items()
    ]
    once = found.words_once / max(found.different_words, 1)
    rows.append((f"{found.words_once:,} words occur once", f"{once:.1%} of the different ones"))
    cards.append(_card("Coverage", _table(("", ""), rows)))
    return cards


def _openings(found: Statistics) -> list[str]:
    kinds = [(kind, count / found.stories) for kind, count in found.opening_kinds.items() if not kind.endswith(",")]
    commas = [
        (f"{kind} ...", f"{found.opening_kinds.get(kind + ',', 0) / count:.1%}")
        for kind, count in found.opening_kinds.items()
        if not kind.endswith(",") and kind != "other"
    ]
    return [
        _card(
            "How stories begin",
            bars(kinds, "kinds of openings", percent=True) + _table(("opening", "with a comma"), commas),
        ),
        _card("First four words", bars(found.openings[:SHOWN_BARS], "first four words")),
        _card("First word", bars(found.first_words[:SHOWN_BARS], "first words")),
    ]


def _names(found: Statistics) -> list[str]:
    names = found.names
    if not names.different:
        return [_card("Names", "<p>none were found</p>")]
    shown = names.most_frequent[:20]
    frequent = bars([(name, count) for name, count, _ in shown], "names", kinds=[gender for _, _, gender in shown])
    mentions = sum(names.mentions.values())
    rows = [
        (gender, f"{names.names[gender]:,}", f"{count:,}", f"{count / mentions:.1%}")
        for gender, count in names.mentions.items()
    ]
    table = _table(("gender", "names", "mentions", "share"), rows)
    shares = bars(
        [(gender, count / mentions) for gender, count in names.mentions.items()], "gender", True, list(names.mentions)
    )
    return [
        _card("Most frequent names", frequent),
        _card(f"Gender of {names.different:,} names, by mentions", shares + table),
    ]


def _topics(found: Statistics) -> list[str]:
    return [
        _card(
            "Stories that touch a topic",
            bars([(t, n / found.stories) for t, n in found.topics.items()], "topics", True),
        )
    ]


def _repetition(found: Statistics) -> list[str]:
    rows = [
        ("stories that stand there before", f"{found.duplicates['stories']:,}"),
        ("the most repeated story, times", f"{found.duplicates['most_often']:,}"),
        (f"{REPEAT}-word runs that repeat in their story", f"{found.repeated_in_story:.2%}"),
    ]
    phrases = [(phrase, f"{count:,}") for phrase, count in found.phrases]
    return [
        _card("In short", _table(("repeated", ""), rows)),
        _card(f"Most frequent phrases of {PHRASE} words", _table(("phrase", "times"), phrases)),
    ]


def _characters(found: Statistics) -> list[str]:
    others = [entry for entry in found.characters if not ("a" <= entry[0].lower() <= "z")]
    frequent, rare = others[:SHOWN], others[SHOWN:][-RARE_CHARACTERS:]
    cards = [_card("Most frequent, letters a to z left out", _character_table(frequent))]
    if rare:
        cards.append(_card("Rarest", _character_table(rare)))
    return cards


def _character_table(entries: Sequence[tuple[str, str, int]]) -> str:
    rows = [
        (f"{character if character.isprintable() else ' '}  {name}", f"{count:,}") for character, name, count in entries
    ]
    return _table(("character", "times"), rows)


def _card(title: str, inside: str, wide: bool = False) -> str:
    return f"<div class='card{' wide' if wide else ''}'><h3>{escape(title)}</h3>{inside}</div>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    header = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"
