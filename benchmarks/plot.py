"""plot: throughput as grouped bars on a logarithmic scale, as an SVG that needs nothing."""

from html import escape
from math import ceil, floor, log10

from benchmarks.report import TITLES, Results
from benchmarks.throughput import CONNECTIONS

WIDTH, HEIGHT = 880, 470
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 70, 50
BAR, GAP = 42, 3
COLOURS = ("#9aa0a6", "#1a73e8", "#e8a33d", "#b0413e")
_STYLE = 'font-family="sans-serif" font-size="{size}" fill="#202124"'


def svg(results: Results) -> str:
    """Medians as bars, the rounds' least and most as a line on each."""
    values = [cell.per_second for cell in results.cells]
    scale = _Scale(floor(log10(min(values))), ceil(log10(max(values))))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 24, "Requests per second by number of connections (log scale)", 16, "start"),
        *_legend(),
        *_grid(scale),
    ]
    for group, connections in enumerate(CONNECTIONS):
        parts += _group(results, scale, group, connections)
    return "\n".join([*parts, "</svg>"]) + "\n"


class _Scale:
    """Where a value stands, between two powers of ten."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def y(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)


def _grid(scale: _Scale) -> list[str]:
    parts = []
    for power in range(scale.low, scale.high + 1):
        y = scale.y(10**power)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, "#dadce0"))
        parts.append(_text(LEFT - 8, y + 4, f"{10**power:,}", 12, "end"))
    return parts


def _legend() -> list[str]:
    parts, x = [], LEFT
    for title, colour in zip(TITLES.values(), COLOURS, strict=True):
        parts.append(f'<rect x="{x}" y="38" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 17, 49, title, 13, "start"))
        x += 45 + 7 * len(title)
    return parts


def _group(results: Results, scale: _Scale, group: int, connections: int) -> list[str]:
    width = (WIDTH - LEFT - RIGHT) / len(CONNECTIONS)
    middle = LEFT + (group + 0.5) * width
    left = middle - len(TITLES) * (BAR + GAP) / 2
    parts = [_text(middle, HEIGHT - 22, f"{connections}", 14, "middle")]
    for i, (key, colour) in enumerate(zip(TITLES, COLOURS, strict=True)):
        rounds = [cell.per_second for cell in results.of(key, connections)]
        median = results.median(key, connections, "per_second")
        parts += _bar(scale, left + i * (BAR + GAP), median, rounds, colour)
    return parts


def _bar(scale: _Scale, x: float, median: float, rounds: list[float], colour: str) -> list[str]:
    top, middle = scale.y(median), x + BAR / 2
    height = round(HEIGHT - BOTTOM - top, 1)
    return [
        f'<rect x="{x:g}" y="{top}" width="{BAR}" height="{height}" fill="{colour}"/>',
        _line(middle, scale.y(min(rounds)), middle, scale.y(max(rounds)), "#202124"),
        _text(middle, scale.y(max(rounds)) - 5, f"{median:,.0f}", 12, "middle"),
    ]


def _text(x: float, y: float, text: str, size: int, anchor: str) -> str:
    style = _STYLE.format(size=size)
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" {style}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}"/>'
