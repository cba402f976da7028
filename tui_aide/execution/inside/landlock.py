"""Landlock: a process gives up, for itself and all that it starts, every file but those named. Needs no rights."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from .kernel import PR_SET_NO_NEW_PRIVS, call, prctl

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_ABI_REFER, _ABI_TRUNCATE, _ABI_TCP, _ABI_IOCTL, _ABI_SCOPES = 2, 3, 4, 5, 6
_BIND_AND_CONNECT = 3
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2


def abi() -> int:
    """Return the version of Landlock that the kernel has; 0 for none."""
    try:
        return call("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def restrict(
    readable: Iterable[str],
    writable: Iterable[str],
    devices: Iterable[str],
    listed: Iterable[str] = (),
    *,
    network: bool,
) -> None:
    """Give up all files but these, signals to and abstract sockets of others and, but for `network`, TCP.

    Args:
        readable: files and folders to read and execute, with what is below them; those that are missing are left out.
        writable: folders to do anything in.
        devices: files to read and write.
        listed: folders of which, and of all that is below, the names may be seen.
        network: whether TCP stays.

    Raises:
        OSError: the kernel has no Landlock, or refuses.
    """
    version = abi()
    if not version:
        raise OSError("the kernel has no Landlock")
    files = (1 << 13) - 1
    for since, bit in ((_ABI_REFER, 13), (_ABI_TRUNCATE, 14), (_ABI_IOCTL, 15)):
        files |= 1 << bit if version >= since else 0
    ruleset = _ruleset(version, files, 0 if network else _BIND_AND_CONNECT, _ABSTRACT_SOCKETS | _SIGNALS)
    for path in readable:
        _permit(ruleset, path, _READ & files)
    for path in writable:
        _permit(ruleset, path, files & ~(_MAKE_CHAR | _MAKE_BLOCK))
    for path in devices:
        _permit(ruleset, path, (_READ_FILE | _WRITE_FILE | _READ_DIR | _IOCTL) & files)
    for path in listed:
        _permit(ruleset, path, _READ_DIR)
    _hold(ruleset)


def restrict_sockets() -> None:
    """Give up abstract sockets of others, where the kernel can do that: they come with a shared network."""
    version = abi()
    if version >= _ABI_SCOPES:
        _hold(_ruleset(version, 0, 0, _ABSTRACT_SOCKETS))


def _ruleset(version: int, files: int, tcp: int, scopes: int) -> int:
    fields = [files, tcp, scopes][: 1 if version < _ABI_TCP else 2 if version < _ABI_SCOPES else 3]
    packed = struct.pack(f"={len(fields)}Q", *fields)
    return call("landlock_create_ruleset", packed, len(packed), 0)


def _permit(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, fd)
        call("landlock_add_rule", ruleset, 1, ctypes.c_char_p(rule), 0)
    finally:
        os.close(fd)


def _hold(ruleset: int) -> None:
    prctl(PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")
    call("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)
