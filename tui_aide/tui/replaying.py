"""What the command line does in a replay: it moves in time; what would steer is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_aide.errors import UsageError, nearest
from tui_aide.tui.command_line import USAGE, parse
from tui_aide.tui.steering import Steering

if TYPE_CHECKING:
    from tui_aide.tui.screens.replay import ReplayScreen

_SHOWN = (
    *("goto", "best", "find", "filter", "sort", "mark", "unmark", "compare", "diff", "axis", "copy", "export"),
    *("events", "themes", "settings", "help", "quit"),
)
REPLAY_USAGE = {
    "seek": "seek NODE, seek 50% or seek 12m30 of the search's time; without one, to where the cursor's node began",
    "speed": "speed 1..1000",
    "play": "play",
    "pause": "pause",
    **{name: USAGE[name] for name in _SHOWN},
}


class Replaying(Steering):
    """Takes the words typed in a replay."""

    def __init__(self, screen: ReplayScreen) -> None:
        super().__init__(screen)
        self._replay = screen

    def pause(self) -> None:
        """Play, or stand still."""
        self._replay.action_play()

    def resume(self) -> None:
        """Refuse."""
        self._live()

    def branch(self) -> None:
        """Refuse."""
        self._live()

    def run_line(self, line: str) -> None:
        """Do what was typed."""
        words = line.split()
        name, rest = (words[0].casefold(), words[1:]) if words else ("", [])
        try:
            if name == "seek":
                self._replay.seek(*self._goal(rest[0] if rest else ""))
            elif name == "speed":
                self._replay.set_speed(_speed(rest[0] if rest else ""))
            elif name in ("play", "pause"):
                self._replay.replay.clock.play(name == "play")
                self._replay.draw_boards()
            elif name in USAGE and name not in REPLAY_USAGE:
                self._live()
            elif name not in REPLAY_USAGE and not name.lstrip("#").isdigit() and name != "q":
                raise UsageError(
                    f"no command {name!r} in a replay.{nearest(name, REPLAY_USAGE)} Known: {', '.join(REPLAY_USAGE)}"
                )
            else:
                self._go(line)
        except UsageError as e:
            self._replay.say(str(e), error=True)

    def _go(self, line: str) -> None:
        """Put the cursor on a node; one that comes later is gone to in time, too."""
        words = line.split()
        number = words[-1].lstrip("#") if words[0].casefold() == "goto" or len(words) == 1 else ""
        if number.isdigit() and int(number) not in self._replay.feed.tree.nodes:
            self._replay.seek(*self._begin(int(number)))
            return
        parse(line, self._replay.feed.tree, self._replay.tree_view.cursor)
        super().run_line(line)

    def _goal(self, word: str) -> tuple[float, int | None]:
        """Return the time that a word means, and the node where it is one.

        Raises:
            UsageError: it means none.
        """
        recording = self._replay.replay.recording
        if not word:
            cursor = self._replay.tree_view.cursor
            if cursor is None:
                raise UsageError(f"there is no node yet: {REPLAY_USAGE['seek']}")
            return self._begin(cursor)
        if word.lstrip("#").isdigit():
            return self._begin(int(word.lstrip("#")))
        if word.endswith("%"):
            try:
                share = float(word[:-1]) / 100
            except ValueError:
                share = -1.0
            if 0 <= share <= 1:
                return recording.at(share * recording.elapsed(recording.end)), None
        elif (seconds := _seconds(word)) is not None:
            return recording.at(seconds), None
        raise UsageError(f"{word[:40]!r} is no place in a replay: {REPLAY_USAGE['seek']}")

    def _begin(self, node: int) -> tuple[float, int]:
        recording = self._replay.replay.recording
        begun = recording.begin_of(node)
        if begun is None:
            last = max(recording.work.nodes, default=None)
            raise UsageError(f"no node #{node}" + (f"; there are #0 to #{last}" if last is not None else " at all"))
        return begun, node


def _speed(word: str) -> float:
    try:
        return float(word.rstrip("x×"))
    except ValueError:
        raise UsageError(f"{word[:40]!r} is no speed: {REPLAY_USAGE['speed']}") from None


def _seconds(word: str) -> float | None:
    """Return the seconds that `90s`, `12m`, `12m30` or `1h05m` say; None where it says none."""
    total, number, unit = 0.0, "", 0
    for letter in word.casefold():
        if letter.isdigit():
            number += letter
        elif letter in "smhd" and number:
            unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}[letter]
            total += int(number) * unit
            number = ""
        else:
            return None
    if number:  # what follows a unit is of the next smaller one
        total += int(number) * {60: 1, 3600: 60, 86400: 3600}.get(unit, 1)
    return total
