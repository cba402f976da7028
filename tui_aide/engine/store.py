"""What the engine asks of the place where a session is kept; `sessions` implements it on a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec

from tui_aide.tree.events import Event


class HandedIn(msgspec.Struct, frozen=True):
    """What is handed in instead of the selected node's own submission, if anything.

    Attributes:
        submission: name of a file in the final folder; empty for the node's own.
        ensemble: the text of `ensemble.json` where it is a blend.
        members: the nodes whose scripts made the blend.
    """

    submission: str = ""
    ensemble: str = ""
    members: tuple[int, ...] = ()


class TextSink(Protocol):
    """A node's file that grows as text streams in."""

    def write(self, text: str) -> None:
        """Add text; it reaches the file within a tenth of a second, or at `close`."""
        ...

    def close(self) -> None:
        """Write what is left and close."""
        ...


class Store(Protocol):
    """Where events and the nodes' files go; a file's name may have folders before it, which are made.

    Every method may raise `SessionError` when the place cannot be written; the search then ends as failed,
    and what was written before stays whole.
    """

    def append(self, event: Event) -> Event:
        """Record an event and return it with its `seq` and `time`."""
        ...

    def node_folder(self, node: int, place: str = "") -> Path:
        """Return the node's folder, or one below it, made when it is missing."""
        ...

    def rename(self, node: int, name: str, to: str) -> None:
        """Give one of the node's files or folders another name in place of what has it; nothing where it is missing."""
        ...

    def clear_node(self, node: int, keep: tuple[str, ...] = ()) -> None:
        """Remove the files of a node but those named in `keep`, for a fresh start of it."""
        ...

    def write(self, node: int, name: str, text: str) -> None:
        """Write one of the node's files whole."""
        ...

    def read(self, node: int, name: str, tail: int | None = None) -> str:
        """Return the text of one of the node's files, or only its last `tail` characters; empty if it has none."""
        ...

    def stream(self, node: int, name: str) -> TextSink:
        """Open one of the node's files to stream into."""
        ...

    def final_folder(self) -> Path:
        """Return the folder for what is made at the end of a search; it is made by what is written there first."""
        ...

    def withdraw(self) -> None:
        """Have no best solution any more; nothing where there was none."""
        ...

    def publish(self, node: int, handed_in: HandedIn | None = None) -> None:
        """Make the node's solution the session's best, in one step for whoever reads it.

        With `handed_in`, its submission takes the place of the node's own; where that file is gone, it does not.
        """
        ...
