"""The check of a script before it runs: all findings, from its text alone."""

from __future__ import annotations

import ast

from tui_aide.code.preflight.blocking import check_blocking
from tui_aide.code.preflight.columns import check_columns
from tui_aide.code.preflight.file_calls import file_calls
from tui_aide.code.preflight.finding import Finding
from tui_aide.code.preflight.imports import check_imports, failing_imports
from tui_aide.code.preflight.labels import check_labels
from tui_aide.code.preflight.library import Library
from tui_aide.code.preflight.names import check_names
from tui_aide.code.preflight.paths import check_paths
from tui_aide.code.preflight.reach import Reach
from tui_aide.code.preflight.source import Source
from tui_aide.code.preflight.submission import check_submission
from tui_aide.code.preflight.surroundings import Surroundings
from tui_aide.code.syntax import parsed

MOST = 10
"""Findings that are told of one script; those of its first lines come first."""


def preflight(code: str, surroundings: Surroundings, library: Library) -> list[Finding]:
    """Return what is certain to go wrong when a script runs, without running it.

    What cannot be told from the text gives no finding, so that a script that works has none.

    Args:
        code: the script; text that does not compile has no findings, see `tui_aide.code.syntax`.
        surroundings: the files and the target of the task.
        library: what the interpreter that will run it can import.

    Returns:
        list[Finding]: at most `MOST`, by line, those of the whole script first.
    """
    tree = parsed(code)
    if tree is None:
        return []
    source = Source(tree, lazy_annotations=surroundings.python >= (3, 14))
    reach = Reach(source, failing_imports(source, surroundings, library))
    calls = file_calls(source)
    origins = frozenset(source.origin(c.func) for c in source.all(ast.Call))
    found = {
        *check_imports(source, reach, surroundings, library),
        *check_paths(source, calls, origins, reach, surroundings),
        *check_submission(source, calls, origins, surroundings),
        *check_names(source, reach, library),
        *check_columns(source, calls, reach, surroundings),
        *check_blocking(source, reach, network=surroundings.network),
        *check_labels(source),
    }
    return sorted(found, key=lambda f: (f.line, f.kind, f.message))[:MOST]
