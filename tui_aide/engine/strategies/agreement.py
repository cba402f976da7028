"""How alike the predictions of several scripts are, and which of them form one opinion."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt


Matrix = list[list[float]]
"""Likeness of each pair, 0..1; symmetric, with ones on the diagonal."""


def likeness(predictions: Sequence[npt.NDArray[Any]], *, labels: bool) -> Matrix:
    """Return how alike each pair of predictions is.

    Args:
        predictions: (rows,) of labels, texts or values, or (rows, classes) of probabilities, one array a script.
        labels: whether they are class labels or texts, which are equal or not.

    Returns:
        For labels the share of equal ones; else the concordance correlation coefficient (Lin, 1989), of probabilities
        over all columns after each column's mean over both was taken off; below 0 counts as 0.
    """
    n = len(predictions)
    matrix = [[1.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i):
            if labels:
                alike = float((predictions[i] == predictions[j]).mean())
            else:
                alike = _concordance(predictions[i], predictions[j])
            matrix[i][j] = matrix[j][i] = alike
    return matrix


def _concordance(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    middle = (a.mean(axis=0) + b.mean(axis=0)) / 2
    a, b = (a - middle).ravel(), (b - middle).ravel()
    apart = float(((a - b) ** 2).mean())
    together = float((a**2).mean() + (b**2).mean())
    return max(0.0, 1.0 - apart / together) if together > 0 else 1.0


def clusters(alike: Matrix, threshold: float) -> list[list[int]]:
    """Return groups by average linkage: the two most alike are joined while they are at least `threshold` alike."""
    groups = [[i] for i in range(len(alike))]
    while len(groups) > 1:
        best, pair = -1.0, (0, 0)
        for a in range(len(groups)):
            for b in range(a):
                between = sum(alike[i][j] for i in groups[a] for j in groups[b]) / (len(groups[a]) * len(groups[b]))
                if between > best:
                    best, pair = between, (a, b)
        if best < threshold:
            break
        a, b = pair
        groups[b] += groups.pop(a)
    return [sorted(group) for group in groups]


def medoid(alike: Matrix, group: Collection[int]) -> int:
    """Return the member that is most alike to all others; ties go to the first."""
    return max(group, key=lambda i: (sum(alike[i][j] for j in group), -i))
