"""The errors that a user sees: one line, with the remedy, and the exit code that goes with it.

Every floor raises subclasses of these; the command line prints the message and nothing else.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import ClassVar


class TuiAideError(Exception):
    """Something failed; the message is one line that names the thing and the remedy."""

    exit_code: ClassVar[int] = 1


class UsageError(TuiAideError):
    """What was asked for cannot be: a bad option, name, file or key."""

    exit_code: ClassVar[int] = 2


class TaskError(UsageError):
    """The task folder, or a key of its task.toml, cannot be used."""


class SessionError(TuiAideError):
    """A session folder cannot be opened, written or locked."""


class ModelError(TuiAideError):
    """A model cannot be reached, or answered with an error that a retry will not mend."""


class ModelRefusedError(ModelError):
    """The server refused this one request; another may pass."""


class ContextOverflowError(ModelRefusedError):
    """The prompt is longer than the model's context; a shorter one may pass."""


class StrategyError(TuiAideError):
    """A strategy or a policy, maybe the user's own, raised or returned what it should not."""


class ModelUnavailableError(ModelError):
    """No server answers, or it broke off, after bounded retries; it may come back. `cause` is why, in short."""

    def __init__(self, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause or message


class ModelNotServedError(ModelError):
    """The server does not, or no longer, serve the model that was asked for."""


class ModelKeyError(ModelError):
    """The server wants a key, or another one."""


class ServerFailedError(ModelError):
    """A model server that we started ended, or cannot be started; the message is the first real cause."""


class ExecutionError(TuiAideError):
    """A script could not be started: no process, no folder, no space."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the known name nearest to `name`, or an empty string."""
    match = closest(name, known, 0.5)
    return f" Did you mean {match!r}?" if match else ""


def closest(name: str, known: Iterable[str], cutoff: float) -> str:
    """Return the known name nearest to `name` in spelling, empty where none is near.

    Args:
        name: what was written.
        known: what there is.
        cutoff: least similarity, 0..1, by difflib's ratio (Ratcliff and Metzener, 1988).
    """
    import difflib

    folded: dict[str, str] = {}
    for k in sorted(known):
        folded.setdefault(k.casefold(), k)
    match = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=cutoff)
    return folded[match[0]] if match else ""
