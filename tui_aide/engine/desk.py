"""The desk of one candidate: what its strategy samples, accepts and executes, with all the bookkeeping."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tui_aide.code.extraction import extract, title
from tui_aide.code.preflight import Finding
from tui_aide.engine.asking import Ask, Turn
from tui_aide.engine.budget import BudgetSpent
from tui_aide.engine.checking import check_script
from tui_aide.engine.prompting import write_prompt
from tui_aide.engine.sampler import KILLED, Place
from tui_aide.engine.script_python import checked_syntax, judged
from tui_aide.engine.strategies.strategy import Completion, Desk, Result
from tui_aide.engine.strategies.together import together
from tui_aide.engine.told_output import told_output
from tui_aide.engine.workbench import Workbench
from tui_aide.errors import ModelRefusedError
from tui_aide.models.chat import ChatRequest
from tui_aide.models.structured import read_json
from tui_aide.tree import events as ev
from tui_aide.tree.node import Score

if TYPE_CHECKING:
    import numpy.typing as npt

T = TypeVar("T")

_ASKED = ("prompt.md", "reasoning.md", "answer.md")
_STEP_LETTERS = 600
_MESSAGE_LETTERS = 300


class CandidateDesk:
    """Implements `Desk` for one candidate of a node.

    Candidate 0 works in the node's own folder, each other one in `candidates/N/` below it. What an earlier sample or
    execution of the same candidate left keeps its place under a name with the sample's number, such as
    `reasoning-0.md`.
    """

    def __init__(self, bench: Workbench, number: int = 0, ask: Ask | None = None, origin: str = "") -> None:
        """Set up the desk.

        Args:
            bench: what the node's candidates share.
            number: the candidate's.
            ask: what its script is asked for with.
            origin: where it was forked, as places in forks; chance is drawn by it, not by the number, which depends on
                whose fork came first.
        """
        self.number = number
        self.ask = ask or Ask()
        self.proposal = bench.proposal
        self.minimize = bench.proposal.view.direction == "min"
        self.rng = random.Random(f"{bench.seed}/candidate/{origin}")
        self.on_script: Callable[[Desk], None] | None = None
        self.thought = 0
        self._bench = bench
        self._newest: int | None = None
        self._asked = 0
        self._asides = 0
        self._executed = 0
        self._ran = False
        self._code = self._plan = ""
        self._origin = origin
        self._forks = 0
        self._announced = False
        self._told: tuple[Result | str, int, int] | None = None
        self._checked: ev.CodeChecked | None = None

    # --- asking ---

    async def sample(self, ask: Ask) -> Completion:
        """Stream one completion into the candidate's files."""
        completion = await self._draw(ask)
        thought, begun = completion.tokens.reasoning, ask.thought
        for _ in range(ask.waits):
            if thought >= ask.thinking_minimum or completion.finish != "stop":
                break
            self.step("budget-forcing", f"thinking ended after {thought} tokens: wait", completion.reasoning[-300:])
            begun = f"{begun}{completion.reasoning.rstrip()}\n\nWait"
            left = ask.thinking_budget and max(1, ask.thinking_budget - thought)
            completion = await self._draw(msgspec.structs.replace(ask, thought=begun, thinking_budget=left))
            thought += completion.tokens.reasoning
        self.thought = thought
        return completion

    async def _draw(self, ask: Ask) -> Completion:
        self._put_by()
        return await self._stream(ask, self._folder)

    async def sample_many(self, asks: Sequence[Ask]) -> list[Completion]:
        """Stream several completions side by side, each into a folder of its own below the candidate's."""
        if len(asks) == 1:
            return [await self.sample(asks[0])]
        return await together(self._stream(ask, self._aside()) for ask in asks)

    async def judge_many(self, asks: Sequence[Ask], shape: type[T]) -> list[T | None]:
        """Ask for several answers of a shape side by side; None for each that cannot be read, or does not come."""
        schema = msgspec.json.schema(shape)

        async def judge(ask: Ask, folder: str) -> T | None:
            try:
                return _read((await self._stream(msgspec.structs.replace(ask, schema=schema), folder)).answer, shape)
            except (ModelRefusedError, BudgetSpent):
                return None  # such as two scripts that are too long to be compared; the others still tell something

        return await together(judge(ask, self._aside()) for ask in asks)

    def _aside(self) -> str:
        """Return a folder of its own for a question beside the script."""
        self._asides += 1
        return f"{self._folder}asides/{self._asides - 1}/"

    async def _stream(self, ask: Ask, folder: str) -> Completion:
        self._asked += 1
        first = not self._origin and self._asked == 1
        bench = self._bench
        seed = bench.seed if first else random.Random(f"{bench.seed}/{self._origin}/{self._asked}").getrandbits(31)

        def write(scale: float, sample: int) -> ChatRequest:
            return self._request(ask, folder, scale, sample, seed)

        return await bench.sampler.draw(write, Place(bench.node, self.number, folder, ask.purpose))

    def _request(self, ask: Ask, folder: str, scale: float, sample: int, seed: int) -> ChatRequest:
        bench = self._bench
        if folder == self._folder:
            self._newest = sample
        prompt = write_prompt(self.proposal, ask, scale)
        bench.store.write(bench.node, f"{folder}prompt.md", prompt.markdown())
        sampling = msgspec.structs.replace(bench.sampling, seed=seed)
        if ask.thinking_budget is not None:
            allowed = min(ask.thinking_budget, sampling.thinking_budget or ask.thinking_budget)
            sampling = msgspec.structs.replace(sampling, thinking_budget=allowed)
        return ChatRequest(
            messages=prompt.messages,
            proposal=self.proposal,
            sampling=sampling,
            request_id=f"{bench.session}-node-{bench.node}-{sample}",
            role=ask.role,
            schema=ask.schema,
            thought=ask.thought,
        )

    def _put_by(self) -> None:
        """Keep what the sample before left under its number."""
        if self._newest is None:
            return
        for name in _ASKED:
            stem = name.removesuffix(".md")
            self._rename(name, f"{stem}-{self._newest}.md")
            self._bench.store.write(self._bench.node, f"{self._folder}{name}", "")
        self._newest = None

    async def ask_json(self, ask: Ask, shape: type[T]) -> T | None:
        """Ask for an answer of a shape, twice where the first cannot be read."""
        ask = msgspec.structs.replace(ask, schema=msgspec.json.schema(shape))
        for _ in range(2):
            completion = await self.sample(ask)
            try:
                return read_json(completion.answer, shape)
            except ValueError as error:
                again = f"Your last answer could not be read ({error}). Answer with one JSON object and nothing else."
                ask = msgspec.structs.replace(ask, turns=(*ask.turns, Turn("text", {"text": again})))
        return None

    # --- scripts ---

    def accept(self, completion: Completion) -> str | Result:
        """Take the script out of an answer and make it the candidate's, or say why there is none to run."""
        if completion.finish == KILLED:
            message = "you stopped its sample"
            self._keep(None, "", "", message, ok=False)
            return Result("killed", message)
        found = judged(extract(completion.answer, finish=completion.finish), self.proposal.limits)
        heading = title(found.plan, found.code or "")
        self._keep(found.code, found.plan, heading, found.message, ok=found.problem is None)
        if found.problem is not None:
            return Result(found.problem, found.message)
        assert found.code is not None
        return found.code

    def accept_script(self, code: str, plan: str, heading: str = "") -> str | Result:
        """Make a script the candidate's that was put together, or that the user wrote."""
        error = checked_syntax(code, self.proposal.limits)
        self._keep(code, plan, heading or title(plan, code), error or "", ok=error is None)
        return code if error is None else Result("syntax", error)

    def _keep(self, code: str | None, plan: str, heading: str, message: str, *, ok: bool) -> None:
        store, node = self._bench.store, self._bench.node
        store.write(node, f"{self._folder}plan.md", plan)
        self._plan = plan
        if code is not None:
            if self._ran:
                self._rename("solution.py", f"solution-{self._executed}.py")
                self._put_output_by()
            self._ran, self._code = False, code
            store.write(node, f"{self._folder}solution.py", code)
        self._checked = ev.CodeChecked(
            node=node,
            ok=ok,
            title=heading,
            plan=plan[:2000],
            lines=code.count("\n") + 1 if code else 0,
            message=message,
            candidate=self.number,
        )
        self._bench.emit(self._checked)

    def _put_output_by(self) -> None:
        """Keep the output of the last run, and which of it was stderr's, under the run's number."""
        for end in ("log", "stderr"):
            self._rename(f"output.{end}", f"output-{self._executed}.{end}")

    async def check(self, code: str) -> list[Finding]:
        """Return what is certain to go wrong when the script runs, without running it."""
        return await check_script(code, self.proposal.view, self.proposal.limits)

    async def execute(self, code: str) -> Result:
        """Run the candidate's script and score its submission; a run before it keeps its output under a number."""
        self._announce()
        if self._ran:
            self._put_output_by()
        self._executed += 1
        self._ran = True
        return await self._bench.execute(code, self.number, self._folder)

    async def probe(self, code: str) -> str:
        """Run a script that is no solution, beside the candidate's own files, and return the end of its output."""
        return await self._bench.probe(code, self.number, f"{self._folder}probe/")

    def output(self, characters: int = 6_000) -> str:
        """Return the end of what the candidate's script printed; empty where it, as it is now, was not run."""
        return told_output(self._bench.store, self._bench.node, f"{self._folder}output.log", characters)

    def script(self) -> str:
        """Return the candidate's script, empty if there is none yet."""
        return self._bench.store.read(self._bench.node, f"{self._folder}solution.py")

    def predictions(self) -> npt.NDArray[Any] | None:
        """Return the candidate's predictions for the hidden rows; None without any."""
        import numpy as np

        path = self._bench.store.node_folder(self._bench.node, self._folder) / "predictions.npz"
        try:
            with np.load(path, allow_pickle=False) as arrays:
                hidden: npt.NDArray[Any] = arrays["hidden"]
        except (OSError, ValueError, KeyError, EOFError):
            return None
        return hidden

    def mark(self) -> Desk:
        """Return what the candidate is now, to return to."""
        marked = CandidateDesk(self._bench, self.number, self.ask, self._origin)
        marked._take_over(self)
        return marked

    def return_to(self, marked: Desk, by: str) -> None:
        """Make the script of then the candidate's again, with its plan and output; later answers held none."""
        assert isinstance(marked, CandidateDesk)
        asked = self._asked
        if marked.number != self.number:
            self.choose(marked, by, "later ones hold no script", [ev.Standing(self.number, "it holds no script")])
        self._take_over(marked)
        self._asked = max(asked, self._asked)
        if marked._ran:  # each is there only if something took its place
            self._rename(f"solution-{self._executed}.py", "solution.py")
            self._rename(f"output-{self._executed}.log", "output.log")
            self._rename(f"output-{self._executed}.stderr", "output.stderr")
        else:
            self._bench.store.write(self._bench.node, f"{self._folder}solution.py", self._code)
        self._bench.store.write(self._bench.node, f"{self._folder}plan.md", self._plan)
        if self._checked is not None:
            self._bench.emit(self._checked)

    # --- candidates ---

    def fork(self, n: int, by: str) -> list[Desk]:
        """Return `n` desks for candidates of the same node; the first goes on with this one's place."""
        numbers = [self.number, *(self._bench.next_candidate() for _ in range(n - 1))]
        event = ev.CandidatesForked(node=self._bench.node, candidate=self.number, candidates=tuple(numbers), by=by)
        self._bench.emit(event)
        self._bench.forked = True
        self._forks += 1
        desks: list[Desk] = []
        for place, number in enumerate(numbers):
            one = CandidateDesk(self._bench, number, self.ask, f"{self._origin}/{self._forks}.{place}")
            if not place:
                one._take_over(self)
            one.on_script = lambda _: self._announce()  # what one of them runs, this one runs
            desks.append(one)
        return desks

    def _announce(self) -> None:
        """Say that this candidate, or one that was forked from it, is about to be executed for the first time."""
        if not self._announced:
            self._announced = True
            if self.on_script is not None:
                self.on_script(self)

    def choose(self, chosen: Desk, by: str, reason: str, standings: Sequence[ev.Standing] = ()) -> None:
        """Go on with one of the forked candidates, and tell the journal why, and why the others lost."""
        assert isinstance(chosen, CandidateDesk)
        self._take_over(chosen)
        self._bench.emit(
            ev.CandidateChosen(
                node=self._bench.node, chosen=chosen.number, by=by, reason=reason, standings=tuple(standings)
            )
        )

    def _take_over(self, other: CandidateDesk) -> None:
        self.number, self.ask, self.rng = other.number, other.ask, other.rng
        self._newest, self._asked, self._asides = other._newest, other._asked, other._asides
        self._executed, self._checked, self._told = other._executed, other._checked, other._told
        self._ran, self._code, self._plan, self.thought = other._ran, other._code, other._plan, other.thought
        self._origin, self._forks = other._origin, max(self._forks, other._forks)

    def finished(self, result: Result | str) -> None:
        """Tell the journal what became of this candidate, of several, unless it was told already."""
        told = (result, self._asked, self._executed)
        if told == self._told:
            return
        self._told = told
        verdict, message, score = None, "", None
        if isinstance(result, Result):
            verdict, message, report = result.verdict, result.message, result.report
            score = Score(report.value, report.se, report.source) if report is not None else None
        self._bench.emit(
            ev.CandidateFinished(
                node=self._bench.node,
                candidate=self.number,
                verdict=verdict,
                message=message[:_MESSAGE_LETTERS],
                score=score,
            )
        )

    def step(self, by: str, title: str, text: str = "") -> None:
        """Tell the journal what was done for the candidate."""
        text = text if len(text) <= _STEP_LETTERS else text[: _STEP_LETTERS - 4] + " ..."
        self._bench.emit(
            ev.StepTaken(node=self._bench.node, by=by, title=title[:200], text=text, candidate=self.number)
        )

    def settle(self, result: Result | None = None) -> None:
        """Make the chosen candidate's files the node's own; those of candidate 0 go where the others' are.

        Args:
            result: what became of the node, which may be more than what was told of the candidate when it was chosen:
                it was run, or mended, after that.
        """
        if self._folder:
            self._bench.swap(self._folder)
            if self._checked is not None:
                self._bench.emit(self._checked)
        if result is not None and self._bench.forked:
            self.finished(result)

    @property
    def _folder(self) -> str:
        return f"candidates/{self.number}/" if self.number else ""

    def _rename(self, name: str, to: str) -> None:
        self._bench.store.rename(self._bench.node, f"{self._folder}{name}", f"{self._folder}{to}")


def _read(answer: str, shape: type[T]) -> T | None:
    try:
        return read_json(answer, shape)
    except ValueError:
        return None
