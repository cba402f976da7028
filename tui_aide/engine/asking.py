"""What a strategy asks of the model: the operator's prompt, with turns of its own added. Only data."""

from __future__ import annotations

from typing import Any

import msgspec

from tui_aide.models.chat import Role


class Turn(msgspec.Struct, frozen=True):
    """A section that a strategy adds to a prompt.

    Attributes:
        template: name of a file in `prompts/`, without its ending; `text` is one that holds only `$text`.
        texts: what its fields are filled with; each is cut to its allowance.
    """

    template: str
    texts: dict[str, str] = {}


class Ask(msgspec.Struct, frozen=True):
    """What the model is asked for.

    Attributes:
        turns: stand after the operator's own turn, and stay for all that is asked for the same script.
        form: the template that says how to answer; empty where the last turn says that itself.
        again: the newest thing that was found in an earlier answer; stands last, and replaces the one before it.
        role: which model answers.
        purpose: what for, in a word or two, for the record of costs.
        thinking_budget: tokens after which thinking is closed, where the search's own is not meant.
        thinking_minimum: tokens that thinking should have; where it ends before, "Wait" is appended and it goes on, at
            most `waits` times.
        thought: thinking that the model goes on from, rather than beginning anew.
        schema: JSON schema of the answer.
    """

    turns: tuple[Turn, ...] = ()
    form: str = "answer"
    again: Turn | None = None
    role: Role = "coder"
    purpose: str = "script"
    thinking_budget: int | None = None
    thinking_minimum: int = 0
    waits: int = 0
    thought: str = ""
    schema: dict[str, Any] | None = None

    @property
    def settled(self) -> bool:
        """Whether its script is being mended, or has a plan to follow: no plan is to be made for it."""
        return self.again is not None or any(turn.template == "plan" for turn in self.turns)

    def adding(self, *turns: Turn) -> Ask:
        """Return the same with further turns that stay."""
        return msgspec.structs.replace(self, turns=(*self.turns, *turns))

    def anew(self, again: Turn, purpose: str) -> Ask:
        """Return the request to write the script anew, by what was found in it."""
        return msgspec.structs.replace(self, again=again, purpose=purpose, thought="")

    def aside(self, turn: Turn, purpose: str, role: Role = "coder", schema: dict[str, Any] | None = None) -> Ask:
        """Return a question beside the script, such as for a critique; its turn says how to answer."""
        return Ask(self.turns, "", turn, role, purpose, self.thinking_budget, schema=schema)
