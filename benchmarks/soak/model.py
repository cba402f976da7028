"""The soak's model server: the double of vLLM, with a fault for every few requests.

python -m benchmarks.soak.model PORT SEED: serves until it is killed; PORT 0 is any that is free. Prints its address.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.soak.scripts import write
from tests.vllm_double import Double
from tests.vllm_double.faults import FaultName

_ROOT = Path(__file__).parents[2]
TOKENS_A_SECOND = 1500.0
"""Of one stream."""
_PAUSE = 3.0
"""Seconds from one fault to the next, on average."""

FAULTS: dict[FaultName, float] = {
    "status-500": 3.0, "busy": 2.0, "rate-limit": 2.0, "cut": 3.0, "reset": 3.0, "garbage": 2.0, "html": 1.0,
    "abort": 2.0, "engine-error": 1.0, "long-line": 1.0, "gzip": 1.0, "wrong-length": 1.0, "wrong-type": 1.0,
    "stall": 0.7, "stall-after-headers": 0.1, "stall-before-headers": 0.1,
}  # fmt: skip
"""What befalls requests, by how often; none of them is a reason to give up the server."""


class Model:
    """The server as a process of its own, which can be killed and started anew at the same port; for `with`."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._port = 0
        self.url = ""
        self.start()

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.soak.model", str(self._port), str(self._seed)],
            cwd=_ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        self._process.stdout.close()
        if not self.url:
            raise SystemExit("the soak's model server did not start")
        self._port = int(self.url.removesuffix("/v1").rpartition(":")[2])
        self._seed += 1

    def kill(self) -> None:
        """End it, as kill -9 does."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def arm(double: Double, rng: random.Random) -> None:
    """Let something befall the next request."""
    name = rng.choices(list(FAULTS), list(FAULTS.values()))[0]
    fields: dict[str, Any] = {"seconds": rng.uniform(0.1, 2.0)}
    if name in ("cut", "reset", "stall", "long-line"):
        fields["after"] = rng.choice((0, 10, 3_000, 100_000))
    if name in ("abort", "engine-error"):
        fields["after"] = rng.choice((0, 1, 500))
    double.fail(name, **fields)


async def serve(port: int, seed: int) -> None:
    """Serve, and fail now and then."""
    rng = random.Random(seed)
    async with Double(write=write, tokens_per_second=TOKENS_A_SECOND, port=port) as double:
        print(double.base_url, flush=True)
        while True:
            await asyncio.sleep(rng.expovariate(1 / _PAUSE))
            arm(double, rng)
            double.requests.clear()  # of use to tests, and grows
            double.faults.shown.clear()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
