"""The elements of a picture, as text: the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

Point = tuple[float, float]

WIDTH = 720

TIMES = "\N{MULTIPLICATION SIGN}"

ROOT = (
    'role="img" aria-labelledby="title desc"'
    " font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\""
)

STYLE = """
    .text { fill: #1f2328; font-size: 13px; font-weight: 600; }
    .note { fill: #59636e; font-size: 11.5px; }
    .name { fill: #0969da; font-size: 11.5px; font-weight: 600; }
    .axis { stroke: #8c959f; stroke-width: 1; fill: none; }
    .grid { stroke: #8c959f; stroke-width: 1; stroke-dasharray: 2 4; opacity: .6; fill: none; }
    .line { stroke: #0969da; stroke-width: 2.4; fill: none; stroke-linejoin: round; }
    .soft { stroke: #59636e; stroke-width: 1.6; stroke-dasharray: 5 4; fill: none; }
    .arrow { stroke: #59636e; stroke-width: 1.6; fill: none; }
    .dot { fill: #0969da; }
    .bar { fill: #0969da; }
    .rest { fill: #0969da; fill-opacity: .22; }
    .band { fill: #1a7f37; opacity: .16; }
    .edge { stroke: #1a7f37; stroke-width: 1.6; fill: none; }
    .near { fill: #9a6700; opacity: .16; }
    .far { fill: #d1242f; opacity: .14; }
    .empty { fill: none; stroke: #8c959f; stroke-dasharray: 3 3; }
    .card { fill: #f6f8fa; stroke: #8c959f; }
    .core { fill: #ddf4ff; stroke: #0969da; }
    @media (prefers-color-scheme: dark) {
      .text { fill: #f0f6fc; }
      .note { fill: #9da7b3; }
      .name { fill: #4493f8; }
      .axis, .grid, .empty { stroke: #768390; }
      .line { stroke: #4493f8; }
      .soft, .arrow { stroke: #9da7b3; }
      .dot, .bar, .rest { fill: #4493f8; }
      .rest { fill-opacity: .38; }
      .band { fill: #3fb950; }
      .edge { stroke: #3fb950; }
      .near { fill: #d29922; }
      .far { fill: #f85149; }
      .card { fill: #21262d; stroke: #768390; }
      .core { fill: #0c2d4a; stroke: #4493f8; }
    }
"""


def picture(title: str, description: str, *, height: float, parts: Iterable[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_n(height)}" {ROOT}>',
            f'  <title id="title">{escape(title)}</title>',
            f'  <desc id="desc">{escape(description)}</desc>',
            f"  <style>{STYLE}  </style>",
            *(f"  {part}" for part in parts),
            "</svg>\n",
        ]
    )


def text(x: float, y: float, said: str, look: str = "note", anchor: str = "middle") -> str:
    return f'<text class="{look}" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(said)}</text>'


def box(x: float, y: float, width: float, height: float, look: str, *, round_by: float = 0) -> str:
    corners = f' rx="{_n(round_by)}"' if round_by else ""
    size = f'width="{_n(width)}" height="{_n(height)}"'
    return f'<rect class="{look}" x="{_n(x)}" y="{_n(y)}" {size}{corners}/>'


def dot(x: float, y: float, look: str = "dot") -> str:
    return f'<circle class="{look}" cx="{_n(x)}" cy="{_n(y)}" r="4"/>'


def path(points: Sequence[Point], look: str) -> str:
    return f'<path class="{look}" d="M{" ".join(f"{_n(x)} {_n(y)}" for x, y in points)}"/>'


def arrow(points: Sequence[Point]) -> Iterable[str]:
    """A line from left to right, or downwards, with a tip at its end."""
    yield path(points, "arrow")
    (x, y), (before, _) = points[-1], points[-2]
    tip = (
        [(x - 4, y - 6), (x, y), (x + 4, y - 6)] if before == x else [(x - 6, y - 4), (x, y), (x - 6, y + 4)]
    )
    yield path(tip, "arrow")


def _n(number: float) -> str:
    """At most one digit after the point: enough for a screen, and the same on every machine."""
    return f"{round(number * 10) / 10:g}"
