"""Start a search over a task, and show it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_budget, add_headless, add_place, at_most, count, disk, duration, memory, seed
from tui_aide.sessions.interrupting import ended_by_signals

if TYPE_CHECKING:
    from tui_aide.sessions.order import SearchOrder

EPILOG = """\
TASK is a folder with train.csv and test.csv (and, if you like, task.toml, description.md and
sample_submission.csv), the name of a bundled task (see: tui-aide tasks), or mlebench: and a
competition that MLE-bench has prepared (docs/mlebench.md).

examples:
  tui-aide run digits --model builtin
  tui-aide run ./house-prices --nodes 40 --time 1h
  tui-aide run ./house-prices --model deepseek-r1-7b --gpu alternate
  tui-aide run ./house-prices --base-url http://localhost:8000/v1 --workers 8 --slots 2
  tui-aide run friedman --headless --json > events.jsonl
  tui-aide run mlebench:spaceship-titanic --model deepseek-r1-7b
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("task", metavar="TASK", help="a folder, or the name of a bundled task")
    add_search(parser)
    add_headless(parser)
    parser.add_argument("--name", metavar="NAME", help="name of the session (made up)")
    add_place(parser)


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how a search is done: model, search, budget, scripts."""
    model = parser.add_argument_group("model")
    model.add_argument(
        "--model", metavar="NAME", help="default: what the server serves, else builtin (no model at all)"
    )
    model.add_argument(
        "--base-url",
        action="append",
        metavar="URL",
        help="an OpenAI-compatible server, e.g. http://localhost:8000/v1; more than once: they share the samples",
    )
    model.add_argument("--api-key-env", default="OPENAI_API_KEY", metavar="NAME", help="variable that holds the key")
    model.add_argument(
        "--role", action="append", metavar="ROLE=MODEL[@URL]", help="another model for coder, planner or critic"
    )
    model.add_argument("--max-tokens", type=count, default=32768, metavar="N", help="tokens of one completion (32768)")
    model.add_argument("--thinking-budget", type=count, metavar="N", help="tokens to think (what the answer leaves)")
    model.add_argument(
        "--gpu",
        choices=("separate", "share", "alternate"),
        default="separate",
        help="one GPU for server and scripts: not at all (separate), both at once, or in turns",
    )
    search = parser.add_argument_group("search")
    search.add_argument(
        "--strategy", metavar="SPEC", help="how a node is made, or a preset (recommended; single for builtin)"
    )
    search.add_argument("--policy", metavar="SPEC", help="what to work on next (the preset's, else greedy)")
    search.add_argument(
        "--workers", type=at_most(256), metavar="N", help="model streams at once (1 for builtin, else 4)"
    )
    search.add_argument(
        "--slots", type=at_most(256), metavar="N", help="scripts at once (half of the cores, at most 4)"
    )
    search.add_argument("--sequential", action="store_true", help="one node at a time: the same seed, the same search")
    search.add_argument("--seed", type=seed, default=0, metavar="N", help="seed of split, policy and samples (0)")
    search.add_argument("--no-ensemble", action="store_true", help="hand in one script, never a blend of the best")
    search.add_argument("--no-refit", action="store_true", help="do not run the best once more with all labels")
    add_budget(parser, "20")
    script = parser.add_argument_group("scripts")
    script.add_argument("--timeout", type=duration, default=600.0, metavar="T", help="one run of a script (10m)")
    script.add_argument("--memory", type=memory, metavar="M", help="one script (its share of 80 %% of this machine's)")
    script.add_argument("--disk", type=disk, metavar="SIZE", help="what one script's folder may hold (10g)")
    script.add_argument("--python", metavar="PATH", help="Python or venv of the scripts (task.toml's, else ours)")
    script.add_argument(
        "--sandbox",
        choices=("auto", "bwrap", "namespaces", "landlock", "none"),
        default="auto",
        help="what keeps scripts on this machine to their folder (the strongest that works)",
    )
    script.add_argument(
        "--executor", default="local", metavar="NAME", help="where scripts run: local, docker, ray (local)"
    )
    script.add_argument("--image", metavar="NAME", help="the containers' (our own, built once)")
    script.add_argument(
        "--mount", action="append", metavar="PATH", help="what scripts in containers may read, too, e.g. weights"
    )
    script.add_argument(
        "--ray-address", metavar="HOST:PORT", help="the Ray cluster (RAY_ADDRESS, else the one of this machine)"
    )
    script.add_argument(
        "--ray-gpus",
        type=float,
        metavar="N",
        help="GPUs, or a part of one, for a script on Ray (those it may see here)",
    )


def run(options: argparse.Namespace) -> int:
    """Start the session and show it until it ends or the screen is left."""
    from tui_aide.cli.viewing import print_session, say_no_screen, show_screen, wants_screen
    from tui_aide.sessions.launch import launch
    from tui_aide.sessions.settling import start_session

    screen = wants_screen(options)
    with ended_by_signals():
        folder = start_session(order_of(options), _say)
    launch(folder)
    if screen:
        return show_screen(folder)
    say_no_screen(options)
    return print_session(folder, as_json=options.json)


def order_of(options: argparse.Namespace) -> SearchOrder:
    """Return what the options order."""
    from tui_aide.sessions.order import SearchOrder

    renamed = {
        "base_urls": tuple(options.base_url or ()),
        "roles": tuple(options.role or ()),
        "mounts": tuple(options.mount or ()),
        "ensemble": not options.no_ensemble,
        "refit": not options.no_refit,
        "wall_seconds": options.time,
        "execution_seconds": options.execution_time,
    }
    same = {field: getattr(options, field) for field in SearchOrder.__struct_fields__ if field not in renamed}
    return SearchOrder(**same, **renamed)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
