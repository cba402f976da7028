"""AIDE's journal.json (aideml 0.2, version "2"): its nodes, who is whose child, how it is read and written."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import msgspec

from tui_aide.errors import UsageError

VERSION = "2"


class AideMetric(msgspec.Struct, frozen=True):
    """A metric's value, None for a failure, and whether greater is better, None where nobody knows."""

    value: float | None = None
    maximize: bool | None = None


class AideNode(msgspec.Struct, kw_only=True, rename={"term_out": "_term_out"}):
    """One of AIDE's nodes; `parent` and `children` are always empty in the file, whose `node2parent` has the links.

    `term_out` are pieces of what the script printed. `is_buggy` is AIDE's judgement, `analysis` why.
    """

    code: str | None = ""
    plan: str | None = ""
    step: int | None = None
    id: str
    ctime: float | None = None
    parent: None = None
    children: list[Any] = []
    term_out: list[str] | None = None
    exec_time: float | None = None
    exc_type: str | None = None
    exc_info: dict[str, Any] | None = None
    exc_stack: list[Any] | None = None
    analysis: str | None = None
    metric: AideMetric | None = None
    is_buggy: bool | None = None


class AideJournal(msgspec.Struct, kw_only=True, rename={"version": "__version"}):
    """The whole file."""

    nodes: list[AideNode]
    node2parent: dict[str, str]
    version: str = VERSION


def encode(journal: AideJournal) -> str:
    """Return a journal as AIDE writes it: JSON."""
    return msgspec.json.encode(journal).decode() + "\n"


def read(path: Path) -> AideJournal:
    """Read and check a journal: nodes come after their parents, and each has an id of its own.

    Raises:
        UsageError: it cannot be read, or is no journal of AIDE.
    """
    try:
        text = path.read_bytes()
    except OSError as e:
        raise UsageError(f"{path}: cannot be read: {e.strerror}") from e
    try:
        # msgspec refuses NaN and Infinity, which Python's json, and so AIDE, writes
        journal = msgspec.convert(json.loads(text), AideJournal, strict=False)
    except (ValueError, RecursionError, msgspec.ValidationError) as e:
        said = "nested too deeply" if isinstance(e, RecursionError) else str(e)
        raise UsageError(f"{path}: no journal.json of AIDE (aideml 0.2 or newer): {said}") from e
    _check(path, journal)
    return journal


def _check(path: Path, journal: AideJournal) -> None:
    seen: set[str] = set()
    for at, node in enumerate(journal.nodes):
        where = f"{path}: nodes[{at}]"
        if node.id in seen:
            raise UsageError(f"{where}: its `id` {node.id[:40]!r} is another node's, too")
        parent = journal.node2parent.get(node.id)
        if parent is not None and parent not in seen:
            raise UsageError(f"{where}: its parent {parent[:40]!r} in `node2parent` is no node before it")
        seen.add(node.id)
        if node.metric is not None and node.metric.value is not None and not math.isfinite(node.metric.value):
            node.metric = AideMetric(None, node.metric.maximize)
    if not journal.nodes:
        raise UsageError(f"{path}: it holds no nodes")
