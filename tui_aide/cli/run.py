"""Start a search over a task, and show it."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_budget, add_headless, add_place, at_most, duration, memory, seed

if TYPE_CHECKING:
    from tui_aide.sessions.config import SearchSettings
    from tui_aide.tree.events import Budget

EPILOG = """\
TASK is a folder with train.csv and test.csv (and, if you like, task.toml, description.md and
sample_submission.csv), or the name of a bundled task (see: tui-aide tasks).

examples:
  tui-aide run digits --model builtin
  tui-aide run ./house-prices --nodes 40 --time 1h
  tui-aide run ./house-prices --base-url http://localhost:8000/v1 --workers 8 --slots 2
  tui-aide run friedman --headless --json > events.jsonl
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("task", metavar="TASK", help="a folder, or the name of a bundled task")
    model = parser.add_argument_group("model")
    model.add_argument(
        "--model", metavar="NAME", help="default: what the server serves, else builtin (no model at all)"
    )
    model.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible server, e.g. http://localhost:8000/v1")
    search = parser.add_argument_group("search")
    search.add_argument("--policy", default="greedy", metavar="NAME", help="what to work on next (greedy)")
    search.add_argument("--strategy", default="single", metavar="SPEC", help="how a node is made (single)")
    search.add_argument(
        "--workers", type=at_most(256), metavar="N", help="model streams at once (1 for builtin, else 4)"
    )
    search.add_argument(
        "--slots", type=at_most(256), metavar="N", help="scripts at once (half of the cores, at most 4)"
    )
    search.add_argument("--sequential", action="store_true", help="one node at a time: the same seed, the same search")
    search.add_argument("--seed", type=seed, default=0, metavar="N", help="seed of split, policy and samples (0)")
    add_budget(parser, "20")
    script = parser.add_argument_group("scripts")
    script.add_argument("--timeout", type=duration, default=600.0, metavar="T", help="one run of a script (10m)")
    script.add_argument("--memory", type=memory, metavar="M", help="one script (its share of 80 %% of this machine's)")
    script.add_argument("--executor", default="local", metavar="NAME", help="where scripts run (local)")
    add_headless(parser)
    parser.add_argument("--name", metavar="NAME", help="name of the session (made up)")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Start the session and show it until it ends or the screen is left."""
    from tui_aide.cli.viewing import print_session, show_screen, wants_screen
    from tui_aide.sessions.assembly import check_names
    from tui_aide.sessions.folder import check_name, new_id
    from tui_aide.sessions.launch import launch
    from tui_aide.sessions.places import sessions_dir
    from tui_aide.sessions.starting import create_session, describe, find_task

    screen = wants_screen(options)
    check_names(options.policy, options.strategy, options.executor)
    if options.name is not None:
        check_name(options.name)
    place = sessions_dir(options.sessions_dir)
    task, label = find_task(options.task)
    search = _settings(options)
    _say(f"reading {task} ...")
    name = options.name or new_id(Path(label).name)
    with ended_by_signals():
        folder, sealed = create_session(task, label, place, search, _budget(options), name)
    for line in describe(sealed):
        _say(line)
    _say(f"session {folder.id} in {folder.path}")
    launch(folder)
    return show_screen(folder) if screen else print_session(folder, as_json=options.json)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let a closed terminal or a `kill` end a block as Ctrl-C does, so that it cleans up after itself."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = [(n, signal.signal(n, interrupt)) for n in (signal.SIGTERM, signal.SIGHUP)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _settings(options: argparse.Namespace) -> SearchSettings:
    from tui_aide.sessions.assembly import BUILTIN, default_slots
    from tui_aide.sessions.config import SearchSettings
    from tui_aide.sessions.starting import resolve_model

    model, base_url = resolve_model(options.model, options.base_url, say=_say)
    return SearchSettings(
        model=model,
        base_url=base_url,
        send_key=options.base_url is not None,
        strategy=options.strategy,
        policy=options.policy,
        workers=options.workers or (1 if model == BUILTIN else 4),
        slots=options.slots or default_slots(),
        sequential=options.sequential,
        seed=options.seed,
        timeout=options.timeout,
        memory=options.memory,
        executor=options.executor,
    )


def _budget(options: argparse.Namespace) -> Budget:
    from tui_aide.cli.budget import budget_of
    from tui_aide.tree.events import Budget

    given = budget_of(options)
    return given if given != Budget() else Budget(nodes=20)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
