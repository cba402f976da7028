"""The prefix cache: which blocks of tokens were seen with all that stood before them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence


class PrefixCache:
    """Remembers blocks of prompts, least recently used first to go.

    Args:
        block: tokens of a block.
        tokens: most tokens that are remembered.
    """

    def __init__(self, block: int, tokens: int) -> None:
        self._block = block
        self._most = max(1, tokens // block)
        self._seen: OrderedDict[int, None] = OrderedDict()

    def take(self, prompt: Sequence[int]) -> int:
        """Return how many of the prompt's tokens are there already, whole blocks of them, and remember it."""
        before, hits, hitting = 0, 0, True
        for at in range(0, len(prompt) - self._block + 1, self._block):
            before = hash((before, *prompt[at : at + self._block]))
            # The last token is always computed, so a block that ends with it counts for nothing.
            hitting = hitting and before in self._seen and at + self._block < len(prompt)
            hits += hitting * self._block
            self._seen[before] = None
            self._seen.move_to_end(before)
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return hits

    def clear(self) -> None:
        """Forget all."""
        self._seen.clear()
