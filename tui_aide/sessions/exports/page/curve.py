"""The best score so far as a curve (SVG), with every node as a dot, in the order in which they were done."""

from __future__ import annotations

from html import escape

from tui_aide.sessions.exports.source import Source
from tui_aide.tree.events import IncumbentChanged, NodeFinished

WIDTH, HEIGHT, _EDGE = 1000, 200, 14


def curve(source: Source) -> str:
    """Return the curve with its labels as HTML; a sentence where no node has a score.

    Scores far below the others (Tukey's fence) are drawn at the edge; nodes without a score stand on the ground line.
    """
    done, changes = _history(source)
    own = {n.id for n in source.tree.nodes.values() if n.score is not None and n.score.source == "reported"}
    scores = [s for _, s in done if s is not None]
    if not scores:
        return '<p class="none">No node has a score yet.</p>'
    low, high = _range(scores, source.tree.direction)
    down = source.tree.direction == "min"

    def x(at: int) -> float:
        return round((at + 0.5) / len(done) * WIDTH, 1)

    def y(score: float) -> float:
        share = 0.5 if high == low else (min(max(score, low), high) - low) / (high - low)
        return round(_EDGE + (share if down else 1 - share) * (HEIGHT - 2 * _EDGE), 1)

    ground = HEIGHT - 3
    dots = "".join(
        f'<a href="#node-{node}"><path class="{"failed" if score is None else "dot own" if node in own else "dot"}" '
        f'd="M{x(at)} {y(score) if score is not None else ground}h.01"><title>#{node}'
        f"{f': {score:.5g}' if score is not None else ''}</title></path></a>"
        for at, (node, score) in enumerate(done)
    )
    steps: dict[bool, str] = {False: "", True: ""}  # what was measured, and what scripts reported
    tops = ""
    for number, (at, node, score) in enumerate(changes):
        last = number + 1 == len(changes)
        end = WIDTH if last else x(changes[number + 1][0])
        goes_on = number and (changes[number - 1][1] in own) == (node in own)
        steps[node in own] += f"{'L' if goes_on else 'M'}{x(at)} {y(score)}H{end}"
        tops += f'<a href="#node-{node}"><path class="top" d="M{x(at)} {y(score)}h.01"><title>#{node}: {score:.5g}'
        tops += f", {'as its script reported' if node in own else 'the best from here'}</title></path></a>"
    lines = f'<path class="line own" d="{steps[True]}"/>' if steps[True] else ""
    lines += f'<path class="line" d="{steps[False]}"/>' if steps[False] else ""
    best = changes[-1] if changes else None
    words = f"Best score by nodes done: {len(changes)} steps" + (f" to {best[2]:.5g}" if best else "")
    ends = (low, high) if down else (high, low)
    return (
        f'<figure class="curve"><svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(words)}"><path class="grid" d="M0 {_EDGE}H{WIDTH}M0 {HEIGHT - _EDGE}H{WIDTH}"/>'
        f"{dots}{lines}{tops}</svg>"
        f'<span class="y top-label">{ends[0]:.5g}</span><span class="y low-label">{ends[1]:.5g}</span>'
        f"<figcaption><span>1</span><span>{escape(source.started.metric)} by nodes done: each a dot, failures on the "
        f"ground, the line the best so far</span><span>{len(done)}</span></figcaption></figure>"
    )


def _history(source: Source) -> tuple[list[tuple[int, float | None]], list[tuple[int, int, float]]]:
    """Return (node, score or None) in the order of their ends, and (place there, node, score) of each new best."""
    done: list[tuple[int, float | None]] = []
    changes: list[tuple[int, int, float]] = []
    for event in source.events:
        if isinstance(event, NodeFinished):
            valid = event.verdict == "valid" and event.score is not None
            done.append((event.node, event.score.value if valid and event.score else None))
        elif isinstance(event, IncumbentChanged):
            at = next((i for i in range(len(done) - 1, -1, -1) if done[i][0] == event.node), len(done) - 1)
            changes.append((max(at, 0), event.node, event.score.value))
    return done, changes


def _range(scores: list[float], direction: str) -> tuple[float, float]:
    ordered = sorted(scores)
    lower, upper = ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4]
    reach = 1.5 * (upper - lower)
    if direction == "min":
        return ordered[0], max(ordered[0], min(ordered[-1], upper + reach))
    return min(ordered[-1], max(ordered[0], lower - reach)), ordered[-1]
