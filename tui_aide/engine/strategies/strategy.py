"""The interface of strategies, and the bench of tools that the engine hands them for one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from tui_aide.code.preflight import Finding
from tui_aide.models.chat import ChatRequest
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree.node import Tokens, Verdict


class Completion(msgspec.Struct, frozen=True):
    """One completion of the model, whole."""

    reasoning: str
    answer: str
    finish: str
    tokens: Tokens


class Result(msgspec.Struct, frozen=True):
    """What became of a script, or of an answer without one."""

    verdict: Verdict
    message: str
    report: ScoreReport | None = None


class Workbench(Protocol):
    """What a strategy may do for its node; each call streams, limits and journals by itself."""

    def request(self) -> ChatRequest:
        """Return the request that the operator's prompt makes of the node's facts."""
        ...

    async def sample(self, request: ChatRequest) -> Completion:
        """Ask the model for one completion; waits for a free model stream.

        Raises:
            ModelError: the model cannot be reached.
        """
        ...

    def accept(self, completion: Completion) -> str | Result:
        """Take the script out of an answer and make it the node's, or say why there is none to run."""
        ...

    async def check(self, code: str) -> list[Finding]:
        """Return what is certain to go wrong when the script runs, without running it."""
        ...

    def corrected(self, code: str, findings: Sequence[Finding]) -> ChatRequest:
        """Return the request that shows a script again with what was found in it."""
        ...

    async def execute(self, code: str) -> Result:
        """Run the node's script and score its submission; waits for a free execution slot."""
        ...


class Strategy(Protocol):
    """How an operator spends inference-time compute on one node."""

    @property
    def spec(self) -> str:
        """What the user writes to get it, with its parameters."""
        ...

    async def run(self, bench: Workbench) -> Result:
        """Bring one node to its verdict."""
        ...
