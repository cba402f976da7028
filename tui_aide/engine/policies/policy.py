"""The interface of policies: look at the tree, say what to do next and why."""

from __future__ import annotations

import random
from typing import ClassVar, Protocol

import msgspec

from tui_aide.tree.node import Operator
from tui_aide.tree.solution_tree import SolutionTree


class Choice(msgspec.Struct, frozen=True):
    """What to do next: an operator on parents (none for a draft), with the reason in words.

    `instruction` is told to the model, such as what to avoid.
    """

    operator: Operator
    parents: tuple[int, ...]
    reason: str
    instruction: str = ""


class Policy(Protocol):
    """Chooses the next node. It keeps no state between choices, so that a resumed search chooses alike.

    Its parameters stand in its `__init__`, each with a line in the Args of the class's docstring, and are kept in
    attributes of the same name. `source` is where the algorithm comes from: paper and year.
    """

    source: ClassVar[str]

    @property
    def spec(self) -> str:
        """What the user writes to get it, with the parameters that differ from the defaults."""
        ...

    def choose(self, tree: SolutionTree, rng: random.Random) -> Choice:
        """Return the next choice.

        Args:
            tree: all nodes, those in flight included.
            rng: drawn from the session's seed and the number of the node to be made; the only source of chance.
        """
        ...
