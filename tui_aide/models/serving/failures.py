"""Why a server did not start or ended: the first real cause in its log, in one line, with the remedy.

vLLM reports an error of its engine several times over, the last time as a general one; what comes first is the cause.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tui_aide.models.serving.causes import CAUSES, Circumstances
from tui_aide.models.serving.orphans import Orphan, describe

_PREFIX = re.compile(
    r"^(?:\((?:APIServer|EngineCore|Worker|DPCoordinator)[^)]*\)\s*)*"
    r"(?:(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d (?:\[[^\]]+\] ?)?)?"
)
_ERROR = re.compile(
    r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Interrupt): "
    r"(?!Engine core initialization failed|EngineCore encountered an issue)\S"
)

_DEAD_ENGINE = r"died unexpectedly|EngineDeadError|EngineCore encountered an issue"


def plain_line(line: str) -> str:
    """Return a line of the log without the name of its process, level, time and source."""
    return _PREFIX.sub("", line.strip())


def first_cause(log: str, now: Circumstances) -> str | None:
    """Return the first cause in a log that is known, with its remedy; None where there is none.

    Args:
        log: the log from this start on.
        now: what the remedy may name.
    """
    text = re.sub(r"[^\n]*\bWARNING\b[^\n]*", "", log)
    found = [(match.start(), explain, match) for pattern, explain in CAUSES if (match := pattern.search(text))]
    if not found:
        return None
    _, explain, match = min(found, key=lambda one: one[0])
    return explain(match, now)


def first_error(log: str) -> str | None:
    """Return the first error of a log as it stands there, else its last line; None for an empty log."""
    lines = [line for raw in re.split(r"[\r\n]+", log) if (line := plain_line(raw))]
    for line in lines:
        if _ERROR.match(line):
            return line[:300]
    return lines[-1][:300] if lines else None


def explain_failure(log: str, path: Path, returncode: int | None, now: Circumstances) -> str:
    """Return in one line why the server ended.

    Args:
        log: the log from this start on.
        path: where the log is.
        returncode: exit code, negative for a signal; None where it is not known.
        now: what a remedy may name.
    """
    cause = first_cause(log, now)
    if cause is not None:
        return f"{cause}. Log: {path}"
    if returncode == -9:
        return (
            "it was killed by signal 9, by somebody or for want of memory of the machine (see dmesg); "
            f"what it had started was ended with it. Log: {path}"
        )
    if returncode is not None and returncode < 0:
        return f"it was ended by signal {-returncode}. Log: {path}"
    error = first_error(log)
    if not (error and _ERROR.match(error)) and re.search(_DEAD_ENGINE, log):
        return (
            "its engine process died without a word, killed by somebody or for want of memory of the machine "
            f"(see dmesg). Log: {path}"
        )
    code = "" if returncode is None else f" with exit code {returncode}"
    return f"it ended{code}; {'its log says: ' + error if error else 'its log is empty'}. Log: {path}"


def orphans_hint(orphans: Sequence[Orphan]) -> str:
    """Return a line that names orphans before a start."""
    return (
        f"engine processes of a killed server are still there, and may hold GPU memory: {describe(orphans)}; "
        "end them with  tui-aide serve --kill-orphans"
    )
