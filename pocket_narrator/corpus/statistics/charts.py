"""Charts as inline SVG. Colours and letters come from the page (`currentColor` and classes), so they follow its light or dark."""

import math
from collections.abc import Sequence
from html import escape

WIDTH = 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 10, 40


def histogram(bins: Sequence[tuple[int, int, int]], label: str, marks: Sequence[tuple[str, float]] = ()) -> str:
    """Columns over `(from, to, stories)`; the last holds all above. `marks` are named places on the axis."""
    height = 210
    width, tall = WIDTH - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    first, last = bins[0][0], bins[-1][1]
    most = max(count for _, _, count in bins)
    scale = 1.13 * most  # room for the names of the marks

    def x(value: float) -> float:
        return _LEFT + width * (value - first) / max(last - first, 1)

    def y(count: float) -> float:
        return _TOP + tall * (1 - count / scale)

    parts = []
    for tick in (tick for tick in ticks(0, most, 4) if tick == round(tick)):  # there are no half stories
        parts.append(_line(_LEFT, y(tick), WIDTH - _RIGHT, y(tick), "grid"))
        parts.append(_text(_LEFT - 6, y(tick) + 4, short(tick), "end"))
    for start, stop, count in bins:
        place, right = x(start), x(stop)
        above = start == bins[-1][0]
        title = (
            f"{start:,}{' and more' if above else f' to {stop - 1:,}' if stop - start > 1 else ''}: {count:,} stories"
        )
        parts.append(
            f'<rect class="bar" x="{place:.1f}" y="{y(count):.1f}" width="{max(right - place - 0.7, 0.7):.1f}" '
            f'height="{max(_TOP + tall - y(count), 0):.1f}"><title>{title}</title></rect>'
        )
    for name, value in marks:
        place = x(value + 0.5 if bins[0][1] == bins[0][0] + 1 else value)  # the middle of the column of a whole number
        parts.append(_line(place, _TOP, place, _TOP + tall, "mark"))
        is_left = place < WIDTH / 2
        parts.append(
            _text(place + (4 if is_left else -4), _TOP + 8, f"{name} {value:,.0f}", "start" if is_left else "end")
        )
    parts += [_text(x(tick), height - 22, short(tick), "middle") for tick in ticks(first, last, 5)]
    parts.append(_text(_LEFT + width / 2, height - 5, label, "middle"))
    return _svg(parts, height, f"Histogram: stories by {label}")


def bars(rows: Sequence[tuple[str, float]], label: str, percent: bool = False, kinds: Sequence[str] = ()) -> str:
    """Horizontal bars with their names; `kinds` are classes of the bars."""
    step, left = 21, 150
    height = step * len(rows) + 8
    most = max((value for _, value in rows), default=1) or 1
    parts = []
    for place, (name, value) in enumerate(rows):
        top = 4 + place * step
        length = (WIDTH - left - 62) * value / most
        shown = f"{value:.1%}" if percent else short(value)
        kind = f" {kinds[place]}" if kinds else ""
        parts.append(_text(left - 6, top + 14, name if len(name) <= 22 else name[:21] + "\u2026", "end"))
        parts.append(
            f'<rect class="bar{kind}" x="{left}" y="{top + 2}" width="{max(length, 1):.1f}" height="{step - 6}">'
            f"<title>{escape(name)}: {value:{'.2%' if percent else ',.0f'}}</title></rect>"
        )
        parts.append(_text(left + length + 5, top + 14, shown, "start"))
    return _svg(parts, height, f"Bars: {label}")


def growth(points: Sequence[tuple[int, int]], law: tuple[float, float] | None) -> str:
    """Different words over words read, both logarithmic, with Heaps' law as a dashed line."""
    height = 230
    width, tall = WIDTH - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    low = [math.floor(math.log10(max(min(values), 1))) for values in zip(*points, strict=True)]
    high = [math.ceil(math.log10(max(*values, 10)) - 1e-9) for values in zip(*points, strict=True)]
    high = [max(top, bottom + 1) for top, bottom in zip(high, low, strict=True)]

    def x(value: float) -> float:
        return _LEFT + width * (math.log10(value) - low[0]) / (high[0] - low[0])

    def y(value: float) -> float:
        return _TOP + tall * (1 - (math.log10(value) - low[1]) / (high[1] - low[1]))

    parts = []
    for power in range(low[1], high[1] + 1):
        parts.append(_line(_LEFT, y(10**power), WIDTH - _RIGHT, y(10**power), "grid"))
        parts.append(_text(_LEFT - 6, y(10**power) + 4, short(10**power), "end"))
    for power in range(low[0], high[0] + 1):
        parts.append(_line(x(10**power), _TOP, x(10**power), _TOP + tall, "grid"))
        parts.append(_text(x(10**power), height - 22, short(10**power), "middle"))
    if law is not None:
        k, beta = law
        start, end = points[0][0], points[-1][0]
        parts.append(
            f'<path class="law" d="M{x(start):.1f} {_inside(y(max(k * start**beta, 1)), tall):.1f}'
            f'L{x(end):.1f} {_inside(y(k * end**beta), tall):.1f}"/>'
        )
    path = "L".join(f"{x(words):.1f} {y(different):.1f}" for words, different in points)
    parts.append(f'<path class="curve" d="M{path}"/>')
    for words, different in points:
        parts.append(
            f'<circle class="dot" cx="{x(words):.1f}" cy="{y(different):.1f}" r="3">'
            f"<title>{words:,} words: {different:,} different</title></circle>"
        )
    parts.append(_text(_LEFT + width / 2, height - 5, "words read", "middle"))
    return _svg(parts, height, "Curve: different words over words read")


def short(number: float) -> str:
    """Three digits and a unit: `1.2k`."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.3g}"


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """Round numbers from `low` to `high`."""
    raw = max(high - low, 1e-9) / wanted
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    first = math.ceil(low / step)
    return [place * step for place in range(first, math.floor(high / step) + 1)]


def _inside(place: float, tall: float) -> float:
    return min(max(place, _TOP), _TOP + tall)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: Sequence[str], height: float, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )
