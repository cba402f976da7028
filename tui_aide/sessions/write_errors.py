"""What is told where a session's files cannot be written: the file, the reason, and what to do about it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from tui_aide.errors import SessionError

_REMEDIES = {
    errno.ENOSPC: "free some space, then resume",
    errno.EDQUOT: "free some of your quota, then resume",
    errno.EROFS: "mount it writable again, then resume",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f), then resume",
    errno.EACCES: "make it writable, then resume",
    errno.EPERM: "make it writable, then resume",
    errno.EIO: "its disk fails; copy the session elsewhere, then resume there",
}


def cannot_write(path: Path, error: OSError) -> SessionError:
    """Return the error of a file that cannot be written, in one line with the remedy."""
    reason = error.strerror or (os.strerror(error.errno) if error.errno else str(error))
    return SessionError(
        f"{path}: cannot be written: {reason}; {_REMEDIES.get(error.errno or 0, 'mend that, then resume')}"
    )
