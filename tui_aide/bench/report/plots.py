"""Plots of the HTML report as inline SVG: estimates with whiskers, and anytime curves with bands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from tui_aide.bench.curves import Axis, Curve
from tui_aide.bench.report.words import AXIS_NAMES
from tui_aide.bench.statistics import Estimate

COLOURS = 8
"""How many line colours the style sheet has."""

_WIDE, _HIGH, _PAD = 220, 22, 8
_CURVE = (420, 250)
_Place = Callable[[float], float]
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 14, 12, 34


_CAPTIONS: dict[Axis, str] = {
    "tokens": "tokens, ",
    "execution_seconds": "execution of scripts, ",
    "gpu_seconds": "GPU time, ",
    "wall_seconds": "wall-clock, ",
}


def whisker(estimate: Estimate | None, low: float, high: float, colour: int, words: str) -> str:
    """Return an estimate as a dot with its interval on a scale from `low` to `high`, with a line at zero and the ends.

    Args:
        estimate: None draws the scale alone.
        low, high: ends of the scale.
        colour: number of the line's colour.
        words: what it says, for whoever cannot see it.
    """

    def x(value: float) -> float:
        share = (min(max(value, low), high) - low) / (high - low)
        return round(_PAD + share * (_WIDE - 2 * _PAD), 1)

    marks = sorted({low, 0.0, high}) if low <= 0 <= high else [low, high]
    parts = [f'<path class="grid" d="{"".join(f"M{x(m)} 2V{_HIGH - 2}" for m in marks)}"/>']
    if estimate is not None:
        middle = _HIGH / 2
        if estimate.low is not None and estimate.high is not None:
            parts.append(f'<path class="bar c{colour % COLOURS}" d="M{x(estimate.low)} {middle}H{x(estimate.high)}"/>')
        parts.append(f'<circle class="dot c{colour % COLOURS}" cx="{x(estimate.mean)}" cy="{middle}" r="4.5"/>')
    return (
        f'<svg class="whisker" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{escape(words)}">'
        f"{''.join(parts)}</svg>"
    )


def scale(low: float, high: float) -> str:
    """Return the scale of a column of whiskers, for its head."""
    middle = f'<text x="{_WIDE / 2}" y="12" text-anchor="middle">0</text>' if low < 0 < high else ""
    form = "+g" if low < 0 else "g"
    return (
        f'<svg class="whisker" viewBox="0 0 {_WIDE} 16" aria-hidden="true"><text x="{_PAD}" y="12" '
        f'text-anchor="{"middle" if low >= 0 else "start"}">{low:{form}}</text>{middle}'
        f'<text x="{_WIDE - _PAD}" y="12" text-anchor="{"middle" if low >= 0 else "end"}">{high:{form}}</text></svg>'
    )


def symmetric(estimates: Sequence[Estimate]) -> float:
    """Return the end of a scale around zero that holds all intervals: one of 0.1, 0.2, 0.5, 1."""
    ends = [abs(v) for e in estimates for v in (e.mean, e.low, e.high) if v is not None]
    widest = max(ends, default=0.0)
    return next((end for end in (0.1, 0.2, 0.5) if widest <= end), 1.0)


def curves(axis: Axis, lines: Sequence[tuple[str, int, Curve]]) -> str:
    """Return the anytime curves of one model as a figure.

    Args:
        axis: what was spent.
        lines: name, number of the colour, and curve, which all have the same grid.
    """
    wide, high = _CURVE
    end = lines[0][2].x[-1]
    top = _ceiling(max(max(curve.high) for _, _, curve in lines))
    unit, per = _unit(axis, end)

    def x(value: float) -> float:
        return round(_LEFT + (value / end if end else 1.0) * (wide - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(high - _BOTTOM - min(value, top) / top * (high - _TOP - _BOTTOM), 1)

    heights = [top * part / 4 for part in range(5)]
    ticks = _ticks(end / per) if end else [0.0]
    grid = "".join(f"M{_LEFT} {y(h)}H{wide - _RIGHT}" for h in heights)
    labels = "".join(f'<text x="{_LEFT - 6}" y="{y(h) + 4}" text-anchor="end">{h:.2g}</text>' for h in heights)
    labels += "".join(
        f'<text x="{x(t * per)}" y="{high - _BOTTOM + 16}" text-anchor="middle">{t:g}</text>' for t in ticks
    )
    drawn = "".join(_band(curve, colour, x, y) for _, colour, curve in lines)
    drawn += "".join(_line(name, curve, colour, x, y) for name, colour, curve in lines)
    words = f"Normalised score of the best so far over {AXIS_NAMES[axis]}: " + "; ".join(
        f"{name} ends at {curve.mean[-1]:.3f}" for name, _, curve in lines
    )
    return (
        f'<figure><svg class="curves" viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(words)}">'
        f'<path class="grid" d="{grid}"/>{labels}{drawn}</svg>'
        f"<figcaption>{_CAPTIONS[axis]}{unit}</figcaption></figure>"
    )


def _band(curve: Curve, colour: int, x: _Place, y: _Place) -> str:
    if curve.low == curve.high:
        return ""
    over = [f"{x(a)} {y(b)}" for a, b in zip(curve.x, curve.high, strict=True)]
    under = [f"{x(a)} {y(b)}" for a, b in zip(curve.x, curve.low, strict=True)]
    return f'<path class="band c{colour % COLOURS}" d="M{"L".join([*over, *reversed(under)])}Z"/>'


def _line(name: str, curve: Curve, colour: int, x: _Place, y: _Place) -> str:
    points = "L".join(f"{x(a)} {y(b)}" for a, b in zip(curve.x, curve.mean, strict=True))
    return f'<path class="line c{colour % COLOURS}" d="M{points}"><title>{escape(name)}</title></path>'


def _ceiling(value: float) -> float:
    return next((top for top in (0.2, 0.4, 0.6, 0.8) if value <= top), 1.0)


def _unit(axis: Axis, end: float) -> tuple[str, float]:
    """Return a unit's name, and how much of the axis' own unit it is."""
    if axis == "tokens":
        return ("millions", 1e6) if end >= 2e6 else ("thousands", 1e3) if end >= 2e3 else ("single ones", 1.0)
    return ("hours", 3600.0) if end >= 7200 else ("minutes", 60.0) if end >= 180 else ("seconds", 1.0)


def _ticks(end: float) -> list[float]:
    """Return at most six round numbers from 0 to `end`."""
    rough = end / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [round(step * place, 10) for place in range(int(end / step + 1e-9) + 1)]
