"""Run a suite of searches over models, strategies, tasks and seeds, and grade what they hand in."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tui_aide.cli.bench_screen import add_headless
from tui_aide.cli.options import add_budget, at_most, seed

if TYPE_CHECKING:
    from tui_aide.bench.suite import Suite

EPILOG = """\
SUITE is a bundled suite (smoke, mini, thesis) or a TOML file. Each of its cells is an ordinary session. On a terminal
the screen shows them; leaving it stops nothing.

  tui-aide bench attach RUN        show a run
  tui-aide bench resume RUN        go on with a run, at the node
  tui-aide bench report RUN        compare models and strategies
  tui-aide bench list              the runs
  tui-aide bench export RUN        submission.jsonl, for MLE-bench's own grader
  tui-aide bench leaderboard TASK  make a task's leaderboard

examples:
  tui-aide bench smoke
  tui-aide bench mini --dry-run
  tui-aide bench mini --model 7b=deepseek-r1-7b@http://localhost:8000/v1 --parallel 2
  tui-aide bench mini --model 7b=deepseek-r1-7b --model 14b=deepseek-r1-14b --serve --seeds 3
  tui-aide bench ./my-suite.toml --name first
  tui-aide bench smoke --json > events.jsonl
"""

_WORDS = ("attach", "resume", "report", "list", "export", "leaderboard")
SUBCOMMANDS = tuple(word for word in _WORDS if find_spec(f"tui_aide.cli.bench_{word}"))
"""Words that stand in the place of SUITE; each is a module `bench_WORD` beside this one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bench`."""
    parser.add_argument("suite", metavar="SUITE", help="a bundled suite, or a TOML file")
    parser.add_argument("--name", metavar="NAME", help="name of the run (the suite's, numbered)")
    parser.add_argument("--dry-run", action="store_true", help="tell what it will take, and start nothing")
    add_headless(parser)
    add_bench_dir(parser)
    suite = parser.add_argument_group("instead of what the suite says")
    suite.add_argument(
        "--model",
        action="append",
        metavar="NAME=MODEL[@URL]",
        help="these models instead of the suite's; more than once",
    )
    suite.add_argument("--serve", action="store_true", help="start a server for each --model without an address")
    suite.add_argument("--task", action="append", metavar="NAME", help="only this task; more than once")
    suite.add_argument("--strategy", action="append", metavar="NAME", help="only this strategy; more than once")
    suite.add_argument("--seeds", type=_seeds, metavar="N", help="so many seeds, from 0; or a list such as 3,4,5")
    suite.add_argument("--parallel", type=at_most(256), metavar="N", help="cells at once")
    add_budget(parser, "the suite's")


def add_bench_dir(parser: argparse.ArgumentParser) -> None:
    """Add --bench-dir."""
    parser.add_argument(
        "--bench-dir",
        metavar="DIR",
        help="where the runs are (or TUI_AIDE_BENCH_DIR; default: bench, beside your sessions)",
    )


def run(options: argparse.Namespace) -> int:
    """Make a run of the suite and conduct it; or tell what it would take."""
    from tui_aide.bench.run_folder import bench_dir, create_run, free_name

    suite = _suite(options)
    place = bench_dir(options.bench_dir)
    if options.dry_run:
        from tui_aide.bench.forecast import forecast
        from tui_aide.cli.bench_forecast import print_forecast

        return print_forecast(suite, forecast(suite, place), as_json=options.json)
    from tui_aide.cli.bench_conducting import conduct
    from tui_aide.cli.bench_screen import conduct_on_screen, wants_screen

    folder = create_run(place, options.name or free_name(place, suite.name), suite)
    if wants_screen(options):
        return conduct_on_screen(folder)
    return conduct(folder, as_json=options.json)


def _suite(options: argparse.Namespace) -> Suite:
    from tui_aide.bench.narrowing import narrowed, with_models
    from tui_aide.bench.suite_toml import find_suite
    from tui_aide.cli.budget import budget_of

    suite = with_models(find_suite(options.suite), options.model or (), serve=options.serve)
    return narrowed(
        suite,
        tasks=options.task or (),
        strategies=options.strategy or (),
        seeds=options.seeds or (),
        budget=budget_of(options),
        parallel=options.parallel,
    )


def _seeds(text: str) -> tuple[int, ...]:
    """Return the seeds that `3` (0, 1, 2) or `4,5` say."""
    if "," not in text:
        return tuple(range(at_most(10_000)(text)))
    return tuple(dict.fromkeys(seed(word.strip()) for word in text.split(",") if word.strip()))
