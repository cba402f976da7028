"""Make a new session that begins with what another had done when one of its nodes ended."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_budget, add_headless, add_place, at_most, seed
from tui_aide.cli.program_name import program_name
from tui_aide.errors import SessionError, UsageError

if TYPE_CHECKING:
    from tui_aide.sessions.config import SearchSettings
    from tui_aide.sessions.forking import Fork

EPILOG = """\
The session that is forked stays as it is, and may be running. The data are split as before, so that both can be
compared (tui-aide compare). With the same seed and --sequential searches, the built-in proposer does the same again.

examples:
  tui-aide fork digits-cactus-0707                          all that it has done
  tui-aide fork digits-cactus-0707 4 --seed 1 --run         as it was after #4, with other luck
  tui-aide fork digits-cactus-0707 4 --policy mcts --nodes 40 --name with-mcts
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `fork`."""
    parser.add_argument("session", metavar="SESSION", help="name, start of a name, or folder")
    parser.add_argument("node", metavar="NODE", nargs="?", help="the node after whose end to fork (all that was done)")
    parser.add_argument("--name", metavar="NAME", help="name of the new session (made up)")
    group = parser.add_argument_group("what is to be other")
    group.add_argument("--seed", type=seed, metavar="N", help="seed of policy and samples; the split stays")
    group.add_argument("--model", metavar="NAME", help="who writes the scripts")
    group.add_argument("--base-url", action="append", metavar="URL", help="its server; more than once: several")
    group.add_argument("--strategy", metavar="SPEC", help="how a node is made, or a preset")
    group.add_argument("--policy", metavar="SPEC", help="what to work on next")
    group.add_argument("--workers", type=at_most(256), metavar="N", help="model streams at once")
    group.add_argument("--slots", type=at_most(256), metavar="N", help="scripts at once")
    add_budget(parser, "as before")
    parser.add_argument("--run", action="store_true", help="start it at once and show it")
    add_headless(parser)
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Fork the session; with --run or --headless, go on with the new one."""
    from tui_aide.cli.budget import budget_of
    from tui_aide.cli.viewing import print_session, say_no_screen, show_screen, wants_screen
    from tui_aide.sessions.folder import check_name, new_id
    from tui_aide.sessions.forking import Changes, fork_session
    from tui_aide.sessions.interrupting import ended_by_signals
    from tui_aide.sessions.launch import launch_with_room
    from tui_aide.sessions.places import find_session, sessions_dir
    from tui_aide.tasks.sealed import load_prepared

    goes_on = options.run or options.headless
    screen = wants_screen(options) if goes_on or options.json else False
    place = sessions_dir(options.sessions_dir)
    source = find_session(options.session, place)
    if options.name is not None:
        check_name(options.name)
    if goes_on:
        try:
            load_prepared(source.path)
        except SessionError as e:
            raise SessionError(f"a fork of {source.id} cannot run, as that has no data (a recording?). {e}") from e
    config = source.config()
    changes = Changes(search=lambda search: _changed(options, search), budget=budget_of(options))
    with ended_by_signals():
        fork = fork_session(source, place, options.name or new_id(config.task.name), _node(options.node), changes)
    for line in _told(fork, goes_on=goes_on):
        print(line, file=sys.stderr if goes_on else sys.stdout)
    if not goes_on:
        return 0
    since = fork.tree.last_seq
    launch_with_room(fork.folder)
    if screen:
        return show_screen(fork.folder)
    say_no_screen(options)
    return print_session(fork.folder, as_json=options.json, since=since)


def _node(word: str | None) -> int | None:
    if word is None:
        return None
    try:
        return int(word.lstrip("#"))
    except ValueError as e:
        raise UsageError(f"NODE {word!r} is no number of a node; write for example 3") from e


def _changed(options: argparse.Namespace, search: SearchSettings) -> SearchSettings:
    """Return the settings of the fork: those before, but for what the options say."""
    import msgspec

    from tui_aide.engine.presets import resolve
    from tui_aide.sessions.assembly import check_names
    from tui_aide.sessions.model_choice import choose_model
    from tui_aide.sessions.model_switch import with_model

    policy = options.policy
    strategy = search.strategy
    if options.strategy is not None:
        strategy, policy = resolve(options.strategy, options.policy)
    policy = policy or search.policy
    check_names(policy, strategy, search.executor)
    if options.model is not None or options.base_url:
        chosen = choose_model(
            options.model,
            options.base_url or (),
            lambda line: print(line, file=sys.stderr),
            key_variable=search.api_key_env,
            gpu=search.gpu,
        )
        search = with_model(search, chosen.model, chosen.base_urls)
        search = msgspec.structs.replace(search, serve=chosen.serve, send_key=search.send_key or bool(options.base_url))
    given = {k: v for k in ("seed", "workers", "slots") if (v := getattr(options, k)) is not None}
    return msgspec.structs.replace(search, strategy=strategy, policy=policy, **given)


def _told(fork: Fork, *, goes_on: bool) -> list[str]:
    """Return what came of it, and how to go on."""
    from tui_aide.cli.table import counted, printable
    from tui_aide.sessions.launch import MORE_NODES

    tree, name = fork.tree, printable(fork.folder.id)
    lines = [f"session {name} in {fork.folder.path}: {tree.status_reason}; {counted(tree.finished_count, 'node')} done"]
    if fork.left_out:
        lines.append(f"left out, as they were in flight then: {', '.join(f'#{n}' for n in fork.left_out)}")
    if goes_on:
        return lines
    if not fork.resumable:
        return [*lines, "it has no data, as what it was forked from has none: it can be shown, but not go on"]
    spent = tree.budget.nodes is not None and tree.budget.nodes <= tree.finished_count
    more = f" --nodes {tree.finished_count + MORE_NODES}" if spent else ""
    return [*lines, f"go on with it: {program_name()} resume {name}{more}"]
