"""The page around a report: one file that needs nothing else, reads well on a phone, in the dark, and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = 8  # different ones for series; more of them start over

_STYLE = """
:root { --text: #1d2229; --soft: #5c6672; --page: #fbfaf7; --card: #ffffff; --line: #dcdad3; --hot: #d1495b;
  --c0: #2066a8; --c1: #c4541c; --c2: #1b8a5a; --c3: #8a4fbf; --c4: #a07a10; --c5: #c23b7a; --c6: #3a8f99; --c7: #6b6b6b; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e4de; --soft: #a3a9b1; --page: #16181c; --card: #1e2126;
  --line: #363b43; --hot: #ff6b7d; --c0: #6cb0f0; --c1: #f0935a; --c2: #58c797; --c3: #bd92ec; --c4: #d9b44a;
  --c5: #f07fb4; --c6: #74ccd6; --c7: #b4b4b4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; } p { margin: .4rem 0 .8rem; } .soft, figcaption { color: var(--soft); font-size: .9rem; }
.keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem; margin: 1.2rem 0; }
.key, figure, .story { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; }
.key b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1rem; align-items: start; }
figure { margin: 0; } figure svg { width: 100%; height: auto; display: block; } figcaption { margin-top: .4rem; }
svg text { font: 13px system-ui, sans-serif; fill: var(--soft); } svg .title { fill: var(--text); font-weight: 600; }
svg .axis { stroke: var(--line); stroke-width: 1; } svg .note { stroke: var(--soft); stroke-dasharray: 5 4; }
svg .s { fill: none; stroke-width: 2; stroke-linejoin: round; } svg .front { fill: none; stroke: var(--soft); stroke-dasharray: 2 3; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .85rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; margin-right: .35rem; vertical-align: -1px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .35rem .55rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } td small { color: var(--soft); font-size: inherit; }
.family td { font-weight: 600; padding-top: 1rem; } th { color: var(--soft); font-weight: 600; }
td.words, th.words { white-space: normal; text-align: left; min-width: 12rem; }
.story { white-space: pre-wrap; overflow-wrap: anywhere; font: 15px/1.6 Georgia, "Times New Roman", serif; }
.story header { font: 600 .85rem system-ui, sans-serif; color: var(--soft); margin-bottom: .3rem; } .story em { color: var(--soft); font-style: normal; }
.surprise span { border-radius: 2px; }
.warning { border-left: 4px solid var(--hot); padding: .3rem .8rem; background: var(--card); }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .8rem; overflow-wrap: anywhere; }
@media (max-width: 600px) { body { padding: .8rem; font-size: 15px; } svg text { font-size: 15px; } th, td { padding: .3rem .35rem; } table { font-size: .82rem; }
  td small { display: block; } td:first-child { white-space: normal; }
  td.words, th.words { min-width: 7rem; } }
@media print { body { max-width: none; font-size: 10.5pt; } figure, .story, tr, .key { break-inside: avoid; } h2 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .scroll { overflow: visible; }
  th, td { padding: .2rem .35rem; white-space: normal; }
  .grid { grid-template-columns: repeat(2, 1fr); } }
@media print and (prefers-color-scheme: dark) { :root { --text: #1d2229; --soft: #5c6672; --page: #fff; --card: #fff; --line: #dcdad3; } }
"""


@dataclass(frozen=True)
class Words:
    """A cell of a table that may break into lines."""

    text: str


@dataclass(frozen=True)
class Figure:
    """A cell with a figure and its interval, which goes below it where there is no room."""

    text: str
    interval: str


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
    body = "".join(_row(row, len(headings)) for row in rows)
    return f"<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _row(row: Sequence[Cell], columns: int) -> str:
    if len(row) == 1 < columns:
        return f"<tr class=family>{_cell(row[0]).replace('<td', f'<td colspan={columns}', 1)}</tr>"
    return f"<tr>{''.join(map(_cell, row))}</tr>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Words):
        return f"<td class=words>{escape(cell.text)}</td>"
    if isinstance(cell, Figure):
        return f"<td>{escape(cell.text)} <small>{escape(cell.interval)}</small></td>"
    return f"<td>{escape(cell)}</td>"


def story(heading: str, text: str, beginning: str = "") -> str:
    """A story in a box; its beginning, which the model was given, is paler."""
    given = f"<em>{escape(beginning)}</em>" if beginning else ""
    return f"<div class=story><header>{escape(heading)}</header>{given}{escape(text)}</div>"
