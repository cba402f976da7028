"""A chain of strategies: what stands behind `self-consistency(n=5)+self-debugging`, and makes a node."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Sequence

from tui_aide.engine.strategies.strategy import Desk, Maker, Result, Strategy, Writer
from tui_aide.errors import StrategyError, TuiAideError

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE)
"""Errors that are not a strategy's fault: they concern the whole search."""


class Chain:
    """Strategies that wrap each other: the first is the outermost, and inside the last is one plain sample.

    So `self-consistency+self-debugging` mends each of the samples before it chooses, and
    `self-debugging+self-consistency` mends the one that was chosen.

    Args:
        parts: the strategies, from left to right.
    """

    def __init__(self, parts: Sequence[Strategy]) -> None:
        self.parts = tuple(parts)
        write: Writer = _write
        for part in reversed(self.parts):
            write = _writing(part, write)
        make: Maker = _making_of(write)
        for part in reversed(self.parts):
            make = _making(part, make)
        self._make = make

    @property
    def spec(self) -> str:
        """What the user writes to get it."""
        return "+".join(part.spec for part in self.parts)

    async def run(self, desk: Desk) -> Result:
        """Bring a node to its result.

        Raises:
            StrategyError: a part raised what it should not; which, and where, stands in the message.
            TuiAideError: as the desk's methods do.
        """
        return await self._make(desk)


async def _write(desk: Desk) -> str | Result:
    return desk.accept(await desk.sample(desk.ask))


def _making_of(write: Writer) -> Maker:
    async def make(desk: Desk) -> Result:
        script = await write(desk)
        return script if isinstance(script, Result) else await desk.execute(script)

    return make


def _writing(part: Strategy, inner: Writer) -> Writer:
    if type(part).write is Strategy.write:
        return inner

    async def write(desk: Desk) -> str | Result:
        try:
            written = await part.write(desk, inner)
        except TuiAideError:
            raise
        except (Exception, SystemExit) as error:
            raise _blamed(part, error) from error
        if not isinstance(written, str | Result):
            raise StrategyError(f"strategy {part.name}: `write` must return a script or a Result, not {written!r:.80}")
        return written

    return write


def _making(part: Strategy, inner: Maker) -> Maker:
    if type(part).make is Strategy.make:
        return inner

    async def make(desk: Desk) -> Result:
        try:
            result = await part.make(desk, inner)
        except TuiAideError:
            raise
        except (Exception, SystemExit) as error:
            raise _blamed(part, error) from error
        if not isinstance(result, Result):
            raise StrategyError(f"strategy {part.name}: `make` must return a Result, not {result!r:.80}")
        return result

    return make


def _blamed(part: Strategy, error: BaseException) -> BaseException:
    if isinstance(error, OSError) and error.errno in _DISK:
        return error
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    return StrategyError(
        f"strategy {part.name} raised {type(error).__name__}: {' '.join(str(error).split())[:300]}{where}"
    )
