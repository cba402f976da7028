"""What a check finds wrong in a script."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["import", "path", "submission", "name", "column", "blocking", "labels"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that will go wrong, told to a model and to a person alike.

    Attributes:
        kind: which check found it.
        line: where in the script, from 1; 0 for the whole script.
        message: one line: what, where, and the remedy.
    """

    kind: Kind
    line: int
    message: str

    @property
    def placed(self) -> str:
        """The message with its line before it, where it has one."""
        return f"line {self.line}: {self.message}" if self.line else self.message
