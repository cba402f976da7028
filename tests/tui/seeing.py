"""How colours look to people: WCAG's contrast, and what the eye of a colour-blind reader makes of them."""

from __future__ import annotations

import math

from textual.color import Color

_BLIND = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
"""Machado, Oliveira and Fernandes 2009, at full severity, for linear RGB."""
KINDS = tuple(_BLIND)

Linear = tuple[float, float, float]


def contrast(a: Color, b: Color) -> float:
    """WCAG 2's contrast ratio, 1 to 21."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def difference(a: Color, b: Color, kind: str) -> float:
    """How far apart two colours are to a reader of a kind, in CIE Lab: 2.3 is just noticeable."""
    return math.dist(_lab(_seen(a, kind)), _lab(_seen(b, kind)))


def _linear(colour: Color) -> Linear:
    def one(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else math.pow((share + 0.055) / 1.055, 2.4)

    return one(colour.r), one(colour.g), one(colour.b)


def _luminance(colour: Color) -> float:
    r, g, b = _linear(colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _seen(colour: Color, kind: str) -> Linear:
    linear = _linear(colour)
    r, g, b = (
        min(1.0, max(0.0, sum(share * part for share, part in zip(row, linear, strict=True)))) for row in _BLIND[kind]
    )
    return r, g, b


def _lab(linear: Linear) -> Linear:
    r, g, b = linear
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
