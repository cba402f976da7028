"""The executor for containers: each script in one of its own, by Docker or Podman, within the limits of any script."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tui_aide.errors import ExecutionError
from tui_aide.execution.containers.confinement import container_options, user_of
from tui_aide.execution.containers.container import ContainerScript
from tui_aide.execution.containers.engine import Engine, RefusedError
from tui_aide.execution.containers.finding import connect
from tui_aide.execution.containers.image import DOCKERFILE, ensure_image
from tui_aide.execution.containers.ownership import lent
from tui_aide.execution.containers.sweep import labels, sweep
from tui_aide.execution.ending import describe
from tui_aide.execution.executor import EndReason, Execution, Outcome, Place, Usage
from tui_aide.execution.gpu_gauge import GpuTable
from tui_aide.execution.interpreter import ASK, Interpreter, interpreter_told
from tui_aide.execution.processes import ProcessTable
from tui_aide.execution.spool import KEPT, Spool, read_marks
from tui_aide.execution.watch import Watch

_CALLS_AT_ONCE = 64
_ASKING_SECONDS = 120.0
_ASKING_MEMORY = 2**31
_KILLED = -9
_NO_GPUS = "install NVIDIA's container toolkit, and restart the engine"


class DockerExecutor:
    """Runs scripts in containers; several `run` at once are independent.

    Args:
        image: the user's image, which has a `python3`; None builds our own.
        python: the interpreter in the image, by its name or its path there.
        mounts: files and folders that every script may read, such as pretrained weights.
        gpus: whether the user wants scripts to have GPUs; if not, they get those of their run where the engine can.
        session: told in the containers' labels.
        dockerfile: what our own image is built from.
        tell: told a line at a time while an image is built or pulled, from another thread.
    """

    def __init__(
        self,
        image: str | None = None,
        *,
        python: str = "python3",
        mounts: Sequence[Path] = (),
        gpus: bool = False,
        session: str = "",
        dockerfile: Path = DOCKERFILE,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._wanted, self._mounts, self._gpus, self._session = image, tuple(mounts), gpus, session
        self._python, self._dockerfile, self._tell = python, dockerfile, tell
        self._owner = uuid.uuid4().hex
        self._threads = ThreadPoolExecutor(_CALLS_AT_ONCE, thread_name_prefix="docker")
        self._starting = asyncio.Lock()
        self._ready: tuple[Engine, str] | None = None
        self._watches: set[Watch] = set()
        self._gpu_table = GpuTable(ProcessTable())
        self._scripts: dict[ContainerScript, Execution] = {}
        self._to_end: dict[ContainerScript, EndReason] = {}

    @property
    def place(self) -> Place:
        """Where scripts run; known after `start`."""
        if self._ready is None:
            return Place("Docker")
        engine, image = self._ready
        words = f"{engine.facts.name} {engine.facts.version}, image {image}"
        if not engine.facts.filtered:
            return Place(
                words, "the engine filters no system calls", "enable its seccomp profile (docker info names it)"
            )
        return Place(words)

    async def start(self) -> None:
        """Find the engine, remove what dead runners have left, and see to the image.

        Raises:
            ExecutionError: there is no engine or no image.
        """
        await self._started()

    async def _started(self) -> tuple[Engine, str]:
        async with self._starting:
            if self._ready is None:
                loop = asyncio.get_running_loop()
                self._ready = await loop.run_in_executor(self._threads, self._prepare)
            return self._ready

    def _prepare(self) -> tuple[Engine, str]:
        engine = connect()
        try:
            sweep(engine)
            return engine, ensure_image(engine, self._wanted, self._tell, self._dockerfile)
        except ExecutionError:
            engine.close()
            raise

    async def run(self, execution: Execution, on_usage: Callable[[Usage], None] | None = None) -> Outcome:
        """Run one script to its end; its container is gone when this returns or raises.

        Args:
            execution: what to run, and its limits.
            on_usage: told four times a second what the script uses.

        Raises:
            ExecutionError: it could not be started.
        """
        if not (execution.folder / execution.script).is_file():
            raise ExecutionError(f"{execution.folder / execution.script} cannot be run: there is no such file.")
        engine, image = await self._started()
        if self._gpus and execution.gpus and not engine.facts.gpus:
            raise ExecutionError(f"{engine.facts.name} cannot give scripts GPUs: {_NO_GPUS}, or leave --gpu out.")
        options, host = container_options(
            execution,
            engine.facts,
            python=self._python,
            labels=labels(self._session, self._owner),
            mounts=self._mounts,
            gpus=engine.facts.gpus,
        )
        script = ContainerScript(engine, self._threads, f"tui-aide-{uuid.uuid4().hex}")
        self._scripts[script] = execution
        script.closed.add_done_callback(lambda _: self._forget(script))
        kept = min(KEPT, execution.output_bytes // 2)
        with lent(execution.folder, *user_of(execution.folder, engine.facts)):
            try:
                output, gauge = await script.start(image, options, host, lambda: Spool(execution.output, kept))
                gpus = self._gpu_table.gauge(script.pid, execution.gpus if execution.gpus and engine.facts.gpus else "")
                watch = Watch(script, execution, output, gauge, gpus)
                self._watches.add(watch)
                if asked := self._to_end.pop(script, None):
                    watch.stop(asked)
                try:
                    reason = await watch.until_end(on_usage)
                finally:
                    self._watches.discard(watch)
                    await watch.close()
            finally:
                report = await script.close()
        returncode = report.returncode if report else None
        if reason == "exited":
            reason = _told_reason(script, returncode, engine, execution)
        memory = execution.memory or gauge.peak_memory
        return Outcome(
            reason=reason,
            returncode=returncode,
            seconds=script.seconds or watch.seconds,
            cpu_seconds=gauge.cpu_seconds,
            peak_memory=memory if reason == "out_of_memory" else gauge.peak_memory,
            message=describe(reason, returncode, execution, memory=memory, disk=watch.disk),
            output=output.total,
            disk=watch.disk,
            gpu_memory=watch.gpu_memory,
        )

    def _forget(self, script: ContainerScript) -> None:
        self._scripts.pop(script)
        self._to_end.pop(script, None)

    def kill(self, execution: Execution) -> None:
        """Have a run end as `killed`."""
        self._end("killed", lambda run: run is execution)

    def _end(self, reason: EndReason, wanted: Callable[[Execution], bool]) -> None:
        """End runs, those that are about to start too."""
        watches = {watch.script: watch for watch in self._watches}
        for script, execution in self._scripts.items():
            if wanted(execution):
                if watch := watches.get(script):
                    watch.stop(reason)
                else:
                    self._to_end.setdefault(script, reason)

    async def aclose(self) -> None:
        """Kill whatever still runs, and wait until it is dead; those runs end as cancelled."""
        self._end("cancelled", lambda run: True)
        if self._scripts:
            await asyncio.wait({script.closed for script in self._scripts})
        await asyncio.get_running_loop().run_in_executor(None, self._leave)

    def _leave(self) -> None:
        self._threads.shutdown()
        if self._ready is not None:
            engine, _ = self._ready
            try:
                sweep(engine, self._owner)
            except ExecutionError:
                pass  # a dead engine has no containers; one that comes back is swept by the next start
            finally:
                engine.close()
                self._ready = None

    async def interpreter(self) -> Interpreter:
        """Return what the image's Python is, as it tells of itself; its path is none of this machine's.

        Raises:
            ExecutionError: it does not answer; or nothing can be run.
        """
        _, image = await self._started()
        try:
            printed = await self.ask_python(ASK)
        except RefusedError as error:
            raise ExecutionError(
                f"--python {self._python} cannot be run in the image {image}; name one that is in it ({error})"
            ) from error
        told = interpreter_told(Path(self._python), printed)
        return msgspec.structs.replace(told, path=Path(f"{self._python} of {image}"), places=(), elsewhere=True)

    async def ask_python(self, code: str) -> str:
        """Return what a piece of Python prints, run by the image's interpreter as any script is.

        Raises:
            ExecutionError: it failed; or nothing can be run.
        """
        with tempfile.TemporaryDirectory(prefix="tui-aide-", ignore_cleanup_errors=True) as place:
            folder, output = Path(place) / "work", Path(place) / "output.log"
            folder.mkdir()
            (folder / "solution.py").write_text(code)
            outcome = await self.run(
                Execution(
                    folder=folder, output=output, seconds=_ASKING_SECONDS, memory=_ASKING_MEMORY, gpus="", threads=1
                )
            )
            told = output.read_bytes()
            if outcome.returncode:
                last = told.decode(errors="replace").strip().rpartition("\n")[2]
                raise ExecutionError(f"the image's Python could not be asked ({outcome.message}): {last}")
            printed, begin = b"", 0
            for start, end in read_marks(output):
                printed, begin = printed + told[begin:start], end
            return (printed + told[begin:]).decode(errors="replace")


def _told_reason(script: ContainerScript, returncode: int | None, engine: Engine, execution: Execution) -> EndReason:
    """Return why a script has ended by itself, as its container tells."""
    if script.ending is None:
        return "lost"
    killed = execution.memory is not None and returncode == _KILLED and engine.facts.podman
    return "out_of_memory" if returncode and (killed or script.ending.out_of_memory) else "exited"
