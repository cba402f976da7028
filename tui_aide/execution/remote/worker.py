"""A script's run on a node of the cluster: laid out in a folder there, run by the local executor, told as it goes."""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError
from tui_aide.execution.executor import Execution, Outcome
from tui_aide.execution.local import LocalExecutor
from tui_aide.execution.remote.input_cache import InputCache, InputsChanged
from tui_aide.execution.remote.messages import (
    Finished,
    Job,
    Left,
    Message,
    Printed,
    Refused,
    Started,
    pack,
    unpack_job,
)
from tui_aide.execution.remote.node_folders import cache_folder, work_folder
from tui_aide.execution.remote.parcels import PART_BYTES, FolderWriter, Part, files_below, read_parts
from tui_aide.execution.remote.stream import Stream
from tui_aide.execution.sandboxes.choosing import choose
from tui_aide.execution.sandboxes.sandbox import Sandbox

SUBMISSIONS = ("submission.csv", "working/submission.csv")
MOST_BYTES = 2 * 2**30
"""Of a submission; it comes back before all else."""
OTHER_BYTES = 20_000_000
"""Of all other files together, the smallest first."""
MOST_FILES = 2000


def run_script(packed: bytes, parcels: list[list[object]]) -> Iterator[bytes]:
    """Run a script to its end; the generator of a Ray task, which gives packed messages.

    An interrupt, by which Ray cancels a task, kills the script and removes its folder.

    Args:
        packed: a `Job`.
        parcels: for each input the references to its parts in the object store.
    """
    for message in _messages(unpack_job(packed), parcels):
        yield pack(message)


def node_name() -> str:
    """Return how users may know this node: its address, and the first digits of its id in Ray."""
    import ray

    return f"{ray.util.get_node_ip_address()} ({ray.get_runtime_context().get_node_id()[:8]})"


@functools.cache
def cache() -> InputCache:
    """Return this worker's view of the node's inputs."""
    return InputCache(cache_folder())


@functools.cache
def sandbox_of(name: str, python: Path | None) -> Sandbox:
    """Return what keeps scripts to their folders on this node, chosen once a worker."""
    return choose(name, python)


def _messages(job: Job, parcels: list[list[object]]) -> Iterator[Message]:
    node = node_name()
    try:
        with ExitStack() as stack:
            sources = [
                stack.enter_context(cache().hold(name, functools.partial(_fetched, references)))
                for name, references in zip(job.inputs, parcels, strict=True)
            ]
            folder = stack.enter_context(work_folder())
            execution = _lay_out(job, folder, sources)
            yield Started(node)
            outcome = yield from _run(job, execution)
            finished = yield from _left(execution, outcome)
        yield finished  # now that the folder is gone, and the inputs were seen to be whole
    except ExecutionError as error:
        yield Refused(node, str(error))
    except InputsChanged:
        yield Finished(Outcome("lost", None, 0, 0, 0, f"a script changed the inputs on node {node}; they are renewed"))


def _fetched(references: list[object]) -> Iterator[Part]:
    import ray

    for reference in references:
        yield from msgspec.msgpack.decode(ray.get(reference), type=list[Part])


def _lay_out(job: Job, folder: Path, sources: list[Path]) -> Execution:
    """Make the work folder as it is where the search runs; return the run with this node's paths and GPUs."""
    work = folder / "work"
    work.mkdir()
    writer = FolderWriter(work, MOST_BYTES, MOST_FILES)
    try:
        for part in job.files:
            writer.take(part)
    finally:
        writer.close()
    for below in job.folders:
        (work / below).mkdir(parents=True, exist_ok=True)
    for link in job.links:
        path = work / link.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(os.path.relpath(sources[link.source] / link.below, path.parent), target_is_directory=True)
    import ray

    return msgspec.structs.replace(
        job.execution,
        folder=work,
        output=folder / "output.log",
        inputs=tuple(sources),
        memory=job.limits.get(ray.get_runtime_context().get_node_id(), job.execution.memory),
        gpus=",".join(str(number) for number in ray.get_gpu_ids()),
    )


def _run(job: Job, execution: Execution) -> Generator[Printed, None, Outcome]:
    """Run the script in a thread with an event loop of its own; give what it prints; return its outcome."""
    python = Path(job.python) if job.python else None
    stream = Stream()
    run = _Run(LocalExecutor(python, sandbox_of(job.sandbox, python), sink=stream.opened), execution, stream)
    run.start()
    try:
        while (message := stream.take()) is not None:
            yield message
    finally:
        stream.abandon()
        run.stop()
        run.join()
    return run.result()


class _Run(threading.Thread):
    """The thread that the local executor works in."""

    def __init__(self, executor: LocalExecutor, execution: Execution, stream: Stream) -> None:
        super().__init__(name="script", daemon=True)
        self._executor, self._execution, self._stream = executor, execution, stream
        self._outcome: Outcome | BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._executor.run(execution, stream.use))

    def run(self) -> None:
        """Run the script."""
        try:
            self._outcome = self._loop.run_until_complete(self._task)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - raised by `result`, in the task
            self._outcome = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
            self._stream.finish()

    def stop(self) -> None:
        """Have the script killed, where it still runs."""
        if self.is_alive() and not self._loop.is_closed():
            try:
                self._loop.call_soon_threadsafe(self._task.cancel)
            except RuntimeError:  # it has just been closed
                return

    def result(self) -> Outcome:
        """Return or raise what came of it."""
        if isinstance(self._outcome, Outcome):
            return self._outcome
        assert self._outcome is not None
        raise self._outcome


def _left(execution: Execution, outcome: Outcome) -> Generator[Left, None, Finished]:
    """Give the files that the script left; return the last message."""
    chosen, dropped, dropped_bytes = _chosen(execution)
    batch: list[Part] = []
    size = 0
    for part in read_parts(execution.folder, chosen):
        batch.append(part)
        size += len(part.data)
        if size >= PART_BYTES:
            yield Left(tuple(batch))
            batch, size = [], 0
    if batch:
        yield Left(tuple(batch))
    return Finished(outcome, dropped, dropped_bytes)


def _chosen(execution: Execution) -> tuple[list[str], int, int]:
    """Return which files go back, and how many bytes in how many files do not."""
    files = [(path, size) for path, size in files_below(execution.folder) if path != execution.script]
    files.sort(key=lambda file: (file[0] not in SUBMISSIONS, file[1]))
    chosen: list[str] = []
    dropped = dropped_bytes = total = 0
    for path, size in files:
        submission = path in SUBMISSIONS
        if len(chosen) < MOST_FILES and (size <= MOST_BYTES if submission else total + size <= OTHER_BYTES):
            chosen.append(path)
            total += 0 if submission else size
        else:
            dropped, dropped_bytes = dropped + 1, dropped_bytes + size
    return chosen, dropped, dropped_bytes
