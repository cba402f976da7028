"""The interface of strategies, and the desk of tools that the engine hands them for one candidate of a node."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import msgspec

from tui_aide.code.preflight import Finding
from tui_aide.engine.asking import Ask
from tui_aide.engine.spec import spec_of
from tui_aide.models.chat import Proposal
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree.events import Standing
from tui_aide.tree.node import Tokens, Verdict

if TYPE_CHECKING:
    import numpy.typing as npt

T = TypeVar("T")


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

    @property
    def failed(self) -> bool:
        """Whether a model could mend it: it was tried and has no score."""
        return self.verdict not in ("valid", "cancelled", "killed")

    @property
    def without_script(self) -> bool:
        """Whether the answer held none."""
        return self.verdict in ("no_code", "truncated")

    @property
    def not_run(self) -> bool:
        """Whether what failed was found in the script's text."""
        return self.verdict in ("preflight", "syntax")


class Desk(Protocol):
    """What a strategy may do for one candidate of a node; each call streams, limits and journals by itself.

    Attributes:
        number: the candidate's, 0 for the only one.
        ask: what its script is asked for with; a strategy replaces it.
        proposal: the facts of the node: operator, parents, task, limits.
        rng: drawn from the node's seed and the candidate; the only source of chance.
        minimize: whether a lower score is better.
        thought: tokens of thinking of its newest sample.
        on_script: is called when the candidate's script, or that of one forked from it, is about to be executed for
            the first time.
    """

    number: int
    ask: Ask
    proposal: Proposal
    rng: random.Random
    minimize: bool
    thought: int
    on_script: Callable[[Desk], None] | None

    async def sample(self, ask: Ask) -> Completion:
        """Ask the model for one completion; waits for a free model stream.

        Raises:
            ModelError: the model cannot be reached, or refuses.
        """
        ...

    async def sample_many(self, asks: Sequence[Ask]) -> list[Completion]:
        """Ask for several completions side by side, none of them for the script itself; as `sample`."""
        ...

    async def judge_many(self, asks: Sequence[Ask], shape: type[T]) -> list[T | None]:
        """Ask for several answers of a shape side by side; None for each that cannot be read, or was refused."""
        ...

    async def ask_json(self, ask: Ask, shape: type[T]) -> T | None:
        """Ask for an answer of a shape (a msgspec struct), twice where the first cannot be read; None if neither."""
        ...

    def accept(self, completion: Completion) -> str | Result:
        """Take the script out of an answer and make it the candidate's, or say why there is none to run."""
        ...

    def accept_script(self, code: str, plan: str) -> str | Result:
        """Make a script that was put together from several answers the candidate's; it must parse."""
        ...

    async def check(self, code: str) -> list[Finding]:
        """Return what is certain to go wrong when the script runs, without running it."""
        ...

    async def execute(self, code: str) -> Result:
        """Run the candidate's script and score its submission; waits for a free execution slot."""
        ...

    async def probe(self, code: str) -> str:
        """Run a script that is no solution, and return the end of its output; it is not scored."""
        ...

    def output(self, characters: int = 6_000) -> str:
        """Return the end of what the candidate's script printed; empty where it, as it is now, was not run."""
        ...

    def script(self) -> str:
        """Return the candidate's script, empty if there is none yet."""
        ...

    def predictions(self) -> npt.NDArray[Any] | None:
        """Return the candidate's predictions for the hidden rows, (rows,) or (rows, classes); None without any."""
        ...

    def mark(self) -> Desk:
        """Return what the candidate is now, to return to."""
        ...

    def return_to(self, marked: Desk, by: str) -> None:
        """Make the script of then the candidate's again, with its plan and output; later answers held none."""
        ...

    def fork(self, n: int, by: str) -> list[Desk]:
        """Return `n` desks for candidates of the same node; the first goes on with this one's place."""
        ...

    def choose(self, chosen: Desk, by: str, reason: str, standings: Sequence[Standing] = ()) -> None:
        """Go on with one of the forked candidates, and tell the journal why, and why the others lost."""
        ...

    def finished(self, result: Result | str) -> None:
        """Tell the journal what became of this candidate, of several: a result, or a script that was not run."""
        ...

    def step(self, by: str, title: str, text: str = "") -> None:
        """Tell the journal, and so the user, what was done for the candidate."""
        ...


Writer = Callable[[Desk], Awaitable[str | Result]]
"""Writes the script that a desk's `ask` asks for, without running it; a `Result` says why there is none."""

Maker = Callable[[Desk], Awaitable[Result]]
"""Brings a candidate to its result: has its script written, runs it, maybe mends it."""


class Strategy:
    """How inference-time compute is spent on one node. Parts of a chain wrap each other, the first outermost.

    A part overrides `write` (how one script comes about), `make` (how scripts are run, mended and chosen among), or
    both; what it does not override passes through to the part inside.

    Its parameters stand in its `__init__`, each with a line in the Args of the class's docstring, and are kept in
    attributes of the same name.

    Attributes:
        name: what it is called in a spec.
        cost: samples and executions a node, in words.
        good_for: what it is good for, in a few words.
        source: where the algorithm comes from: paper and year.
    """

    name: ClassVar[str] = ""
    cost: ClassVar[str] = ""
    good_for: ClassVar[str] = ""
    source: ClassVar[str] = ""

    @property
    def spec(self) -> str:
        """What the user writes to get it, with the parameters that differ from the defaults."""
        return spec_of(self.name, self)

    async def write(self, desk: Desk, inner: Writer) -> str | Result:
        """Return a script that was not run yet; `inner` writes one as the parts inside do."""
        return await inner(desk)

    async def make(self, desk: Desk, inner: Maker) -> Result:
        """Return what became of the node's script; `inner` makes one as the parts inside do."""
        return await inner(desk)
