"""Stories, errors and the legend of colours as HTML."""

import math
import re
from html import escape
from urllib.parse import quote

from pocket_narrator.evaluation.report.surprise import colour, scale
from pocket_narrator.serving.page.telling import Telling, Word

ENDINGS = {
    "end": "finished",
    "stop": "finished",
    "length": "reached max length",
    "stopped": "stopped",
    "failed": "failed",
}

HEADER = """<h1>pocket-narrator</h1><p>A small model tells you a story, one word at a time.</p>"""
NOTHING_YET = """<div class="tale empty"><p>Write a prompt, and the story appears here.</p></div>"""

# What the colours mean; shown with them.
LEGEND = f"<span>Behind each word, how much it surprised the model:</span>{scale()}"


def story(telling: Telling) -> str:
    """One story as far as it has been told, with what there is to say about it."""
    teller = telling.storyteller
    words = "".join(map(_word, telling.words))
    pen = '<i class="pen"></i>' if telling.ending is None else ""
    return f"""<article class="tale" data-ending="{telling.ending or ""}">
<header><b>{escape(teller.name)}</b><span>{escape(teller.about)}</span></header>
<div class="text"><em>{escape(telling.prompt)}</em>{words}{pen}</div>
<footer>{_figures(telling)}{_download(telling)}</footer></article>"""


def problem(message: str) -> str:
    """One message: its first line, and what else there is to say about it."""
    sendable = message.encode("utf-8", errors="replace").decode()  # it may quote what cannot be sent
    first, *more = sendable.splitlines()
    details = "".join(f"<p>{escape(line.strip())}</p>" for line in more)
    return f'<div class="problem" role="alert"><b>{escape(first)}</b>{details}</div>'


def _word(word: Word) -> str:
    others = ", ".join(f"\u201c{text}\u201d {math.exp(log_prob):.0%}" for text, log_prob in word.likeliest)
    hint = f"{word.nats:.2f} nats, probability {math.exp(-word.nats):.1%}; most likely here: {others}"
    shown = word.text.lstrip()  # a blank before a word is not coloured: it may stand at the end of a line
    blank = _indented(word.text[: len(word.text) - len(shown)])
    return (
        f'{blank}<span style="background:{colour(word.nats)}" title="{escape(hint)}">{_indented(escape(shown))}</span>'
    )


def _indented(text: str) -> str:
    """Every new line as a paragraph of a book."""
    return text.replace("\n", '\n<i class="indent"></i>')


def _figures(telling: Telling) -> str:
    figures = [f"seed {telling.options.seed}"]
    if telling.ending is not None and telling.tokens:
        figures.append(f"{telling.tokens:,} tokens")
        figures.append(f"{telling.tokens / max(telling.seconds, 1e-9):,.0f} tokens/s")
        figures.append(f"{telling.nats / telling.tokens:.2f} nats/token")
    if telling.ending is not None:
        figures.append(ENDINGS[telling.ending])
    return "".join(f"<span>{figure}</span>" for figure in figures)


def _download(telling: Telling) -> str:
    """A link that holds the whole story, so that no file is left on the server."""
    if telling.ending is None:
        return ""
    opening = re.sub(r"[^a-z0-9]+", "-", telling.prompt.lower())[:40].strip("-") or "story"
    name = f"{opening}-{telling.options.seed}.txt"
    content = quote(telling.text.strip() + "\n")
    return f'<a class="download" download="{name}" href="data:text/plain;charset=utf-8,{content}">Download</a>'
