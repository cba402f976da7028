"""Writes the body of a response byte by byte as a fault says, else as it is."""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib

from aiohttp import web

from tests.vllm_double.faults import Fault

_ENDLESS = 2**40
_BROKEN = frozenset({"cut", "reset", "stall"})


class BrokenOff(Exception):
    """The fault ended the connection."""


class Pipe:
    """A response whose body may break.

    Args:
        request: what is answered.
        fault: what happens to the body, None for nothing.
        content_type: as the header shall say.
        length: for a body that is not sent in chunks; its bytes.
        keep_alive: seconds of silence between comment lines; 0 for none.
    """

    def __init__(
        self,
        request: web.Request,
        fault: Fault | None,
        content_type: str,
        length: int | None = None,
        keep_alive: float = 0.0,
    ) -> None:
        self._request = request
        self._fault = fault
        name = fault.name if fault else ""
        kind = "text/plain" if name == "wrong-type" else content_type
        self.response = web.StreamResponse(headers={"content-type": kind, "server": "uvicorn"})
        self._zip = zlib.compressobj(wbits=31) if name == "gzip" else None
        if self._zip is not None:
            self.response.headers["content-encoding"] = "gzip"
        elif name == "wrong-length" and fault is not None:
            self.response.content_length = (_ENDLESS if length is None else length) + fault.size
        elif length is not None and name != "long-line":
            self.response.content_length = length
        self._sent = 0
        self._keep_alive = keep_alive
        self._pinging: asyncio.Task[None] | None = None
        self._last = 0.0

    async def open(self) -> None:
        """Send the headers."""
        if self._fault is not None and self._fault.name == "stall-before-headers":
            await _for_ever()
        await self.response.prepare(self._request)
        if self._fault is not None and self._fault.name == "stall-after-headers":
            await _for_ever()
        if self._keep_alive:
            self._pinging = asyncio.create_task(self._ping())

    async def write(self, data: bytes) -> None:
        """Send bytes of the body.

        Raises:
            BrokenOff: they were the last, by the fault.
            ConnectionError: the client is gone.
        """
        if self._keep_alive:
            self._last = asyncio.get_running_loop().time()
        fault = self._fault
        if fault is None:
            await self.response.write(data)
        elif fault.name == "drip":
            for byte in data:
                await self.response.write(bytes([byte]))
                await asyncio.sleep(0)
        elif self._zip is not None:
            packed = self._zip.compress(data) + self._zip.flush(zlib.Z_SYNC_FLUSH)
            await self.response.write(packed)
        elif fault.name in _BROKEN and self._sent + len(data) >= fault.after:
            await self._break(data[: fault.after - self._sent], fault)
        elif fault.name == "long-line" and self._sent <= fault.after < self._sent + len(data):
            await self.response.write(data[: fault.after - self._sent])
            await self.response.write(b"data: " + b"x" * fault.size + b"\n\n")
            await self.response.write(data[fault.after - self._sent :])
        else:
            await self.response.write(data)
        self._sent += len(data)

    async def close(self) -> None:
        """End the body in order."""
        if self._pinging is not None:
            self._pinging.cancel()
        fault = self._fault
        if fault is not None and fault.name in _BROKEN:
            await self._break(b"", fault)
        if fault is not None and fault.name == "wrong-length":
            await self._break(b"", Fault("cut"))
        if self._zip is not None:
            await self.response.write(self._zip.flush())
        await self.response.write_eof()

    def drop(self) -> None:
        """Stop the comment lines."""
        if self._pinging is not None:
            self._pinging.cancel()

    async def _break(self, data: bytes, fault: Fault) -> None:
        if data:
            await self.response.write(data)
        if fault.name == "stall":
            await _for_ever()
        transport = self._request.transport
        if transport is not None:
            if fault.name == "reset":
                await asyncio.sleep(0.01)  # what was written must be out, since a reset drops it
                reset(transport)
            else:
                transport.close()
        raise BrokenOff

    async def _ping(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._keep_alive)
            if loop.time() - self._last >= self._keep_alive:
                await self.response.write(b": keep-alive\n\n")


def reset(transport: asyncio.BaseTransport) -> None:
    """Cut a connection as the kernel does for a process that was killed: by RST."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.Transport):
        transport.abort()


async def _for_ever() -> None:
    await asyncio.Event().wait()
