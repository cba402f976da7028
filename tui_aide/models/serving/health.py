"""Whether a server on this machine is ready: its /health, asked by a plain connection."""

from __future__ import annotations

import asyncio
import contextlib

from tui_aide.models.serving.command import HOST

_TIMEOUT = 5.0


async def is_healthy(port: int) -> bool:
    """Return whether the server on that port says that it is ready."""
    try:
        async with asyncio.timeout(_TIMEOUT):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(f"GET /health HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
                status = await reader.readline()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError, ValueError):
        return False
    return status.split()[1:2] == [b"200"]
