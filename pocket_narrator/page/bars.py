"""Histograms, bars and intervals as inline SVG, coloured by the page's style; all tell their figures under the pointer."""

from collections.abc import Sequence
from html import escape

from pocket_narrator.page.chart import (
    BOTTOM,
    LEFT,
    LETTER,
    RIGHT,
    TOP,
    WIDTH,
    round_values,
    short,
    svg,
    text,
    tick_label,
)
from pocket_narrator.page.document import figure

HEIGHT = 230
BAR, FIGURES = 22, 58  # height of a bar with its gap; room for the figures
ROW = 40  # height of an interval with its name
LONGEST_NAME = 20  # characters
LONGEST_PAIR = 46


def histogram(bins: Sequence[tuple[int, int, int]], label: str, marks: Sequence[tuple[str, float]] = ()) -> str:
    """Columns over `(from, to, stories)`; the last holds all above. `marks` are named places on the axis."""
    width, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    first, last = bins[0][0], bins[-1][1]
    most = max(count for _, _, count in bins)
    scale = 1.13 * most  # room for the names of the marks

    def x(value: float) -> float:
        return LEFT + width * (value - first) / max(last - first, 1)

    def y(count: float) -> float:
        return TOP + tall * (1 - count / scale)

    parts = []
    for tick in (tick for tick in round_values(0, most) if tick == round(tick)):  # there are no half stories
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(text(LEFT - 6, y(tick) + 4, short(tick), "end"))
    for start, stop, count in bins:
        place, right = x(start), x(stop)
        above = start == bins[-1][0]
        title = (
            f"{start:,}{' and more' if above else f' to {stop - 1:,}' if stop - start > 1 else ''}: {count:,} stories"
        )
        parts.append(
            f'<rect style="fill:var(--c0)" x="{place:.1f}" y="{y(count):.1f}" width="{max(right - place - 0.7, 0.7):.1f}" '
            f'height="{max(TOP + tall - y(count), 0):.1f}"><title>{title}</title></rect>'
        )
    for name, value in marks:
        place = x(value + 0.5 if bins[0][1] == bins[0][0] + 1 else value)  # the middle of the column of a whole number
        parts.append(f'<line class="note" x1="{place:.1f}" x2="{place:.1f}" y1="{TOP}" y2="{TOP + tall}"/>')
        is_left = place < WIDTH / 2
        parts.append(
            text(place + (4 if is_left else -4), TOP + 8, f"{name} {value:,.0f}", "start" if is_left else "end")
        )
    parts += [tick_label(x(tick), HEIGHT - BOTTOM + 18, short(tick)) for tick in round_values(first, last)]
    parts.append(text(LEFT + width / 2, HEIGHT - 8, label, "middle"))
    return svg(parts, HEIGHT, f"Histogram: stories by {label}")


def bars(
    rows: Sequence[tuple[str, float]], label: str, percent: bool = False, colours: Sequence[int | None] = ()
) -> str:
    """Horizontal bars with their names; `colours` are numbers of the page's colours, None for the quiet one."""
    most = max((value for _, value in rows), default=1) or 1
    left = 14 + LETTER * min(max((len(name) for name, _ in rows), default=0), LONGEST_NAME)
    parts = []
    for place, (name, value) in enumerate(rows):
        top = 4 + place * BAR
        length = (WIDTH - left - FIGURES) * value / most
        colour = colours[place] if colours else 0
        fill = "var(--soft)" if colour is None else f"var(--c{colour})"
        shown = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "\u2026"
        parts.append(text(left - 6, top + 14, shown, "end"))
        parts.append(
            f'<rect style="fill:{fill}" x="{left:.1f}" y="{top + 2}" width="{max(length, 1):.1f}" height="{BAR - 6}">'
            f"<title>{escape(name)}: {value:{'.2%' if percent else ',.0f'}}</title></rect>"
        )
        parts.append(text(left + length + 5, top + 14, f"{value:.1%}" if percent else short(value), "start"))
    return svg(parts, BAR * len(rows) + 8, f"Bars: {label}")


def intervals(caption: str, rows: Sequence[tuple[str, float, tuple[float, float] | None, bool]], label: str) -> str:
    """A figure with each row's value and interval on one axis that has 0, its name above it; `label` is the axis'.

    The last of a row: whether it is told apart from 0, which has a colour of its own."""
    bounds = [0.0, *(bound for _, value, interval, _ in rows for bound in (value, *(interval or ())))]
    low, high = min(bounds), max(bounds)
    room = (high - low) * 0.05 or 1.0
    left, right, floor = RIGHT, WIDTH - RIGHT, TOP + ROW * len(rows)

    def x(value: float) -> float:
        return left + (right - left) * (value - low + room) / (high - low + 2 * room)

    parts = []
    for tick in round_values(low - room, high + room):
        parts.append(f'<line class="axis" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP}" y2="{floor}"/>')
        parts.append(tick_label(x(tick), floor + 18, short(tick)))
    parts.append(f'<line class="note" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{TOP}" y2="{floor}"/>')
    for place, (name, value, interval, apart) in enumerate(rows):
        middle = TOP + ROW * place + 28
        lower, upper = interval or (value, value)
        colour = f"var(--c{0 if apart else 7})"
        title = f"<title>{escape(name)}: {value:+.4g}</title>"
        parts.append(text((left + right) / 2, middle - 12, _without_middle(name), "middle"))
        parts.append(
            f'<line class="s" style="stroke:{colour}" x1="{x(lower):.1f}" x2="{x(upper):.1f}" y1="{middle}" y2="{middle}"/>'
        )
        parts.append(f'<circle cx="{x(value):.1f}" cy="{middle}" r="4.5" style="fill:{colour}">{title}</circle>')
    parts.append(text((left + right) / 2, floor + 38, label, "middle"))
    return figure(caption, svg(parts, floor + BOTTOM, caption))


def _without_middle(name: str) -> str:
    """Two names of runs often differ at their ends."""
    half = (LONGEST_PAIR - 1) // 2
    return name if len(name) <= LONGEST_PAIR else f"{name[:half]}\u2026{name[-half:]}"
