"""Charts as inline SVG: lines, points and intervals on linear or logarithmic axes, coloured by the page's style."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise

from pocket_narrator.page.document import COLOURS, figure, legend

WIDTH, HEIGHT = 420, 280  # letters of 13 stay readable where three stand side by side, and on a phone
LEFT, RIGHT, TOP, BOTTOM = 66, 14, 12, 46  # to the left: five digits, and the axis' name upright
LETTER = 8.6  # mean width of a letter, in a wide typeface (DejaVu Sans) and as large as on a phone
Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """Points in their order; `intervals` are (low, high) in y of each; `joined` draws a line through them."""

    label: str
    points: Sequence[Point]
    intervals: Sequence[tuple[float, float] | None] = ()
    joined: bool = True
    marked: bool = False
    dashed: bool = False  # a law, a bound, what would be ideal: nothing that was measured


@dataclass(frozen=True)
class Axis:
    """What it shows; logarithmic ones need positive values."""

    label: str
    logarithmic: bool = False
    whole: bool = False  # ticks at whole numbers only


def chart(
    caption: str,
    x: Axis,
    y: Axis,
    series: Sequence[Series],
    notes: Sequence[tuple[float, str]] = (),
    front: Sequence[Point] = (),
) -> str:
    """A figure with its legend; `notes` are dashed lines at a y; `front` is a stepped line through points.

    A series without points is left out but keeps its colour, so that one model has one colour in all charts of a page.
    """
    drawn = [(f"var(--c{number % COLOURS})", _drawable(one, x, y)) for number, one in enumerate(series)]
    drawn = [(colour, one) for colour, one in drawn if one.points]
    if not drawn:
        return ""
    xs = [point[0] for _, one in drawn for point in one.points]
    ys = [point[1] for _, one in drawn for point in one.points] + [value for value, _ in notes]
    ys += [bound for _, one in drawn for interval in one.intervals if interval for bound in interval]
    across = _Scale(min(xs), max(xs), LEFT, WIDTH - RIGHT, x.logarithmic)
    up = _Scale(min(ys), max(ys), HEIGHT - BOTTOM, TOP, y.logarithmic)
    parts = [*_axes(x, y, across, up)]
    for value, label in notes:
        height = up(value)
        parts.append(f'<line class="note" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>')
        parts.append(text(LEFT + 4, height - 5, label, "start"))  # curves that fall leave room there
    if len(front) > 1:
        steps = [f"{across(front[0][0]):.1f},{up(front[0][1]):.1f}"]
        for (_, before), (place, value) in pairwise(front):
            steps += [f"{across(place):.1f},{up(before):.1f}", f"{across(place):.1f},{up(value):.1f}"]
        parts.append(f'<polyline class="front" points="{" ".join(steps)}"/>')
    for colour, one in drawn:
        parts += _draw(one, colour, across, up)
    entries = [(one.label, colour) for colour, one in drawn]
    return figure(caption, svg(parts, HEIGHT, caption), legend(entries) if len(drawn) > 1 else "")


def _drawable(one: Series, x: Axis, y: Axis) -> Series:
    """Without what cannot be placed: NaN, infinity, and what is not positive on a logarithmic axis."""
    intervals = list(one.intervals) or [None] * len(one.points)
    kept = [
        ((a, b), interval)
        for (a, b), interval in zip(one.points, intervals, strict=True)
        if math.isfinite(a) and math.isfinite(b) and (a > 0 or not x.logarithmic) and (b > 0 or not y.logarithmic)
    ]
    return replace(one, points=[p for p, _ in kept], intervals=[i for _, i in kept])


class _Scale:
    """Values to places, with a little room at both ends."""

    def __init__(self, low: float, high: float, first: float, last: float, logarithmic: bool) -> None:
        self.logarithmic, self.first, self.last = logarithmic, first, last
        if logarithmic:
            low, high = math.log10(low), math.log10(high)
        room = (high - low) * 0.05 or abs(high) * 0.05 or 0.5
        self.low, self.high = low - room, high + room

    def __call__(self, value: float) -> float:
        share = ((math.log10(value) if self.logarithmic else value) - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)

    def ticks(self) -> list[float]:
        """Round values within, about five of them."""
        if self.logarithmic:
            decades = range(math.floor(self.low), math.ceil(self.high) + 1)
            span = self.high - self.low
            factors = (1,) if span > 3 else (1, 3) if span > 1.5 else (1, 2, 5)
            found = [f * 10.0**d for d in decades for f in factors if self.low <= math.log10(f) + d <= self.high]
            if len(found) >= 2:
                return found[:: max(1, len(found) // 6)]
            return round_values(10**self.low, 10**self.high)
        return round_values(self.low, self.high)


def round_values(low: float, high: float) -> list[float]:
    """About five round numbers from `low` to `high`."""
    rough = max(high - low, 1e-9) / 5
    size = 10 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= rough)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _axes(x: Axis, y: Axis, across: _Scale, up: _Scale) -> list[str]:
    floor = HEIGHT - BOTTOM
    parts = []
    for value, label in _labelled(up.ticks(), y.whole):
        height = up(value)
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>')
        parts.append(text(LEFT - 6, height + 4, label, "end"))
    parts += [tick_label(across(value), floor + 18, label) for value, label in _labelled(across.ticks(), x.whole)]
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{floor}" y2="{floor}"/>')
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x.label, "middle"))
    middle = (TOP + floor) / 2
    parts.append(f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{escape(y.label)}</text>')
    return parts


def _labelled(ticks: list[float], whole: bool) -> list[tuple[float, str]]:
    """With as many digits as they have."""
    ticks = [tick for tick in ticks if not whole or float(tick).is_integer()]
    return [(tick, short(tick, 6)) for tick in ticks]


def _draw(one: Series, colour: str, across: _Scale, up: _Scale) -> list[str]:
    places = [(across(a), up(b)) for a, b in one.points]
    parts = []
    if one.joined and len(places) > 1:
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        kind = "s dashed" if one.dashed else "s"
        parts.append(f'<polyline class="{kind}" style="stroke:{colour}" points="{line}"/>')
    for (a, _), interval in zip(places, one.intervals, strict=True):
        if interval:
            parts.append(
                f'<line class="s" style="stroke:{colour}" x1="{a:.1f}" x2="{a:.1f}" '
                f'y1="{up(interval[0]):.1f}" y2="{up(interval[1]):.1f}"/>'
            )
    if one.marked or len(places) == 1:
        for (a, b), (x, y) in zip(places, one.points, strict=True):
            title = f"{escape(one.label)}: {short(x)}, {y:.4g}"
            parts.append(
                f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4.5" style="fill:{colour}"><title>{title}</title></circle>'
            )
    return parts


def svg(parts: Sequence[str], height: float, label: str) -> str:
    """A drawing of the page's width; `label` is what a screen reader says."""
    view = f'viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(label)}"'
    return f"<svg {view}>{''.join(parts)}</svg>"


def text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def tick_label(x: float, y: float, words: str) -> str:
    """Centred, but within the drawing."""
    half = LETTER * (len(words) + 1) / 2  # an M is wider than the mean
    return text(min(max(x, half), WIDTH - half), y, words, "middle")


def short(number: float, digits: int = 3) -> str:
    """1,234,567 as 1.23M, 0.0001 as 1e-4."""
    if number == 0:
        return "0"
    size = abs(number)
    for unit, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if unit <= size < 1e15:
            return f"{number / unit:.{digits}g}{letter}"
    if 1e-3 <= size < 1e3:
        return f"{number:.{digits}g}"
    return f"{number:.{digits - 1}g}".replace("e+", "e").replace("e-0", "e-")


def thin(points: Sequence[Point], most: int = 300) -> list[Point]:
    """At most so many points of a curve: means of neighbours, so that noise is smoothed rather than picked."""
    if len(points) <= most:
        return list(points)
    size = math.ceil(len(points) / most)
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    return [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups]
