"""Faults that a double shows on demand, for the next requests or for all."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec
from aiohttp import web

FaultName = Literal[
    "cut",
    "reset",
    "stall",
    "stall-before-headers",
    "stall-after-headers",
    "long-line",
    "drip",
    "gzip",
    "wrong-length",
    "wrong-type",
    "html",
    "garbage",
    "redirect-302",
    "redirect-307",
    "rate-limit",
    "rate-limit-date",
    "status-500",
    "busy",
    "unauthorized",
    "gone",
    "context",
    "abort",
    "engine-error",
]
NAMES = get_args(FaultName)
ON_BODY = frozenset({"cut", "reset", "stall", "long-line", "drip", "gzip", "wrong-length", "wrong-type"})
COMPLETIONS = ("/v1/chat/completions", "/v1/completions")


class Fault(msgspec.Struct, frozen=True):
    """One way to fail.

    Attributes:
        name: `cut` ends the connection after `after` bytes of the body, `reset` does so by RST, `stall` keeps it open
            and silent; `stall-before-headers` and `stall-after-headers` send nothing at all of it; `long-line` puts a
            line of `size` bytes in after `after` bytes; `drip` sends a byte at a time; `gzip` compresses the body;
            `wrong-length` promises `size` more bytes than come; `wrong-type` says text/plain; `html` and `garbage` are
            a 200 that holds no completion; `redirect-...` sends elsewhere; `rate-limit` is a 429 with `Retry-After`
            in seconds, `rate-limit-date` as a date; `busy` is vLLM's 503, `unauthorized` its 401, `gone` the 404 for
            a model that is served no more, `context` the 400 for a long prompt; `abort` ends all choices after
            `after` tokens as a SIGTERM does, `engine-error` as the engine's death does.
        after: bytes of the body, or tokens of a choice, that come before it.
        size: bytes.
        seconds: for `Retry-After`.
        to: where a redirect leads; by default to the same path with `?moved=1`.
    """

    name: FaultName
    after: int = 0
    size: int = 10 * 1024 * 1024
    seconds: float = 1.0
    to: str = ""


class _Armed:
    def __init__(self, fault: Fault, times: int | None, paths: tuple[str, ...]) -> None:
        self.fault, self.times, self.paths = fault, times, paths


class Faults:
    """The faults that wait for their requests, first armed first shown."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self.shown: list[Fault] = []

    def arm(self, fault: Fault, times: int | None, paths: tuple[str, ...]) -> None:
        """Show a fault to the next so many requests of these paths; None is for ever."""
        if fault.name not in NAMES:
            raise ValueError(f"{fault.name!r} is no fault; there are {', '.join(NAMES)}")
        self._armed.append(_Armed(fault, times, paths))

    def clear(self) -> None:
        """Show no more faults."""
        self._armed.clear()

    def take(self, request: web.Request) -> Fault | None:
        """Return the fault for a request."""
        if request.query.get("moved"):
            return None
        for armed in self._armed:
            if request.path in armed.paths or "*" in armed.paths:
                if armed.times is not None:
                    armed.times -= 1
                    if armed.times <= 0:
                        self._armed.remove(armed)
                self.shown.append(armed.fault)
                return armed.fault
        return None
