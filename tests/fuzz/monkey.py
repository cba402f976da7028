"""Random users: keys, typed words, clicks, wheels, resizes, all drawn from a seed."""

from __future__ import annotations

import random
from collections import deque

from textual import events
from textual.pilot import Pilot

from tui_aide.tui.actions import EVERYWHERE, FOLD, HOME, MOVE, NEW, REPLAY, SEARCH
from tui_aide.tui.app import TuiAideApp

_LEAVING = ("q", "ctrl+q", "ctrl+z")
_KEYS = tuple(
    sorted(
        {
            key
            for group in (SEARCH, REPLAY, EVERYWHERE, MOVE, FOLD, HOME, NEW)
            for a in group
            for key in a.keys.split(",")
        }
        - {"", *_LEAVING}
    )
)
_PLAIN = ("escape", "enter", "tab", "shift+tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown")
_TYPED = (
    "branch use more trees", "hint [bold]x[/]", "prune", "undo", "goto 3", "goto 99999", "workers 2", "slots 1",
    "nodes 5000", "valid >0.5", "crash", "", "z" * 80, "[/]", "\u202e字", "strategy self-debugging(rounds=2)",
    "policy mcts", "model nope", "pause", "resume", "export html", "nonsense", "sort score", "tokens -5", "time 1h",
    "0", ".*(",
)  # fmt: skip
_SIZES = ((80, 24), (120, 40), (200, 50), (400, 120), (40, 12), (20, 6), (1, 1), (81, 25), (300, 20), (60, 90))


class Monkey:
    """Does one random thing after another to an app.

    Attributes:
        done: what it did last, to be read when something broke.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.done: deque[str] = deque(maxlen=60)
        self.count = 0

    async def act(self, app: TuiAideApp, pilot: Pilot[str]) -> None:
        """Do one thing."""
        self.count += 1
        dice = self.rng.random()
        if dice < 0.55:
            await self._press(pilot, self.rng.choice(_KEYS))
        elif dice < 0.75:
            await self._press(pilot, self.rng.choice(_PLAIN))
        elif dice < 0.83:
            await self._press(pilot, *_letters(self.rng.choice(_TYPED)), self.rng.choice(("enter", "escape", "tab")))
        elif dice < 0.93:
            await self._click(app, pilot)
        elif dice < 0.97:
            self._wheel(app)
            await pilot.pause()
        else:
            size = self.rng.choice(_SIZES)
            self.done.append(f"resize {size}")
            await pilot.resize_terminal(*size)

    async def _press(self, pilot: Pilot[str], *keys: str) -> None:
        self.done.append(f"press {keys!r}"[:200])
        await pilot.app._press_keys(keys)  # without the wait for a quiet screen: users do not wait either

    async def _click(self, app: TuiAideApp, pilot: Pilot[str]) -> None:
        width, height = app.size
        x, y = self.rng.randrange(max(1, width)), self.rng.randrange(max(1, height))
        times = self.rng.choice((1, 1, 1, 2, 3))
        self.done.append(f"click {x},{y} x{times}")
        await pilot.click(offset=(x, y), times=times)

    def _wheel(self, app: TuiAideApp) -> None:
        kind = self.rng.choice((events.MouseScrollDown, events.MouseScrollUp))
        x, y = self.rng.randrange(max(1, app.size.width)), self.rng.randrange(max(1, app.size.height))
        self.done.append(f"{kind.__name__} {x},{y}")
        for _ in range(self.rng.randrange(1, 12)):
            app.screen._forward_event(kind(None, x, y, 0, 0, 0, False, False, False, x, y))


def _letters(text: str) -> list[str]:
    from textual.keys import _character_to_key

    return [_character_to_key(c) for c in text]
