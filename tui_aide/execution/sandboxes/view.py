"""What a script may see of the machine's files: real places, and the links that lead to them."""

from __future__ import annotations

import contextlib
import functools
import glob
import os
import pwd
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError
from tui_aide.execution.executor import Execution
from tui_aide.execution.sandboxes.masking import instead_of

_MOST_LINKS = 40
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"),
    *("/opt/rocm*", "/opt/intel", "/run/opengl-driver", "/var/cache/fontconfig", "/sys/devices/system"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld-musl-*.path", "/etc/alternatives"),
    *("/etc/localtime", "/etc/timezone", "/etc/locale.alias", "/etc/locale.conf", "/etc/nsswitch.conf"),
    *(
        "/etc/fonts",
        "/etc/mime.types",
        "/etc/os-release",
        "/etc/ssl/certs",
        "/etc/ssl/openssl.cnf",
        "/etc/ssl/cert.pem",
    ),
    *("/etc/pki/tls/certs", "/etc/pki/tls/openssl.cnf", "/etc/pki/ca-trust/extracted", "/etc/ca-certificates"),
    *("/etc/ssl/cert.pem", "/etc/OpenCL", "/etc/vulkan", "/etc/glvnd"),
)
_NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/services", "/etc/protocols", "/etc/gai.conf")
_GPU = ("/sys/devices", "/sys/bus/pci", "/sys/class/drm", "/sys/class/kfd", "/sys/dev", "/sys/module/nvidia*")
_GPU_DEVICES = ("/dev/nvidia*", "/dev/dri", "/dev/kfd", "/dev/dxg")
_PARTS = ("bin", "lib", "lib64", "include", "share", "pyvenv.cfg")


class View(msgspec.Struct, frozen=True):
    """Places by their real paths, none inside another that is shown with the same rights.

    Attributes:
        readable: what may be read.
        writable: what may be written, too.
        links: symbolic links outside these: their paths and their texts.
        devices: of GPUs.
        folder: the work folder.
    """

    readable: tuple[str, ...]
    writable: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    devices: tuple[str, ...]
    folder: str


def view_of(execution: Execution, readable: Sequence[Path], writable: Sequence[Path]) -> View:
    """Return what one run may see.

    Args:
        execution: the run.
        readable: where its interpreter and its packages lie; of a place that holds the user's home or the run's own
            folder, only the parts of an interpreter are shown.
        writable: folders that it may write to beside its own.

    Raises:
        ExecutionError: a path is a loop of links.
    """
    with_gpus = execution.gpus != ""
    hidden = (*_homes(), *(os.path.realpath(p) for p in (execution.folder, execution.output.parent)))
    links: dict[str, str] = {}
    shown = [
        *_places(_SYSTEM),
        *(_places(_NETWORK) if execution.network else ()),
        *(_places(_GPU) if with_gpus else ()),
    ]
    shown += [part for place in readable for part in _allowed(str(place), hidden)]
    shown += [str(place) for place in execution.inputs]
    real = [_real(path, links) for path in shown]
    own = [_real(os.path.abspath(path), links) for path in (execution.folder, *writable)]  # noqa: PTH100 - no links
    read, written = _outermost(real), _outermost(own)
    return View(
        readable=tuple(place for place in read if not _within(place, written)),
        writable=written,
        links=tuple((path, text) for path, text in sorted(links.items()) if not _within(path, (*read, *written))),
        devices=_places(_GPU_DEVICES) if with_gpus else (),
        folder=own[0],
    )


@functools.cache
def _places(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(place for pattern in patterns for place in sorted(glob.glob(pattern)))  # noqa: PTH207 - strings


def _homes() -> tuple[str, ...]:
    found = [os.path.expanduser("~")]  # noqa: PTH111
    with contextlib.suppress(KeyError):
        found.append(pwd.getpwuid(os.getuid()).pw_dir)
    return tuple(os.path.realpath(place) for place in found if place.startswith("/"))


def _allowed(place: str, hidden: Iterable[str]) -> list[str]:
    """Return a place, or what of it is an interpreter's where it holds something that must not be seen."""
    real = os.path.realpath(place)
    if not any(_within(path, (real,)) for path in (*hidden, "/")):
        parts = instead_of(real)
        return [place] if parts == [real] else parts
    if real == "/" or not any(os.access(f"{place}/{sign}", os.F_OK) for sign in ("pyvenv.cfg", "bin/python3")):
        return []
    parts = [f"{place}/{name}" for name in _PARTS if os.access(f"{place}/{name}", os.F_OK)]
    return [part for part in parts if not any(_within(path, (os.path.realpath(part),)) for path in hidden)]


def _within(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(place.rstrip("/") + "/") for place in places)


def _outermost(places: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for place in sorted(set(places)):
        if not _within(place, kept):
            kept.append(place)
    return tuple(kept)


def _real(path: str, links: dict[str, str]) -> str:
    """Return the path without links, noting each link that was followed.

    Raises:
        ExecutionError: the links go round in a loop.
    """
    at, left, followed = "", [part for part in reversed(path.split("/")) if part], 0
    while left:
        part = left.pop()
        if part in (".", ".."):
            at = at if part == "." else at.rpartition("/")[0]
            continue
        at += f"/{part}"
        try:
            text = os.readlink(at)  # noqa: PTH115
        except OSError:
            continue
        if (followed := followed + 1) > _MOST_LINKS:
            raise ExecutionError(f"{path} cannot be shown to scripts: its links go round in a loop.")
        links[at] = text
        at = "" if text.startswith("/") else at.rpartition("/")[0]
        left += [part for part in reversed(text.split("/")) if part]
    return at or "/"
