"""What a folder takes on the disk."""

from __future__ import annotations

import os
from pathlib import Path

_BLOCK = 512


def disk_use(folder: Path) -> int:
    """Return the bytes that a folder takes on the disk, links not followed; what cannot be read counts nothing.

    A file with several names counts once. Blocks that a file shares with another file, as copies on some file
    systems do, count for each.
    """
    total, seen, waiting = 0, set(), [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    if status.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
                        if (status.st_dev, status.st_ino) in seen:
                            continue
                        seen.add((status.st_dev, status.st_ino))
                    total += status.st_blocks * _BLOCK
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:  # it is being removed, or not ours
            continue
    return total
