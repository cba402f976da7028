"""Telling whether a script has changed its inputs: modes stop no superuser, and no script that means to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

Fingerprint = dict[str, tuple[int, int]]
"""Path below the inputs ("train.csv", or "fold-0/train.csv" of several folds) -> size, and time of change in ns."""


def input_fingerprint(inputs: Sequence[Path]) -> Fingerprint:
    """Return what the top level of each input folder looks like; equal fingerprints mean that nothing was changed.

    It reads no file, so it costs some microseconds a file. Of the folders in there (images), files that come or go
    directly below are seen, but not changes of a file's content.

    Args:
        inputs: the input folders, one a fold.
    """
    found: Fingerprint = {}
    for folder in inputs:
        prefix = f"{folder.name}/" if len(inputs) > 1 else ""
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    found[prefix + entry.name] = _look(entry)
        except OSError:
            found[prefix] = (-1, -1)  # the folder itself is gone
    return found


def changed_inputs(before: Fingerprint, after: Fingerprint) -> list[str]:
    """Return the paths that were changed, added or removed between two fingerprints, sorted."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _look(entry: os.DirEntry[str]) -> tuple[int, int]:
    try:
        status = entry.stat()  # of a link what it leads to: that is shared with the task itself
    except OSError:
        return -1, -1
    return 0 if entry.is_dir() else status.st_size, status.st_mtime_ns
