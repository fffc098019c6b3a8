"""The page around a report: one file that needs nothing else, reads well on a phone, in the dark, and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = 8  # different ones for series; more of them start over

_STYLE = """
:root { --text: #1d2229; --soft: #5a6470; --page: #fbfaf7; --card: #ffffff; --line: #dcdad3; --hot: #d1495b;
  --c0: #2066a8; --c1: #c4541c; --c2: #1b8a5a; --c3: #8a4fbf; --c4: #a07a10; --c5: #c23b7a; --c6: #3a8f99; --c7: #6b6b6b; }
@media screen and (prefers-color-scheme: dark) { :root { --text: #e6e4de; --soft: #a3a9b1; --page: #16181c; --card: #1e2126;
  --line: #363b43; --hot: #ff6b7d; --c0: #6cb0f0; --c1: #f0935a; --c2: #58c797; --c3: #bd92ec; --c4: #d9b44a;
  --c5: #f07fb4; --c6: #74ccd6; --c7: #b4b4b4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .7rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; } p { margin: .4rem 0 .8rem; max-width: 80ch; } .soft { color: var(--soft); font-size: .9rem; }
.keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem; margin: 1.2rem 0; }
.key, figure, .story { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; min-width: 0; }
.key span { display: block; overflow-wrap: anywhere; } .key b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem; align-items: start; margin: 0 0 1rem; }
.grid .wide { grid-column: 1 / -1; }
figure { margin: 0; } figure svg { width: 100%; height: auto; display: block; }
figcaption { font-size: .92rem; line-height: 1.35; font-weight: 600; margin-bottom: .5rem; } figure p { margin: .4rem 0 0; }
svg text { font: 13px system-ui, sans-serif; fill: var(--soft); paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
svg .axis { stroke: var(--line); stroke-width: 1; } svg .note { stroke: var(--soft); stroke-dasharray: 5 4; }
svg .s { fill: none; stroke-width: 2; stroke-linejoin: round; } svg .dashed { stroke-dasharray: 5 4; stroke-width: 1.5; }
svg .front { fill: none; stroke: var(--soft); stroke-dasharray: 2 3; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .85rem; line-height: 1.5; margin: .4rem 0 .2rem; overflow-wrap: anywhere; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; margin-right: .35rem; vertical-align: -1px;
  border: 1px solid color-mix(in srgb, var(--line) 60%, transparent); }
.scroll { overflow-x: auto; } .scroll + p, .scroll + .grid, .scroll + .scroll { margin-top: .8rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; line-height: 1.45; }
th, td { padding: .32rem .55rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: baseline; }
th:first-child, td:first-child { text-align: left; padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }
td small { color: var(--soft); font-size: .92em; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; vertical-align: bottom; white-space: normal; } .family td { font-weight: 600; padding-top: 1rem; }
tbody tr:last-child td { border-bottom: 0; } figure td { white-space: normal; } td.words { white-space: normal; } td i { font-style: normal; color: var(--soft); }
.story { white-space: pre-wrap; overflow-wrap: anywhere; font: 15px/1.6 Georgia, "Times New Roman", serif; }
.story header { font: 600 .85rem/1.4 system-ui, sans-serif; color: var(--soft); margin-bottom: .3rem; white-space: normal; }
.story em { color: var(--soft); font-style: normal; } .tint span { border-radius: 2px; }
.warning { border-left: 4px solid var(--hot); padding: .3rem .8rem; background: var(--card); }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .8rem; overflow-wrap: anywhere; }
@media (max-width: 600px) { body { padding: .8rem; font-size: 15px; } svg text { font-size: 14.5px; }
  .keys { grid-template-columns: repeat(2, minmax(0, 1fr)); } th, td { padding: .3rem .35rem; } table { font-size: .84rem; }
  td small { display: block; } td:first-child { white-space: normal; overflow-wrap: break-word; min-width: 6.5rem; } }
@media print { @page { margin: 14mm; } :root { --page: #fff; } body { max-width: none; padding: 0 1px; font-size: 9.5pt; }
  figure, tr, .key, p { break-inside: avoid; } .story { -webkit-box-decoration-break: clone; box-decoration-break: clone; }
  h2, h2 + p, h3, figcaption, .legend, .story header { break-after: avoid; } h2 { margin-top: 1.6rem; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .scroll { overflow: visible; }
  table { font-size: .82rem; } th, td { padding: .18rem .3rem; white-space: normal; } .story { font-size: 9.5pt; line-height: 1.45; }
  .keys { grid-template-columns: repeat(4, 1fr); } .key { padding: .5rem; } .grid { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .7rem; }
  .grid:has(> figure) { display: block; } /* Chromium breaks a figure in a grid in two, never one in a line */
  .grid > figure { display: inline-block; vertical-align: top; width: calc(50% - .5rem); margin: 0 .4rem .7rem 0; }
  .grid > figure.wide { width: 100%; } }
"""


@dataclass(frozen=True)
class Words:
    """A cell of a table that may break into lines."""

    text: str


@dataclass(frozen=True)
class Figure:
    """A cell with a figure, its interval, and what it is of, which go below it where there is no room."""

    text: str
    interval: str
    of: str = ""


Cell = str | Words | Figure


def page(title: str, subtitle: str, parts: Sequence[str], footer: Sequence[str]) -> str:
    """A whole document from parts that are HTML already; title, subtitle and footer are plain text."""
    body = "\n".join(part for part in parts if part)
    feet = "".join(f"<p class=soft>{escape(line)}</p>" for line in footer)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1><p class=soft>{escape(subtitle)}</p>
{body}
<footer>{feet}</footer></body></html>
"""


def section(title: str, *parts: str) -> str:
    """A heading and what stands under it; nothing where nothing does."""
    filled = [part for part in parts if part]
    return f"<section><h2>{escape(title)}</h2>\n" + "\n".join(filled) + "</section>" if filled else ""


def paragraph(text: str) -> str:
    return f"<p class=soft>{escape(text)}</p>"


def warning(text: str) -> str:
    return f"<p class=warning>{escape(text)}</p>"


def grid(parts: Sequence[str]) -> str:
    """Side by side where there is room, below each other where there is not."""
    filled = [part for part in parts if part]
    return f"<div class=grid>{''.join(filled)}</div>" if filled else ""


def figure(caption: str, content: str, note: str = "", wide: bool = False) -> str:
    """A drawing or a table in a box under its caption; the note, HTML, stands below. A wide one takes the whole row."""
    kind = " class=wide" if wide else ""
    return f"<figure{kind}><figcaption>{escape(caption)}</figcaption>{content}{note}</figure>"


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """(label, colour) of each."""
    shown = "".join(f"<span><i style='background:{colour}'></i>{escape(label)}</span>" for label, colour in entries)
    return f"<div class=legend>{shown}</div>"


def key_figures(figures: Sequence[tuple[str, str, str]]) -> str:
    """(label, figure, remark) in large print."""
    cells = "".join(
        f"<div class=key><span class=soft>{escape(label)}</span><b>{escape(figure)}</b>"
        f"<span class=soft>{escape(remark)}</span></div>"
        for label, figure, remark in figures
    )
    return f"<div class=keys>{cells}</div>"


def table(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The first column is to the left, numbers are to the right. A row of one cell is a heading within."""
    if not rows:
        return ""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    head = f"<thead><tr>{head}</tr></thead>" if any(headings) else ""
    body = "".join(_row(row, len(headings)) for row in rows)
    return f"<div class=scroll><table>{head}<tbody>{body}</tbody></table></div>"


def _row(row: Sequence[Cell], columns: int) -> str:
    if len(row) == 1 < columns:
        return f"<tr class=family>{_cell(row[0]).replace('<td', f'<td colspan={columns}', 1)}</tr>"
    return f"<tr>{''.join(map(_cell, row))}</tr>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Words):
        return f"<td class=words>{escape(cell.text)}</td>"
    if isinstance(cell, Figure):
        small = "".join(f" <small>{escape(part)}</small>" for part in (cell.interval, cell.of) if part)
        return f"<td>{escape(cell.text)}{small}</td>"
    return f"<td>{escape(cell)}</td>"


def story(heading: str, text: str, beginning: str = "") -> str:
    """A story in a box; its beginning, which the model was given, is paler."""
    given = f"<em>{escape(beginning)}</em>" if beginning else ""
    return f"<div class=story><header>{escape(heading)}</header>{given}{escape(text)}</div>"


def tinted_story(heading: str, tokens: Sequence[tuple[str, float, str]], colour: str = "var(--hot)") -> str:
    """A story in a box with `colour` behind each token, by its strength in [0, 1]; (text, strength, what the pointer tells)."""
    spans = "".join(
        f'<span style="background:{tint(strength, colour)}" title="{escape(title)}">{escape(text)}</span>'
        for text, strength, title in tokens
    )
    return f'<div class="story tint"><header>{escape(heading)}</header>{spans}</div>'


def tint(strength: float, colour: str = "var(--hot)") -> str:
    """From nothing to most of a colour; the letters stay readable."""
    share = round(80 * min(max(strength, 0.0), 1.0))
    return f"color-mix(in srgb, {colour} {share}%, transparent)"
