"""What the user wants to be told of a search, and how: settings, and what they come to at one moment."""

from __future__ import annotations

import re
import time
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kind = Literal["best", "failures", "budget", "server", "ended", "disk"]
"""What there is to be told of; each is a setting of the same name."""

_HOURS = r"^$|^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"


class Notifications(msgspec.Struct, frozen=True):
    """Of what to tell, and in which ways."""

    best: Annotated[bool, Meta(description="Tell of a new best score.")] = True
    failures: Annotated[bool, Meta(description="Tell when five nodes in a row have failed.")] = True
    budget: Annotated[bool, Meta(description="Tell when a budget is nearly spent (90 %).")] = True
    server: Annotated[bool, Meta(description="Tell when a model server is lost, and when it is back.")] = True
    ended: Annotated[bool, Meta(description="Tell when the search has ended.")] = True
    disk: Annotated[bool, Meta(description="Tell when the disk is nearly full.")] = True
    toast: Annotated[bool, Meta(description="Tell by a message over the screen.")] = True
    bell: Annotated[bool, Meta(description="Ring the terminal's bell, once.")] = True
    desktop: Annotated[
        bool, Meta(description="Notify the desktop while another window has the focus, where the terminal can.")
    ] = True
    title: Annotated[bool, Meta(description="Show the best score in the terminal's title.")] = True
    quiet: Annotated[
        str,
        Meta(
            pattern=_HOURS,
            description="Hours without bell and desktop, for example 22:00-07:00; empty: none.",
        ),
    ] = ""


class Ways(msgspec.Struct, frozen=True):
    """How one thing is told."""

    toast: bool
    bell: bool
    desktop: bool


def ways(settings: Notifications, *, focused: bool, clock: str) -> Ways:
    """Return how to tell now.

    Args:
        settings: the user's.
        focused: whether the terminal has the focus, so that the desktop need not be troubled.
        clock: the local time of day as `HH:MM`.
    """
    quiet = in_hours(settings.quiet, clock)
    return Ways(
        toast=settings.toast,
        bell=settings.bell and not quiet,
        desktop=settings.desktop and not quiet and not focused,
    )


def in_hours(hours: str, clock: str) -> bool:
    """Whether a time of day (`HH:MM`) is within hours such as `22:00-07:00`; the end is outside."""
    if not hours or not re.match(_HOURS, hours):
        return False
    start, end = hours.split("-")
    return start <= clock < end if start <= end else clock >= start or clock < end


def clock_now() -> str:
    """Return the local time of day as `HH:MM`."""
    return time.strftime("%H:%M")
