"""One thing of several to choose from, as lists show it; apart from what makes them: the home screen is soon there."""

from __future__ import annotations

import msgspec


class Choice(msgspec.Struct, frozen=True):
    """A name that can be chosen, what it is, and what it costs a node, in words; `shown` stands for a long name."""

    name: str
    about: str = ""
    cost: str = ""
    shown: str = ""
