"""Printing what a suite will take: `tui-aide bench SUITE --dry-run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tui_aide.cli.table import Column, counted, table, terminal_width

if TYPE_CHECKING:
    from tui_aide.bench.forecast import Forecast
    from tui_aide.bench.suite import Suite


def print_forecast(suite: Suite, found: Forecast, *, as_json: bool) -> int:
    """Print a forecast as a table, or as JSON; return the exit code."""
    if as_json:
        print(msgspec.json.encode(found).decode())
        return 0
    from tui_aide.bench.mlebench.flagged import flagged
    from tui_aide.tui.figures import size

    print(
        f"suite {suite.name}: {counted(len(suite.models), 'model')} x {len(suite.strategies)} strategies "
        f"x {counted(len(suite.tasks), 'task')} x {counted(len(suite.run.seeds), 'seed')} = {found.cells} cells, "
        f"{suite.run.parallel} at once; {_budget(suite)}"
    )
    columns = [
        Column("MODEL"),
        Column("STRATEGY", least=8),
        Column("CELLS", right=True),
        Column("NODES", right=True),
        Column("TOKENS", right=True),
        Column("HOURS", right=True),
        Column("ASSUMED", least=7, rank=1),
    ]
    rows = [
        [
            w.model,
            w.strategy,
            str(w.cells),
            f"{w.nodes:.0f}",
            millions(w.tokens),
            hours(w.seconds),
            ", ".join(w.assumed) or "nothing",
        ]
        for w in found.ways
    ]
    for line in table(columns, rows, terminal_width()):
        print(line)
    print(f"in all about {millions(found.tokens)} tokens, {hours(found.seconds)} hours with these cells at once,")
    print(f"and {size(round(found.disk))} of disk. An estimate, from {counted(found.sessions, 'earlier session')}.")
    if any(w.assumed for w in found.ways):
        from tui_aide.bench import forecast

        print(
            f"Assumed where nothing was measured: {forecast.PROMPT_TOKENS:,.0f} tokens a prompt and "
            f"{forecast.ANSWER_TOKENS:,.0f} an answer,"
        )
        print(
            f"{forecast.STREAM_RATE:.0f} tokens a second of a stream, {forecast.SCRIPT_SECONDS:.0f} s a script, and as "
            "many samples a node as the strategy may take."
        )
    if found.disk_assumed:
        print(f"Disk is assumed for: {', '.join(found.disk_assumed)}")
    for line in flagged(suite):
        print(f"warning: {line}")
    return 0


def millions(tokens: float) -> str:
    """Return tokens as `1.2m` or `340k`."""
    return f"{tokens / 1e6:.1f}m" if tokens >= 1e6 else f"{tokens / 1e3:.0f}k"


def hours(seconds: tuple[float, float]) -> str:
    """Return a range of seconds in hours: `1.5 to 2.0`."""
    low, high = (f"{end / 3600:.1f}" for end in seconds)
    return low if low == high else f"{low} to {high}"


def _budget(suite: Suite) -> str:
    budget = suite.budget
    limits = (
        (budget.nodes, "nodes"),
        (budget.tokens, "tokens"),
        (budget.wall_seconds, "s"),
        (budget.execution_seconds, "s of execution"),
    )
    words = ", ".join(f"{limit:,.0f} {unit}" for limit, unit in limits if limit is not None)
    return f"{words} of {suite.tokens_as}, whose tokens the others get" if suite.tokens_as else f"{words} each"
