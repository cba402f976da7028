"""What the screen has done in a process of its own, so that its loop never waits and it loads no data library.

One request as JSON on standard input; answers as JSON lines on standard output, each of them a `Told`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tui_aide.errors import TuiAideError
from tui_aide.sessions.choice import Choice
from tui_aide.sessions.order import SearchOrder, field_of
from tui_aide.sessions.server_speed import ServerSpeed
from tui_aide.tasks.survey import Survey
from tui_aide.tasks.task import Column


class Look(msgspec.Struct, frozen=True, tag=True):
    """Survey the folder or bundled task of that name, with some keys changed; `describe` its columns, too."""

    task: str
    changes: dict[str, str] = {}
    describe: bool = True


class Check(msgspec.Struct, frozen=True, tag=True):
    """See whether what is ordered can be: names, servers, interpreter, sandbox. The task is not read."""

    order: SearchOrder


class Start(msgspec.Struct, frozen=True, tag=True):
    """Make the session and start its runner."""

    order: SearchOrder


class Write(msgspec.Struct, frozen=True, tag=True):
    """Write the task.toml of a folder, with some keys changed; over one that is there only with `replace`."""

    folder: str
    changes: dict[str, str]
    replace: bool = False


class ListChoices(msgspec.Struct, frozen=True, tag=True):
    """Tell the strategies, presets and policies, the user's own too."""


Request = Look | Check | Start | Write | ListChoices


class Settled(msgspec.Struct, frozen=True):
    """What was chosen where the order left it open; `speed` is what the server at `server` tells of itself."""

    model: str
    strategy: str
    policy: str
    workers: int
    slots: int
    costs: tuple[str, ...] = ()
    server: str = ""
    speed: ServerSpeed | None = None


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer: what it is about is set. `problem` ends a request, and is about `field` of the order."""

    line: str = ""
    survey: Survey | None = None
    columns: tuple[Column, ...] | None = None
    bundled: bool = False
    settled: Settled | None = None
    session: str = ""
    path: str = ""
    strategies: tuple[Choice, ...] = ()
    policies: tuple[Choice, ...] = ()
    problem: str = ""
    field: str = ""


def main() -> int:
    """Answer the one request that comes on standard input."""
    from tui_aide.sessions.interrupting import ended_by_signals

    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    try:
        with ended_by_signals():
            _answer(request)
    except TuiAideError as error:
        tell(Told(problem=str(error), field=field_of(str(error))))
    except OSError as error:
        tell(Told(problem=f"{error.filename or 'a file'}: {error.strerror or error}", field="task"))
    except (KeyboardInterrupt, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 130
    return 0


def tell(told: Told) -> None:
    """Print an answer."""
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


def _answer(request: Request) -> None:
    match request:
        case Look():
            _look(request.task, request.changes, describe=request.describe)
        case Check():
            tell(Told(settled=_check(request.order)))
        case Start():
            _start(request.order)
        case Write():
            _write(Path(request.folder), request.changes, replace=request.replace)
        case ListChoices():
            _list()


def _look(task: str, changes: Mapping[str, str], *, describe: bool) -> None:
    from tui_aide.sessions.starting import find_task
    from tui_aide.tasks.survey import describe_columns, survey

    folder, label = find_task(task)
    found = survey(folder, changes)
    tell(Told(survey=found, bundled=label != str(folder)))
    if describe and found.header:
        keys = found.keys
        columns = describe_columns(
            folder, keys["target"].value if "target" in keys else "", keys["id"].value if "id" in keys else ""
        )
        tell(Told(columns=columns))


def _check(order: SearchOrder) -> Settled:
    import asyncio

    from tui_aide.engine.spec import parse_spec
    from tui_aide.engine.strategies import known_strategies
    from tui_aide.sessions.server_speed import ask_speed
    from tui_aide.sessions.settling import check_order, settle
    from tui_aide.sessions.starting import find_task

    check_order(order)
    if order.executor == "local" and order.sandbox not in ("auto", "none"):
        from tui_aide.execution.sandboxes.choosing import choose

        choose(order.sandbox)
    if order.executor == "docker":
        from tui_aide.errors import ExecutionError, UsageError
        from tui_aide.execution.containers.finding import describe_docker

        try:
            describe_docker()
        except ExecutionError as e:
            raise UsageError(f"--executor docker: {e}") from e
    folder, _ = find_task(order.task)
    search = settle(order, folder, lambda line: tell(Told(line=line)))
    parts = [part.name for part in parse_spec(search.strategy, "--strategy")]
    known = known_strategies(parts)
    speed = None
    if search.base_url is not None:
        speed = asyncio.run(ask_speed(search.base_url, api_key_env=search.api_key_env, send_key=search.send_key))
    return Settled(
        model=search.model,
        strategy=search.strategy,
        policy=search.policy,
        workers=search.workers,
        slots=search.slots,
        costs=tuple(f"{name}: {known[name].cost}" for name in parts if known[name].cost),
        server=search.base_url or "",
        speed=speed,
    )


def _start(order: SearchOrder) -> None:
    from tui_aide.sessions.launch import launch
    from tui_aide.sessions.settling import start_session

    folder = start_session(order, lambda line: tell(Told(line=line)))
    tell(Told(line="starting the runner ..."))
    launch(folder)
    tell(Told(session=str(folder.path)))


def _write(folder: Path, changes: Mapping[str, str], *, replace: bool) -> None:
    from tui_aide.tasks.writing import init_task

    _, path = init_task(folder, force=replace, changes=changes)
    tell(Told(path=str(path)))


def _list() -> None:
    import inspect

    from tui_aide.engine.policies import known_policies
    from tui_aide.engine.presets import PRESETS
    from tui_aide.engine.strategies import known_strategies

    def choice(name: str, kind: type) -> Choice:
        about = " ".join(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())
        return Choice(name, about.partition(". ")[0].rstrip("."), str(getattr(kind, "cost", "")))

    presets = [Choice(name, preset.summary, preset.strategy) for name, preset in PRESETS.items()]
    presets.sort(key=lambda c: c.name != "recommended")
    strategies = [choice(name, kind) for name, kind in known_strategies().items()]
    policies = [choice(name, kind) for name, kind in known_policies().items()]
    tell(Told(strategies=(*presets, *strategies), policies=tuple(policies)))


if __name__ == "__main__":
    sys.exit(main())
