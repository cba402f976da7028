"""The nodes as a table (CSV): one row a node, stable columns, empty for what is not known."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

from tui_aide.code.terminal_text import clean
from tui_aide.sessions.exports.source import Source
from tui_aide.tree.node import Node

_COLUMNS: dict[str, Callable[[Node], object]] = {
    "node": lambda n: n.id,
    "parents": lambda n: " ".join(map(str, n.parents)),
    "children": lambda n: " ".join(map(str, n.children)),
    "depth": lambda n: n.depth,
    "operator": lambda n: n.operator,
    "strategy": lambda n: n.strategy,
    "by": lambda n: n.by,
    "verdict": lambda n: n.verdict,
    "score": lambda n: n.score.value if n.score else None,
    "score_se": lambda n: n.score.se if n.score else None,
    "score_source": lambda n: n.score.source if n.score else None,
    "prompt_tokens": lambda n: n.tokens.prompt,
    "reasoning_tokens": lambda n: n.tokens.reasoning,
    "answer_tokens": lambda n: n.tokens.answer,
    "samples": lambda n: n.samples,
    "executions": lambda n: n.executions,
    "candidates": lambda n: len(n.candidates),
    "created": lambda n: iso(n.created),
    "seconds": lambda n: round(n.seconds, 3),
    "model_seconds": lambda n: round(n.model_seconds, 3),
    "execution_seconds": lambda n: round(n.execution_seconds, 3),
    "cpu_seconds": lambda n: round(n.cpu_seconds, 3),
    "peak_memory": lambda n: n.peak_memory,
    "gpu_memory": lambda n: n.gpu_memory,
    "output_bytes": lambda n: n.output,
    "disk_bytes": lambda n: n.disk,
    "pruned": lambda n: n.pruned,
    "title": lambda n: _line(n.title),
    "message": lambda n: _line(n.message),
    "reason": lambda n: _line(n.reason),
    "instruction": lambda n: _line(n.instruction),
}
"""Of these, names are never changed and none is taken away; new ones come at the end."""


def table(source: Source) -> str:
    """Return the nodes as CSV, by number; `best` marks the one to hand in. Times in seconds and ISO 8601, sizes in
    bytes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_COLUMNS, "best"])
    for node in source.tree.nodes.values():
        writer.writerow([*(column(node) for column in _COLUMNS.values()), node.id == source.tree.selected])
    return out.getvalue()


def iso(time: float) -> str:
    """Return seconds since 1970 as UTC in ISO 8601, to the millisecond."""
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")


def _line(text: str) -> str:
    return " ".join(clean(text).split())
