"""Compare two sessions: what each found, what it cost, and whether one is better by more than chance."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Literal

from tui_aide.cli.options import add_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_aide.sessions.comparison import Difference, Side

EPILOG = """\
Better means by more than one standard error of the difference: of the paired one where both searches hide the same
rows, as forks and searches of one seed do, else of the unpaired one, which is larger.

examples:
  tui-aide compare digits-cactus-0707 digits-oak-1234
  tui-aide compare digits-cactus-0707 tumours-elm-1111 --cost
"""

_CHART = 60
"""Cells of a curve at most."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `compare`."""
    parser.add_argument("a", metavar="A", help="a session: name, start of a name, or folder")
    parser.add_argument("b", metavar="B", help="another")
    parser.add_argument("--cost", action="store_true", help="leave scores out, as for different tasks")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_place(parser)


def run(options: argparse.Namespace) -> int:
    """Print the comparison."""
    import msgspec

    from tui_aide.sessions.comparison import check_comparable, difference, differing, side_of
    from tui_aide.sessions.places import find_session, sessions_dir

    place = sessions_dir(options.sessions_dir)
    a, b = (side_of(find_session(word, place)) for word in (options.a, options.b))
    if not options.cost:
        check_comparable(a, b)
    found = None if options.cost else difference(a, b)
    if options.json:
        print(msgspec.json.encode(_plain(a, b, found)).decode())
        return 0
    settings = differing(a, b)
    _print_rows(["", a.folder.id, b.folder.id], _facts(a, b, scores=not options.cost))
    if settings:
        print()
        _print_rows(["SETTING", "", ""], [[key, _word(one), _word(other)] for key, (one, other) in settings.items()])
    if found is not None:
        _print_curves(a, b)
        print()
        print(found.why)
    return 0


def _plain(a: Side, b: Side, found: Difference | None) -> dict[str, Any]:
    import msgspec

    from tui_aide.sessions.comparison import differing

    def plain(side: Side) -> dict[str, Any]:
        more = {} if found is None else {"steps": msgspec.to_builtins(side.steps)}
        return {**side.summary, "verdicts": side.verdicts, **more}

    return {
        "a": plain(a),
        "b": plain(b),
        "settings": {key: {"a": one, "b": other} for key, (one, other) in differing(a, b).items()},
        "difference": None if found is None else msgspec.to_builtins(found),
    }


def _facts(a: Side, b: Side, *, scores: bool) -> list[list[str]]:
    from tui_aide.tui.figures import duration, thousands

    def row(title: str, of: Any) -> list[str]:
        return [title, of(a), of(b)]

    rows = [
        row("status", lambda s: s.summary["status"]),
        row("task", lambda s: f"{s.summary['task']}, {s.summary['metric']}"),
        row("model", lambda s: s.summary["model"]),
        row("search", lambda s: f"{s.summary['policy']} + {s.summary['strategy']}"),
    ]
    if scores:
        rows += [
            row("best", lambda s: _best(s.summary["best"])),
            row("selection score", lambda s: _figure((s.summary["best"] or {}).get("selection_score"))),
            row("handed in", lambda s: _handed_in(s.summary["best"])),
        ]
    rows += [
        row("nodes", lambda s: str(sum(s.verdicts.values()))),
        row("verdicts", _verdicts),
        *(row(f"{kind} tokens", lambda s, k=kind: thousands(s.summary["tokens"][k])) for kind in _KINDS),
        *(
            row(f"{kind} time", lambda s, k=kind: duration(s.summary[f"{k}_seconds"]))
            for kind in ("wall", "model", "execution")
        ),
        row("budget", _budget),
    ]
    return rows


_KINDS = ("prompt", "reasoning", "answer")


def _best(best: dict[str, Any] | None) -> str:
    from tui_aide.tui.glyphs import GLYPHS

    if best is None:
        return "none"
    se = best["score_se"]
    reported = ", self-reported" if best["score_source"] == "reported" else ""
    return f"#{best['node']} {_figure(best['score'])}{'' if se is None else f' {GLYPHS.plus_minus} {se:.2g}'}{reported}"


def _handed_in(best: dict[str, Any] | None) -> str:
    if best is None:
        return ""
    if best["ensemble"]:
        return f"blend of {len(best['ensemble']['members'])} nodes"
    return "its run with all labels" if best["refit"] else f"#{best['node']}"


def _verdicts(side: Side) -> str:
    total = sum(side.verdicts.values())
    return ", ".join(f"{verdict} {count} ({count / total:.0%})" for verdict, count in side.verdicts.items())


def _budget(side: Side) -> str:
    from tui_aide.tui.figures import duration, thousands

    limits = side.summary["budget"]
    words = [f"{thousands(limits[k])} {k}" for k in ("nodes", "tokens") if limits[k] is not None]
    words += [f"{duration(limits[f'{k}_seconds'])} {k}" for k in ("execution", "wall") if limits[f"{k}_seconds"]]
    return ", ".join(words) or "none"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


def _word(value: object) -> str:
    return "-" if value is None or value in ([], {}, "") else str(value)


def _print_rows(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: bool = False) -> None:
    from tui_aide.cli.table import Column, table, terminal_width

    columns = [Column(headings[0]), *(Column(h, right=right, least=12) for h in headings[1:])]
    for line in table(columns, rows, terminal_width()):
        print(line)


def _print_curves(a: Side, b: Side) -> None:
    """Print each session's best so far after 1, 2, 5, ... nodes and tokens, and a small chart over the nodes."""
    from tui_aide.sessions.comparison import curve, milestones
    from tui_aide.tui.figures import thousands

    kinds: tuple[Literal["nodes", "tokens"], ...] = ("nodes", "tokens")
    for by in kinds:
        counts = [getattr(step, by) for side in (a, b) for step in side.steps]
        places = milestones(max(counts, default=0), min(counts, default=1)) if any(counts) else []
        if by == "nodes" and places and places[-1] != max(counts):
            places.append(max(counts))
        if places:
            print()
            curves = [curve(side.steps, places, by) for side in (a, b)]
            rows = [[s.folder.id, *map(_figure, values)] for s, values in zip((a, b), curves, strict=True)]
            _print_rows([f"BEST AFTER {by.upper()}", *map(thousands, places)], rows, right=True)
    longest = max(len(side.steps) for side in (a, b))
    if longest > 1:
        print()
        for line in chart([a, b], longest):
            print(line)


def chart(sides: Sequence[Side], nodes: int) -> list[str]:
    """Return a row of bars for each session over its nodes, on one scale: the taller the better."""
    from tui_aide.cli.table import printable
    from tui_aide.sessions.comparison import curve
    from tui_aide.tui.glyphs import GLYPHS

    width = min(_CHART, nodes)
    places = [1 + i * (nodes - 1) // max(1, width - 1) for i in range(width)]
    curves = [curve(side.steps, places, "nodes") for side in sides]
    values = [value for line in curves for value in line if value is not None]
    if not values:
        return []
    low, high = min(values), max(values)
    if sides[0].summary["direction"] == "min":
        low, high = high, low
    top = len(GLYPHS.bars) - 1

    def bar(value: float | None) -> str:
        if value is None:
            return " "
        return GLYPHS.bars[round((value - low) / (high - low) * top) if high != low else top // 2]

    names = [printable(side.folder.id)[:24] for side in sides]
    least = max(map(len, names))
    lines = [f"{n:<{least}}  {''.join(map(bar, line))}".rstrip() for n, line in zip(names, curves, strict=True)]
    scale = f"best so far over {nodes} nodes, {GLYPHS.bars[0]} {low:.5g} to {GLYPHS.bars[-1]} {high:.5g}"
    return [*lines, f"{'':<{least}}  {scale}"]
