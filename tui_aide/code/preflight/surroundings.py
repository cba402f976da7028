"""What a script finds around itself when it runs: the files of the task and its target."""

from __future__ import annotations

import posixpath

import msgspec

from tui_aide.code.preflight.nearest import nearest

PLACES = ("submission.csv", "working/submission.csv")
"""Where a submission is taken from, relative to the work folder."""
TARGET_WORDS = frozenset({"target", "label", "labels", "class", "y", "outcome", "output"})
"""What models call a target whose name they did not look up."""
_FOLDERS = frozenset({".", "input", "working"})
_SYSTEM = ("/dev/", "/proc/", "/sys/", "/etc/", "/tmp/", "/usr/", "/var/")


class Surroundings(msgspec.Struct, frozen=True):
    """Facts about the work folder and the task.

    Attributes:
        files: path relative to the work folder, such as "input/train.csv" -> its columns, empty where it has none.
        target: the column to predict, empty where there is none.
        targets: the columns to predict where there are several; `target` then is no column.
        python: version of the interpreter that runs the script, (major, minor).
        network: whether the script may use the network.
    """

    files: dict[str, tuple[str, ...]]
    target: str = ""
    python: tuple[int, int] = (3, 11)
    network: bool = False
    targets: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        """Whether a normalised path is a file or folder that is there before the script runs."""
        return path in self.files or path in _FOLDERS or any(name.startswith(path + "/") for name in self.files)

    def nearest(self, path: str) -> str:
        """Return the file that was probably meant, empty where none is near."""
        name = posixpath.basename(path)
        same = [known for known in self.files if posixpath.basename(known) == name]
        if same:
            return same[0]
        by_name = {posixpath.basename(known): known for known in sorted(self.files, reverse=True)}
        return by_name.get(nearest(name, by_name, 0.6), "")

    def module(self, name: str) -> bool:
        """Whether a module of that name lies beside the script."""
        return f"{name}.py" in self.files or any(f.startswith(f"{name}/") and f.endswith(".py") for f in self.files)


def normalised(path: str) -> str | None:
    """Return a path relative to the work folder without `./`; None where it cannot be judged (`~`, `/tmp`, empty)."""
    if not path or path.startswith(("~", *_SYSTEM)) or "\0" in path:
        return None
    return posixpath.normpath(path)


def is_url(path: str) -> bool:
    """Whether a path names something on a network."""
    scheme, separator, _ = path.partition("://")
    return bool(separator) and scheme.isalnum() and scheme not in ("file", "memory")
