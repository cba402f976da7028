"""What the interpreter that runs scripts can import, as far as it is known."""

from __future__ import annotations

from typing import Protocol


class Library(Protocol):
    """Knowledge of an interpreter, answered from memory; what is not known gives no finding."""

    def exists(self, module: str) -> bool | None:
        """Whether a module, by its dotted name, can be imported; None where that is not known."""
        ...

    def names(self, module: str) -> frozenset[str] | None:
        """Return the names and submodules of a module; None where they are not known, or there is no such module."""
        ...

    def modules(self) -> frozenset[str]:
        """Return the top-level names that can be imported, for hints; empty where they are not known."""
        ...
