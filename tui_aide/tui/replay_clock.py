"""The clock of a replay: where it stands in the recording, how fast it goes, and what it passes over."""

from __future__ import annotations

from collections.abc import Callable

from tui_aide.errors import UsageError
from tui_aide.sessions.recording import Recording, Still

SPEEDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""The speeds that keys step through; others can be typed."""

STILL_SECONDS = 2.0
"""A time at which nothing was under way takes no longer than this to be shown."""


class ReplayClock:
    """Goes through a recording: at speed N one second shows N recorded ones.

    Attributes:
        time: where it stands, in seconds since 1970.
        playing: whether it goes.
        passed: what it passed over last, until the recording goes on from there; None else.
    """

    def __init__(self, recording: Recording, speed: float, now: Callable[[], float]) -> None:
        """Stand at the recording's start, playing.

        Args:
            recording: what is played.
            speed: recorded seconds a second.
            now: a clock that never goes back, in seconds.
        """
        self.time = recording.start
        self.playing = True
        self.passed: Still | None = None
        self._speed = check_speed(speed)
        self._recording = recording
        self._now = now
        self._seen = now()

    @property
    def speed(self) -> float:
        """Recorded seconds that it goes through in one."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self.tick()
        self._speed = check_speed(speed)

    @property
    def at_end(self) -> bool:
        """Whether it stands at the end of what is recorded."""
        return self.time >= self._recording.end

    def faster(self, step: int) -> None:
        """Go on at the next of `SPEEDS`, or at the one before."""
        if step > 0:
            self.speed = next((s for s in SPEEDS if s > self._speed), SPEEDS[-1])
        else:
            self.speed = next((s for s in reversed(SPEEDS) if s < self._speed), SPEEDS[0])

    def play(self, playing: bool) -> None:
        """Go, or stand; going on from the end begins again."""
        self.tick()
        if playing and self.at_end:
            self.seek(self._recording.start)
        self.playing = playing

    def seek(self, time: float) -> None:
        """Stand at another time of the recording, going on from there if it goes."""
        self._seen = self._now()
        self.time = min(max(time, self._recording.start), self._recording.end)
        self.passed = None

    def tick(self) -> None:
        """Take over the time that has gone by."""
        now = self._now()
        gone, self._seen = now - self._seen, now
        if not self.playing or self.at_end:
            return
        left = STILL_SECONDS * self._speed
        time = self.time + gone * self._speed
        still = self._recording.still_between(self.time, time, left)
        if still is not None:  # nothing was under way for long: go on shortly before that ends
            self.passed, time = still, still.end - left
        elif self.passed is not None and time >= self.passed.end:
            self.passed = None
        self.time = min(time, self._recording.end)


def check_speed(speed: float) -> float:
    """Return a speed that can be played.

    Raises:
        UsageError: it is none of 1 to 1,000.
    """
    if not 1 <= speed <= 1000:
        raise UsageError(f"a replay's speed is 1 to 1000, not {speed:g}")
    return speed
