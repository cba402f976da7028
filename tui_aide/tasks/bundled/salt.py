"""The salt of a generated task: with it a family gives other rows of the same kind, which nobody has tuned on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SPREAD = 0.2
"""Standard deviation of a salted coefficient's logarithm."""


class Salt:
    """Draws a family's rows and coefficients; the empty salt gives the ones that its references were measured on.

    Salted coefficients come from a stream of their own, so that they do not depend on how many rows there are.

    Args:
        seed: the family's own seed.
        text: any text; the same one always gives the same task.
    """

    def __init__(self, seed: int, text: str) -> None:
        import numpy as np  # the viewer, which lists the tasks, does without

        self.plain = not text
        entropy = [seed]
        if text:
            digest = hashlib.sha256(text.encode()).digest()
            entropy += [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 32, 4)]
        self.rng = np.random.default_rng(seed if self.plain else entropy)
        self._coefficients = np.random.default_rng([*entropy, 0xC0EF])

    def vary(self, value: float, spread: float = SPREAD) -> float:
        """Return a coefficient: as it is, or salted with a factor about 1; its sign stays."""
        import numpy as np

        return value if self.plain else float(value * np.exp(self._coefficients.normal(0.0, spread)))

    def effects(self, effects: Mapping[str, float], *, spread: float = SPREAD) -> dict[str, float]:
        """Return what each level of an unordered column does: as it is, or salted dealt anew and varied."""
        if self.plain:
            return dict(effects)
        dealt = self._coefficients.permutation(list(effects.values())).tolist()
        return {level: self.vary(value, spread) for level, value in zip(effects, dealt, strict=True)}

    def choose(self, usual: int, choices: int) -> int:
        """Return a number below `choices`: the usual one, or salted any."""
        return usual if self.plain else int(self._coefficients.integers(choices))

    def places(self, usual: tuple[int, ...], choices: int) -> tuple[int, ...]:
        """Return different numbers below `choices`: the usual ones, or salted any."""
        if self.plain:
            return usual
        return tuple(self._coefficients.choice(choices, size=len(usual), replace=False).tolist())

    def intercept(self, usual: float, logit: np.ndarray, share: float) -> float:
        """Return what is added to `logit` (rows,): the usual number, or salted the one that gives `share` of ones."""
        import numpy as np

        if self.plain:
            return usual
        low, high = -60.0, 60.0
        for _ in range(60):
            middle = (low + high) / 2
            mean = float(np.mean(1.0 / (1.0 + np.exp(-np.clip(logit + middle, -500, 500)))))
            low, high = (middle, high) if mean < share else (low, middle)
        return (low + high) / 2
