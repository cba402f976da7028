"""What search and cluster tell each other of a run: the job that goes there, and the messages that come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from tui_aide.execution.executor import Execution, Outcome, Usage
from tui_aide.execution.remote.parcels import Part


class Link(msgspec.Struct, frozen=True):
    """A link in the work folder at `path`, to what is `below` the input of number `source`."""

    path: str
    source: int
    below: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a script, as a node needs to know it.

    Attributes:
        execution: its limits; the paths in it mean nothing on the node.
        files: of the work folder, the script among them, each whole.
        folders: empty folders of the work folder.
        links: of the work folder.
        inputs: the SHA-256 of each input folder.
        python: path of the interpreter on the node; None for the one that runs Ray's workers.
        sandbox: how scripts are kept to their folders, as `--sandbox` has it.
        limits: bytes of memory by the id of the node; one that is not in there keeps to the execution's.
    """

    execution: Execution
    files: tuple[Part, ...]
    folders: tuple[str, ...]
    links: tuple[Link, ...]
    inputs: tuple[str, ...]
    python: str | None
    sandbox: str
    limits: dict[str, int]


class Started(msgspec.Struct, frozen=True, tag=True):
    """The script is about to start, on the node of this name."""

    node: str


class Printed(msgspec.Struct, frozen=True, tag=True):
    """Output, each piece with whether it is stderr's, and what the script uses, where that was measured anew."""

    pieces: tuple[tuple[bool, bytes], ...]
    usage: Usage | None = None


class Left(msgspec.Struct, frozen=True, tag=True):
    """Parts of the files that the script left in its folder."""

    parts: tuple[Part, ...]


class Finished(msgspec.Struct, frozen=True, tag=True):
    """The run ended; `dropped` files of `dropped_bytes` did not come back, for they were too large together."""

    outcome: Outcome
    dropped: int = 0
    dropped_bytes: int = 0


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The script could not be started on that node."""

    node: str
    message: str


Message = Started | Printed | Left | Finished | Refused


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError


def _rich(kind: type, value: Any) -> Any:
    if issubclass(kind, Path):
        return kind(value)
    raise NotImplementedError


def pack(value: object) -> bytes:
    """Return a job or a message as bytes."""
    return msgspec.msgpack.encode(value, enc_hook=_plain)


def unpack_job(data: bytes) -> Job:
    """Return the job that was packed."""
    return msgspec.msgpack.decode(data, type=Job, dec_hook=_rich)


def unpack_message(data: bytes) -> Message:
    """Return the message that was packed.

    Raises:
        msgspec.DecodeError: it is none.
    """
    message: Message = msgspec.msgpack.decode(data, type=Message)
    return message


def to_line(value: object) -> bytes:
    """Return a value as one line of JSON."""
    return msgspec.json.encode(value, enc_hook=_plain) + b"\n"


def from_line(line: bytes, kind: Any) -> Any:
    """Return the value of a line of JSON.

    Raises:
        msgspec.DecodeError: it is none of that kind.
    """
    return msgspec.json.decode(line, type=kind, dec_hook=_rich)
