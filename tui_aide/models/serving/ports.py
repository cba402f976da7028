"""Ports of this machine: a free one, and who holds one that is not."""

from __future__ import annotations

import contextlib
import errno
import socket

import psutil

from tui_aide.errors import ServerFailedError
from tui_aide.models.serving.command import HOST


def free_port(preferred: int | None = None) -> int:
    """Return `preferred` if nothing listens there, else a port that the system picks."""
    if preferred is not None and is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Return whether a server could listen on that port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise ServerFailedError(f"port {port} cannot be used: {error.strerror}; give another --port") from error
    return True


def holder(port: int) -> str:
    """Return in words which process listens on a port; empty where that cannot be told."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,) and connection.pid:
                process = psutil.Process(connection.pid)
                words = process.cmdline()
                return f"{' '.join(words)[:80] if words else process.name()} (process {connection.pid})"
    return ""


def check_free(port: int) -> None:
    """Check that a server can listen on a port.

    Raises:
        ServerFailedError: something listens there already; the message names it.
    """
    if not is_free(port):
        by = holder(port)
        raise ServerFailedError(f"port {port} is in use{f' by {by}' if by else ''}; end that, or give another --port")
