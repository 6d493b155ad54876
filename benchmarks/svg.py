"""A small pen for plots: SVG without scripts, fonts or colors of its own; the page's style sheet colors the classes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape


class Svg:
    """A drawing of `width` x `height` units that scales with the page; y grows downwards."""

    def __init__(self, name: str, title: str, width: int, height: int) -> None:
        self.width, self.height = width, height
        box = f'viewBox="0 0 {width} {height}"'
        self._parts = [f'<svg id="plot-{name}" {box} role="img" aria-label="{escape(title)}">']

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        self._parts.append(f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def rect(self, x: float, y: float, width: float, height: float, kind: str, tip: str = "") -> None:
        """Draw a filled box; `tip` shows when the pointer rests on it."""
        inner = f"<title>{escape(tip)}</title>" if tip else ""
        self._parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}">'
            f"{inner}</rect>"
        )

    def path(self, points: Iterable[tuple[float, float]], kind: str) -> None:
        """Draw a line through the points."""
        self._parts.append(f'<path class="{kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>')

    def text(self, x: float, y: float, words: str, kind: str = "label", anchor: str = "start") -> None:
        """Write at the base line; `anchor` is start, middle or end."""
        self._parts.append(
            f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def render(self) -> str:
        return "".join([*self._parts, "</svg>"])


class Scale:
    """Maps values `low..high` to positions `start..end` in a drawing, evenly or (`log`, low > 0) by their ratios."""

    def __init__(self, low: float, high: float, start: float, end: float, log: bool = False) -> None:
        self.low, self.high, self.start, self.end, self.log = low, high if high > low else low + 1, start, end, log

    def __call__(self, value: float) -> float:
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int = 6) -> list[float]:
        """Return round values within the scale: 1, 2 or 5 times a power of ten, or about `count` multiples of one."""
        if self.log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            values = [float(f"{factor}e{power}") for power in powers for factor in (1, 2, 5)]
            return [value for value in values if self.low <= value <= self.high]
        rough = (self.high - self.low) / count
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(index * step, 12) for index in range(first, last + 1)]
