"""The line of gauges: what model servers, GPUs and the machine do now. A short form stands in the status line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from rich.cells import cell_len

from tui_aide.tree.commands import GpuUse, Progress, ServerStatus
from tui_aide.tui.documents import Span
from tui_aide.tui.figures import bar, sparkline, thousands
from tui_aide.tui.glyphs import GLYPHS
from tui_aide.tui.moment import Moment
from tui_aide.tui.plain_text import fit, fit_right, one_line
from tui_aide.tui.waits import missing_server, state_words

Row = Sequence[Span]

_ORDER = ("failed", "lost", "starting", "up", "asleep", "stopped")
_STYLE = {"up": "good", "starting": "live", "asleep": "muted", "lost": "bad", "failed": "bad", "stopped": "muted"}
_BAR = 8
_SPARK = 8
_MANY_GPUS = 2
"""More GPUs than these are shown as one."""


class Gauge(msgspec.Struct, frozen=True):
    """A piece of the line. The lower its `rank`, the longer it stays where there is little room.

    An `elastic` one is cut to the room that is left, as long as that is worth it.
    """

    rank: int
    spans: Row
    elastic: bool = False


def gauge_row(at: Moment, width: int) -> Row:
    """Return the line: a group for each server, those in trouble first, the GPUs, the machine; what fits of it.

    Args:
        at: the moment; the line is empty where nothing in it is told, as by a recording.
        width: cells.
    """
    servers = sorted(at.servers, key=lambda s: _ORDER.index(s.state))
    several = len(servers) > 1
    groups = [list(_server(s, at, several=several)) for s in servers]
    gpus = at.progress.gpus if at.progress else ()
    groups += [list(_gpu(g)) for g in (gpus if len(gpus) <= _MANY_GPUS else (_together(gpus),))]
    if at.gpu_for:
        groups.append([Gauge(2, [("GPU for ", "muted"), (at.gpu_for, "live")])])
    if at.attached and at.progress is not None and at.progress.memory_total:
        groups.append(list(_machine(at.progress)))
    return _fit(groups, width - 1)


def short_gauge(at: Moment) -> Row | None:
    """Return the few words for a status line: `KV 74%`, `LOST 2m10`, `LOADING 40%`; None where nothing is to tell."""
    if (server := missing_server(at.servers)) is not None:
        words = state_words(server, at.now).replace("starting", "loading").replace(" %", "%")
        return [(words.upper() if server.state == "failed" else _first_upper(words), _STYLE[server.state])]
    used = [s.kv_use for s in at.servers if s.kv_use is not None]
    return [("KV ", "muted"), (f"{max(used) * 100:.0f}%", _fullness(max(used)))] if used else None


def _first_upper(words: str) -> str:
    state, _, rest = words.partition(" ")
    return f"{state.upper()} {rest}".rstrip()


def _server(server: ServerStatus, at: Moment, *, several: bool) -> Iterator[Gauge]:
    yield Gauge(0, [(f"{_name(server.url) if several else 'server'} ", "muted"), *_state(server, at.now)])
    if server.state != "up":
        parts = [one_line(server.detail)] if server.detail else []
        if server.state == "lost" and not several:
            parts.append("waiting for it")
        if parts:
            yield Gauge(5, [("; ".join(parts), "")], elastic=True)
        return
    if server.running is not None:
        waiting = server.waiting or 0
        yield Gauge(1, [("run ", "muted"), (f"{server.running}", ""), (" wait ", "muted"), (f"{waiting}", "")])
    if server.kv_use is not None:
        share = server.kv_use
        yield Gauge(2, [("KV ", "muted"), (bar(share, _BAR), _fullness(share)), (f" {share * 100:>3.0f} %", "")])
    if server.prefix_hits is not None:
        yield Gauge(5, [("prefix hit ", "muted"), (f"{server.prefix_hits * 100:.0f} %", "")])
    if server.generation_rate is not None:
        course = fit_right(sparkline(at.server_rates.get(server.url, ()), _SPARK), _SPARK)
        rate = fit_right(thousands(server.generation_rate), 6)
        yield Gauge(3, [("gen ", "muted"), (course, "live"), (rate, ""), (" t/s", "muted")])
    if server.prompt_rate is not None:
        yield Gauge(7, [("prompt ", "muted"), (fit_right(thousands(server.prompt_rate), 6), ""), (" t/s", "muted")])
    if server.first_token_seconds is not None:
        yield Gauge(6, [("TTFT ", "muted"), (f"{server.first_token_seconds:.1f} s", "")])
    if server.queue_seconds is not None:
        slow = "warn" if server.queue_seconds >= 10 else ""
        yield Gauge(8, [("queue ", "muted"), (f"{server.queue_seconds:.1f} s", slow)])


def _state(server: ServerStatus, now: float) -> Row:
    style = _STYLE[server.state]
    words = state_words(server, now)
    if server.state == "starting" and server.load is not None:
        return [("starting ", style), (bar(server.load, _BAR), style), (f" {server.load * 100:>3.0f} %", style)]
    return [(words, style)]


def _gpu(gpu: GpuUse) -> Iterator[Gauge]:
    name = f"GPU{gpu.index} " if gpu.index >= 0 else f"{gpu.name} "
    memory = f"{gpu.memory_used / 2**30:.0f}/{gpu.memory_total / 2**30:.0f} GiB"
    if gpu.busy is not None:
        yield Gauge(4, [(name, "muted"), (bar(gpu.busy, _BAR), "live"), (f" {gpu.busy * 100:>3.0f} %", "")])
        if gpu.memory_total:
            yield Gauge(6, [(bar(gpu.memory_used / gpu.memory_total, _BAR), "live")])
        yield Gauge(4, [(memory, "")])
    else:
        yield Gauge(4, [(name, "muted"), (memory, "")])
    if gpu.celsius is not None:
        yield Gauge(8, [(f"{gpu.celsius:.0f} {GLYPHS.degree}C", "warn" if gpu.celsius >= 85 else "")])


def _machine(progress: Progress) -> Iterator[Gauge]:
    cpu, memory = progress.cpu_percent / 100, progress.memory / progress.memory_total
    yield Gauge(5, [("CPU ", "muted"), (bar(cpu, _BAR), "live"), (f" {cpu * 100:>3.0f} %", "")])
    held = f" {progress.memory / 2**30:.1f}/{progress.memory_total / 2**30:.0f} GiB"
    yield Gauge(6, [("RAM ", "muted"), (bar(memory, _BAR), _fullness(memory)), (held, "")])


def _together(gpus: Sequence[GpuUse]) -> GpuUse:
    """Return several GPUs as one: their mean use, all their memory, the hottest one's heat."""
    busy = [g.busy for g in gpus if g.busy is not None]
    heat = [g.celsius for g in gpus if g.celsius is not None]
    return GpuUse(
        index=-1,
        name=f"{len(gpus)} GPUs",
        memory_used=sum(g.memory_used for g in gpus),
        memory_total=sum(g.memory_total for g in gpus),
        busy=sum(busy) / len(busy) if busy else None,
        celsius=max(heat) if heat else None,
    )


def _fullness(share: float) -> str:
    return "warn" if share >= 0.95 else "live"


def _name(url: str) -> str:
    """Return a server's host and port; the port alone where it is on this machine."""
    host = one_line(url).partition("://")[2].partition("/")[0] or one_line(url)
    for here in ("localhost", "127.0.0.1", "[::1]"):
        if host.startswith(f"{here}:"):
            host = host.removeprefix(here)
    return fit(host, 24).rstrip()


def _fit(groups: list[list[Gauge]], width: int) -> Row:
    """Put the groups side by side; where room lacks, of all groups the gauges of the highest rank go first."""
    chosen: set[tuple[int, int]] = set()
    spans: dict[tuple[int, int], Row] = {}
    used = 0
    order = sorted((g.rank, n, i) for n, group in enumerate(groups) for i, g in enumerate(group))
    begun: set[int] = set()
    for _, n, i in order:
        gauge = groups[n][i]
        gap = 2 if n in begun else 1 if not begun else 5
        room = width - used - gap
        cells = sum(cell_len(text) for text, _ in gauge.spans)
        shown = gauge.spans
        if cells > room and gauge.elastic and room >= 12:
            shown = [(fit(gauge.spans[0][0], room), gauge.spans[0][1])]
            cells = room
        if cells > room or (i > 0 and n not in begun):
            continue
        begun.add(n)
        chosen.add((n, i))
        spans[n, i] = shown
        used += gap + cells
    row: list[Span] = []
    last = -1
    for n, i in sorted(chosen):
        row.append((" " if not row else "  " if n == last else f"  {GLYPHS.separator}  ", "faint"))
        row.extend(spans[n, i])
        last = n
    return row
