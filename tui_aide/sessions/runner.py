"""The runner: the process that holds a session's engine and outlives its viewers.

Started as `python -m tui_aide.sessions.runner SESSION`; what goes wrong before the search starts is one line on
standard error, which `launch` shows.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
import traceback
from pathlib import Path

import msgspec
import psutil

from tui_aide.engine.best import Ending
from tui_aide.engine.engine import Engine, Settings
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.policies import make_policy
from tui_aide.engine.steering import Steering
from tui_aide.engine.strategies import make_strategy
from tui_aide.errors import SessionError, TuiAideError
from tui_aide.models.chat import DEFAULT_DISK, Limits
from tui_aide.sessions.assembly import make_executor
from tui_aide.sessions.config import SearchSettings, SessionConfig, first_event
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.gpu_side import GpuSide
from tui_aide.sessions.interpreters import session_python
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.lock import WriterLock
from tui_aide.sessions.model_side import ModelSide, sampling_of
from tui_aide.sessions.model_switch import ModelSwitch, as_changed
from tui_aide.sessions.runtime_folder import RuntimeFolder
from tui_aide.sessions.socket_server import SocketServer
from tui_aide.sessions.store import FolderStore
from tui_aide.sessions.summary import write_summary
from tui_aide.tasks.scoring_service import ScoringService
from tui_aide.tasks.sealed import load_prepared
from tui_aide.tree import events as ev
from tui_aide.tree.commands import Progress
from tui_aide.tree.solution_tree import SolutionTree

_SYNC_SECONDS = 0.25
_SUMMARY_SECONDS = 1.0


async def run_session(folder: SessionFolder, budget: ev.Budget | None = None) -> None:
    """Run a session from where it stands to its end.

    Args:
        folder: a sealed session; this process must be its only writer.
        budget: limits that replace the session's own, for those that are not None.

    Raises:
        SessionError: another process runs it, or the folder cannot be read or written.
        TuiAideError: a part of the search cannot be set up.
    """
    config = folder.config()
    lock = WriterLock(folder)
    try:
        tree, journal = SolutionTree(), JournalReader(folder.journal)
        try:
            for event in journal.read():
                tree.apply(event)
        except KeyError as e:
            raise SessionError(f"{folder.journal}: damaged: it names node {e}, which was never created") from e
        torn = journal.drop_torn()
        runtime = RuntimeFolder()
        try:
            store = FolderStore(folder, tree.last_seq)
            try:
                await _search(folder, config, tree, store, budget, torn)
            finally:
                write_summary(folder, tree)
                store.close()
        finally:
            runtime.close()
    finally:
        lock.release()


async def _search(
    folder: SessionFolder,
    config: SessionConfig,
    tree: SolutionTree,
    store: FolderStore,
    budget: ev.Budget | None,
    torn: int,
) -> None:
    search = as_changed(config.search, tree)
    prepared = load_prepared(folder.path)
    models = await ModelSide.open(search, folder.path / "server.log")
    switch = ModelSwitch(search, models)
    executor = await asyncio.to_thread(make_executor, search, folder.id)
    scorer = ScoringService(folder.path)

    def hand_over(event: ev.Event) -> None:
        engine.record(event)
        if isinstance(event, ev.GpuHandedOver) and event.to == "thinking":
            switch.models.awake()

    gpus = GpuSide(search, models.urls, hand_over)
    try:
        _open_journal(folder, config, search, tree, store, budget, torn)
        seen = await gpus.look(models.cards)
        threads, memory = switch.share(search.slots)
        limits = Limits(
            search.timeout,
            memory,
            threads,
            seen.words,
            disk=search.disk or DEFAULT_DISK,
            network=search.network,
        )
        evaluator = Evaluator(
            executor=executor,
            scorer=scorer,
            prepared=prepared,
            store=store,
            limits=limits,
            slots=search.slots,
            gate=gpus.gate,
            gpus=seen,
            free_memory=None if search.executor == "ray" else lambda: psutil.virtual_memory().available,
        )
        engine = Engine(
            tree=tree,
            store=store,
            model=models.model,
            policy=make_policy(tree.policy or search.policy),
            strategy=make_strategy(tree.strategy or search.strategy),
            evaluator=evaluator,
            view=prepared.view,
            settings=Settings(
                seed=search.seed,
                workers=search.workers,
                slots=search.slots,
                sequential=search.sequential,
                turns=search.gpu == "alternate",
                sampling=sampling_of(search),
                ending=Ending(search.ensemble, search.refit),
            ),
            on_event=_Summaries(folder, tree).note,
        )
        _on_signals(engine)
        switch.steer(engine)
        steering = Steering(engine, switch)
        server = SocketServer(folder, steering.handle, lambda: _with_machine(engine.progress(), switch, gpus))
        try:
            await scorer.start()
            await server.start()
            await executor.start()
            python, remarks = await session_python(executor, search.model)
        except TuiAideError as e:
            tree.apply(store.append(ev.SessionFinished(status="failed", reason=str(e))))
            raise
        evaluator.limits = msgspec.structs.replace(limits, python=python)
        for remark in remarks:
            engine.record(ev.Notice(level="warning", message=remark.removeprefix("warning: ")))
        place = executor.place
        engine.record(
            ev.ScriptsPlaced(
                words=place.words,
                warning=place.warning,
                remedy=place.remedy,
                python=python.version,
                packages=python.packages,
            )
        )
        syncer = asyncio.create_task(_sync(store, engine))
        try:
            await switch.start(engine.record)
            await engine.run()
        finally:
            switch.tell_no_more()
            syncer.cancel()
            await asyncio.gather(syncer, return_exceptions=True)
            await server.close()
    finally:
        await scorer.aclose()
        await executor.aclose()
        await gpus.aclose()
        await switch.aclose()


def _with_machine(progress: Progress, models: ModelSwitch, gpus: GpuSide) -> Progress:
    """Add the model servers, and what the whole machine uses, in percent of all cores and in bytes."""
    memory = psutil.virtual_memory()
    return msgspec.structs.replace(
        progress,
        cpu_percent=psutil.cpu_percent(),
        memory=memory.total - memory.available,
        memory_total=memory.total,
        servers=models.statuses(),
        gpus=gpus.use,
    )


def _open_journal(
    folder: SessionFolder,
    config: SessionConfig,
    search: SearchSettings,
    tree: SolutionTree,
    store: FolderStore,
    budget: ev.Budget | None,
    torn: int,
) -> None:
    """Write the first event of a new session, or the one that says that it goes on."""

    def emit(event: ev.Event) -> None:
        tree.apply(store.append(event))

    if tree.started is None:
        emit(first_event(config, folder.id))
    else:
        emit(
            ev.SessionResumed(
                format=ev.FORMAT,
                budget=_extended(tree.budget, budget),
                model=search.model,
                workers=search.workers,
                slots=search.slots,
                restarted=tuple(n.id for n in tree.nodes.values() if not n.done),
            )
        )
    if torn:
        emit(ev.Notice(level="warning", message=f"the journal's torn last line ({torn} bytes) was dropped"))


def _extended(old: ev.Budget, new: ev.Budget | None) -> ev.Budget:
    given = {k: v for k, v in msgspec.structs.asdict(new).items() if v is not None} if new else {}
    return msgspec.structs.replace(old, **given)


class _Summaries:
    """Writes the small summary when a node ended, at most once a second; the runner writes the last one."""

    def __init__(self, folder: SessionFolder, tree: SolutionTree) -> None:
        self._folder, self._tree, self._written = folder, tree, 0.0

    def note(self, event: ev.Event) -> None:
        if not isinstance(event, ev.NodeFinished | ev.IncumbentChanged | ev.NodeCreated | ev.Paused | ev.Unpaused):
            return
        if time.monotonic() - self._written > _SUMMARY_SECONDS:
            self._written = time.monotonic()
            write_summary(self._folder, self._tree)


async def _sync(store: FolderStore, engine: Engine) -> None:
    while True:
        await asyncio.sleep(_SYNC_SECONDS)
        try:
            await store.sync()
        except SessionError as e:
            engine.fail(e)
            return


def _on_signals(engine: Engine) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, engine.stop, f"the runner was told to end ({number.name})")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def main(arguments: list[str] | None = None) -> int:
    """Run a session as a process of its own; see the module."""
    parser = argparse.ArgumentParser(prog="python -m tui_aide.sessions.runner")
    parser.add_argument("session", type=Path)
    parser.add_argument("--budget", default="{}", help="limits that replace the session's own, as JSON")
    options = parser.parse_args(arguments)
    folder = SessionFolder(options.session)
    try:
        budget = msgspec.json.decode(options.budget, type=ev.Budget)
        asyncio.run(run_session(folder, budget))
    except TuiAideError as e:
        print(f"error: {e}", file=sys.stderr, flush=True)  # noqa: T201 - this is its output
        return e.exit_code
    except OSError as e:
        traceback.print_exc()
        print(f"error: {e.filename or folder.path}: {e.strerror or e}; see {folder.runner_log}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads of a broken disk or pipe must not keep a finished runner
