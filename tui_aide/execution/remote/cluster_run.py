"""One script on the cluster, as seen from the search's side: sent, listened to, stopped; its files written here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal

from tui_aide.errors import ExecutionError
from tui_aide.execution.ending import describe, size
from tui_aide.execution.executor import EndReason, Execution, Outcome, Usage
from tui_aide.execution.remote import cluster
from tui_aide.execution.remote.job_packing import packed_job
from tui_aide.execution.remote.messages import (
    Finished,
    Left,
    Message,
    Printed,
    Refused,
    Started,
    unpack_message,
)
from tui_aide.execution.remote.parcel_store import ParcelStore
from tui_aide.execution.remote.parcels import FolderWriter
from tui_aide.execution.remote.protocol import Connect
from tui_aide.execution.remote.worker import MOST_BYTES, MOST_FILES, OTHER_BYTES
from tui_aide.execution.spool import KEPT, Spool

_WAITING_SECONDS = 3.0
_NEVER_SECONDS = 120.0
_SILENT_SECONDS = 60.0
_POLITE_SECONDS = 3.0
_FORCED_SECONDS = 10.0
_MARK_SECONDS = 0.2


class ClusterRun:
    """A run from its submission to its end.

    Args:
        execution: what to run.
        settings: how scripts run on this cluster.
        store: where inputs go.
        on_usage: told what the script uses.
    """

    def __init__(
        self, execution: Execution, settings: Connect, store: ParcelStore, on_usage: Callable[[Usage], None]
    ) -> None:
        self._execution = execution
        self._settings = settings
        self._store = store
        self._on_usage = on_usage
        self._usage = Usage(0.0, 0, 0.0)
        self._peak = self._gpu_peak = 0
        self._node = ""
        self._reason: EndReason | None = None
        self._stopped = asyncio.Event()

    def stop(self, reason: Literal["killed", "cancelled"]) -> None:
        """Have the script killed, and its end told as `reason`."""
        self._reason = self._reason or reason
        self._stopped.set()

    async def to_end(self) -> Outcome:
        """Run the script; return how it ended.

        Raises:
            ExecutionError: it could not be started.
        """
        execution = self._execution
        try:
            parcels = [await self._store.parcel(folder) for folder in execution.inputs]
            cpus, memory, gpus, limits = self._needs()
            job = await asyncio.to_thread(
                packed_job, execution, self._settings, tuple(p.name for p in parcels), cpus, limits
            )
        except OSError as error:
            raise ExecutionError(f"{error.filename or execution.folder} cannot be read: {error.strerror}.") from error
        if self._reason:
            return self._outcome(self._reason)
        spool = Spool(execution.output, min(KEPT, execution.output_bytes // 2))
        writer = FolderWriter(execution.folder, MOST_BYTES + OTHER_BYTES, MOST_FILES)
        stream = cluster.submit(job, [p.references for p in parcels], cpus, memory, gpus)
        try:
            return await self._listen(stream, spool, writer, f"{cpus:g} CPU{'s' * (cpus > 1)}", gpus)
        finally:
            writer.close()
            spool.close()

    def _needs(self) -> tuple[float, int, float, dict[str, int]]:
        """Return the CPUs, memory and GPUs to reserve, never more than a node has, and each node's memory limit."""
        nodes = cluster.nodes()
        cpus = min(float(self._execution.threads), max((node.cpus for node in nodes), default=1.0))
        numbers = [number for number in (self._execution.gpus or "").split(",") if number]
        gpus = self._settings.gpus
        if gpus is None:
            share = self._execution.gpu_fraction
            gpus = share if share is not None and len(numbers) == 1 else float(len(numbers))
        if not self._settings.reserve_memory:
            return cpus, 0, gpus, {node.id: int(node.memory * cpus / node.cpus) for node in nodes}
        memory = min(self._execution.memory or 0, max((node.memory for node in nodes), default=0))
        return cpus, memory, gpus, {}

    async def _listen(
        self, stream: AsyncIterator[Any], spool: Spool, writer: FolderWriter, cpus: str, gpus: float
    ) -> Outcome:
        """Take messages until the last; keep an eye on time, silence and the wish to stop meanwhile."""
        began = heard = time.monotonic()
        said = False
        marked = 0.0
        stopping = asyncio.create_task(self._stopped.wait())
        ending: asyncio.Task[None] | None = None
        following = asyncio.create_task(_following(stream))
        try:
            while True:
                await asyncio.wait({following, stopping} if ending is None else {following, ending}, timeout=1.0,
                                   return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
                now = time.monotonic()
                if following.done():
                    try:
                        message = following.result()
                    except Exception as error:  # noqa: BLE001 - sorted out there
                        return self._broken(error)
                    heard = now
                    if isinstance(message, Printed):
                        for stderr, data in message.pieces:
                            spool.write(data, stderr=stderr)
                        if now - marked > _MARK_SECONDS:
                            marked = now
                            spool.write_marks()
                        if message.usage:
                            self._usage = message.usage
                            self._peak = max(self._peak, message.usage.memory)
                            self._gpu_peak = max(self._gpu_peak, message.usage.gpu_memory)
                            self._on_usage(message.usage)
                    elif isinstance(message, Left):
                        await asyncio.to_thread(_write, writer, message, self._execution)
                    elif isinstance(message, Finished):
                        _say_missing(spool, message, writer.refused, self._node)
                        return self._outcome(self._reason) if self._reason else message.outcome
                    elif isinstance(message, Refused):
                        raise ExecutionError(f"node {message.node}: {message.message}")
                    elif isinstance(message, Started):
                        self._node = message.node
                    else:
                        return self._outcome(self._reason or "lost")
                    following = asyncio.create_task(_following(stream))
                elif ending is not None and ending.done():
                    return self._outcome(self._reason or "lost")
                elif ending is None and stopping.done():
                    ending = asyncio.create_task(_end(stream))
                elif not self._node and not said and now - began > _WAITING_SECONDS:
                    said = True
                    spool.write(f"--- waits until the Ray cluster has {cpus} free ---\n".encode())
                elif not self._node and now - began > _NEVER_SECONDS:
                    self._check_possible(gpus)
                elif self._node and now - heard > _SILENT_SECONDS:
                    self._reason = self._reason or "lost"
                    self._stopped.set()
        finally:
            stopping.cancel()
            following.cancel()
            if ending is not None:
                ending.cancel()

    def _check_possible(self, gpus: float) -> None:
        if gpus and not any(node.gpus >= gpus for node in cluster.nodes()):
            self.stop("cancelled")
            raise ExecutionError(
                f"no node of the Ray cluster has {gpus:g} GPU{'s' * (gpus > 1)} for a script; add one, or lower "
                "--ray-gpus."
            )

    def _broken(self, error: Exception) -> Outcome:
        """Return how a run ended whose task raised.

        Raises:
            ExecutionError: our own code failed on the node.
        """
        import ray

        if self._reason:
            return self._outcome(self._reason)
        lost = (
            ray.exceptions.TaskCancelledError,
            ray.exceptions.WorkerCrashedError,
            ray.exceptions.NodeDiedError,
            ray.exceptions.ObjectLostError,
            ray.exceptions.OutOfMemoryError,
            ray.exceptions.LocalRayletDiedError,
            ray.exceptions.RaySystemError,
        )
        if isinstance(error, lost):
            return self._outcome("lost", type(error).__name__)
        raise ExecutionError(f"node {self._node or 'of the Ray cluster'} {cluster.failure_words(error)}") from error

    def _outcome(self, reason: EndReason, why: str = "") -> Outcome:
        """Return an end that the node did not tell, with what it had told of the script."""
        use = self._usage
        message = describe(reason, None, self._execution)
        if reason == "lost":
            node = f"node {self._node}" if self._node else "a node"
            message = f"lost with {node} of the Ray cluster{f' ({why})' if why else ''}"
        return Outcome(
            reason, None, use.seconds, use.cpu_seconds, self._peak, message, use.output, use.disk, self._gpu_peak
        )


async def _following(stream: AsyncIterator[Any]) -> Message | None:
    """Return the next message; None after the last."""
    try:
        reference = await anext(stream)
    except StopAsyncIteration:
        return None
    return unpack_message(await reference)


async def _end(stream: AsyncIterator[Any]) -> None:
    """Interrupt the task, which then kills the script and tidies; kill its worker where it does not obey."""
    await asyncio.to_thread(cluster.cancel, stream, force=False)
    await asyncio.sleep(_POLITE_SECONDS)
    await asyncio.to_thread(cluster.cancel, stream, force=True)
    await asyncio.sleep(_FORCED_SECONDS)


def _write(writer: FolderWriter, message: Left, execution: Execution) -> None:
    for part in message.parts:
        if part.path != execution.script:
            try:
                writer.take(part)
            except OSError as error:
                raise ExecutionError(f"{execution.folder} cannot be written: {error.strerror}.") from error


def _say_missing(spool: Spool, message: Finished, refused: int, node: str) -> None:
    """Leave a line in the output on files that the script wrote and that are not here."""
    lines = []
    if message.dropped:
        what = f"{_files(message.dropped)}, {size(message.dropped_bytes)}"
        lines.append(f"too much to bring back from node {node}: {what}")
    if refused:
        lines.append(f"refused what came from node {node}: {_files(refused)}")
    for line in lines:
        spool.write(f"--- {line} ---\n".encode())


def _files(count: int) -> str:
    return f"{count} files" if count > 1 else "1 file"
